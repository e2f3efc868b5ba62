import type { Usage } from "../ledger/record.ts";

/** How long after it was first seen to run, and after a reading, what an attempt uses is read at the earliest. */
const LEAST_MS = 1000;
/** A run of hours costs no more than this. */
const MOST_MS = 60_000;
/** What is used after the last reading is not known: so that is never more than a fifth of a run of ten seconds or more. */
const SHARE = 1 / 4;

/**
 * Returns how long to wait until what an attempt uses is read again: a quarter of the time for which it has run, but at least a
 * second and at most a minute. `since`: when its process started, or at least was not there before.
 */
export function untilNextReadingMs(since: Date, now: Date): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, SHARE * (now.getTime() - since.getTime())));
}

/**
 * Returns what is known after one more reading: the highest of each figure. CPU time only rises as long as it is the same
 * process.
 */
export function withReading(known: Usage | undefined, read: Usage): Usage {
  const cpuMs = highest(known?.cpuMs, read.cpuMs);
  const peakMemoryBytes = highest(known?.peakMemoryBytes, read.peakMemoryBytes);
  return { ...(cpuMs !== undefined && { cpuMs }), ...(peakMemoryBytes !== undefined && { peakMemoryBytes }) };
}

function highest(...figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
