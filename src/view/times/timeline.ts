import { activeRuns, type JobRecord, latestAttempt, type OutcomeKind, type Trigger } from "../../ledger/record.ts";
import { type PastRuns, pastRuns } from "../runs/past-runs.ts";
import { type ObjectStates, type RunState, runState } from "../runs/run-view.ts";
import { firstAfter, type JobOccurrences, type Occurrences, type Skips, skippedOf } from "./upcoming.ts";

/** What ran, runs and is due in a stretch of time: one row for each job that has something in it. */
export interface Timeline {
  readonly from: Date;
  readonly to: Date;
  readonly now: Date;
  /** By name: at most `ROWS_OF_A_TIMELINE`. */
  readonly rows: readonly TimelineRow[];
  readonly page: number;
  /** At least 1. */
  readonly pages: number;
  /** How many jobs have something in the window, on all pages. */
  readonly found: number;
}

export interface TimelineRow {
  readonly job: string;
  /** In the order of time. What lies before *now* and what comes after it is never in one of them. */
  readonly items: readonly TimelineItem[];
  /** In the window, before this instant, runs may have ended that the record no longer knows. */
  readonly unknownBefore?: Date;
  /** Instead of times that are due: the schedule in words, for a job that is due too often to draw each. */
  readonly band?: { readonly words: string; readonly from: Date; readonly skipped?: Skips["reason"] };
}

/** One thing, or several that are too close to each other to be drawn apart. */
export interface TimelineItem {
  /** At least one. In the order of their begin. */
  readonly parts: readonly TimelinePart[];
  /** From the first begin to the last end, within the window. */
  readonly from: Date;
  readonly to: Date;
  /** Where it is drawn, in pixels from the window's begin, so that it can be seen and does not touch another. */
  readonly x: number;
  readonly width: number;
}

export type TimelinePart =
  | {
      readonly kind: "ended";
      readonly outcome: OutcomeKind;
      readonly trigger: Trigger;
      readonly scheduledAt: Date;
      readonly from: Date;
      readonly to: Date;
      /** Its ID, where that is known. */
      readonly run?: string;
      /** Whether the record still has the run itself. */
      readonly hasDetails: boolean;
    }
  | {
      readonly kind: "active";
      readonly state: RunState["kind"];
      readonly trigger: Trigger;
      readonly scheduledAt: Date;
      readonly from: Date;
      readonly to: Date;
      readonly run: string;
    }
  | { readonly kind: "due"; readonly from: Date; readonly to: Date; readonly skipped?: Skips["reason"] };

export interface TimelineParts {
  readonly from: Date;
  readonly to: Date;
  readonly now: Date;
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly states: ObjectStates;
  /** What is due after now; absent where that is not known. */
  readonly upcoming?: Occurrences;
  /** How wide the window is drawn, in pixels. */
  readonly width: number;
  /** What the record knows of past runs. Default: read again. */
  readonly pastOf?: (record: JobRecord) => PastRuns;
  /** Which jobs are shown. Default: all. */
  readonly only?: (job: string) => boolean;
  /** From 1; the nearest that there is counts. Default: 1. */
  readonly page?: number;
}

export const ROWS_OF_A_TIMELINE = 100;

/** What is drawn narrower cannot be seen, or clicked. */
const LEAST_WIDTH = 4;
/** What says how many it stands for is at least this wide. */
const LEAST_BATCH_WIDTH = 12;

/** The stretch that a timeline of so many hours shows: three quarters of it before `now`, unless it ends elsewhere. */
export function timelineWindow({
  now,
  hours,
  until,
}: {
  readonly now: Date;
  readonly hours: number;
  readonly until?: Date;
}): {
  readonly from: Date;
  readonly to: Date;
} {
  const ms = hours * 3_600_000;
  const to = until ?? new Date(now.getTime() + ms / 4);
  return { from: new Date(to.getTime() - ms), to };
}

export function timeline(parts: TimelineParts): Timeline {
  const { records, upcoming, from, to, now, only = () => true } = parts;
  const due = new Map(upcoming?.jobs.map((job) => [job.job, job]));
  const names = [...new Set([...records.keys(), ...due.keys()])].filter(only);
  const found = names
    .filter((job) => isDue(due.get(job), parts) || hasRuns(openRecord(records.get(job)), parts))
    .sort();
  const pages = Math.max(1, Math.ceil(found.length / ROWS_OF_A_TIMELINE));
  const page = Math.min(pages, Math.max(1, Math.floor(parts.page ?? 1)));
  const shown = found.slice((page - 1) * ROWS_OF_A_TIMELINE, page * ROWS_OF_A_TIMELINE);
  const rows = shown.map((job) => timelineRow(job, due.get(job), parts));
  return { from, to, now, rows, page, pages, found: found.length };
}

function openRecord(record: JobRecord | undefined): JobRecord | undefined {
  return record?.closedAt === undefined ? record : undefined;
}

function isDue(due: JobOccurrences | undefined, { from, to, now }: TimelineParts): boolean {
  if (due === undefined) return false;
  const next = due.times[firstAfter(due.times, Math.max(now.getTime(), from.getTime() - 1))];
  return next !== undefined && next <= to.getTime();
}

/** The totals know when a run ended last, so most records need not be read any further. */
function hasRuns(record: JobRecord | undefined, parts: TimelineParts): boolean {
  if (record === undefined) return false;
  const { from, to, pastOf = pastRuns } = parts;
  const { lastCompletionAt } = record.totals;
  if (activeParts(record, parts).some(isIn(parts))) return true;
  if (lastCompletionAt === undefined || lastCompletionAt < from) return false;
  return lastCompletionAt <= to || endedParts(pastOf(record)).some(isIn(parts));
}

