export interface LogOptions {
  /** Of what is there already: how many of the last lines. */
  readonly tail: number | "all";
  /** Only the lines behind this place in the output of this very object. */
  readonly after?: OutputPosition;
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
  /** When the engine received it, by the clock of the machine that the object is on. */
  readonly at: Date;
  /**
   * The same to the nanosecond: `2026-11-18T03:00:00.123456789Z`. As texts, the times of one stream are in the order of
   * its lines.
   */
  readonly time: string;
}

/**
 * A place in the output of one object: the last line of each stream that was read. Its times are those of the machine
 * that the object is on. They are only compared with other times of the same object: the clock of another machine, and
 * ours, may show anything.
 */
export interface OutputPosition {
  /** A stream without a line yet has none from before this time; empty where all lines are wanted. */
  readonly from: string;
  readonly stdout?: LastLine;
  readonly stderr?: LastLine;
}

/** `lines`: how many lines of the stream have this very time. */
interface LastLine {
  readonly time: string;
  readonly lines: number;
}
