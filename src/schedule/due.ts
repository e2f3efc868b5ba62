import type { Job } from "../jobs/job.ts";
import { isFull } from "../jobs/overlap.ts";
import {
  activeRuns,
  isExpired,
  type MissReason,
  type Page,
  pendingWishes,
  type RefuseReason,
  type SkipReason,
  type Trigger,
  type Wish,
} from "../ledger/page.ts";
import type { Timetable } from "./timetable.ts";
import { chooseWaiting, type Waiting } from "./waiting.ts";

/** How many occurrences one look decides; a longer backlog takes several. */
export const MOST_AT_ONCE = 10_000;

/** What is to be decided for a job now. */
export interface Due {
  /** To be written before the start, in this order. */
  readonly passedOver: readonly PassedOver[];
  /** The next run to start. What comes after it is decided when the page shows it as started. */
  readonly start?: DueStart;
  /** Active runs are in the way of what is due, and are to be stopped for it. */
  readonly replacesActive: boolean;
  /** To be noted on the page: what is due up to this one waits. */
  readonly admit?: Date;
  /** Manual starts that cannot be. */
  readonly refused: readonly Refusal[];
  /** The next occurrence. Undefined when there will be none. */
  readonly nextRunAt?: Date;
  /** When to look again, if nothing is to be started now. Undefined: when something happens. */
  readonly wakeAt?: Date;
}

/** A request that is not carried out, and why. */
export interface Refusal {
  readonly wish: Wish;
  readonly reason: RefuseReason;
}

