import type { Job } from "../jobs/job.ts";
import { type Page, type Trigger, waitsForRetry } from "../ledger/page.ts";
import { admit, passOver, wasReset } from "../ledger/page-changes.ts";
import { type Due, due, type PassedOver } from "../schedule/due.ts";
import { type AttemptMemory, apply, phaseSince, takeUpOutput } from "./apply.ts";
import { type AttemptStart, firstAttempt, nextAttempt } from "./attempt-start.ts";
import { type OpenAttempt, openAttempts } from "./book.ts";
import { follows, followView, noteAgreement, type StandByParts, standBy } from "./follow-definitions.ts";
import { noteCursor, type ToldAhead } from "./note-cursor.ts";
import { refuseRequests, seeToRequests } from "./requests.ts";
import { isRetryDue, lookAtRetries, stopActive } from "./retries.ts";
import { type Sight, step } from "./step.ts";
import { closeWhenOld, finishClosing } from "./tidy.ts";

/** When a decision met a page that has moved on, or no clear answer. */
const DECIDE_AGAIN_MS = 200;

export interface PassParts extends StandByParts {
  readonly memory: AttemptMemory;
  readonly toldAhead: ToldAhead;
  /** The run of the job that is on its way between prepare and activate, in this process. */
  launching(job: string): string | undefined;
  /** When the job may be started again, after a start that came to nothing; undefined where it may be now. */
  mayStartAt(job: string, trigger: Trigger): Date | undefined;
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
  const known = parts.book.pages.get(name);
  if (known?.closedAt !== undefined) await finishClosing(name, parts);
  const page = await followView(name, parts);
  if (page === undefined) return {};
  const again = earliest(
    [await stepAttempts(name, page, parts), await seeToRequests(name, page, parts)].filter((at) => at !== undefined),
  );
  const job = parts.book.jobs.get(name);
  if (job === undefined) return wake(again, await closeWhenOld(name, page, parts));
  const current = parts.book.pages.get(name);
  if (current === undefined) return wake(again);
  if (!follows(current, job)) return wake(again, await standBy(job, current, parts));
  noteAgreement(name, parts);
  noteCursor(current, parts);
  const seen = { instance: parts.instance, seen: current };
  const timetable = parts.timetables.of(job.schedules);
  const now = parts.clock.now();
  const retry = current.runs.find((run) => waitsForRetry(run) && isRetryDue(run, now));
  const retryFrom = retry && parts.mayStartAt(name, retry.trigger);
  const isHeldBack = retryFrom !== undefined && retryFrom > now;
  if (retry !== undefined && !isHeldBack && parts.launching(name) === undefined)
    parts.beginLaunch(nextAttempt(job, retry, seen));
  if (parts.launching(name) !== undefined)
    return { ...wake(again), ...nextRun(job, timetable.next(current.cursor > now ? current.cursor : now)) };
  const found = due(job, timetable, current, now);
  const isDecided = await decide(job, found, current, parts);
  if (!isDecided) return { ...wake(again, plus(parts.clock.now(), DECIDE_AGAIN_MS)), ...nextRun(job, found.nextRunAt) };
  if (found.replacesActive && (await stopActive(name, current, "replaced", parts)))
    return { ...wake(parts.clock.now()), ...nextRun(job, found.nextRunAt) };
  const startFrom = found.start && parts.mayStartAt(name, found.start.trigger);
  if (startFrom !== undefined && startFrom > now)
    return { ...wake(again, startFrom, retryFrom), ...nextRun(job, found.nextRunAt) };
  if (found.start !== undefined) parts.beginLaunch(firstAttempt(job, found.start, seen));
  const next = found.start === undefined ? found.wakeAt : undefined;
  return { ...wake(again, next, isHeldBack ? retryFrom : undefined), ...nextRun(job, found.nextRunAt) };
}

/** Looks at every open attempt, and does the next thing for each; answers with when the earliest is to be seen again. */
async function stepAttempts(name: string, page: Page, parts: PassParts): Promise<Date | undefined> {
  const retries = await lookAtRetries(name, page, parts);
  const open = openAttempts(page).filter(({ run }) => run.id !== parts.launching(name));
  if (open.length === 0) return earliest(retries);
  const states = await parts.engine.look(open.map(({ objectId }) => objectId));
  const isRemoved = page.removedAt !== undefined;
  const steps = open.map((attempt) =>
    stepAttempt(name, attempt, { state: states.get(attempt.objectId), isRemoved }, parts),
  );
  return earliest([...retries, ...(await Promise.all(steps))]);
}

function stepAttempt(
  name: string,
  open: OpenAttempt,
  { state, isRemoved }: Pick<Sight, "state" | "isRemoved">,
  parts: PassParts,
): Promise<Date> {
  const now = parts.clock.now();
  takeUpOutput(name, open, state, parts);
  const since = phaseSince(open.objectId, state?.phase, now, parts.memory);
  const isAnothers = !parts.logs.isOurs(open.objectId);
  const effect = step(open.attempt, open.run.policies, { state, isRemoved, isAnothers, ...(since && { since }) }, now);
  return apply(effect, name, open, parts.memory, parts);
}

/**
 * Writes what needs no object: occurrences that are passed over, wishes that are refused. Answers false when the page
 * has moved on meanwhile, or stands under another definition, or nobody knows: then what comes after is to be decided
 * anew, too.
 */
async function decide(job: Job, found: Due, seen: Page, parts: PassParts): Promise<boolean> {
  const { book, clock, events } = parts;
  const { name } = job;
  const now = clock.now();
  const change = (edit: (page: Page) => Page | undefined) =>
    book.change(name, (page) => (page && follows(page, job) && !wasReset(page, seen) ? edit(page) : undefined));
  for (const { verdict, first, last, count } of found.passedOver) {
    const swap = await change((page) => passOver(page, { first, last, count }, verdict, now));
    if (swap.result !== "won") return false;
    events.emit(passedOverEvent(name, { verdict, first, last, count }));
  }
  if (found.admit !== undefined) {
    const through = found.admit;
    if ((await change((page) => admit(page, through))).result === "unknown") return false;
  }
  await refuseRequests(name, found.refused, parts);
  return true;
}

function plus(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

function passedOverEvent(job: string, { verdict, first, last, count }: PassedOver) {
  const stretch = { job, scheduledAt: first, count, ...(count > 1 ? { through: last } : {}) };
  return verdict.kind === "skipped"
    ? ({ event: "occurrence-skipped", reason: verdict.reason, ...stretch } as const)
    : ({ event: "occurrence-missed", reason: verdict.reason, ...stretch } as const);
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
