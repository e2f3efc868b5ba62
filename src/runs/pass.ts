import type { Clock } from "../clock.ts";
import { startAhead } from "../decide/ahead.ts";
import { follows } from "../decide/definition.ts";
import { type Due, due } from "../decide/due.ts";
import { isStartUnwanted, type Launching } from "../decide/requests.ts";
import { dueRetry } from "../decide/retry.ts";
import type { Engine } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import type { Tracing } from "../job/trace.ts";
import { beginEnds } from "../ledger/changes/ends.ts";
import { endMarks, hasFutureMarks, noteGap } from "../ledger/changes/marks.ts";
import { admit, passOver, wasReset } from "../ledger/changes/occurrences.ts";
import { endPause, isOver } from "../ledger/changes/pauses.ts";
import type { RecordChange } from "../ledger/ledger.ts";
import type { InstanceRecord, JobRecord, Trigger } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { Presence } from "./agenda/presence.ts";
import type { Attempts } from "./attempts/attempts.ts";
import type { Book } from "./book.ts";
import { closeWhenOld, finishClosing } from "./closing.ts";
import type { CursorNotes } from "./cursor-notes.ts";
import type { DefinitionFollower } from "./follow-definitions.ts";
import { type AttemptStart, firstAttempt, nextAttempt } from "./launch/attempt-start.ts";
import type { Pauses } from "./pauses.ts";
import type { Pools } from "./pools/pools.ts";
import type { Requests } from "./requests.ts";
import { lookAtTellings, nextLookAtTellings } from "./tellings.ts";
import { writeVerdict } from "./verdicts.ts";

/** When a decision met a record that has moved on, or a change of it got no clear answer. */
const DECIDE_AGAIN_MS = 200;

/** How long a start may take before what waits behind it is marked: well below the minute after which it is a gap. */
const MARK_AFTER_MS = 20_000;

/** What a pass works with. It starts no run by itself: it returns what is to be started. */
export interface World {
  readonly instance: string;
  readonly engine: Pick<Engine, "list" | "remove" | "preparesAhead">;
  readonly book: Pick<
    Book,
    "records" | "instance" | "jobs" | "followersOf" | "freshen" | "refresh" | "change" | "takeUnclear" | "remove"
  >;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  /** How long before it is due the object of a start may be prepared. */
  readonly aheadMs: number;
  /** Absent while traces are off. */
  readonly tracing?: Tracing | undefined;
  readonly definitions: Pick<DefinitionFollower, "follow" | "standBy" | "noteAgreement" | "forget">;
  readonly attempts: Pick<Attempts, "look" | "replaceActive">;
  readonly requests: Pick<Requests, "look" | "refuse">;
  readonly cursors: Pick<CursorNotes, "note" | "forget">;
  readonly pauses: Pick<Pauses, "note">;
  readonly presence: Pick<Presence, "absenceAt">;
  readonly pools: Pick<Pools, "mayStart">;
}

/** How the starts of a job stand when its pass begins. */
export interface StartsSeen {
  /** The one that is on its way. Another one is begun only after a pass has returned it. */
  readonly launching: Launching | undefined;
  /** Until when the job is not started again, after a start that came to nothing: by schedule, and by an operator. */
  readonly heldUntil: Date | undefined;
  readonly heldManuallyUntil: Date | undefined;
  /** The clock was set back: the record may have marks that reach into the future. */
  readonly isClockSetBack: boolean;
}

/** What a pass over a job came to, and what is to happen now. */
export interface PassResult {
  /** When to look again; undefined: when something happens. */
  readonly wakeAt?: Date;
  /** The next occurrence that may be started, if the job has one. */
  readonly nextRunAt?: Date;
  /** To be started, without being waited for. */
  readonly start?: AttemptStart;
  /** Not due yet: its object is to be prepared, or kept where it is there. */
  readonly ahead?: AttemptStart;
  /** The start that is on its way can only lose: it is to wait no longer for its turn, or for its image. */
  readonly withdrawsStart?: boolean;
  /** No marks are left in the record's future that a clock set back has put there. */
  readonly hasEndedMarks?: boolean;
}

/**
 * One look at one job: first at its open attempts, then at what is due. It does not matter why it is looked at, nor
 * what was done before: the pass at start-up is the same pass.
 */
