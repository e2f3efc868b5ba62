import type { Schedule } from "../jobs/job.ts";
import { calendarOf } from "./calendar.ts";
import { daysOf } from "./days.ts";
import { parsePattern, timezoneOf } from "./pattern.ts";
import { isWrong } from "./wrong.ts";
import { type Zone, zoneOf } from "./zone.ts";

/** What a change of the clock does to a schedule. */
export interface ClockNote {
  /** The instant of the change. */
  readonly at: Date;
  /** `02:30 does not exist on 2026-03-08 in America/New_York: it is due at 03:00`. */
  readonly text: string;
}

/** What the changes of the clock in (`after`, `upTo`] do to a schedule that passed the check; the first years of many. */
export function clockNotes(schedule: Schedule, after: Date, upTo: Date): readonly ClockNote[] {
  const pattern = parsePattern(schedule.pattern);
  if (isWrong(pattern) || pattern.kind === "every") return [];
  const timezone = timezoneOf(schedule);
  const zone = zoneOf(timezone);
  const calendar = calendarOf(daysOf(pattern.days), pattern.times);
  return changesOf(zone, after.getTime(), upTo.getTime()).flatMap((change) => {
    // A longer jump corrects the calendar: see clock-rules.ts.
    if (Math.abs(change.newOffset - change.oldOffset) > LONGEST_CLOCK_CHANGE) return [];
    const [low, high] = [change.oldOffset, change.newOffset].sort((a, b) => a - b) as [number, number];
    const named = calendar.after(change.at + low - SECOND);
    if (named === undefined || named >= change.at + high) return [];
    const then = change.newOffset > change.oldOffset ? gapWords : overlapWords;
    const where = `on ${new Date(named).toISOString().slice(0, 10)} in ${timezone}`;
    return [{ at: new Date(change.at), text: `${clock(named)} ${then(where, change, pattern.wildcard)}` }];
  });
}

const SECOND = 1000;
const DAY = 86_400_000;
const LONGEST_CLOCK_CHANGE = 3 * 3_600_000;
/** So that a job each 29 February is not looked into for centuries. */
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

function gapWords(where: string, { at, newOffset }: Change, isWildcard: boolean): string {
  return `does not exist ${where}: ${isWildcard ? "it is not due then" : `it is due at ${clock(at + newOffset)}`}`;
}

function overlapWords(where: string, _: Change, isWildcard: boolean): string {
  return `comes twice ${where}: it is due ${isWildcard ? "both times" : "the first time"}`;
}

/** `02:30`, with seconds where there are any. */
function clock(wall: number): string {
  const time = new Date(wall).toISOString().slice(11, 19);
  return time.endsWith(":00") ? time.slice(0, 5) : time;
}