/** Consecutive occurrences with one verdict. */
export interface PassedOver {
  readonly verdict: { kind: "skipped"; reason: SkipReason } | { kind: "missed"; reason: MissReason };
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

export interface DueStart {
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  /** The id of the wish that a manual start fulfils, and the variables that it gave. */
  readonly wish?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Decides, on the wall clock, over the occurrences that the page has not decided yet, oldest first. The verdicts
 * depend on nothing but the arguments, so whoever computes them again after a lost answer comes to the same.
 */
export function due(job: Job, timetable: Timetable, page: Page, now: Date): Due {
  const undecided = takeUndecided(timetable, page, now);
  const decided = decide(job, page, undecided, now);
  const manual = decideWishes(job, page, now);
  const start = manual.start ?? decided.start;
  const nextRunAt = timetable.next(latest(page.cursor, now));
  const wakeAt = undecided.length === MOST_AT_ONCE ? now : earliest(nextRunAt, decided.deadline);
  return {
    passedOver: decided.passedOver,
    replacesActive: (manual.replacesActive || decided.replacesActive) ?? false,
    refused: manual.refused,
    ...(start && { start }),
    ...(decided.admit && { admit: decided.admit }),
    ...(nextRunAt && { nextRunAt }),
    ...(wakeAt && { wakeAt }),
  };
}

interface Decided {
  readonly passedOver: readonly PassedOver[];
  readonly start?: DueStart;
  readonly replacesActive?: boolean;
  readonly admit?: Date;
  /** When the first that waits becomes too late. */
  readonly deadline?: Date;
}

function decide(job: Job, page: Page, undecided: readonly Date[], now: Date): Decided {
  if (job.suspended) return { passedOver: skip(undecided, "suspended") };
  if (page.paused !== undefined) return { passedOver: skip(undecided, "paused") };
  const { tooLate, missed, waiting } = chooseWaiting(job.policies, page, undecided, {
    now,
    isCut: undecided.length === MOST_AT_ONCE,
  });
  const decided = decideWaiting(job, page, waiting);
  const [first] = waiting;
  const deadlineMs = job.policies.startingDeadlineMs;
  return {
    ...decided,
    passedOver: [...miss(tooLate, "too-late"), ...miss(missed, "gap"), ...decided.passedOver],
    ...(first && deadlineMs !== undefined && { deadline: new Date(first.at.getTime() + deadlineMs + 1) }),
  };
}

/** What becomes of the occurrences that may start, given the runs that are active. */
function decideWaiting(job: Job, page: Page, waiting: readonly Waiting[]): Decided {
  const [first] = waiting;
  const last = waiting.at(-1);
  if (first === undefined || last === undefined) return { passedOver: [] };
  const { overlap, queueLimit } = job.policies;
  const isBusy = isFull(activeRuns(page), overlap, job.policies.run);
  if (isOneOfABacklog(job, first)) {
    const mustWait = isBusy || activeRuns(page).some(({ trigger }) => trigger === "catch-up");
    return mustWait ? { passedOver: [] } : startOf(first);
  }
  if (overlap === "replace") {
    const superseded = skip(instants(waiting.slice(0, -1)), "superseded");
    return isBusy
      ? { passedOver: superseded, replacesActive: true, admit: last.at }
      : { ...startOf(last), passedOver: superseded };
  }
  if (!isBusy) return startOf(first);
  if (overlap !== "queue") return { passedOver: skip(instants(waiting), "still-running") };
  const excess = Math.max(0, waiting.length - queueLimit);
  return { passedOver: skip(instants(waiting.slice(0, excess)), "queue-full"), admit: last.at };
}

/** All of a gap are worked off one after the other, whatever `overlap` says. */
function isOneOfABacklog({ policies }: Job, { trigger }: Waiting): boolean {
  return policies.catchUp === "all" && trigger === "catch-up";
}

function startOf({ at, trigger }: Waiting): Decided {
  return { passedOver: [], start: { trigger, scheduledAt: at } };
}

interface DecidedWishes {
  readonly start?: DueStart;
  readonly replacesActive?: boolean;
  readonly refused: readonly Refusal[];
}

/** Expired requests are not looked at here: they are refused whether the job is declared or not (`runs/requests.ts`). */
function decideWishes({ policies }: Job, page: Page, now: Date): DecidedWishes {
  const waiting = pendingWishes(page).filter((wish) => !isExpired(page, wish, now));
  const [wish] = waiting;
  if (wish === undefined) return { refused: [] };
  const { overlap } = policies;
  if (!isFull(activeRuns(page), overlap, policies.run)) {
    const { id, askedAt, environment } = wish;
    const start = { trigger: "manual", scheduledAt: askedAt, wish: id, ...(environment && { environment }) } as const;
    return { start, refused: [] };
  }
  if (overlap === "replace" || overlap === "queue") return { replacesActive: overlap === "replace", refused: [] };
  return { refused: waiting.map((wish) => ({ wish, reason: "still-running" as const })) };
}

/** What comes again, since the clock was set back and then the page, has its verdict: its run shows that it was started. */
export function takeUndecided(timetable: Timetable, { cursor, runs }: Page, now: Date): Date[] {
  const ahead = runs.filter(({ trigger, scheduledAt }) => trigger !== "manual" && scheduledAt > cursor);
  const started = new Set(ahead.map(({ scheduledAt }) => scheduledAt.getTime()));
  const taken: Date[] = [];
  for (const at of timetable.between(cursor, now)) {
    if (!started.has(at.getTime())) taken.push(at);
    if (taken.length === MOST_AT_ONCE) break;
  }
  return taken;
}

function skip(occurrences: readonly Date[], reason: SkipReason): PassedOver[] {
  return stretchOf(occurrences, { kind: "skipped", reason });
}

function miss(occurrences: readonly Date[], reason: MissReason): PassedOver[] {
  return stretchOf(occurrences, { kind: "missed", reason });
}

function stretchOf(occurrences: readonly Date[], verdict: PassedOver["verdict"]): PassedOver[] {
  const [first] = occurrences;
  const last = occurrences.at(-1);
  return first === undefined || last === undefined ? [] : [{ verdict, first, last, count: occurrences.length }];
}

function instants(waiting: readonly Waiting[]): readonly Date[] {
  return waiting.map(({ at }) => at);
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
