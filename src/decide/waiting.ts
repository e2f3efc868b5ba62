import type { Job, Policies } from "../job/job.ts";
import { gapOf, holdOf, knownThrough } from "../ledger/changes/marks.ts";
import { type Holding, holdingOf, pauseSeen } from "../ledger/changes/pauses.ts";
import {
  type Gap,
  type Hold,
  type InstanceRecord,
  isBySchedule,
  type JobRecord,
  type PassedOverVerdict,
} from "../ledger/record.ts";
import type { StartPlan, Timetable } from "../schedule/timetable.ts";
import type { UpstreamEnd } from "./ends.ts";

/** An occurrence that waited for a scheduler for longer than this is part of a gap, and `catch_up` decides about it. */
export const GAP_AFTER_MS = 60_000;

/** What is decided on: a job's record, in view of what holds for all jobs, at this moment. */
export interface Seen {
  readonly record: JobRecord;
  /** Absent while nothing was ever decided for all jobs. */
  readonly instance?: InstanceRecord | undefined;
  /** Of a job that another one's end starts: that one's record. Absent while it has none. */
  readonly upstream?: JobRecord | undefined;
  readonly now: Date;
}

/**
 * What becomes of an undecided occurrence, active runs aside: it may start, it is passed over, it waits for the end of a quiet
 * window, or nothing can be said yet, because later occurrences that matter for it were not looked at.
 */
export type Fate = Waiting | PassedOverFate | Deferred | { readonly is: "open"; readonly at: Date };

/** An occurrence that may start. */
export interface Waiting {
  readonly is: "waiting";
  readonly at: Date;
  readonly trigger: "schedule" | "catch-up" | "after";
  /** With `after`: the end that it is. */
  readonly end?: UpstreamEnd;
}

interface Deferred {
  readonly is: "deferred";
  readonly at: Date;
  readonly until: Date;
}

interface PassedOverFate {
  readonly is: "passed-over";
  readonly at: Date;
  readonly end?: UpstreamEnd;
  readonly verdict: PassedOverVerdict;
}

/** Undecided occurrences in order. `isCut`: there are more, later ones. */
export interface Undecided {
  readonly occurrences: readonly Date[];
  readonly isCut: boolean;
}

/**
 * The gap that has ended and is not marked in the record yet: some occurrence was not seen for a minute, and may still
 * start. It ends now, and what is due until now is of it, because the newest is the one that is caught up. With
 * `catch_up: none` nothing is caught up: then what is not a minute late is started for itself.
 */
export function findGap(
  { suspended, policies }: Job,
  timetable: Timetable,
  { record, instance, now }: Seen,
): (Gap & { readonly first: Date }) | undefined {
  const holding = holdingOf(record, instance, now);
  if (suspended || holding.paused !== undefined) return undefined;
  const { catchUp, startingDeadlineMs = now.getTime() } = policies;
  const after = knownThrough(record);
  const lateBefore = new Date(now.getTime() - GAP_AFTER_MS - 1);
  const tooLateThrough = now.getTime() - startingDeadlineMs - 1;
  const begun = begunAhead(record);
  for (
    let at = timetable.next(new Date(Math.max(after.getTime(), tooLateThrough)));
    at !== undefined && at <= lateBefore;
  ) {
    const hold = holdOf(holding, at);
    const plan = timetable.planOf(at);
    const isLate = plan.kind === "starts" || (plan.kind === "deferred" && plan.until <= lateBefore);
    if (isLate && hold === undefined && !begun.has(at.getTime()))
      return { after, through: catchUp === "none" ? lateBefore : now, first: at };
    const until = hold?.until ?? (plan.kind === "skipped" ? (plan.until ?? now) : at);
    at = timetable.next(new Date(Math.max(at.getTime(), until.getTime() - 1)));
  }
  return undefined;
}

/** Runs of occurrences after the cursor: the clock was set back, and then the record. They have their verdict. */
export function begunAhead({ cursor, runs }: JobRecord): ReadonlySet<number> {
  const ahead = runs.filter(({ trigger, scheduledAt }) => isBySchedule(trigger) && scheduledAt > cursor);
  return new Set(ahead.map(({ scheduledAt }) => scheduledAt.getTime()));
}

/**
 * Returns what becomes of each undecided occurrence. What is excluded or fell into a pause is skipped; a deadline ends the
 * waiting of each; `catch_up` chooses the newest of a gap; all others wait, however late it has become.
 */
