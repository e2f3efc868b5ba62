import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { LedgerUnusable } from "./database.ts";

const TRY_AGAIN_MS = 2000;
const LOOK_EVERY_MS = 1000;

interface Waiting {
  readonly clock: Clock;
  /** Called with the reason for waiting whenever it changes, and with undefined when the wait is over. */
  readonly onTrouble: (cause: LedgerUnusable | undefined) => void;
}

/**
 * Does work that needs a file of the state directory as soon as that file can be used. Trouble with these files at a
 * scheduler's start (a full disk, a folder that is mounted late, a damaged ledger) is waited for, as it is later on.
 * Returns undefined when `signal` is aborted first.
 *
 * @throws what `work` throws, except `LedgerUnusable`.
 */
export async function untilUsable<T>(
  work: () => T | Promise<T>,
  { clock, onTrouble }: Waiting,
  signal: AbortSignal,
): Promise<T | undefined> {
  let reported: string | undefined;
  while (!signal.aborted) {
    try {
      const result = await work();
      if (reported !== undefined) onTrouble(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof LedgerUnusable)) throw error;
      if (error.message !== reported) onTrouble(error);
      reported = error.message;
      await clock.wait(TRY_AGAIN_MS, signal);
    }
  }
  return undefined;
}

/** What a scheduler has open in its state directory, for as long as it works. */
const FILES = ["ledger.db", "lock.db"] as const;

export type StateFile = (typeof FILES)[number];

/**
 * Makes sure that a scheduler does not go on working on files that other processes cannot see. After they were removed or
 * replaced, its writes would be lost, and its lock would keep no other scheduler from starting the same containers.
 *
 * Resolves when `signal` is aborted. Rejects, within a second or so, when one of the files has become another file.
 */
export async function guardStateFiles(
  stateDir: string,
  clock: Clock,
  signal: AbortSignal,
  files: readonly StateFile[] = FILES,
): Promise<void> {
  const paths = files.map((name) => join(stateDir, name));
  const first = paths.map(identityOf);
  while (!signal.aborted) {
    const changed = paths.find((path, index) => identityOf(path) !== first[index]);
    if (changed !== undefined)
      throw new Error(
        `${changed} was removed or replaced while shipbell used it; the next start works with what is there then`,
      );
    await clock.wait(LOOK_EVERY_MS, signal);
  }
}

/** Returns which file stands at this path; undefined when there is none. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
