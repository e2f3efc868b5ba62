import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../clock.ts";

/** Enough for all that follows a change of the definitions, and for further changes to come in. */
const SETTLE_MS = 2000;

/**
 * Returns a function to call whenever definitions were read. Ten thousand of them leave 150 MB of garbage, which V8 does
 * not collect while nothing happens. It is collected two seconds later, once for all calls until then.
 */
export function memoryRelease(clock: Clock, signal: AbortSignal): () => Promise<void> {
  let isWaiting = false;
  return async () => {
    if (isWaiting) return;
    isWaiting = true;
    await clock.wait(SETTLE_MS, signal);
    isWaiting = false;
    if (!signal.aborted) releaseMemory();
  };
}

/** Takes 10 to 200 ms, depending on the size of what is kept. */
function releaseMemory(): void {
  // For all later collections, too: otherwise the heap may double between two of them, as when many jobs are scraped.
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as (how: object) => void;
  // A plain collection would not give the freed memory back to the system.
  collectGarbage({ type: "major", execution: "sync", flavor: "last-resort" });
}
