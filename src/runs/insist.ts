import type { Clock } from "../clock.ts";

const TRY_AGAIN_MS = 1000;

/** Does it, each second until it succeeds; undefined when it is not wanted any more. */
export type Insist = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** For what nothing can go on without. `onOutcome` hears of every failure, and of the success with undefined. */
export function insistence(clock: Clock, signal: AbortSignal, onOutcome: (error: unknown) => void): Insist {
  return async (work) => {
    while (!signal.aborted) {
      try {
        const result = await work();
        onOutcome(undefined);
        return result;
      } catch (error) {
        onOutcome(error);
        await clock.wait(TRY_AGAIN_MS, signal);
      }
    }
    return undefined;
  };
}
