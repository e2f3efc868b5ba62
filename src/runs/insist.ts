import type { Clock } from "../clock.ts";

const TRY_AGAIN_MS = 1000;

/** Does it, each second until it succeeds; undefined when it is not wanted any more. */
export type Insist = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** For what nothing can go on without. `onFailure` hears of every failure. */
export function insistence(clock: Clock, signal: AbortSignal, onFailure: (error: unknown) => void): Insist {
  return async (work) => {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        onFailure(error);
        await clock.wait(TRY_AGAIN_MS, signal);
      }
    }
    return undefined;
  };
}
