import type { Clock } from "../../src/clock.ts";

/** A clock whose timers are waits like any other. */
export function aClock({ now, wait }: Pick<Clock, "now" | "wait">): Clock {
  const after = (ms: number, act: () => void) => {
    const cleared = new AbortController();
    void wait(ms, cleared.signal).then(() => cleared.signal.aborted || act());
    return () => cleared.abort();
  };
  return { now, wait, after };
}
