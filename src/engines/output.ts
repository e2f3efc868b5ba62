import type { OutputPlace } from "../ledger/record.ts";

export interface LogOptions {
  /** How many of the last lines that are already there. */
  readonly tail: number | "all";
  /** Only the lines after this place in the output of this object. */
  readonly after?: OutputPosition;
  /**
   * Only what is there now, even if the process is running. Output from before the engine reports the process as
   * running may be missing: a Swarm returns none for such a task, although its process may have run for some 100 ms.
   */
  readonly follow?: false;
  /** Limits how much is read. */
  readonly gate?: OutputGate;
  /**
   * An output that can be read only once is left to the reader for the record: only its lines from now on are given,
   * as they are read there.
   */
  readonly onlyListens?: true;
}

/**
 * Asked before received bytes are made into a line. What arrives while the gate is shut is only counted, and counts as
 * read.
 */
export interface OutputGate {
  isShut(): boolean;
  drop(lines: number): void;
  /** Called with the last of the dropped lines, before the next line is passed on and at the end. */
  keepLast(lines: readonly string[]): void;
  /** Even counting costs too much: reading ends early, except for output that can be read only once. */
  isOverrun(): boolean;
}

export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  /** Without its line end. */
  readonly line: string;
  /** When the engine received it, by the clock of the machine that the object is on. */
  readonly at: Date;
  /**
   * The same, to the nanosecond: `2026-11-18T03:00:00.123456789Z`. Compared as text, the times of one stream are in the
   * order of its lines.
   */
  readonly time: string;
  /** How many lines before this one the reader has missed, because it was too slow. Only of outputs that are not kept. */
  readonly missed?: number;
}

/**
 * A place in the output of one object: the last line that was read of each stream. Its times are those of the object's
 * machine, and are compared only with other times of the same object: other clocks, including ours, may differ.
 *
 * `from`: a stream that has no line yet has none from before this time; empty if all lines are wanted. `lines`: how
 * many lines of the stream share the time of the last one.
 */
export type OutputPosition = OutputPlace;

type LineTime = Pick<OutputLine, "stream" | "time">;

/** How far an output has been read. Starts at `after`, or with the first line that is noted. */
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

/**
 * Returns a test for the lines of an output that is read again from `after` or earlier: true for those after `after`.
 */
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
