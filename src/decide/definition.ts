import type { Job } from "../job/job.ts";
import { gapOf, isAdmitted } from "../ledger/changes/marks.ts";
import { activeRuns, type JobRecord, latestAttempt, waitsForRetry } from "../ledger/record.ts";
import type { Timetable } from "../schedule/timetable.ts";

/** How long past its next occurrence a job may stand under a definition that no scheduler seems to carry out. */
const OVERDUE_MS = 120_000;

/** Whether the record stands under this definition, whichever scheduler put it there. */
export function follows(record: JobRecord, job: Job): boolean {
  return record.removedAt === undefined && record.definition.hash === job.hash;
}

/**
 * When it is clear that no scheduler carries the job out, whose record has stood under another definition since `since`.
 * Undefined when nothing is due next, or while that rightly waits for a run to end. After such a run, and after a change of
 * definitions, the time begins again.
 */
export function overdueAt(record: JobRecord, timetable: Timetable, since: Date): Date | undefined {
  const next = timetable.next(record.cursor);
  if (next === undefined) return undefined;
  const active = activeRuns(record);
  const waits = active.length > 0 && (isAdmitted(record, next) || gapOf(record, next) !== undefined);
  if (waits && !active.every(waitsForRetry)) return undefined;
  const plan = timetable.planOf(next);
  const retries = active.flatMap((run) => (waitsForRetry(run) ? (latestAttempt(run).retryAt ?? []) : []));
  const times = waits
    ? [...retries, since]
    : [plan.kind === "deferred" ? plan.until : next, record.totals.lastCompletionAt ?? next, since];
  return new Date(Math.max(...times.map((at) => at.getTime())) + OVERDUE_MS);
}
