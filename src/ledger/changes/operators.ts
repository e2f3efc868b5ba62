/** What operators do to a job at once: record → record, or undefined when there is nothing to change. */

import { cutText } from "../cut-text.ts";
import { type Attempt, type JobRecord, latestAttempt, waitsForRetry } from "../record.ts";
import { endWaiting, noteStopping } from "./attempts.ts";
import { withHold, withoutMarks } from "./marks.ts";

/** It is a sentence, and stays in the record. */
const REASON_BYTES = 1000;

/** From now on occurrences are skipped as `paused`. */
export function pauseJob(record: JobRecord | undefined, now: Date, why?: string): JobRecord | undefined {
  const reason = why === undefined ? undefined : cutText(why, REASON_BYTES);
  if (record === undefined || record.closedAt !== undefined) return undefined;
  if (record.paused !== undefined && record.paused.reason === reason) return undefined;
  return { ...record, paused: { since: record.paused?.since ?? now, ...(reason === undefined ? {} : { reason }) } };
}

/** What is due from now on is started again. What fell into the pause is skipped, also where no scheduler was there to do it. */
export function resumeJob(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.paused === undefined) return undefined;
  const { paused, ...rest } = record;
  return withHold(rest, "paused", { since: paused.since, until: now });
}

/** The job starts anew: nothing that was due before counts any more, and a cursor in the future is put right. */
export function resetJob(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  return { ...withoutMarks(record), cursor: now };
}

/** Stops what carries the run, or, while it waits for its next attempt, ends it. Undefined when it has ended. */
export function cancelRun(record: JobRecord | undefined, id: string, now: Date): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === id && run.outcome === undefined);
  if (run === undefined) return undefined;
  if (waitsForRetry(run)) return endWaiting(record, id, { kind: "cancelled" }, now);
  const { number }: Attempt = latestAttempt(run);
  return noteStopping(record, { run: id, number }, { reason: "cancelled", since: now });
}
