import type { Clock } from "../../src/clock.ts";

/** For one loop that waits between real work: each step lets it do one round, and resolves when it waits again. */
export class StepClock implements Clock {
  #now: number;
  #release: (() => void) | undefined;
  #arrival = Promise.withResolvers<void>();

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", () => resolve());
      this.#release = () => {
        this.#now += ms;
        resolve();
      };
      this.#arrival.resolve();
    });
  }

  after(ms: number, act: () => void): () => void {
    const cleared = new AbortController();
    void this.wait(ms, cleared.signal).then(() => cleared.signal.aborted || act());
    return () => cleared.abort();
  }

  async step(): Promise<void> {
    await this.#arrival.promise;
    this.#arrival = Promise.withResolvers();
    this.#release?.();
    await this.#arrival.promise;
  }
}
