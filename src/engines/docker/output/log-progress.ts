import type { LogOptions, OutputGate, OutputLine } from "../../engine.ts";
import { latestTime, linesAfter, OutputProgress } from "../../output.ts";
import type { DockerRequest } from "../wire.ts";
import type { AssemblyOptions } from "./log-lines.ts";

/**
 * How far the log of one object has been read, so that it can be read in several goes and each line comes once. The
 * engine is only asked with times that it gave for this object.
 */
export class LogProgress {
  readonly #tail: LogOptions["tail"];
  readonly #outOfOrderMs: number;
  readonly #progress: OutputProgress;
  #hasBegun = false;

  /** `outOfOrderMs`: how far apart the streams may be, if they are not sent in the exact order of their times. */
  constructor(wanted: LogOptions, outOfOrderMs: number) {
    this.#tail = wanted.tail;
    this.#outOfOrderMs = outOfOrderMs;
    this.#progress = new OutputProgress(wanted);
  }

  /** Whether a line has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** What to ask for, to read on. */
  get rest(): DockerRequest["query"] {
    const { position } = this.#progress;
    const tail = this.#hasBegun ? "all" : this.#tail;
    if (position === undefined) return { tail };
    return { tail, since: logSeconds(new Date(Date.parse(latestTime(position)) - this.#outOfOrderMs)) };
  }

  /** How to read with this gate: what it drops counts as read. */
  gated(gate: OutputGate | undefined): AssemblyOptions {
    if (gate === undefined) return {};
    const onDropped: AssemblyOptions["onDropped"] = (line) => {
      this.#hasBegun = true;
      this.#progress.note(line);
    };
    return { gate, onDropped };
  }

  /** Returns the lines that were not read before; each counts as read when it is passed on. */
  async *newOf(lines: AsyncIterable<OutputLine>): AsyncGenerator<OutputLine> {
    const isNew = linesAfter(this.#progress.position);
    for await (const line of lines) {
      if (!isNew(line)) continue;
      this.#hasBegun = true;
      this.#progress.note(line);
      yield line;
    }
  }
}

/** Inclusive, with times cut to milliseconds: lines of that millisecond come twice rather than never. */
function logSeconds(since: Date): string {
  return (since.getTime() / 1000).toFixed(3);
}
