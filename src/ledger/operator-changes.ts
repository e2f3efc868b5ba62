/** What operators do to a job at once: page → page, or undefined when there is nothing to change. */

import { endWaiting, noteStopping } from "./attempt-changes.ts";
import { cutText } from "./cut-text.ts";
import { type Attempt, latestAttempt, type Page, waitsForRetry } from "./page.ts";

/** It is a sentence, and stays on the page. */
const REASON_BYTES = 1000;

/** From now on occurrences are skipped as `paused`. */
export function pauseJob(page: Page | undefined, now: Date, why?: string): Page | undefined {
  const reason = why === undefined ? undefined : cutText(why, REASON_BYTES);
  if (page === undefined || page.closedAt !== undefined) return undefined;
  if (page.paused !== undefined && page.paused.reason === reason) return undefined;
  return { ...page, paused: { since: page.paused?.since ?? now, ...(reason === undefined ? {} : { reason }) } };
}

/** What was due while it was paused was skipped; what is due from now on is not. */
export function resumeJob(page: Page | undefined): Page | undefined {
  if (page?.paused === undefined) return undefined;
  const { paused: _paused, ...rest } = page;
  return rest;
}

/** The job starts anew: nothing that was due before counts any more, and a cursor in the future is put right. */
export function resetJob(page: Page | undefined, now: Date): Page | undefined {
  if (page === undefined || page.closedAt !== undefined) return undefined;
  const { admittedThrough: _admittedThrough, ...rest } = page;
  return { ...rest, cursor: now };
}

/** Stops what carries the run, or, while it waits for its next attempt, ends it. Undefined when it has ended. */
export function cancelRun(page: Page | undefined, id: string, now: Date): Page | undefined {
  const run = page?.runs.find((run) => run.id === id && run.outcome === undefined);
  if (run === undefined) return undefined;
  if (waitsForRetry(run)) return endWaiting(page, id, { kind: "cancelled" }, now);
  const { number }: Attempt = latestAttempt(run);
  return noteStopping(page, { run: id, number }, { reason: "cancelled", since: now });
}
