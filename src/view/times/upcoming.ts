import type { Exclusions } from "../../job/exclusions/exclusions.ts";
import type { Schedule } from "../../job/job.ts";
import type { InstanceRecord, JobRecord } from "../../ledger/record.ts";
import { scheduleInWords } from "../../schedule/crontab/schedule-in-words.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import { type PauseView, pausesOf } from "../jobs/pause-view.ts";
import { isCarriedOut, standingKindOf } from "../jobs/standing.ts";
import type { SchedulerView } from "../scheduler/scheduler-view.ts";

/** When jobs are due in (`from`, `to`], or why that is not answered. */
export type Upcoming = Occurrences | TooMany;

export interface Occurrences {
  readonly kind: "occurrences";
  readonly from: Date;
  readonly to: Date;
  /** Those that are due at least once, by name. */
  readonly jobs: readonly JobOccurrences[];
}

export interface JobOccurrences {
  readonly job: string;
  /** Milliseconds since the epoch, ascending. Jobs with the same schedules share one list. */
  readonly times: readonly number[];
  /** What its schedule is in words, for a job that is due too often to name each time: `Every minute`. */
  readonly band?: string;
  /** Those of its schedule that are not started, as far as is known now. */
  readonly skips?: Skips;
  /** Those that operators want besides: neither a pause nor a suspension skips them. Ascending. */
  readonly planned?: readonly number[];
  /** How many more due times the job excludes. They are not among `times`, and what waits for one of its quiet windows is there at its end. */
  readonly excluded?: number;
}

/** What is shown before `until` is skipped; all of it, without one. */
export interface Skips {
  readonly reason: "paused" | "suspended";
  readonly until?: Date;
}

export interface TooMany {
  readonly kind: "too-many";
  /** What is allowed, and what to do: a sentence. */
  readonly message: string;
}

/** A job as the forecast needs it. */
export interface DueJob {
  readonly job: string;
  readonly schedules: readonly Schedule[];
  readonly exclusions?: Exclusions;
  /** When operators want it to be started besides, ascending, in milliseconds. */
  readonly planned?: readonly number[];
  /** All up to this instant is decided. */
  readonly after?: Date;
  readonly skips?: Skips;
}

export interface UpcomingParts {
  readonly from: Date;
  readonly to: Date;
  readonly timetables: Timetables;
  /** Is awaited after each few hundred occurrences, so that other work comes between. */
  readonly turn: () => Promise<void>;
  /**
   * The times that were worked out before: only for the same timetables and the same `walkKey`. More are added. Default: all is
   * worked out again.
   */
  readonly walks?: Walks;
}

/** By schedules and exclusions. */
export type Walks = Map<string, Walk>;

/** Milliseconds since the epoch, ascending. */
interface Walk {
  readonly times: readonly number[];
  /** Due times that are excluded. */
  readonly excluded: readonly number[];
  /** Of the times: those that are the end of a quiet window, and what waits for it was due before. */
  readonly deferred: readonly Deferred[];
}

interface Deferred {
  readonly start: number;
  readonly due: number;
}

/** Forecasts with the same key may share their `walks`: a page that is read again within the minute begins a little later. */
export function walkKey(from: Date, to: Date): string {
  return `${beginOfWalk(from).getTime()} ${to.getTime()}`;
}

function beginOfWalk(from: Date): Date {
  return new Date(Math.floor(from.getTime() / 60_000) * 60_000);
}

export const LONGEST_FORECAST_MS = 31 * 86_400_000;
export const MOST_OCCURRENCES = 200_000;

/** A job that is due more often in a window is not shown time by time. */
const MOST_NAMED = 96;
const TIMES_OF_A_TURN = 250;

/** When these jobs are due after `from`, up to and including `to`. The work depends on how many different schedules they have. */
export async function occurrences(jobs: readonly DueJob[], parts: UpcomingParts): Promise<Upcoming> {
  const { from, to } = parts;
  if (to.getTime() - from.getTime() > LONGEST_FORECAST_MS)
    return tooMany(
      `at most 31 days are looked at: ask for less than from ${from.toISOString()} to ${to.toISOString()}`,
    );
  const { walks = new Map() } = parts;
  const counted = new Set<string>();
  const found: JobOccurrences[] = [];
  let left = MOST_OCCURRENCES;
  for (const due of jobs) {
    const { job, schedules, exclusions, planned = [], after, skips } = due;
    // What waits for the end of a quiet window now depends on what is decided.
    const key = JSON.stringify(exclusions ? [schedules, exclusions, exclusions.defers && after] : schedules);
    const walked = walks.get(key) ?? (await walk(due, parts, left));
    if (walked !== undefined && !counted.has(key)) left -= walked.times.length + walked.excluded.length;
    counted.add(key);
    if (walked === undefined || left < 0)
      return tooMany(
        `more than ${MOST_OCCURRENCES.toLocaleString("en")} times are due from ${from.toISOString()} to ${to.toISOString()}: ask for a shorter time, or for one job`,
      );
    walks.set(key, walked);
    const { times } = walked;
    const beginMs = Math.max(from.getTime(), after?.getTime() ?? 0);
    const begin = firstAfter(times, beginMs);
    const scheduled = begin === 0 ? times : times.slice(begin);
    const besides = planned.filter((at) => at > from.getTime() && at <= to.getTime());
    const own = besides.length === 0 ? scheduled : [...scheduled, ...besides].sort((a, b) => a - b);
    const excluded = walked.excluded.length - firstAfter(walked.excluded, beginMs);
    if (own.length + excluded === 0) continue;
    found.push({
      job,
      times: own,
      ...(own.length > MOST_NAMED && { band: bandWords(schedules) }),
      ...(skips && { skips: untilStarted(skips, walked.deferred) }),
      ...(besides.length > 0 && { planned: besides }),
      ...(excluded > 0 && { excluded }),
    });
  }
  found.sort((a, b) => (a.job < b.job ? -1 : 1));
  return { kind: "occurrences", from, to, jobs: found };
}

