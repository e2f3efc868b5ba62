import type { LogOptions, OutputLine } from "./engine.ts";

/**
 * How far an output was read, for reading on after its stream broke. An engine's `since` is exact to the millisecond
 * only, so the lines of the last moment come again, and are recognised by their number.
 */
export class OutputPosition {
  #lastAt: Date | undefined;
  #linesThen = 0;
  #comingAgain = 0;

  /** What to ask the engine for. `tail`: the first time, how many of the lines that are there already. */
  resume(tail: number | "all"): LogOptions {
    this.#comingAgain = this.#linesThen;
    return this.#lastAt === undefined ? { tail } : { tail: "all", since: this.#lastAt };
  }

  /** To be asked of every line as it comes; false for one that was read before. */
  isNew({ at }: OutputLine): boolean {
    const isSameMoment = at.getTime() === this.#lastAt?.getTime();
    if (isSameMoment && this.#comingAgain > 0) {
      this.#comingAgain--;
      return false;
    }
    this.#comingAgain = 0;
    this.#linesThen = isSameMoment ? this.#linesThen + 1 : 1;
    this.#lastAt = at;
    return true;
  }
}
