import type { Engine } from "../../engines/engine.ts";
import { OutputProgress } from "../../engines/output.ts";
import { OutputTail } from "../../runs/output/output-tail.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Printed } from "./kept-output.ts";

/** The output of a run goes to the same streams of the command. */
export type OutputTerminal = Pick<Terminal, "out" | "err">;

interface PrintOptions {
  /** Only what there is now. */
  readonly follow?: false;
  readonly signal: AbortSignal;
}

/** Prints the output of one object, each line once, however often its stream has to be opened. */
export class OutputPrinter {
  readonly #engine: Pick<Engine, "logs">;
  readonly #terminal: OutputTerminal;
  readonly #wanted: number | "all";
  readonly #progress: OutputProgress;
  readonly #tails = { stdout: new OutputTail(), stderr: new OutputTail() };

  /** `tail`: how many of the lines that exist at first, counted from the last. */
  constructor(engine: Pick<Engine, "logs">, terminal: OutputTerminal, tail: number | "all") {
    this.#engine = engine;
    this.#terminal = terminal;
    this.#wanted = tail;
    this.#progress = new OutputProgress({ tail });
  }

  get printed(): Printed {
    const { stdout, stderr } = this.#tails;
    return { count: stdout.pushed + stderr.pushed, last: [...stdout.lines, ...stderr.lines] };
  }

  /**
   * Returns when the stream ends: with the process, or before it was started.
   *
   * @throws EngineError when the stream breaks, OutputGone when there is nothing left to read.
   */
  async print(objectId: string, { signal, ...how }: PrintOptions): Promise<void> {
    const after = this.#progress.position;
    const options = after === undefined ? { tail: this.#wanted } : { tail: "all" as const, after };
    for await (const line of this.#engine.logs(objectId, { ...options, ...how }, signal)) {
      this.#progress.note(line);
      this.#tails[line.stream].push(line.line);
      (line.stream === "stdout" ? this.#terminal.out : this.#terminal.err)(line.line);
    }
  }
}
