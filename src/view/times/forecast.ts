import type { Schedule } from "../../job/job.ts";
import { type ClockNote, clockNotes } from "../../schedule/clock-notes.ts";
import { scheduleInWords } from "../../schedule/crontab/schedule-in-words.ts";
import { createTimetables, isOnClock, timezoneOf } from "../../schedule/timetable.ts";
import { writtenOutWords } from "../words/schedule.ts";

/** When schedules are due, whether or not a job has them. */
export interface Forecast {
  /** Fewer than asked for where there are no more. */
  readonly instants: readonly Date[];
  /** What each schedule means, in words, for those that can be put in words. */
  readonly meanings: readonly string[];
  /** What clock changes up to the last instant do to the schedules. */
  readonly notes: readonly ClockNote[];
}

export interface ForecastQuery {
  /** They must have passed the check. */
  readonly schedules: readonly Schedule[];
  /** The job whose schedules they are, where they have an `H`. */
  readonly job?: string;
  readonly from: Date;
  readonly count: number;
}

/** The next `count` occurrences strictly after `from`. */
export function forecast({ schedules, job, from, count }: ForecastQuery): Forecast {
  const timetable = createTimetables().of(schedules);
  const instants: Date[] = [];
  let due = schedules.length > 0 && count > 0 ? timetable.next(from) : undefined;
  while (due !== undefined) {
    instants.push(due);
    due = instants.length < count ? timetable.next(due) : undefined;
  }
  const last = instants.at(-1);
  const notes = last === undefined ? [] : schedules.flatMap((one) => clockNotes(one, from, last));
  return { instants, meanings: meaningsOf(schedules, job), notes };
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
