import { type Due, due } from "../decide/due.ts";
import { type Sight, step } from "../decide/step.ts";
import type { ObjectState } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { endMarks, hasFutureMarks, noteGap } from "../ledger/changes/marks.ts";
import { admit, passOver, wasReset } from "../ledger/changes/occurrences.ts";
import { type Absence, type JobRecord, type Trigger, waitsForRetry } from "../ledger/record.ts";
import {
  type AttemptMemory,
  apply,
  phaseSince,
  removalOf,
  startOf,
  startWindow,
  takeUpOutput,
} from "./attempts/attempts.ts";
import { closeWhenOld, finishClosing, type TidyParts } from "./attempts/leftovers.ts";
import { isRetryDue, lookAtRetries, stopActive } from "./attempts/retries.ts";
import { type OpenAttempt, openAttempts } from "./book.ts";
import { forgetCursor, noteCursor, type ToldAhead } from "./cursor-notes.ts";
import { follows, followView, noteAgreement, type StandByParts, standBy } from "./follow-definitions.ts";
import { type AttemptStart, firstAttempt, nextAttempt } from "./launch/attempt-start.ts";
import { refuseRequests, seeToRequests } from "./requests.ts";
import { newestVerdictEvent } from "./verdicts.ts";

/** When a decision met a record that has moved on, or no clear answer. */
const DECIDE_AGAIN_MS = 200;

/** How long a start may take before what waits behind it is marked: well below the minute after which it is a gap. */
const MARK_AFTER_MS = 20_000;

export interface PassParts extends StandByParts, TidyParts {
  readonly memory: AttemptMemory;
  readonly toldAhead: ToldAhead;
  /** Jobs whose records may have marks that reach into the future: they are looked at once for that. */
  readonly clockWasSetBack: Set<string>;
  /** Why this instant was not seen, as far as it is known. */
  absenceAt(at: Date): Absence | undefined;
  /** Hears how an object was seen: that the engine says nothing of it is trouble with this object alone. */
  noteSight(job: string, objectId: string, state: ObjectState | undefined): void;
  /** When the job may be started again, after a start that came to nothing; undefined where it may be now. */
  mayStartAt(job: string, trigger: Trigger): Date | undefined;
  isLaunchedByHand(job: string): boolean;
  /** A start that is on its way waits no longer for its turn, or for its image. */
  withdrawLaunch(job: string): void;
  /** Starts it without waiting for it; the job is looked at again when it is started, or was not. */
  beginLaunch(start: AttemptStart): void;
}

/** What a pass over a job came to. */
export interface PassResult {
  /** When to look again; undefined: when something happens. */
  readonly wakeAt?: Date;
  /** The next occurrence, if the job has one. */
  readonly nextRunAt?: Date;
}

/**
 * One look at one job: first at its open attempts, then at what is due. It does not matter why it is looked at, nor
 * what was done before: the start-up pass is the same pass.
 */
