import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startDeadline, systemClock } from "../src/clock.ts";

/** What a timer holds: set to more, it fires after a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const lengths = [1, LONGEST_TIMER_MS - 1, LONGEST_TIMER_MS, LONGEST_TIMER_MS + 1, 30 * DAY_MS, 36_525 * DAY_MS];

describe.each(lengths)("%d ms", (ms) => {
  it("are waited for to the millisecond", async () => {
    let isOver = false;
    void systemClock.wait(ms, new AbortController().signal).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are a deadline to the millisecond, also when it is restarted", async () => {
    const { signal, restart } = startDeadline(ms);
    await vi.advanceTimersByTimeAsync(ms - 1);
    restart();
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
  });

  it("leave no timer when they are not waited for any longer", async () => {
    const over = new AbortController();
    const wait = systemClock.wait(ms, over.signal);
    const { clear } = startDeadline(ms);
    await vi.advanceTimersByTimeAsync(Math.floor(ms / 2));
    over.abort();
    await wait;
    clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});
