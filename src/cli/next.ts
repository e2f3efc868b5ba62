import type { Schedule } from "../jobs/job.ts";
import { timezoneOf } from "../schedule/pattern.ts";
import { createTimetables } from "../schedule/timetable.ts";
import { zoneOf } from "../schedule/zone.ts";
import { durationInWords } from "./duration-in-words.ts";
import { isoWithOffset } from "./zoned-time.ts";

export interface NextQuery {
  /** Checked ones. The instants are written in the time zone of the first. */
  readonly schedules: readonly Schedule[];
  readonly from: Date;
  readonly count: number;
}

export interface NextAnswer {
  /** `2026-03-08T03:00:00-04:00`; fewer than asked for if there are no more. */
  readonly instants: readonly string[];
}

/** The next `count` occurrences strictly after `from`. */
export function nextInstants({ schedules, from, count }: NextQuery): NextAnswer {
  const [first] = schedules;
  if (first === undefined) return { instants: [] };
  const zone = zoneOf(timezoneOf(first));
  const timetable = createTimetables().of(schedules);
  const instants: string[] = [];
  let due = count > 0 ? timetable.next(from) : undefined;
  while (due !== undefined) {
    instants.push(isoWithOffset(due, zone));
    due = instants.length < count ? timetable.next(due) : undefined;
  }
  return { instants };
}

export interface Shown extends NextAnswer {
  /** What "in 3 h" counts from. */
  readonly from: Date;
}

/** JSON is one array of the instants. Text is one line each, with a line between where the clock changes. */
export function formatNext(shown: Shown, format: "text" | "json"): string {
  if (format === "json") return JSON.stringify(shown.instants);
  if (shown.instants.length === 0) return "There is no further occurrence.";
  return shown.instants.flatMap((instant, index) => textLines(shown, instant, index)).join("\n");
}

function textLines(shown: Shown, instant: string, index: number): string[] {
  const change = clockChange(shown.instants[index - 1] ?? instant, instant);
  const distance = Date.parse(instant) - shown.from.getTime();
  const line = `${weekdayOf(instant)} ${instant}  in ${durationInWords(distance)}`;
  return change === undefined ? [line] : [change, line];
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
