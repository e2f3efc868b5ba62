/** What operators change in a record themselves: record → record, or undefined when there is nothing to change. */

import { type JobRecord, latestAttempt, waitsForRetry } from "../record.ts";
import { endWaiting, noteStopping } from "./attempts.ts";
import { withHold, withoutMarks } from "./marks.ts";
import { cutText } from "./size.ts";

/** Enough for a sentence or two. */
const REASON_BYTES = 1000;

/** Pauses the job: occurrences from now on are skipped as `paused`. */
export function pauseJob(record: JobRecord | undefined, now: Date, why?: string): JobRecord | undefined {
  const reason = why === undefined ? undefined : cutText(why, REASON_BYTES);
  if (record === undefined || record.closedAt !== undefined) return undefined;
  if (record.paused !== undefined && record.paused.reason === reason) return undefined;
  return { ...record, paused: { since: record.paused?.since ?? now, ...(reason === undefined ? {} : { reason }) } };
}

/** Resumes the job. Occurrences that fell into the pause are skipped, even if no scheduler was running then. */
export function resumeJob(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.paused === undefined) return undefined;
  const { paused, ...rest } = record;
  return withHold(rest, "paused", { since: paused.since, until: now });
}

/** Restarts the job's schedule now: earlier occurrences no longer count, and a cursor in the future is corrected. */
export function resetJob(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  return { ...withoutMarks(record), cursor: now };
}

/** Stops the run's attempt, or ends a run that waits for its next attempt. Undefined when the run has ended. */
export function cancelRun(record: JobRecord | undefined, id: string, now: Date): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === id && run.outcome === undefined);
  if (run === undefined) return undefined;
  if (waitsForRetry(run)) return endWaiting(record, id, { kind: "cancelled" }, now);
  return noteStopping(record, { run: id, number: latestAttempt(run).number }, { reason: "cancelled", since: now });
}
