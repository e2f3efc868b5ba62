import type { Clock } from "../../clock.ts";

const INTERVAL_MS = 900;

/**
 * Looks at once, and again and again until `signal` is aborted. A look that fails is only repeated: it brings hints, and
 * whoever needs what is looked at hears what is wrong with it.
 */
export async function lookAgainAndAgain(look: () => void, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      look();
    } catch {
      // See above.
    }
    await clock.wait(INTERVAL_MS, signal);
  }
}
