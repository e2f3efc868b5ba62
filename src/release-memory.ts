import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "./clock.ts";

/** Whatever follows a change of the definitions is over by then, and further changes had time to come. */
const SETTLE_MS = 2000;

/**
 * To be called when definitions were read. Ten thousand of them leave 150 MB of garbage, and while nothing happens V8
 * would not collect it: it is collected two seconds later, once for all calls until then.
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

/** Takes 10 to 200 ms, with the size of what is kept. */
function releaseMemory(): void {
  // From now on: otherwise the heap may double between two collections, as it does when many jobs are scraped.
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as (how: object) => void;
  // A plain collection would keep the room that it has made.
  collectGarbage({ type: "major", execution: "sync", flavor: "last-resort" });
}
