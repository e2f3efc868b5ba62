import type { Engine } from "../runs/engine.ts";
import { OutputPosition } from "../runs/output-position.ts";
import type { Terminal } from "./terminal.ts";

/** What was printed to standard output goes to ours, and so does standard error. */
export type OutputTerminal = Pick<Terminal, "out" | "err">;

export interface PrintOptions {
  /** Of the lines that are there at the first time: how many of the last. */
  readonly tail: number | "all";
  /** Lines from after this are not printed: the first of them ends it. */
  readonly until?: Date;
  readonly signal: AbortSignal;
}

/** Prints each line of an object's output once, however often the stream has to be opened anew. */
export class OutputPrinter {
  readonly #engine: Pick<Engine, "logs">;
  readonly #terminal: OutputTerminal;
  readonly #position = new OutputPosition();
  #lines = 0;

  constructor(engine: Pick<Engine, "logs">, terminal: OutputTerminal) {
    this.#engine = engine;
    this.#terminal = terminal;
  }

  /** How many lines it has printed. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * Returns when the stream ends: with the process, or before it was started.
   *
   * @throws EngineUnavailable when the stream breaks.
   */
  async print(objectId: string, { tail, until, signal }: PrintOptions): Promise<void> {
    for await (const line of this.#engine.logs(objectId, this.#position.resume(tail), signal)) {
      if (until !== undefined && line.at > until) return;
      if (!this.#position.isNew(line)) continue;
      this.#lines++;
      (line.stream === "stdout" ? this.#terminal.out : this.#terminal.err)(line.line);
    }
  }
}
