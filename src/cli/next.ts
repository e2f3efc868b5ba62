import type { Schedule } from "../jobs/job.ts";
import { timezoneOf } from "../schedule/pattern.ts";
import { createTimetables } from "../schedule/timetable.ts";
import { type Zone, zoneOf } from "../schedule/zone.ts";

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

/** The two largest units that are not zero: `3 h 20 min`, `2 d`. */
function durationInWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const words = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return first === -1 ? "0 s" : words.map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

function isoWithOffset(instant: Date, zone: Zone): string {
  const offset = zone.offsetAt(instant.getTime());
  const clock = new Date(instant.getTime() + offset).toISOString().slice(0, 19);
  return `${clock}${offset < 0 ? "-" : "+"}${offsetDigits(Math.abs(offset))}`;
}

/** `05:30`; with seconds for the local mean times of before 1900. */
function offsetDigits(offset: number): string {
  const digits = new Date(offset).toISOString().slice(11, 19);
  return digits.endsWith(":00") ? digits.slice(0, 5) : digits;
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
