import type { Clock } from "../../src/clock.ts";

/** A clock that stands still until a test moves it. It may be set back, and it may jump. */
export class FakeClock implements Clock {
  #now: number;
  readonly #waiting = new Set<Waiting>();

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const waiting: Waiting = { remainingMs: Math.max(0, ms), done };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", done);
    });
  }

  after(ms: number, act: () => void): () => void {
    const waiting: Waiting = {
      remainingMs: Math.max(0, ms),
      done: () => {
        this.#waiting.delete(waiting);
        act();
      },
    };
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /** Lets time pass and wakes those who wait, in the order of their times. At the end everything that can run has run. */
  async advance(ms: number): Promise<void> {
    await settled();
    for (let left = ms; ; ) {
      const next = this.#next();
      const stepMs = Math.min(left, next?.remainingMs ?? Number.POSITIVE_INFINITY);
      this.#now += stepMs;
      left -= stepMs;
      for (const waiting of this.#waiting) waiting.remainingMs -= stepMs;
      if (next === undefined || next.remainingMs > 0) return;
      next.done();
      await settled();
    }
  }

  async advanceTo(at: Date): Promise<void> {
    await this.advance(at.getTime() - this.#now);
  }

  /** The wall clock is set to another time; those who wait do not notice (their timers count elapsed time). */
  set(at: Date): void {
    this.#now = at.getTime();
  }

  #next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (next === undefined || waiting.remainingMs < next.remainingMs) next = waiting;
    return next;
  }
}

interface Waiting {
  remainingMs: number;
  readonly done: () => void;
}

/** Resolves when every promise that can be settled without time going by is. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
