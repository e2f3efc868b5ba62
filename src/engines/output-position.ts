import type { LogOptions, OutputLine, OutputPosition } from "./output-line.ts";

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
