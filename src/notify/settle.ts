import type { Clock } from "../clock.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export interface Settling {
  readonly clock: Clock;
  readonly change: (job: string, change: RecordChange) => Promise<Swap>;
}

/**
 * Writes a change that may be written any number of times, until there is a clear answer. It gives up with the first try after
 * the signal is aborted: the next scheduler that reads the record does the work again.
 */
export async function settle(
  { clock, change }: Settling,
  what: { readonly job: string; readonly change: RecordChange },
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    // The loop tells of a ledger that cannot be used.
    const swap = await change(what.job, what.change).catch(() => undefined);
    if (swap !== undefined && swap.result !== "unknown") return;
    if (signal.aborted) return;
    await clock.wait(pauseMs, signal);
  }
}
