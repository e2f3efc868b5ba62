import type { Schedule } from "../job/job.ts";
import { zoneOf } from "../schedule/clock/zone.ts";
import { type ClockNote, clockNotes } from "../schedule/clock-notes.ts";
import { isOnClock, timezoneOf } from "../schedule/crontab/pattern.ts";
import { scheduleInWords } from "../schedule/crontab/schedule-in-words.ts";
import { createTimetables } from "../schedule/timetable.ts";
import { durationInWords } from "../view/words/duration.ts";
import { isoWithOffset } from "../view/words/time.ts";

export interface NextQuery {
  /** Checked ones. The instants are written in the time zone of the first. */
  readonly schedules: readonly Schedule[];
  readonly from: Date;
  readonly count: number;
}

export interface NextAnswer {
  /** `2026-03-08T03:00:00-04:00`; fewer than asked for if there are no more. */
  readonly instants: readonly string[];
  /** What each schedule means, in words, where there are any. */
  readonly meanings: readonly string[];
  /** What changes of the clock up to the last instant do to the schedules. */
  readonly notes: readonly ClockNote[];
}

/** The next `count` occurrences strictly after `from`. */
export function nextInstants({ schedules, from, count }: NextQuery): NextAnswer {
  const [first] = schedules;
  if (first === undefined) return { instants: [], meanings: [], notes: [] };
  const zone = zoneOf(timezoneOf(first));
  const timetable = createTimetables().of(schedules);
  const instants: string[] = [];
  let due = count > 0 ? timetable.next(from) : undefined;
  while (due !== undefined) {
    instants.push(isoWithOffset(due, zone));
    due = instants.length < count ? timetable.next(due) : undefined;
  }
  const last = instants.at(-1);
  const notes = last === undefined ? [] : schedules.flatMap((one) => clockNotes(one, from, new Date(last)));
  return { instants, meanings: meaningsOf(schedules), notes };
}

function meaningsOf(schedules: readonly Schedule[]): string[] {
  return schedules.flatMap((schedule) => {
    const words = scheduleInWords(schedule.pattern);
    const zone = isOnClock(schedule) ? ` (${timezoneOf(schedule)})` : "";
    const which = schedules.length > 1 ? `${schedule.pattern}: ` : "";
    return words === undefined ? [] : `${which}${words}${zone}`;
  });
}

export interface Shown extends NextAnswer {
  /** What "in 3 h" counts from. */
  readonly from: Date;
}

/** JSON is one array of the instants. Text says what is meant, and has one line each, with lines between where the clock changes. */
export function formatNext(shown: Shown, format: "text" | "json"): string {
  if (format === "json") return JSON.stringify(shown.instants);
  if (shown.instants.length === 0) return "There is no further occurrence.";
  const lines = shown.instants.flatMap((instant, index) => textLines(shown, instant, index));
  return [...shown.meanings, ...lines].join("\n");
}

function textLines(shown: Shown, instant: string, index: number): string[] {
  const change = clockChange(shown.instants[index - 1] ?? instant, instant);
  const distance = Date.parse(instant) - shown.from.getTime();
  const line = `${weekdayOf(instant)} ${instant}  in ${durationInWords(distance)}`;
  const since = index === 0 ? shown.from.getTime() : Date.parse(shown.instants[index - 1] ?? "");
  const notes = shown.notes.filter(({ at }) => at.getTime() > since && at.getTime() <= Date.parse(instant));
  const texts = new Set(notes.map(({ text }) => `    -- ${text}`));
  return [...(change === undefined ? [] : [change]), ...texts, line];
}

function clockChange(before: string, after: string): string | undefined {
  const [from, to] = [offsetOf(before), offsetOf(after)];
  if (from === to) return undefined;
  const forward = wallOf(after) - Date.parse(after) - (wallOf(before) - Date.parse(before));
  const direction = forward > 0 ? "forward" : "back";
  return `    -- the clock goes ${direction} by ${durationInWords(Math.abs(forward))}: ${from} becomes ${to}`;
}

function weekdayOf(instant: string): string {
  return new Date(wallOf(instant)).toUTCString().slice(0, 3);
}

function wallOf(instant: string): number {
  return Date.parse(`${instant.slice(0, 19)}Z`);
}

function offsetOf(instant: string): string {
  return instant.slice(19);
}
