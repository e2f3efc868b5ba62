import type { Overlap } from "./job.ts";

/** As many active runs fit on a page of 64 KB, with the longest of names (`test/ledger/bounded-pages.test.ts`). */
const MOST_AT_ONCE = 64;

/** How many runs of a job may be active at once. */
export function mostActive(overlap: Overlap): number {
  return overlap === "allow" ? MOST_AT_ONCE : 1;
}
