import type { OutputPlace } from "../ledger/record.ts";

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
  /** Keeps out what is too much. */
  readonly gate?: OutputGate;
}

/**
 * Is asked before a line is made of what has come. What comes while it is shut is dropped at the cost of counting it,
 * and counts as read.
 */
export interface OutputGate {
  isShut(): boolean;
  drop(lines: number): void;
  /** The last ones of those that were dropped, before the next line is handed on, and at the end. */
  keepLast(lines: readonly string[]): void;
  /** Even counting is too much: the reading ends early. Not that of an output which can be read only once. */
  isOverrun(): boolean;
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
 *
 * `from`: a stream without a line yet has none from before this time; empty where all lines are wanted. `lines`: how
 * many lines of the stream have the very time of the last one.
 */
export type OutputPosition = OutputPlace;

type LineTime = Pick<OutputLine, "stream" | "time">;

/** How far an output was read. Starts at `after`, or with the first line that is noted. */
export class OutputProgress {
  #from: string | undefined;
  readonly #last: Partial<Record<OutputLine["stream"], { time: string; lines: number }>> = {};

  constructor({ tail, after }: Pick<LogOptions, "tail" | "after">) {
    this.#from = after?.from ?? (tail === "all" ? "" : undefined);
    if (after?.stdout) this.#last.stdout = { ...after.stdout };
    if (after?.stderr) this.#last.stderr = { ...after.stderr };
  }

  /** Undefined before the first line. */
  get position(): OutputPosition | undefined {
    const { stdout, stderr } = this.#last;
    if (stdout === undefined && stderr === undefined) return undefined;
    return {
      from: this.#from ?? "",
      ...(stdout && { stdout: { ...stdout } }),
      ...(stderr && { stderr: { ...stderr } }),
    };
  }

  note({ stream, time }: LineTime): void {
    const last = this.#last[stream];
    if (last?.time === time) last.lines++;
    else this.#last[stream] = { time, lines: 1 };
    this.#from ??= time;
  }
}

/** Returns a test for the lines of an output that is read again, from `after` or before: true for those behind `after`. */
export function linesAfter(after: OutputPosition | undefined): (line: LineTime) => boolean {
  const again = { stdout: 0, stderr: 0 };
  return ({ stream, time }) => {
    if (after === undefined) return true;
    const last = after[stream];
    if (last === undefined) return time >= after.from;
    return time === last.time ? ++again[stream] > last.lines : time > last.time;
  };
}

/** The latest time of either stream. */
export function latestTime({ from, stdout, stderr }: OutputPosition): string {
  const times = [from, stdout?.time ?? "", stderr?.time ?? ""];
  return times.reduce((latest, time) => (time > latest ? time : latest));
}
