import type { LogOptions, OutputLine, OutputPosition } from "./output-line.ts";

type LineTime = Pick<OutputLine, "stream" | "time">;

/** How far an output was read. Starts at `after`, or with the first line that is noted. */
export class OutputProgress {
  readonly #isAllWanted: boolean;
  #position: OutputPosition | undefined;

  constructor({ tail, after }: Pick<LogOptions, "tail" | "after">) {
    this.#isAllWanted = tail === "all";
    this.#position = after;
  }

  /** Undefined before the first line. */
  get position(): OutputPosition | undefined {
    return this.#position;
  }

  note({ stream, time }: LineTime): void {
    const before = this.#position?.[stream];
    const lines = before?.time === time ? before.lines + 1 : 1;
    this.#position = { from: this.#isAllWanted ? "" : time, ...this.#position, [stream]: { time, lines } };
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
