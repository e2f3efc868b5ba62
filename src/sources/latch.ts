import type { Clock } from "../clock.ts";

/** Remembers that it was rung until somebody has heard it; however often it rings before that, it is heard once. */
export class Latch {
  #isRung = false;
  #hear: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#hear?.();
  }

  /** Resolves when it is rung, or was since it was last heard, or when `signal` is aborted; never rejects. */
  async heard(signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#hear = resolve;
      const give = () => resolve();
      signal.addEventListener("abort", give);
      await promise;
      signal.removeEventListener("abort", give);
    }
    this.#isRung = false;
  }

  /** As `heard`, but for `ms` milliseconds at most. */
  async heardWithin(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([this.heard(either), clock.wait(ms, either)]);
    over.abort();
  }
}
