export interface LogOptions {
  /** Of what is there already: how many of the last lines. */
  readonly tail: number | "all";
  /** Only lines that the engine received after this. */
  readonly since?: Date;
  /**
   * Only what is there now, of a process that runs, too. What it prints before the engine calls it running may be
   * wanting: a Swarm gives nothing of such a task, although the process may run for some 100 ms already.
   */
  readonly follow?: false;
}

export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  /** Without its line end. */
  readonly line: string;
  /** When the engine received it. */
  readonly at: Date;
}