export async function pass(name: string, starts: StartsSeen, world: World): Promise<PassResult> {
  const { book, clock, definitions, attempts, requests, cursors } = world;
  const { launching } = starts;
  await book.freshen(name);
  if (book.records.get(name)?.closedAt !== undefined) await finishClosing(name, book);
  const record = await definitions.follow(name);
  if (!book.jobs.has(name)) {
    cursors.forget(name);
    definitions.forget(name);
  }
  if (record === undefined) return {};
  const openAt = await attempts.look(record, launching?.run);
  const requestsAt = await requests.look(record, launching?.run);
  const withdrawsStart = launching !== undefined && isStartUnwanted(launching, book.records.get(name));
  const result = await passOccurrences(record, starts, world);
  const tellAt = await tellAfter(result, name, world);
  // What got no clear answer may still be undone: its time, which has come, would have it tried again at once, for ever.
  const wakeAt = book.takeUnclear(name)
    ? wake(plus(clock.now(), DECIDE_AGAIN_MS))
    : wake(openAt, requestsAt, result.wakeAt, tellAt);
  return { ...result, ...wakeAt, withdrawsStart };
}

/** A start does not wait for what is to be told: that is looked at once the start is on its way. */
async function tellAfter({ start }: PassResult, job: string, world: World): Promise<Date | undefined> {
  const record = world.book.records.get(job);
  if (record === undefined || record.closedAt !== undefined) return undefined;
  return start === undefined ? lookAtTellings(record, world) : nextLookAtTellings(record, world);
}

/** `record`: as it was when the pass began. */
async function passOccurrences(record: JobRecord, starts: StartsSeen, world: World): Promise<PassResult> {
  const { book, clock, definitions, cursors, pauses } = world;
  const name = record.job;
  const job = book.jobs.get(name);
  if (job === undefined) return wake(await closeWhenOld(record, world));
  const current = book.records.get(name);
  if (current === undefined) return {};
  if (!follows(current, job)) return wake(await definitions.standBy(job, current));
  definitions.noteAgreement(name);
  cursors.note(current);
  pauses.note(current);
  const now = clock.now();
  if (isOver(current.paused, now)) await book.change(name, (record) => endPause(record, now));
  if (starts.isClockSetBack && hasFutureMarks(current, now)) {
    const swap = await book.change(name, (record) => endMarks(record, now));
    return { ...wake(plus(now, DECIDE_AGAIN_MS)), hasEndedMarks: swap.result !== "unknown" };
  }
  const upstream = upstreamOf(job, book);
  if (beginEnds(current, job, { upstream, now }) !== undefined)
    await book.change(name, (record) => beginEnds(record, job, { upstream, now }));
  const seen = book.records.get(name) ?? current;
  pauses.note(seen);
  const result = await startWhatIsDue(job, seen, starts, world);
  return { ...result, ...wake(result.wakeAt, seen.paused?.until), hasEndedMarks: true };
}

/** Writes the verdicts that need no start, and returns the start that is due. */
async function startWhatIsDue(job: Job, seen: JobRecord, starts: StartsSeen, world: World): Promise<PassResult> {
  const { instance, tracing, book, clock, timetables, attempts } = world;
  const now = clock.now();
  const upstream = upstreamOf(job, book);
  const found = due(job, timetables.of(job.schedules, job.exclusions), {
    record: seen,
    instance: book.instance,
    upstream,
    now,
  });
  const nextRun = found.nextStartAt === undefined ? {} : { nextRunAt: found.nextStartAt };
  const retry = dueRetry(seen, now);
  // Only while it is held: one that waits for a slot would otherwise be looked at without a pause.
  const retryFrom = retry && laterThan(now, heldUntil(retry.trigger, starts));
  const isRetried = retry !== undefined && retryFrom === undefined && starts.launching === undefined;
  const again = isRetried ? nextAttempt(job, retry, { instance, tracing, seen }) : undefined;
  const isAgainNow = again !== undefined && mayStart(again, world);
  if (isAgainNow || starts.launching !== undefined) {
    if (found.gap !== undefined) await book.change(job.name, asSeen(job, seen, noteOf(found.gap, world)));
    const markAt = await markInTime(job, found, seen, world);
    return { ...nextRun, ...wake(markAt), ...(isAgainNow && { start: again }) };
  }
  const isDecided = await decide(job, found, seen, world);
  if (!isDecided) return { ...nextRun, wakeAt: plus(clock.now(), DECIDE_AGAIN_MS) };
  const replaced = found.replacesActive ? await attempts.replaceActive(seen) : "nothing";
  if (replaced !== "nothing")
    return { ...nextRun, wakeAt: plus(clock.now(), replaced === "unclear" ? DECIDE_AGAIN_MS : 0) };
  if (found.start === undefined) {
    const { ahead, wakeAt } = lookAhead(job, seen, starts, world);
    return { ...nextRun, ...ahead, ...wake(found.wakeAt, wakeAt, retryFrom) };
  }
  const startFrom = laterThan(now, heldUntil(found.start.trigger, starts));
  if (startFrom !== undefined)
    return { ...nextRun, ...wake(startFrom, retryFrom, await markInTime(job, found, seen, world)) };
  const start = firstAttempt(job, found.start, { instance, tracing, seen });
  // A job waits for one slot at a time, and what it has begun comes first.
  if (again !== undefined || !mayStart(start, world)) {
    const markAt = await markInTime(job, found, seen, world);
    return { ...nextRun, ...wake(found.wakeAt, retryFrom, markAt) };
  }
  return { ...nextRun, ...wake(plus(now, MARK_AFTER_MS), retryFrom), start };
}

