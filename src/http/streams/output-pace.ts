import type { Clock } from "../../clock.ts";

/** Of the characters of all outputs together: 256 KB for each of twenty readers. */
const MOST_PER_SECOND = 20 * 262_144;
/** No queue is longer. What would wait longer waits for a clock that was set back. */
const LONGEST_WAIT_MS = 5000;

/**
 * Bounds what those who follow outputs take of the scheduler together, however much the processes print: 5 MB a second, in
 * turns, so that each gets an equal share. A process is not slowed: its output comes to them later.
 */
export class OutputPace {
  readonly #clock: Clock;
  #freeAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Yields the same pieces, each when it is its turn; at once when `gone` is aborted. */
  async *paced(pieces: AsyncIterable<string>, gone: AbortSignal): AsyncGenerator<string, void, void> {
    for await (const piece of pieces) {
      await this.#turn(piece.length, gone);
      yield piece;
    }
  }

  async #turn(length: number, gone: AbortSignal): Promise<void> {
    const now = this.#clock.now().getTime();
    const beginsAt = Math.min(Math.max(now, this.#freeAt), now + LONGEST_WAIT_MS);
    this.#freeAt = beginsAt + (length * 1000) / MOST_PER_SECOND;
    if (beginsAt > now) await this.#clock.wait(beginsAt - now, gone);
  }
}
