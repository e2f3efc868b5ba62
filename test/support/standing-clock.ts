import { type Clock, systemClock } from "../../src/clock.ts";

/** A clock that always shows this time, while those who wait wait as long as they ask for. */
export function standingClock(at: Date): Clock {
  return { ...systemClock, now: () => at };
}
