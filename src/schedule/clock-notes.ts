import type { Schedule } from "../job/job.ts";
import { listed } from "../job/listed.ts";
import { type Calendar, calendarOf, calendarOfDays } from "./clock/calendar.ts";
import { LONGEST_CLOCK_CHANGE } from "./clock/clock-rules.ts";
import { daysOf } from "./clock/days.ts";
import { type Zone, zoneOf } from "./clock/zone.ts";
import { parsePattern } from "./crontab/parse-pattern.ts";
import { timezoneOf } from "./timetable.ts";
import { isWrong } from "./wrong.ts";

/** What one clock change does to a schedule. */
export interface ClockNote {
  /** The instant of the change. */
  readonly at: Date;
  /** `02:00 and 02:30 do not exist on 2026-03-08 in America/New_York: it is due at 03:00`. */
  readonly text: string;
}

/** Returns what the clock changes in (`after`, `upTo`] do to a schedule that passed the check; at most 4000 days ahead. */
export function clockNotes(schedule: Schedule, after: Date, upTo: Date): readonly ClockNote[] {
  const pattern = parsePattern(schedule.pattern);
  if (isWrong(pattern) || (pattern.kind !== "crontab" && pattern.kind !== "days")) return [];
  const timezone = timezoneOf(schedule);
  const zone = zoneOf(timezone);
  const isWildcard = pattern.kind === "crontab" && pattern.wildcard;
  const calendar = pattern.kind === "days" ? calendarOfDays(pattern) : calendarOf(daysOf(pattern.days), pattern.times);
  return changesOf(zone, after.getTime(), upTo.getTime()).flatMap((change) => {
    // A longer jump corrects the calendar, and is not made up for.
    if (Math.abs(change.newOffset - change.oldOffset) > LONGEST_CLOCK_CHANGE) return [];
    const [low, high] = [change.oldOffset, change.newOffset].sort((a, b) => a - b) as [number, number];
    const words = change.newOffset > change.oldOffset ? gapWords : overlapWords;
    return namedDays(calendar, change.at + low, change.at + high).map(({ date, times }) => {
      const where = `on ${date} in ${timezone}`;
      return { at: new Date(change.at), text: words({ times, where, change, isWildcard }) };
    });
  });
}

const SECOND = 1000;
const DAY = 86_400_000;
/** Limits the search for a job each 29 February, which would otherwise go through centuries. */
const DAYS_LOOKED_INTO = 4000;

interface Change {
  readonly at: number;
  readonly oldOffset: number;
  readonly newOffset: number;
}

function changesOf(zone: Zone, after: number, upTo: number): Change[] {
  const changes: Change[] = [];
  const end = Math.min(upTo, after + DAYS_LOOKED_INTO * DAY);
  for (let from = Math.floor(after / SECOND) * SECOND; from < end; from += DAY) {
    const until = Math.min(from + DAY, end);
    const [oldOffset, newOffset] = [zone.offsetAt(from), zone.offsetAt(until)];
    if (oldOffset !== newOffset) changes.push({ at: zone.changeBetween(from, until), oldOffset, newOffset });
  }
  return changes;
}

interface NamedDay {
  readonly date: string;
  /** At least one. */
  readonly times: Named;
}

interface Named {
  /** The first few, as a clock shows them. */
  readonly first: readonly string[];
  /** How many more there are. */
  readonly more: number;
}

const TIMES_NAMED = 3;

/** Returns what the calendar names from the wall time `from` on and before `until`, by day. */
function namedDays(calendar: Calendar, from: number, until: number): NamedDay[] {
  const days = new Map<string, { first: string[]; more: number }>();
  for (let wall = calendar.after(from - SECOND); wall !== undefined && wall < until; wall = calendar.after(wall)) {
    const date = new Date(wall).toISOString().slice(0, 10);
    const times = days.get(date) ?? { first: [], more: 0 };
    days.set(date, times);
    if (times.first.length < TIMES_NAMED) times.first.push(clock(wall));
    else times.more++;
  }
  return [...days].map(([date, times]) => ({ date, times }));
}

interface Said {
  readonly times: Named;
  readonly where: string;
  readonly change: Change;
  readonly isWildcard: boolean;
}

function gapWords({ times, where, change, isWildcard }: Said): string {
  const isOne = countOf(times) === 1;
  const then = isWildcard
    ? "it is not due then"
    : `it is due ${isOne ? "" : "once, "}at ${clock(change.at + change.newOffset)}`;
  return `${named(times)} ${isOne ? "does" : "do"} not exist ${where}: ${then}`;
}

function overlapWords({ times, where, isWildcard }: Said): string {
  const come = countOf(times) === 1 ? "comes" : "come";
  return `${named(times)} ${come} twice ${where}: it is due ${isWildcard ? "both times" : "the first time"}`;
}

function countOf({ first, more }: Named): number {
  return first.length + more;
}

function named({ first, more }: Named): string {
  return listed(more === 0 ? first : [...first, `${more} more`], "and");
}

/** `02:30`, with seconds where there are any. */
function clock(wall: number): string {
  const time = new Date(wall).toISOString().slice(11, 19);
  return time.endsWith(":00") ? time.slice(0, 5) : time;
}
