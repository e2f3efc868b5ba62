/** What operators do to a job at once: page → page, or undefined when there is nothing to change. */

import { cutText } from "../cut-text.ts";
import { type Attempt, latestAttempt, type Page, waitsForRetry } from "../page.ts";
import { endWaiting, noteStopping } from "./attempt-changes.ts";
import { withHold, withoutMarks } from "./mark-changes.ts";

/** It is a sentence, and stays on the page. */
const REASON_BYTES = 1000;

/** From now on occurrences are skipped as `paused`. */
export function pauseJob(page: Page | undefined, now: Date, why?: string): Page | undefined {
  const reason = why === undefined ? undefined : cutText(why, REASON_BYTES);
  if (page === undefined || page.closedAt !== undefined) return undefined;
  if (page.paused !== undefined && page.paused.reason === reason) return undefined;
  return { ...page, paused: { since: page.paused?.since ?? now, ...(reason === undefined ? {} : { reason }) } };
}

/** What is due from now on is started again. What fell into the pause is skipped, also where no scheduler was there to do it. */
export function resumeJob(page: Page | undefined, now: Date): Page | undefined {
  if (page?.paused === undefined) return undefined;
  const { paused, ...rest } = page;
  return withHold(rest, "paused", { since: paused.since, until: now });
}

/** The job starts anew: nothing that was due before counts any more, and a cursor in the future is put right. */
export function resetJob(page: Page | undefined, now: Date): Page | undefined {
  if (page === undefined || page.closedAt !== undefined) return undefined;
  return { ...withoutMarks(page), cursor: now };
}

/** Stops what carries the run, or, while it waits for its next attempt, ends it. Undefined when it has ended. */
export function cancelRun(page: Page | undefined, id: string, now: Date): Page | undefined {
  const run = page?.runs.find((run) => run.id === id && run.outcome === undefined);
  if (run === undefined) return undefined;
  if (waitsForRetry(run)) return endWaiting(page, id, { kind: "cancelled" }, now);
  const { number }: Attempt = latestAttempt(run);
  return noteStopping(page, { run: id, number }, { reason: "cancelled", since: now });
}
