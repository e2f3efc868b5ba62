import type { Job } from "../jobs/job.ts";
import { isActive, type MissReason, type Page, type SkipReason, type Trigger, type Wish } from "../ledger/page.ts";
import type { Timetable } from "./timetable.ts";

/** An occurrence seen later than this is part of a gap, and `catch_up` decides about it. */
export const GAP_AFTER_MS = 60_000;

/** How many occurrences one look decides; a longer backlog takes several. */
export const MOST_AT_ONCE = 10_000;

/** What is to be decided for a job now. */
export interface Due {
  /** To be written before the start, in this order. */
  readonly passedOver: readonly PassedOver[];
  /** The next run to start. What comes after it is decided when the page shows it as started. */
  readonly start?: DueStart;
  /** Manual starts that cannot be. */
  readonly refused: readonly { readonly wish: Wish; readonly reason: SkipReason }[];
  /** When to look again, if nothing is to be started now: the next occurrence. Undefined when there will be none. */
  readonly wakeAt?: Date;
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
  /** The id of the wish that a manual start fulfils. */
  readonly wish?: string;
}

/**
 * Decides, on the wall clock, over the occurrences that the page has not decided yet, oldest first. The verdicts
 * depend on nothing but the arguments, so whoever computes them again after a lost answer comes to the same.
 */
export function due(job: Job, timetable: Timetable, page: Page, now: Date): Due {
  const undecided = takeUndecided(timetable, page.cursor, now);
  const decided = job.suspended
    ? { passedOver: stretchOf(undecided, { kind: "skipped", reason: "suspended" }) }
    : decide(job, page, undecided, now);
  const manual = decideWish(job, page);
  const start = manual.start ?? decided.start;
  const wakeAt = undecided.length === MOST_AT_ONCE ? now : timetable.next(latest(page.cursor, now));
  return {
    passedOver: decided.passedOver,
    refused: manual.refused,
    ...(start === undefined ? {} : { start }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

interface Decided {
  readonly passedOver: readonly PassedOver[];
  readonly start?: DueStart;
}

function decide(job: Job, page: Page, undecided: readonly Date[], now: Date): Decided {
  const gapEnd = undecided.findIndex((at) => now.getTime() - at.getTime() <= GAP_AFTER_MS);
  const gap = gapEnd === -1 ? undecided : undecided.slice(0, gapEnd);
  const isCut = undecided.length === MOST_AT_ONCE && gap.length === undecided.length;
  const caughtUp = job.policies.catchUp === "last" && !isCut ? gap.at(-1) : undefined;
  const missed = stretchOf(caughtUp === undefined ? gap : gap.slice(0, -1), { kind: "missed", reason: "gap" });
  const wanted = caughtUp === undefined ? undecided.slice(gap.length) : undecided.slice(gap.length - 1);
  const [first] = wanted;
  if (first === undefined) return { passedOver: missed };
  if (job.policies.overlap === "forbid" && page.runs.some(isActive)) {
    return { passedOver: [...missed, ...stretchOf(wanted, { kind: "skipped", reason: "still-running" })] };
  }
  return { passedOver: missed, start: { trigger: first === caughtUp ? "catch-up" : "schedule", scheduledAt: first } };
}

function decideWish(job: Job, page: Page): { start?: DueStart; refused: Due["refused"] } {
  const [wish, ...later] = page.wishes.filter((wish) => wish.refused === undefined);
  if (wish === undefined) return { refused: [] };
  if (job.policies.overlap === "forbid" && page.runs.some(isActive)) {
    return { refused: [wish, ...later].map((wish) => ({ wish, reason: "still-running" as const })) };
  }
  return { start: { trigger: "manual", scheduledAt: wish.askedAt, wish: wish.id }, refused: [] };
}

function takeUndecided(timetable: Timetable, cursor: Date, now: Date): Date[] {
  const taken: Date[] = [];
  for (const at of timetable.between(cursor, now)) {
    taken.push(at);
    if (taken.length === MOST_AT_ONCE) break;
  }
  return taken;
}

function stretchOf(occurrences: readonly Date[], verdict: PassedOver["verdict"]): PassedOver[] {
  const [first] = occurrences;
  const last = occurrences.at(-1);
  return first === undefined || last === undefined ? [] : [{ verdict, first, last, count: occurrences.length }];
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
