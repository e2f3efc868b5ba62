import type { Engine } from "../runs/engine.ts";
import { OutputPosition } from "../runs/output-position.ts";
import type { Terminal } from "./terminal.ts";

/** What was printed to standard output goes to ours, and so does standard error. */
export type OutputTerminal = Pick<Terminal, "out" | "err">;

export interface PrintOptions {
  /** Of the lines that are there at the first time: how many of the last. */
  readonly tail: number | "all";
  /** Only what is there now. */
  readonly follow?: false;
  readonly signal: AbortSignal;
}

/** Prints each line of an object's output once, however often the stream has to be opened anew. */
export class OutputPrinter {
  readonly #engine: Pick<Engine, "logs">;
  readonly #terminal: OutputTerminal;
  readonly #position = new OutputPosition();

  constructor(engine: Pick<Engine, "logs">, terminal: OutputTerminal) {
    this.#engine = engine;
    this.#terminal = terminal;
  }

  /**
   * Returns when the stream ends: with the process, or before it was started.
   *
   * @throws EngineError when the stream breaks.
   */
  async print(objectId: string, { tail, signal, ...how }: PrintOptions): Promise<void> {
    for await (const line of this.#engine.logs(objectId, { ...this.#position.resume(tail), ...how }, signal)) {
      if (!this.#position.isNew(line)) continue;
      (line.stream === "stdout" ? this.#terminal.out : this.#terminal.err)(line.line);
    }
  }
}
