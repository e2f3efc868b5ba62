import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../clock.ts";

interface GiveWayParts {
  readonly clock: Clock;
  /** When the scheduler has something to do next; undefined when nothing is planned. */
  readonly nextTurn: () => Date | undefined;
  /** Whether it is at work on much at once. */
  readonly isBusy: () => boolean;
}

/** As long as working out an answer takes, and some more. */
const AHEAD_MS = 30;
const LONGEST_WAIT_MS = 100;
/**
 * How long a burst is waited for. What takes the scheduler itself longer is spent on waiting for the engine, and
 * answers in between delay nothing.
 */
const LONGEST_BURST_MS = 1000;
const LOOK_MS = 20;

/**
 * Has answers give way to what is due: one is worked out after the other, with room for other work between them, and none is
 * begun just before the scheduler has something to do, or while it is in the middle of a burst. So a start is not late because
 * many people look, and none of them waits noticeably longer.
 */
export class GiveWay {
  readonly #parts: GiveWayParts;
  #last: Promise<void> = Promise.resolve();
  #burst: { readonly since: number; seenAt: number } | undefined;

  constructor(parts: GiveWayParts) {
    this.#parts = parts;
  }

  /** Resolves when the next answer may be worked out. */
  turn(): Promise<void> {
    const turn = this.#last.then(() => this.#wait());
    this.#last = turn;
    return turn;
  }

  /** Resolves when the scheduler is in no burst, or `gone` is aborted: for what is sent to readers that wait anyway. */
  async quiet(gone: AbortSignal): Promise<void> {
    while (!gone.aborted && this.#isInBurst()) await this.#parts.clock.wait(LOOK_MS, gone);
  }

  async #wait(): Promise<void> {
    const { clock, nextTurn } = this.#parts;
    const never = new AbortController().signal;
    let until = clock.now().getTime() + LONGEST_WAIT_MS;
    for (;;) {
      await setImmediate();
      if (this.#isInBurst()) {
        await clock.wait(LOOK_MS, never);
        until = clock.now().getTime() + LONGEST_WAIT_MS;
        continue;
      }
      const now = clock.now().getTime();
      const aheadMs = (nextTurn()?.getTime() ?? now) - now;
      if (aheadMs <= 0 || aheadMs > AHEAD_MS || now >= until) return;
      await clock.wait(aheadMs + 1, never);
    }
  }

  /** A burst that lasts longer is no longer a reason to wait; one that was last seen long ago was another. */
  #isInBurst(): boolean {
    if (!this.#parts.isBusy()) {
      this.#burst = undefined;
      return false;
    }
    const now = this.#parts.clock.now().getTime();
    const isSame = this.#burst !== undefined && Math.abs(now - this.#burst.seenAt) < LONGEST_BURST_MS;
    this.#burst = { since: isSame && this.#burst ? this.#burst.since : now, seenAt: now };
    return Math.abs(now - this.#burst.since) < LONGEST_BURST_MS;
  }
}
