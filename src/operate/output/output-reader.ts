import type { Engine } from "../../engines/engine.ts";
import { OutputProgress } from "../../engines/output.ts";
import { OutputTail } from "../../runs/output/output-tail.ts";
import { counted } from "../../view/words/counted.ts";
import type { ReadSoFar } from "./kept-output.ts";
import type { OutputListener, ReadPlace } from "./output-listener.ts";

interface ReadOptions {
  /** Only what there is now. */
  readonly follow?: false;
  readonly signal: AbortSignal;
}

interface ReaderParts {
  readonly engine: Pick<Engine, "logs">;
  readonly listener: OutputListener;
}

/** Reads the output of one attempt's object, each line once, however often its stream has to be opened. */
export class OutputReader {
  readonly #parts: ReaderParts;
  readonly #wanted: Wanted;
  readonly #progress: OutputProgress;
  readonly #tails = { stdout: new OutputTail(), stderr: new OutputTail() };
  #read: number;
  #isHeldUp = false;

  constructor(wanted: Wanted, parts: ReaderParts) {
    this.#parts = parts;
    this.#wanted = wanted;
    const { tail, after } = wanted;
    this.#progress = new OutputProgress({ tail, ...(after && { after: after.position }) });
    this.#read = after?.count ?? 0;
  }

  /** Whether the listener has not taken the last line yet: then the engine is not to blame for the silence. */
  get isHeldUp(): boolean {
    return this.#isHeldUp;
  }

  get soFar(): ReadSoFar {
    const { stdout, stderr } = this.#tails;
    return { count: this.#read, last: [...stdout.lines, ...stderr.lines] };
  }

  /**
   * Returns when the stream ends: with the process, or before it was started.
   *
   * @throws EngineError when the stream breaks, OutputGone when there is nothing left to read.
   */
  async read(objectId: string, { signal, ...how }: ReadOptions): Promise<void> {
    const { engine, listener } = this.#parts;
    const { attempt, tail } = this.#wanted;
    const { position } = this.#progress;
    const options = position === undefined ? { tail } : { tail: "all" as const, after: position };
    for await (const line of engine.logs(objectId, { ...options, ...how, onlyListens: true }, signal)) {
      this.#progress.note(line);
      this.#tails[line.stream].push(line.line);
      this.#read++;
      const { stream, at, line: text, missed } = line;
      if (missed !== undefined)
        await listener.note(`${counted(missed, "line")} came faster than this reader takes them`);
      const heard = listener.line({ line: text, attempt, stream, at, place: () => this.#place });
      if (heard === undefined) continue;
      this.#isHeldUp = true;
      await heard;
      this.#isHeldUp = false;
    }
  }

  get #place(): ReadPlace {
    const position = this.#progress.position ?? { from: "" };
    return { attempt: this.#wanted.attempt, count: this.#read, position };
  }
}

/** What is wanted of the output of an attempt. */
interface Wanted {
  readonly attempt: number;
  /** How many of the lines that exist at first, counted from the last. */
  readonly tail: number | "all";
  /** Only the lines behind this place. */
  readonly after?: ReadPlace;
}
