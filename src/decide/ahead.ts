import type { Job } from "../job/job.ts";
import { isFull } from "../ledger/changes/active-runs.ts";
import { holdOf } from "../ledger/changes/marks.ts";
import { holdingOf } from "../ledger/changes/pauses.ts";
import type { Timetable } from "../schedule/timetable.ts";
import { askedBySchedule, type DueStart } from "./due.ts";
import { begunAhead, type Seen } from "./waiting.ts";

/** A shorter lead is none: the object would hardly be there before its start is due. */
const SHORTEST_LEAD_MS = 1000;

/** The next start by schedule, and from when on its object may be prepared. */
export interface Ahead {
  readonly start: DueStart;
  readonly from: Date;
}

/**
 * Returns the next start whose object may be prepared before it is due; undefined where something that is known now speaks
 * against the start, or where something else is to be decided first. It decides nothing: whether the start comes is up to
 * `due`, at its time.
 *
 * The lead is `longestMs`, but at most half of the time since the occurrence before: an object is not made while the last
 * run has hardly begun.
 */
export function startAhead(
  job: Job,
  timetable: Timetable,
  { record, instance, now }: Seen,
  longestMs: number,
): Ahead | undefined {
  if (longestMs < SHORTEST_LEAD_MS || job.suspended) return undefined;
  const at = timetable.next(record.cursor);
  if (at === undefined || at <= now || begunAhead(record).has(at.getTime())) return undefined;
  if (timetable.planOf(at).kind !== "starts") return undefined;
  const holding = holdingOf(record, instance, now);
  if (holding.paused !== undefined || holdOf(holding, at) !== undefined) return undefined;
  const { overlap, run: policies } = job.policies;
  const asked = askedBySchedule(job);
  if (overlap !== "replace" && isFull(record, overlap, { policies, ...asked })) return undefined;
  const leadMs = leadOf(at, timetable, now, longestMs);
  if (leadMs < SHORTEST_LEAD_MS) return undefined;
  return { start: { trigger: "schedule", scheduledAt: at, ...asked }, from: new Date(at.getTime() - leadMs) };
}

/** Until the longest lead has begun, nothing depends on the occurrence before, which costs more to find than the next. */
function leadOf(at: Date, timetable: Timetable, now: Date, longestMs: number): number {
  if (at.getTime() - now.getTime() > longestMs) return longestMs;
  const before = timetable.previous(new Date(at.getTime() - 1));
  return before === undefined ? longestMs : Math.min(longestMs, (at.getTime() - before.getTime()) / 2);
}
