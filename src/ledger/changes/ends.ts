/** How far the ends of another job's runs are decided (`EndsDecided`): record → record. Pure. */
import type { After, EndWanted, Job } from "../../job/job.ts";
import { type EndPlace, type EndsDecided, endsDecided, type JobRecord, type OutcomeKind } from "../record.ts";

const WANTED: Readonly<Record<Exclude<EndWanted, "ended">, readonly OutcomeKind[]>> = {
  succeeded: ["succeeded"],
  // What an operator ended, or a later run replaced, has not failed.
  failed: ["failed", "rejected", "timed-out", "lost"],
};

/** Whether a run that ended so starts the jobs that wait for this. */
export function isWanted(on: EndWanted, outcome: OutcomeKind): boolean {
  return on === "ended" || WANTED[on].includes(outcome);
}

/** How many runs of the upstream have ended, as its record counts them. A job without a record has none. */
export function endPlaceOf(upstream: JobRecord | undefined, on: EndWanted): EndPlace {
  let [ended, matched] = [0, 0];
  for (const [outcome, byTrigger] of Object.entries(upstream?.totals.ended ?? {})) {
    const count = Object.values(byTrigger).reduce((sum, each) => sum + each, 0);
    ended += count;
    if (isWanted(on, outcome as OutcomeKind)) matched += count;
  }
  return { ended, matched };
}

/** True where both say the same of the same upstream. */
export function isSameAfter(a: After | undefined, b: After | undefined): boolean {
  return a?.job === b?.job && a?.on === b?.on;
}

interface SeenAt {
  /** The upstream's record. */
  readonly upstream: JobRecord | undefined;
  readonly now: Date;
}

/**
 * Returns what a record that comes to follow this definition has as `after`. The same upstream goes on where it was; of another
 * one, what has ended by now starts nothing.
 */
export function followEnds(
  before: Pick<JobRecord, "after" | "definition"> | undefined,
  { after, hash }: Pick<Job, "after" | "hash">,
  { upstream, now }: SeenAt,
): Pick<JobRecord, "after"> {
  if (after === undefined) return {};
  const decided = before && endsDecided(before);
  const same = decided !== undefined && isSameAfter(decided, after) ? decided : undefined;
  const { job, on } = after;
  return {
    after: same
      ? { ...same, definition: hash }
      : { definition: hash, job, on, since: now, ...endPlaceOf(upstream, on) },
  };
}

/**
 * Makes the counting begin where the record lacks it, or begin again where the upstream's record has: that was lost, and built
 * again from what the engine has. What had ended before starts nothing again. Undefined when there is nothing to change.
 */
export function beginEnds(
  record: JobRecord | undefined,
  job: Pick<Job, "after" | "hash">,
  seen: SeenAt,
): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined || record.removedAt !== undefined) return undefined;
  if (job.after === undefined || record.definition.hash !== job.hash) return undefined;
  const decided = endsDecided(record);
  if (decided === undefined) return { ...record, ...followEnds(undefined, job, seen) };
  if (!hasBegunAgain(decided, seen.upstream)) return undefined;
  return { ...record, after: { ...decided, since: decided.at ?? decided.since, ended: 0, matched: 0 } };
}

/** True for a record that was made after the last decided end. One that counts too little otherwise is an old view of it. */
function hasBegunAgain(decided: EndsDecided, upstream: JobRecord | undefined): boolean {
  if (upstream?.declaredAt === undefined || upstream.declaredAt <= (decided.at ?? decided.since)) return false;
  return endPlaceOf(upstream, decided.on).ended < decided.ended;
}

/** Lets nothing that has ended by now start the job. */
export function skipEnds(record: JobRecord, { upstream, now }: SeenAt): JobRecord {
  const decided = endsDecided(record);
  if (decided === undefined) return record;
  // Of an upstream whose record is not there nothing is counted; what it has ended by now is known by its time.
  return { ...record, after: { ...decided, since: now, ...(upstream && endPlaceOf(upstream, decided.on)) } };
}

/** What is decided: the ends from one place up to another, the last of which ended `at`. */
export interface EndsPassed {
  readonly from: EndPlace;
  readonly to: EndPlace;
  /** The upstream's run whose end is the first of them; undefined where its record no longer says. */
  readonly run?: string;
}

/** Returns the record with these ends decided. Undefined where others are decided by now, or the counting has begun again. */
export function passEnds(record: JobRecord, { from, to }: EndsPassed, at: Date): JobRecord | undefined {
  const decided = endsDecided(record);
  if (decided === undefined || decided.ended !== from.ended || decided.matched !== from.matched) return undefined;
  return { ...record, after: { ...decided, at, ...to } };
}
