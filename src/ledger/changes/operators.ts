/** What operators change in a record themselves: record → record, or undefined when there is nothing to change. */

import { type JobRecord, latestAttempt, type Stopping, waitsForRetry } from "../record.ts";
import { endWaiting, noteStopping } from "./attempts.ts";
import { skipEnds } from "./ends.ts";
import { withoutMarks } from "./marks.ts";

/** Restarts the job's schedule now: earlier occurrences no longer count, and a cursor in the future is corrected. */
export function resetJob(
  record: JobRecord | undefined,
  now: Date,
  upstream?: JobRecord | undefined,
): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  return { ...withoutMarks(skipEnds(record, { upstream, now })), cursor: now };
}

/** Stops the run's attempt, or ends a run that waits for its next attempt. Undefined when the run has ended. */
export function cancelRun(
  record: JobRecord | undefined,
  id: string,
  asked: Pick<Stopping, "since" | "by" | "why">,
): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === id && run.outcome === undefined);
  if (run === undefined) return undefined;
  if (waitsForRetry(run)) return endWaiting(record, id, { kind: "cancelled" }, asked.since);
  return noteStopping(record, { run: id, number: latestAttempt(run).number }, { reason: "cancelled", ...asked });
}
