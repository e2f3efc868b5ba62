/**
 * Pauses of one job and of all: how they begin, change and end (record → record, or undefined when there is nothing to
 * change), and what they mean for a job's occurrences. Pure.
 */
import type { By, Hold, InstanceRecord, JobRecord, Pause, PauseSeen } from "../record.ts";
import { withHold } from "./marks.ts";
import { cutText } from "./size.ts";

/** Enough for a sentence or two. */
const REASON_BYTES = 1000;
/** In each verdict and in each ended pause. */
const SHORT_REASON_BYTES = 200;
/** A job that has not been decided since before the oldest of so many pauses takes what fell into that one for a gap. */
const MOST_HOLDS_OF_ALL = 16;

/** What an operator says of a pause. What is left out stays as it was, if the pause has begun already. */
export interface PauseTerms {
  /** When it ends by itself. `resumed`: only when it is ended. */
  readonly until?: Date | "resumed" | undefined;
  /** Empty: none. */
  readonly reason?: string | undefined;
  readonly by?: By | undefined;
}

/** Pauses the job: occurrences from now on are skipped as `paused`. A paused job stays paused since when it was. */
export function pauseJob(record: JobRecord | undefined, now: Date, terms: PauseTerms = {}): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  const current = endPause(record, now) ?? record;
  const paused = changedPause(current.paused, now, terms);
  return paused && { ...current, paused };
}

/** Resumes the job. Occurrences that fell into the pause are skipped, even if no scheduler was running then. */
export function resumeJob(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.paused === undefined) return undefined;
  const { paused, ...rest } = record;
  return withHold(rest, heldBy(paused, now));
}

/** Ends a pause whose `until` has come. Undefined where there is none. */
export function endPause(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  return isOver(record?.paused, now) ? resumeJob(record, now) : undefined;
}

/** Pauses all jobs, as `pauseJob` pauses one. */
export function pauseAll(
  instance: InstanceRecord | undefined,
  now: Date,
  terms: PauseTerms = {},
): InstanceRecord | undefined {
  const current = endPauseOfAll(instance, now) ?? instance;
  const paused = changedPause(current?.paused, now, terms);
  return paused && { schema: 1, ...current, paused };
}

/** Resumes all jobs, except those that have a pause of their own. */
export function resumeAll(instance: InstanceRecord | undefined, now: Date): InstanceRecord | undefined {
  if (instance?.paused === undefined) return undefined;
  const { paused, ...rest } = instance;
  const hold = heldBy(paused, now);
  if (hold.since >= hold.until) return rest;
  return { ...rest, holds: [...(instance.holds ?? []), hold].slice(-MOST_HOLDS_OF_ALL) };
}

/** Ends a pause of all jobs whose `until` has come. Undefined where there is none. */
export function endPauseOfAll(instance: InstanceRecord | undefined, now: Date): InstanceRecord | undefined {
  return isOver(instance?.paused, now) ? resumeAll(instance, now) : undefined;
}

/** How far the clocks of two schedulers may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/** Cuts ended pauses of all jobs that reach into the future, because the clock has been set back. Undefined: none does. */
export function endFutureHolds(instance: InstanceRecord | undefined, now: Date): InstanceRecord | undefined {
  const { holds = [] } = instance ?? {};
  if (instance === undefined || !holds.some(({ until }) => until.getTime() > now.getTime() + CLOCKS_DIFFER_MS))
    return undefined;
  const begun = holds.filter(({ since }) => since < now);
  return { ...instance, holds: begun.map((hold) => (hold.until > now ? { ...hold, until: now } : hold)) };
}

/** What keeps a job's occurrences from being started, apart from its definition. */
export interface Holding {
  /** The pause that holds now: what is undecided is skipped. The job's own, or else that of all jobs. */
  readonly paused?: PauseSeen;
  /** When all pauses that hold now have ended by themselves. Undefined where one of them does not, and where none holds. */
  readonly pausedUntil?: Date;
  /** What fell into these is skipped: `holdOf` finds it. Pauses that are over are among them, ended or not. */
  readonly holds: readonly Hold[];
}

/** Returns what holds the job at this moment. */
export function holdingOf(record: JobRecord, instance: InstanceRecord | undefined, now: Date): Holding {
  const own = isOver(record.paused, now) ? undefined : record.paused;
  const ofAll = isOver(instance?.paused, now) ? undefined : instance?.paused;
  const paused = own ? pauseSeen(heldBy(own, now)) : ofAll && { ...pauseSeen(heldBy(ofAll, now)), all: true as const };
  const pausedUntil = lastEnd([own, ofAll]);
  const ended = record.paused && own === undefined ? [heldBy(record.paused, now)] : [];
  const endedOfAll = instance?.paused && ofAll === undefined ? [heldBy(instance.paused, now)] : [];
  const holdsOfAll = [...(instance?.holds ?? []), ...endedOfAll].map((hold) => ({ ...hold, all: true as const }));
  const holds = [...(record.holds ?? []), ...ended, ...holdsOfAll];
  return { ...(paused && { paused }), ...(pausedUntil && { pausedUntil }), holds };
}

function lastEnd(pauses: readonly (Pause | undefined)[]): Date | undefined {
  const ends = pauses.flatMap((pause) => (pause ? [pause.until?.getTime() ?? Number.POSITIVE_INFINITY] : []));
  const last = Math.max(...ends);
  return Number.isFinite(last) ? new Date(last) : undefined;
}

/** The part of a hold that its verdicts keep. */
export function pauseSeen({ why, all }: PauseSeen): PauseSeen {
  return { ...(why !== undefined && { why }), ...(all && { all }) };
}

/** True once the pause's `until` has come. It may not have been ended in the record yet. */
export function isOver(pause: Pause | undefined, now: Date): boolean {
  return pause?.until !== undefined && pause.until <= now;
}

/** The pause as it is to be. Undefined when it is so already. */
function changedPause(before: Pause | undefined, now: Date, terms: PauseTerms): Pause | undefined {
  const given = terms.reason === undefined ? before?.reason : cutText(terms.reason, REASON_BYTES);
  const reason = given === "" ? undefined : given;
  const until = terms.until === "resumed" ? undefined : (terms.until ?? before?.until);
  if (before !== undefined && before.reason === reason && before.until?.getTime() === until?.getTime())
    return undefined;
  const by = terms.by === undefined ? before?.by : shortBy(terms.by);
  const { until: _until, reason: _reason, by: _by, ...others } = before ?? { since: now };
  return {
    ...others,
    ...(until && { until }),
    ...(reason !== undefined && { reason }),
    ...(by && { by }),
  };
}

function shortBy({ via, name }: By): By {
  return { via, ...(name !== undefined && { name: cutText(name, SHORT_REASON_BYTES) }) };
}

/** What the pause has held, if it ends now or has ended by itself before. */
function heldBy(pause: Pause, now: Date): Hold {
  const { since, until = now, reason } = pause;
  const why = reason === undefined ? undefined : cutText(reason, SHORT_REASON_BYTES);
  return { reason: "paused", since, until: until < now ? until : now, ...(why !== undefined && { why }) };
}
