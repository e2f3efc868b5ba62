import type { Clock } from "../clock.ts";

/** A sleep that can be cut short, also between deciding to sleep and falling asleep. */
export class Nap {
  #current = new AbortController();

  /** From here on, `end` keeps the next `sleep` from lasting. */
  prepare(): void {
    this.#current = new AbortController();
  }

  sleep(ms: number, clock: Clock): Promise<void> {
    return clock.wait(ms, this.#current.signal);
  }

  /** Each abort makes an exception with its stack, and a burst ends the same sleep ten thousand times. */
  end(): void {
    if (!this.#current.signal.aborted) this.#current.abort();
  }
}