/** What was due in the pause is skipped, also where it would wait for the end of a quiet window that is later than that of the pause. */
function untilStarted(skips: Skips, deferred: readonly Deferred[]): Skips {
  const untilMs = skips.until?.getTime();
  const over = deferred.find(({ start, due }) => untilMs !== undefined && due < untilMs && untilMs <= start);
  return over === undefined ? skips : { ...skips, until: new Date(over.start + SECOND_MS) };
}

/** Times are whole seconds. */
const SECOND_MS = 1000;

function tooMany(message: string): TooMany {
  return { kind: "too-many", message };
}

/** Undefined for more than `most`. A schedule that this version does not know is never due. */
async function walk(
  { schedules, exclusions, after }: Pick<DueJob, "schedules" | "exclusions" | "after">,
  { from, to, timetables, turn }: UpcomingParts,
  most: number,
): Promise<Walk | undefined> {
  const timetable = timetables.ofRecord(schedules, exclusions);
  const begin = beginOfWalk(from);
  const times: number[] = [];
  const excluded: number[] = [];
  const deferred = new Map<number, number>();
  const add = (start: Date | undefined, due: Date | undefined) => {
    if (start === undefined || start > to) return;
    const ms = start.getTime();
    if (ms !== times.at(-1)) times.push(ms);
    if (due !== undefined && due < start) deferred.set(ms, due.getTime());
    else deferred.delete(ms);
  };
  // What was due before the window may wait for the end of a quiet one.
  if (exclusions?.defers !== undefined && timetable?.quietUntil(begin))
    add(timetable.nextStart(begin, after), timetable.previous(begin));
  for (const at of timetable?.between(begin, to) ?? []) {
    if (times.length + excluded.length >= most) return undefined;
    const plan = timetable?.planOf(at);
    if (plan?.kind === "skipped") excluded.push(at.getTime());
    else add(plan?.kind === "deferred" ? plan.until : at, at);
    if ((times.length + excluded.length) % TIMES_OF_A_TURN === 0) await turn();
  }
  await turn();
  return { times, excluded, deferred: [...deferred].map(([start, due]) => ({ start, due })) };
}

/** The index of the first time after `instant`. */
export function firstAfter(times: readonly number[], instant: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bandWords(schedules: readonly Schedule[]): string {
  return schedules.map(({ pattern }) => scheduleInWords(pattern) ?? pattern).join("; ");
}

/** Tells which of the times are skipped, by their index. */
export function skippedOf({ times, skips, planned = [] }: JobOccurrences): (index: number) => boolean {
  if (skips === undefined) return () => false;
  const count = skips.until === undefined ? times.length : firstAfter(times, skips.until.getTime() - 1);
  if (planned.length === 0) return (index) => index < count;
  const besides = new Set(planned);
  // Of two at once, the first is that of the schedule.
  const isPlanned = (index: number) => besides.has(times[index] ?? 0) && times[index + 1] !== times[index];
  return (index) => index < count && !isPlanned(index);
}

interface DueJobsParts {
  readonly records: ReadonlyMap<string, JobRecord>;
  /** What concerns all jobs. */
  readonly instance?: InstanceRecord | undefined;
  readonly scheduler: SchedulerView;
  readonly now: Date;
}

/** The jobs whose schedules are followed, as a forecast takes them. */
export function dueJobs({ records, instance, scheduler, now }: DueJobsParts): readonly DueJob[] {
  const names = new Set([...records.keys(), ...scheduler.jobs.keys()]);
  return [...names].flatMap((job) => {
    const known = records.get(job);
    const record = known?.closedAt === undefined ? known : undefined;
    const definition = record?.definition ?? scheduler.jobs.get(job);
    if (definition === undefined) return [];
    const kind = standingKindOf(job, record, { kind: "answers", view: scheduler });
    if (!isCarriedOut({ kind, removedAt: record?.removedAt })) return [];
    const [paused] = pausesOf(record, instance, now);
    const skips = skipsOf(definition, paused);
    const { schedules, exclusions } = definition;
    const planned = record?.planned?.map(({ startAt }) => startAt.getTime());
    return {
      job,
      schedules,
      ...(exclusions && { exclusions }),
      ...(planned && { planned }),
      ...(record && { after: record.cursor }),
      ...(skips && { skips }),
    };
  });
}

function skipsOf({ suspended }: { readonly suspended: boolean }, paused: PauseView | undefined): Skips | undefined {
  if (suspended) return { reason: "suspended" };
  if (paused === undefined) return undefined;
  const { until } = paused;
  return { reason: "paused", ...(until && { until }) };
}