export async function pass(name: string, parts: PassParts): Promise<PassResult> {
  await parts.book.freshen(name);
  const known = parts.book.records.get(name);
  if (known?.closedAt !== undefined) await finishClosing(name, parts);
  const record = await followView(name, parts);
  if (!parts.book.jobs.has(name)) {
    forgetCursor(name, parts);
    parts.toldOther.delete(name);
  }
  if (record === undefined) return {};
  const again = earliest(
    [await stepAttempts(name, record, parts), await seeToRequests(name, record, parts)].filter(
      (at) => at !== undefined,
    ),
  );
  const job = parts.book.jobs.get(name);
  const launching = parts.launching(name);
  const isByHand = parts.isLaunchedByHand(name);
  if (launching !== undefined && isUnwanted({ run: launching, isByHand }, parts.book.records.get(name)))
    parts.withdrawLaunch(name);
  if (job === undefined) return wake(again, await closeWhenOld(name, record, parts));
  const current = parts.book.records.get(name);
  if (current === undefined) return wake(again);
  if (!follows(current, job)) return wake(again, await standBy(job, current, parts));
  noteAgreement(name, parts);
  noteCursor(current, parts);
  const now = parts.clock.now();
  if (parts.clockWasSetBack.delete(name) && hasFutureMarks(current, now)) {
    const swap = await parts.book.change(name, (record) => endMarks(record, now));
    if (swap.result === "unknown") parts.clockWasSetBack.add(name);
    return wake(again, plus(now, DECIDE_AGAIN_MS));
  }
  const seen = { instance: parts.instance, seen: current };
  const timetable = parts.timetables.of(job.schedules);
  const found = due(job, timetable, current, now);
  const retry = current.runs.find((run) => waitsForRetry(run) && isRetryDue(run, now));
  const retryFrom = retry && parts.mayStartAt(name, retry.trigger);
  const isHeldBack = retryFrom !== undefined && retryFrom > now;
  if (retry !== undefined && !isHeldBack && parts.launching(name) === undefined)
    parts.beginLaunch(nextAttempt(job, retry, seen));
  if (parts.launching(name) !== undefined) {
    if (found.gap !== undefined) await changeAsSeen(job, current, parts)(noteOf(found.gap, parts));
    return { ...wake(again, await markInTime(job, found, current, parts)), ...nextRun(job, found.nextRunAt) };
  }
  const isDecided = await decide(job, found, current, parts);
  if (!isDecided) return { ...wake(again, plus(parts.clock.now(), DECIDE_AGAIN_MS)), ...nextRun(job, found.nextRunAt) };
  const stopped = found.replacesActive ? await stopActive(name, current, "replaced", parts) : "nothing";
  if (stopped !== "nothing") {
    const againAt = plus(parts.clock.now(), stopped === "unclear" ? DECIDE_AGAIN_MS : 0);
    return { ...wake(againAt), ...nextRun(job, found.nextRunAt) };
  }
  const startFrom = found.start && parts.mayStartAt(name, found.start.trigger);
  if (startFrom !== undefined && startFrom > now)
    return {
      ...wake(again, startFrom, retryFrom, await markInTime(job, found, current, parts)),
      ...nextRun(job, found.nextRunAt),
    };
  if (found.start !== undefined) parts.beginLaunch(firstAttempt(job, found.start, seen));
  const next = found.start === undefined ? found.wakeAt : plus(now, MARK_AFTER_MS);
  return { ...wake(again, next, isHeldBack ? retryFrom : undefined), ...nextRun(job, found.nextRunAt) };
}

/** Whether a start that is on its way could only lose: its job is gone, or its request was withdrawn or refused. */
function isUnwanted({ run, isByHand }: { run: string; isByHand: boolean }, record: JobRecord | undefined): boolean {
  if (record === undefined || record.removedAt !== undefined) return true;
  if (record.runs.some(({ id }) => id === run) || !isByHand) return false;
  return !record.requests.some((request) => request.refused === undefined && run.endsWith(`-${request.id}`));
}

/** Looks at every open attempt, and does the next thing for each; answers with when the earliest is to be seen again. */
async function stepAttempts(name: string, record: JobRecord, parts: PassParts): Promise<Date | undefined> {
  const retries = await lookAtRetries(name, record, parts);
  const open = openAttempts(record).filter(({ run }) => run.id !== parts.launching(name));
  if (open.length === 0) return earliest(retries);
  const asked = parts.clock.now();
  const states = await parts.engine.look(open.map(({ objectId }) => objectId));
  const isRemoved = record.removedAt !== undefined;
  const steps = open.map((attempt) =>
    stepAttempt(name, attempt, { state: states.get(attempt.objectId), isRemoved, asked }, parts),
  );
  return earliest([...retries, ...(await Promise.all(steps))]);
}

