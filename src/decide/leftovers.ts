import type { OwnObject } from "../engines/engine.ts";
import { readPast } from "../ledger/past.ts";
import { boundAttempt, type JobRecord, latestAttempt, type Upstream, waitsForRetry } from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { undecidedEnds } from "./ends.ts";
import { mayLiveOn } from "./outcome-of-end.ts";
import { requestOf } from "./requests.ts";

/**
 * What an object of ours is, by the record of its job:
 * - `wanted`: it is bound, or may yet be bound;
 * - `leftover`: no record binds it and none ever will, or it has outlived its recorded outcome;
 * - `orphan`: it carries an attempt that was lost with its node, and may come back with that node.
 */
export type Standing = "wanted" | "leftover" | "orphan";

/** In view of what an object is judged. */
export interface StandingSeen {
  /** The engine keeps ended objects. */
  readonly keepsEnded: boolean;
  /** The run that this scheduler is just starting. */
  readonly launching: string | undefined;
  /** The record of the job whose end starts this one. */
  readonly upstream?: JobRecord | undefined;
  readonly timetables: Pick<Timetables, "ofRecord">;
  readonly now: Date;
}

export function standingOf(object: OwnObject, record: JobRecord, seen: StandingSeen): Standing {
  const { keepsEnded, launching } = seen;
  if (launching === object.run) return "wanted";
  const bound = boundAttempt(record, object.id);
  if (bound === undefined) return mayBeBound(object, record, seen) ? "wanted" : "leftover";
  if (bound.outcome === undefined || (keepsEnded && !object.running)) return "wanted";
  return mayLiveOn(bound.outcome) ? "orphan" : "leftover";
}

/**
 * What runs is left alone, and what is inert as long as a swap may ever bind it: a removal may arrive late. So what makes a leftover is final.
 */
function mayBeBound(object: OwnObject, record: JobRecord, { upstream, timetables, now }: StandingSeen): boolean {
  if (object.running) return true;
  if (!object.inert) return false;
  if (object.attempt > 1) {
    const run = record.runs.find(({ id }) => id === object.run);
    const waits = run !== undefined && waitsForRetry(run) && latestAttempt(run).number < object.attempt;
    return record.removedAt === undefined && waits;
  }
  // A job that is back begins behind what had ended.
  if (object.after !== undefined)
    return record.removedAt === undefined && mayFollow(object.after, object, record, upstream);
  if (object.trigger === "manual") return requestOf(object.run, record) !== undefined;
  return object.scheduledAt > record.cursor && mayBeDue(object, record, { timetables, now });
}

/** How far the clocks of two schedulers may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Whether an occurrence that is not decided may yet be due by the object's own definition. Another one may hold now, or none, and the
 * object's be back: with other schedules it begins behind its time, once that has passed; with the same ones the occurrence still waits.
 */
function mayBeDue(
  { definition, scheduledAt }: OwnObject,
  { removedAt, definition: { hash, schedules } }: JobRecord,
  { timetables, now }: Pick<StandingSeen, "timetables" | "now">,
): boolean {
  if (now.getTime() - scheduledAt.getTime() <= CLOCKS_DIFFER_MS) return true;
  if (removedAt !== undefined) return false;
  if (definition === hash) return true;
  const timetable = timetables.ofRecord(schedules);
  return timetable === undefined || timetable.previous(scheduledAt)?.getTime() === scheduledAt.getTime();
}

/** How long another scheduler may know of an end that this one has not seen yet. */
const SEEN_WITHIN_MS = 60_000;

/** Whether an end of another job may still start this run: it is undecided, or not known here yet. */
function mayFollow(
  { job, run: upstreamRun }: Upstream,
  { run, scheduledAt }: OwnObject,
  record: JobRecord,
  upstream: JobRecord | undefined,
): boolean {
  if (record.after?.job !== job || upstream === undefined || record.runs.some(({ id }) => id === run)) return false;
  if (undecidedEnds(record, upstream).ends.some((end) => end.run === upstreamRun)) return true;
  if (readPast(upstream).some(({ id }) => id === upstreamRun)) return false;
  const { lastCompletionAt } = upstream.totals;
  return lastCompletionAt === undefined || lastCompletionAt.getTime() - scheduledAt.getTime() < SEEN_WITHIN_MS;
}

/** Whether an object that no record binds may become a leftover: it waits to be bound, or runs. */
export function mayBecomeLeftover(object: OwnObject, record: JobRecord): boolean {
  return boundAttempt(record, object.id) === undefined && (object.inert || object.running);
}