export function chooseWaiting(
  { policies, suspended }: Job,
  timetable: Timetable,
  { record, instance, now, occurrences, isCut }: Seen & Undecided,
): readonly Fate[] {
  const passedOver = passedOverTest(policies, { suspended, record, instance, now });
  const fates: Fate[] = [];
  const newer = new Map<Gap, number>();
  const last = occurrences.at(-1);
  const limit = { none: 0, last: 1, all: policies.catchUpLimit }[policies.catchUp];
  for (const at of occurrences.toReversed()) {
    const plan = timetable.planOf(at);
    const verdict = passedOver(at, plan);
    if (verdict === undefined && plan.kind === "deferred" && plan.until > now) {
      fates.push({ is: "deferred", at, until: plan.until });
      continue;
    }
    const gapAround = verdict === undefined ? gapOf(record, at) : undefined;
    // What waits for the end of a quiet window is due then, and a gap before that has not missed it.
    const isMissed = plan.kind !== "deferred" || (gapAround !== undefined && plan.until <= gapAround.through);
    const gap = isMissed ? gapAround : undefined;
    const count = gap === undefined ? 0 : (newer.get(gap) ?? 0);
    if (gap !== undefined) newer.set(gap, count + 1);
    if (verdict !== undefined) fates.push({ is: "passed-over", at, verdict });
    else if (gap === undefined) fates.push({ is: "waiting", at, trigger: "schedule" });
    else if (count >= limit)
      fates.push({ is: "passed-over", at, verdict: { kind: "missed", reason: "gap", leftToCatchUp: limit } });
    // The newest of a gap that goes on beyond the cut are not among these, and which of these are left depends on them.
    else if (isCut && last !== undefined && gap.through > last) fates.push({ is: "open", at });
    else fates.push({ is: "waiting", at, trigger: "catch-up" });
  }
  return fates.reverse();
}

/**
 * Returns what becomes of each end of another job's run. Exclusions, a pause and a deadline hold for them as for occurrences; they
 * are in no gap, so `catch_up` says nothing about them. Those that wait for the end of a quiet window all wait.
 */
export function chooseEnds(
  { policies, suspended, exclusions }: Job,
  timetable: Timetable,
  { record, instance, now }: Seen,
  ends: readonly UpstreamEnd[],
): readonly (Waiting | PassedOverFate)[] {
  if (ends.length === 0) return [];
  const passedOver = passedOverTest(policies, { suspended, record, instance, now });
  return ends.map((end) => {
    const { at } = end;
    const verdict = passedOver(at, excludedEnd(at, timetable, exclusions));
    return verdict === undefined
      ? { is: "waiting", at, trigger: "after", end }
      : { is: "passed-over", at, verdict, end };
  });
}

/** What the job's exclusions make of an end, which is at no time of a schedule. */
export function excludedEnd(
  at: Date,
  timetable: Timetable,
  exclusions: Job["exclusions"],
): Exclude<StartPlan, { readonly kind: "deferred" }> {
  if (timetable.exceptedUntil(at) !== undefined) return { kind: "skipped", reason: "excepted" };
  const isQuiet = exclusions?.defers === undefined && timetable.quietUntil(at) !== undefined;
  return isQuiet ? { kind: "skipped", reason: "quiet" } : { kind: "starts" };
}

/** Tells why an occurrence is passed over whatever runs. */
function passedOverTest(
  { startingDeadlineMs = Number.POSITIVE_INFINITY }: Policies,
  { suspended, record, instance, now }: Seen & { readonly suspended: boolean },
): (at: Date, plan: StartPlan) => PassedOverVerdict | undefined {
  const holding = holdingOf(record, instance, now);
  return (at, plan) => {
    if (plan.kind === "skipped") return { kind: "skipped", reason: plan.reason };
    const held = heldBy(holding, at, suspended);
    if (held !== undefined) return held;
    return now.getTime() - at.getTime() > startingDeadlineMs ? { kind: "missed", reason: "too-late" } : undefined;
  };
}

/** Why an occurrence is skipped whatever runs; undefined when it is not. */
function heldBy(holding: Holding, at: Date, suspended: boolean): PassedOverVerdict | undefined {
  const hold = holdOf(holding, at);
  if (hold !== undefined) return skippedBy(hold);
  if (suspended) return { kind: "skipped", reason: "suspended" };
  return holding.paused && skippedBy({ reason: "paused", ...holding.paused });
}

/** The verdict on what fell into such a hold. */
export function skippedBy({ reason, ...hold }: Pick<Hold, "reason" | "why" | "all">): PassedOverVerdict {
  const pause = pauseSeen(hold);
  return { kind: "skipped", reason, ...(Object.keys(pause).length > 0 && { pause }) };
}
