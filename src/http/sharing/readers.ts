import type { Clock } from "../../clock.ts";

/** How many long answers are made at once. Two Prometheus servers and a person need three. */
const MOST_OPEN = 8;
/** A reader that has not read for this long gives way when another one waits. */
const STALLED_MS = 5000;
const LOOK_MS = 1000;

/** A client that reads a long answer, piece by piece. */
interface Reader {
  /** Ends the connection. */
  readonly cut: () => void;
  /** When it last took a piece. */
  tookAt: Date;
}

interface Waiting {
  readonly reader: Reader;
  readonly admit: () => void;
}

/**
 * Bounds the memory that long answers hold, whatever clients do: at most eight are made at once, each piece by piece, and
 * others wait for their turn, newest first. A client that does not read keeps its place only while no other client waits.
 */
export class Readers {
  readonly #clock: Clock;
  readonly #limits: { readonly mostOpen: number; readonly stalledMs: number };
  readonly #open = new Set<Reader>();
  readonly #waiting: Waiting[] = [];
  #isWatching = false;

  constructor(clock: Clock, limits = { mostOpen: MOST_OPEN, stalledMs: STALLED_MS }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Yields the same pieces once it is this reader's turn; none when `gone` is aborted before. `cut` is called when
   * the reader must give way: it ends the connection.
   */
  async *inTurn<T>(pieces: AsyncIterable<T>, cut: () => void, gone: AbortSignal): AsyncGenerator<T, void, void> {
    const reader: Reader = { cut, tookAt: this.#clock.now() };
    if (!(await this.#admitted(reader, gone))) return;
    try {
      for await (const piece of pieces) {
        reader.tookAt = this.#clock.now();
        yield piece;
      }
    } finally {
      this.#leave(reader);
    }
  }

  async #admitted(reader: Reader, gone: AbortSignal): Promise<boolean> {
    if (gone.aborted) return false;
    if (this.#open.size < this.#limits.mostOpen) {
      this.#open.add(reader);
      return true;
    }
    const turn = Promise.withResolvers<boolean>();
    const waiting = { reader, admit: () => turn.resolve(true) };
    this.#waiting.push(waiting);
    gone.addEventListener("abort", () => {
      const place = this.#waiting.indexOf(waiting);
      if (place >= 0) this.#waiting.splice(place, 1);
      turn.resolve(false);
    });
    void this.#watch();
    return turn.promise;
  }

  #leave(reader: Reader): void {
    this.#open.delete(reader);
    // The newest one: in a flood of clients that read nothing, it is the most likely scraper.
    const next = this.#waiting.pop();
    if (next === undefined) return;
    next.reader.tookAt = this.#clock.now();
    this.#open.add(next.reader);
    next.admit();
  }

  /** While a reader waits, stalled ones give way. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const never = new AbortController().signal;
    const { stalledMs } = this.#limits;
    while (this.#waiting.length > 0) {
      const since = this.#clock.now().getTime() - stalledMs;
      const stalled = [...this.#open].filter(({ tookAt }) => tookAt.getTime() <= since);
      for (const reader of stalled.slice(0, this.#waiting.length)) reader.cut();
      await this.#clock.wait(Math.min(LOOK_MS, stalledMs), never);
    }
    this.#isWatching = false;
  }
}
