import type { Clock } from "../clock.ts";

/** The loop turns this often at least, so that suspended machines, clock steps and long timers are harmless. */
const LONGEST_MS = 60_000;

/** A sleep that can be cut short, also between deciding to sleep and falling asleep. */
export class Nap {
  #current = new AbortController();

  /** From here on, `end` keeps the next `sleep` from lasting. */
  prepare(): void {
    this.#current = new AbortController();
  }

  /** At most a minute, whatever the time. */
  sleepUntil(at: Date | undefined, clock: Clock): Promise<void> {
    const ms = at === undefined ? LONGEST_MS : at.getTime() - clock.now().getTime();
    return clock.wait(Math.max(0, Math.min(ms, LONGEST_MS)), this.#current.signal);
  }

  /** With a reason of its own no exception is made; and a burst ends the same sleep ten thousand times. */
  end(): void {
    if (!this.#current.signal.aborted) this.#current.abort("woken");
  }
}