/** Where its job is in a pool, it may have to wait for a slot. Then its job is woken when it comes first. */
function mayStart({ slot }: AttemptStart, { pools }: World): boolean {
  return slot === undefined || pools.mayStart(slot);
}

/** What is to be prepared for the next start, or when that is to be looked at. A job in trouble gets no object early. */
function lookAhead(
  job: Job,
  seen: JobRecord,
  { heldUntil }: StartsSeen,
  { instance, tracing, engine, book, clock, timetables, aheadMs }: World,
): { readonly ahead?: Pick<PassResult, "ahead">; readonly wakeAt?: Date } {
  const now = clock.now();
  if (heldUntil !== undefined || !engine.preparesAhead(job.template)) return {};
  const view = { record: book.records.get(job.name) ?? seen, instance: book.instance, now };
  const found = startAhead(job, timetables.of(job.schedules, job.exclusions), view, aheadMs);
  if (found === undefined) return {};
  if (found.from > now) return { wakeAt: found.from };
  return { ahead: { ahead: firstAttempt(job, found.start, { instance, tracing, seen: view.record }) } };
}

/** The record of the job whose end starts this one, as it was read last: of what comes later, a wake tells. */
export function upstreamOf({ after }: Pick<Job, "after">, { records }: Pick<Book, "records">): JobRecord | undefined {
  return after && records.get(after.job);
}

function laterThan(now: Date, at: Date | undefined): Date | undefined {
  return at !== undefined && at > now ? at : undefined;
}

/** An operator need not wait as long as the schedule does. */
function heldUntil(trigger: Trigger, { heldUntil, heldManuallyUntil }: StartsSeen): Date | undefined {
  return trigger === "manual" ? heldManuallyUntil : heldUntil;
}

/**
 * Writes what needs no object: occurrences that are passed over, requests that are refused. Returns false when the record has
 * moved on meanwhile, or stands under another definition, or the ledger gave no clear answer: then what comes after is to
 * be decided again, too.
 */
async function decide(job: Job, found: Due, seen: JobRecord, world: World): Promise<boolean> {
  const { book, clock, requests } = world;
  const { name } = job;
  const now = clock.now();
  const note = found.gap && noteOf(found.gap, world);
  const [oldest] = found.passedOver;
  if (note !== undefined && oldest === undefined) {
    const swap = await book.change(name, asSeen(job, seen, note));
    if (swap.result !== "won") return false;
  }
  for (const stretch of found.passedOver) {
    const change = asSeen(job, seen, (record, instance) => {
      const noted = note !== undefined && stretch === oldest ? note(record) : record;
      return passOver(noted, stretch, { now, instance });
    });
    const swap = await writeVerdict(name, change, world);
    if (swap.result !== "won") return false;
  }
  if (found.admit !== undefined) {
    const through = found.admit;
    const swap = await book.change(
      name,
      asSeen(job, seen, (record) => admit(record, through)),
    );
    if (swap.result === "unknown") return false;
  }
  await requests.refuse(name, found.refused);
  return true;
}

/**
 * While a start is under way, or is put off, what comes due meanwhile is seen in time, and must not count as a gap when that
 * has taken long. A start that takes some seconds costs no write. Returns when to look again.
 */
async function markInTime(
  job: Job,
  { inTime, nextRunAt }: Due,
  seen: JobRecord,
  { book, clock }: World,
): Promise<Date | undefined> {
  const markNext = nextRunAt && plus(nextRunAt, MARK_AFTER_MS);
  if (inTime === undefined) return markNext;
  const markAt = plus(inTime.first, MARK_AFTER_MS);
  if (clock.now() < markAt) return markAt;
  const change = asSeen(job, seen, (record) => admit(record, inTime.last));
  await book.change(job.name, change);
  return markNext;
}

/** A change of the record as it was seen, or as it went on from there under the same definition. */
function asSeen(
  job: Job,
  seen: JobRecord,
  change: (record: JobRecord, instance?: InstanceRecord) => JobRecord | undefined,
): RecordChange {
  return (record, instance) =>
    record && follows(record, job) && !wasReset(record, seen) ? change(record, instance) : undefined;
}

function noteOf({ first, ...gap }: NonNullable<Due["gap"]>, { presence }: World) {
  const absence = presence.absenceAt(first);
  return (record: JobRecord) => noteGap(record, { ...gap, ...(absence && { absence }) });
}

function wake(...times: readonly (Date | undefined)[]): Pick<PassResult, "wakeAt"> {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? {} : { wakeAt: new Date(Math.min(...known.map((at) => at.getTime()))) };
}

function plus(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