function timelineRow(job: string, due: JobOccurrences | undefined, parts: TimelineParts): TimelineRow {
  const { from, to, now, records, pastOf = pastRuns } = parts;
  const record = openRecord(records.get(job));
  const past = record && pastOf(record);
  const before =
    record === undefined ? [] : [...endedParts(past), ...activeParts(record, parts)].filter(isIn({ from, to }));
  const after = due === undefined || due.band !== undefined ? [] : dueParts(due, parts);
  const unknownBefore =
    past?.unknownBefore !== undefined && past.unknownBefore > from ? earlier(past.unknownBefore, to) : undefined;
  const band = due?.band !== undefined && to > now ? bandOf(due, due.band, parts) : undefined;
  const scale = scaleOf(parts);
  const nowX = Math.min(parts.width, Math.max(0, scale(now)));
  return {
    job,
    items: [
      ...batches(before, { scale, begin: 0, end: nowX, ...parts }),
      ...batches(after, { scale, begin: nowX, end: parts.width, ...parts }),
    ],
    ...(unknownBefore && { unknownBefore }),
    ...(band && { band }),
  };
}

function endedParts(past: PastRuns | undefined): readonly TimelinePart[] {
  return (past?.runs ?? []).map(({ outcome, trigger, scheduledAt, startedAt, finishedAt, run, hasDetails }) => ({
    kind: "ended",
    outcome,
    trigger,
    scheduledAt,
    from: startedAt ?? finishedAt,
    to: finishedAt,
    ...(run !== undefined && { run }),
    hasDetails,
  }));
}

/** A run that waits for its next attempt goes on as well. */
function activeParts(record: JobRecord, { states, now }: TimelineParts): readonly TimelinePart[] {
  return activeRuns(record).map((run) => {
    const state = runState(run, states);
    const { attempts } = run;
    const first = attempts[0] ?? latestAttempt(run);
    const startedAt = attempts.length === 1 && state.kind === "running" ? state.startedAt : first.startedAt;
    const begin = startedAt ?? first.boundAt;
    const { id, trigger, scheduledAt } = run;
    return { kind: "active", state: state.kind, trigger, scheduledAt, from: earlier(begin, now), to: now, run: id };
  });
}

function dueParts(due: JobOccurrences, { from, to, now }: TimelineParts): readonly TimelinePart[] {
  const isSkipped = skippedOf(due);
  return due.times.flatMap((time, index) => {
    const at = new Date(time);
    if (at <= now || at < from || at > to) return [];
    const skipped = isSkipped(index) ? due.skips?.reason : undefined;
    return { kind: "due" as const, from: at, to: at, ...(skipped && { skipped }) };
  });
}

function bandOf(
  { skips }: JobOccurrences,
  words: string,
  { from, now }: TimelineParts,
): NonNullable<TimelineRow["band"]> {
  return { words, from: later(from, now), ...(skips && skips.until === undefined && { skipped: skips.reason }) };
}

function isIn({ from, to }: Pick<TimelineParts, "from" | "to">): (part: TimelinePart) => boolean {
  return (part) => part.to >= from && part.from <= to;
}

type Scale = (instant: Date) => number;

function scaleOf({ from, to, width }: TimelineParts): Scale {
  const ms = Math.max(1, to.getTime() - from.getTime());
  return (instant) => ((instant.getTime() - from.getTime()) / ms) * width;
}

interface Room extends Pick<TimelineParts, "from" | "to"> {
  readonly scale: Scale;
  /** In pixels: nothing is drawn outside of these. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Joins what would touch when it is drawn as wide as it must be. A batch that grows because it has to say how many it stands
 * for may touch the one before it, and is then joined with it: so each part is looked at a bounded number of times.
 */
function batches(parts: readonly TimelinePart[], room: Room): readonly TimelineItem[] {
  const sorted = parts.toSorted((a, b) => a.from.getTime() - b.from.getTime() || a.to.getTime() - b.to.getTime());
  const done: Drawn[] = [];
  for (const part of sorted) {
    let next = drawn({ first: part, last: part.to, count: 1 }, room);
    for (let before = done.at(-1); before !== undefined && before.x + before.width > next.x; before = done.at(-1)) {
      done.pop();
      next = drawn(
        { first: before.first, last: later(before.last, next.last), count: before.count + next.count },
        room,
      );
    }
    done.push(next);
  }
  let begin = 0;
  return done.map(({ first, last, count, x, width }) => {
    const own = sorted.slice(begin, begin + count);
    begin += count;
    return { parts: own, from: later(first.from, room.from), to: earlier(last, room.to), x, width };
  });
}

interface Joined {
  readonly first: TimelinePart;
  readonly last: Date;
  readonly count: number;
}

interface Drawn extends Joined {
  readonly x: number;
  readonly width: number;
}

/** As wide as it lasts, and wide enough to be seen; moved back into the room where it would leave it. */
function drawn(joined: Joined, { scale, begin, end }: Room): Drawn {
  const from = Math.max(begin, scale(joined.first.from));
  const to = Math.min(end, scale(joined.last));
  const least = Math.min(end - begin, joined.count > 1 ? LEAST_BATCH_WIDTH : LEAST_WIDTH);
  const width = Math.max(least, to - from);
  return { ...joined, x: Math.max(begin, Math.min(from, end - width)), width };
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
