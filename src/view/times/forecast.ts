import type { ExclusionReason, Exclusions } from "../../job/exclusions/exclusions.ts";
import type { Schedule } from "../../job/job.ts";
import { type ClockNote, clockNotes } from "../../schedule/clock-notes.ts";
import { scheduleInWords } from "../../schedule/crontab/schedule-in-words.ts";
import { createTimetables, isOnClock, timezoneOf } from "../../schedule/timetable.ts";
import { writtenOutWords } from "../words/schedule.ts";

/** When schedules start a job, whether or not there is one. */
export interface Forecast {
  /** Fewer than asked for where there are no more, or a hundred thousand due times before the next are excluded. */
  readonly instants: readonly Date[];
  /** By instant, in milliseconds: the time that jitter has shifted to it. */
  readonly nominals: ReadonlyMap<number, Date>;
  /** What is due and not started then, oldest first. */
  readonly excluded: readonly Excluded[];
  /** What each schedule means, in words, for those that can be put in words. */
  readonly meanings: readonly string[];
  /** What clock changes up to the last instant do to the schedules. */
  readonly notes: readonly ClockNote[];
}

/** Consecutive due times that are excluded for one reason; `deferred`: the last one of a quiet window, which is started at its end. */
export interface Excluded {
  readonly reason: ExclusionReason | "deferred";
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

export interface ForecastQuery {
  /** They must have passed the check. */
  readonly schedules: readonly Schedule[];
  /** The job whose schedules they are, where they have an `H`. */
  readonly job?: string;
  readonly exclusions?: Exclusions | undefined;
  readonly from: Date;
  readonly count: number;
}

const MOST_EXCLUDED = 100_000;

/** The next `count` starts of what is due strictly after `from`. */
export function forecast({ schedules, exclusions, job, from, count }: ForecastQuery): Forecast {
  const timetable = createTimetables().of(schedules, exclusions);
  const instants: Date[] = [];
  const nominals = new Map<number, Date>();
  const excluded: Excluded[] = [];
  let left = MOST_EXCLUDED;
  let due = schedules.length > 0 && count > 0 ? timetable.next(from) : undefined;
  while (due !== undefined && left > 0) {
    const plan = timetable.planOf(due);
    const reason = plan.kind === "skipped" ? plan.reason : "deferred";
    if (plan.kind !== "starts") addExcluded(excluded, due, { reason, started: instants.at(-1) });
    const nominal = timetable.nominalOf(due);
    if (plan.kind === "starts" && nominal < due) nominals.set(due.getTime(), nominal);
    if (plan.kind === "skipped") left--;
    else instants.push(plan.kind === "deferred" ? plan.until : due);
    const isOver = plan.kind === "skipped" && plan.until === undefined;
    due = instants.length < count && !isOver ? timetable.next(due) : undefined;
  }
  const last = instants.at(-1);
  const notes = last === undefined ? [] : schedules.flatMap((one) => clockNotes(one, from, last));
  return { instants, nominals, excluded, meanings: meaningsOf(schedules, job), notes };
}

/** `started`: the latest start so far, which ends a stretch. */
function addExcluded(
  excluded: Excluded[],
  at: Date,
  { reason, started }: Pick<Excluded, "reason"> & { readonly started: Date | undefined },
): void {
  const before = excluded.at(-1);
  const isNew = before !== undefined && started !== undefined && started > before.last;
  if (before === undefined || before.reason !== reason || isNew)
    excluded.push({ reason, first: at, last: at, count: 1 });
  else excluded.splice(-1, 1, { ...before, last: at, count: before.count + 1 });
}

function meaningsOf(schedules: readonly Schedule[], job = "this job"): string[] {
  const writtenOut = schedules.flatMap((schedule) => {
    const words = writtenOutWords(schedule, job);
    return words === undefined ? [] : `${words}; a job of another name has other times`;
  });
  const words = schedules.flatMap((schedule) => {
    const words = scheduleInWords(schedule.pattern);
    const zone = isOnClock(schedule) ? ` (${timezoneOf(schedule)})` : "";
    const which = schedules.length > 1 ? `${schedule.pattern}: ` : "";
    return words === undefined ? [] : `${which}${words}${zone}`;
  });
  return [...writtenOut, ...words];
}