function stepAttempt(
  name: string,
  open: OpenAttempt,
  { state, isRemoved, asked }: Pick<Sight, "state" | "isRemoved"> & { readonly asked: Date },
  parts: PassParts,
): Promise<Date> {
  const now = parts.clock.now();
  takeUpOutput(name, open, state, parts);
  parts.noteSight(name, open.objectId, state);
  const since = phaseSince(open.objectId, state?.phase, now, parts.memory);
  const began = startWindow(open.objectId, state?.phase, { asked, now }, parts.memory);
  const isAnothers = !parts.logs.isOurs(open.objectId);
  const startTrouble = parts.memory.troubleOf(name, startOf(open.objectId))?.cause;
  const sight = {
    state,
    isRemoved,
    isAnothers,
    ...(since && { since }),
    ...(began && { began }),
    ...(startTrouble !== undefined && { startTrouble }),
    isRemovalInTrouble: parts.memory.troubleOf(name, removalOf(open.objectId)) !== undefined,
  };
  const effect = step(open.attempt, open.run.policies, sight, now);
  return apply(effect, name, open, parts.memory, parts);
}

/**
 * Writes what needs no object: occurrences that are passed over, requests that are refused. Returns false when the record has
 * moved on meanwhile, or stands under another definition, or the ledger gave no clear answer: then what comes after is to
 * be decided again, too.
 */
async function decide(job: Job, found: Due, seen: JobRecord, parts: PassParts): Promise<boolean> {
  const { name } = job;
  const { clock, events } = parts;
  const now = clock.now();
  const change = changeAsSeen(job, seen, parts);
  const note = found.gap && noteOf(found.gap, parts);
  const [oldest] = found.passedOver;
  if (note !== undefined && oldest === undefined && (await change(note)).result !== "won") return false;
  for (const stretch of found.passedOver) {
    const { verdict } = stretch;
    const swap = await change((record) => {
      const noted = note !== undefined && stretch === oldest ? note(record) : record;
      return passOver(noted, stretch, verdict, now);
    });
    if (swap.result !== "won") return false;
    const event = newestVerdictEvent(swap.record);
    if (event !== undefined) events.emit(event);
  }
  if (found.admit !== undefined) {
    const through = found.admit;
    if ((await change((record) => admit(record, through))).result === "unknown") return false;
  }
  await refuseRequests(name, found.refused, parts);
  return true;
}

/**
 * While a start is under way, or is put off, what comes due meanwhile is seen in time, and must not count as a gap when that
 * has taken long. A start that takes some seconds costs no write. Returns when to look again.
 */
async function markInTime(job: Job, { inTime, nextRunAt }: Due, seen: JobRecord, parts: PassParts) {
  const markNext = nextRunAt && plus(nextRunAt, MARK_AFTER_MS);
  if (inTime === undefined) return markNext;
  const markAt = plus(inTime.first, MARK_AFTER_MS);
  if (parts.clock.now() < markAt) return markAt;
  await changeAsSeen(job, seen, parts)((record) => admit(record, inTime.last));
  return markNext;
}

/** A change of the record as it was seen, or as it went on from there under the same definition. */
function changeAsSeen(job: Job, seen: JobRecord, { book }: PassParts) {
  return (edit: (record: JobRecord) => JobRecord | undefined) =>
    book.change(job.name, (record) =>
      record && follows(record, job) && !wasReset(record, seen) ? edit(record) : undefined,
    );
}

function noteOf({ first, ...gap }: NonNullable<Due["gap"]>, { absenceAt }: PassParts) {
  const absence = absenceAt(first);
  return (record: JobRecord) => noteGap(record, { ...gap, ...(absence && { absence }) });
}

function plus(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

function nextRun(job: Job, nextRunAt: Date | undefined): { nextRunAt?: Date } {
  return job.suspended || nextRunAt === undefined ? {} : { nextRunAt };
}

function wake(...times: readonly (Date | undefined)[]): PassResult {
  const wakeAt = earliest(times.filter((at) => at !== undefined));
  return wakeAt === undefined ? {} : { wakeAt };
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.min(...times.map((at) => at.getTime())));
}
