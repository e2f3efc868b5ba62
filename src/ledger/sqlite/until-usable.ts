import type { Clock } from "../../clock.ts";
import { LedgerUnusable } from "./ledger-fault.ts";

const TRY_AGAIN_MS = 2000;

export interface Waiting {
  readonly clock: Clock;
  /** Hears why it waits, whenever the reason is another one; and undefined when it is over. */
  readonly onTrouble: (cause: LedgerUnusable | undefined) => void;
}

/**
 * Does what needs a file of the state directory as soon as that can be used. What is wrong with these files when a
 * scheduler starts (a full disk, a folder that is mounted late, a damaged ledger) is waited for, as it is later on.
 * Undefined when the signal is aborted first.
 *
 * @throws what `work` throws, but for `LedgerUnusable`.
 */
export async function untilUsable<T>(
  work: () => T | Promise<T>,
  { clock, onTrouble }: Waiting,
  signal: AbortSignal,
): Promise<T | undefined> {
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const result = await work();
      if (told !== undefined) onTrouble(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof LedgerUnusable)) throw error;
      if (error.message !== told) onTrouble(error);
      told = error.message;
      await clock.wait(TRY_AGAIN_MS, signal);
    }
  }
  return undefined;
}
