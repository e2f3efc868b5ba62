import type { LogOptions, OutputLine } from "../runs/engine.ts";
import type { LoggedLine } from "./log-lines.ts";
import { logSeconds } from "./log-stream.ts";
import type { DockerRequest } from "./wire.ts";

/** The streams are not sent in the exact order of their times. */
const OUT_OF_ORDER_MS = 1000;

/** How far each stream of a log was read, for reading it in several goes. Their times are texts in the order of the times. */
export class LogProgress {
  readonly #wanted: LogOptions;
  readonly #latest = { stdout: "", stderr: "" };
  #first: string | undefined;

  constructor(wanted: LogOptions) {
    this.#wanted = wanted;
  }

  get hasBegun(): boolean {
    return this.#first !== undefined;
  }

  /** What to ask for, to read on. */
  get rest(): DockerRequest["query"] {
    const { tail, since } = this.#wanted;
    const { stdout, stderr } = this.#latest;
    if (!this.hasBegun) return { tail, ...(since && { since: logSeconds(since) }) };
    const latest = new Date(stdout > stderr ? stdout : stderr).getTime();
    const from = Math.max(latest - OUT_OF_ORDER_MS, since?.getTime() ?? 0);
    return { tail: "all", since: logSeconds(new Date(from)) };
  }

  /** Of these lines those that were not read before; each is taken as read when it is handed on. */
  async *newOf(lines: AsyncIterable<LoggedLine>): AsyncGenerator<OutputLine> {
    const before = { ...this.#latest };
    // Of a stream that has come to no line yet: where only the last lines were wanted, the earlier ones are not.
    const floor = this.#wanted.tail === "all" ? "" : (this.#first ?? "");
    for await (const { line, time } of lines) {
      if (time <= (before[line.stream] || floor)) continue;
      this.#first ??= time;
      this.#latest[line.stream] = time;
      yield line;
    }
  }
}
