import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";

const LOOK_EVERY_MS = 1000;

/** What a scheduler has open in its state directory, for as long as it works. */
const FILES = ["ledger.db", "lock.db"] as const;

export type StateFile = (typeof FILES)[number];

/**
 * Sees to it that a scheduler does not work on files that nobody else can see: after they were removed or replaced it
 * would write on into what is gone with it, and keep nobody else from starting the same containers.
 *
 * Resolves when `signal` is aborted. Rejects, within a second or so, when one of them is not the file that it was at first.
 */
export async function guardStateFiles(
  stateDir: string,
  clock: Clock,
  signal: AbortSignal,
  files: readonly StateFile[] = FILES,
): Promise<void> {
  const paths = files.map((name) => join(stateDir, name));
  const first = paths.map(placeOf);
  while (!signal.aborted) {
    const changed = paths.find((path, index) => placeOf(path) !== first[index]);
    if (changed !== undefined)
      throw new Error(
        `${changed} was removed or replaced while shipbell used it; the next start works with what is there then`,
      );
    await clock.wait(LOOK_EVERY_MS, signal);
  }
}

/** Which file stands at this path; undefined when there is none. */
function placeOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
