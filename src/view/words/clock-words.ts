import { wrongTimezone, type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import { isoWithOffset } from "./time.ts";

/** Writes instants as the clock and the calendar of one time zone show them, as short as the moment of reading allows. */
export interface ClockWords {
  /** The IANA name of the zone. */
  readonly zone: string;
  /** `03:00`; with the second where it is not 0: `03:00:12`. */
  readonly time: (at: Date) => string;
  /** `18 Nov`; with the year where it is another one: `18 Nov 2025`. */
  readonly day: (at: Date) => string;
  /** `today`, `tomorrow`, `yesterday`, or `Wed 18 Nov`. */
  readonly namedDay: (at: Date) => string;
  /** `03:00` for today, else `yesterday 03:00`, `tomorrow 03:00`, `18 Nov 03:00`. */
  readonly moment: (at: Date) => string;
  /** The same without seconds, for what need not be exact. */
  readonly minute: (at: Date) => string;
  /** `Wed 18 Nov 2026, 03:00:00 +01:00, Europe/Berlin`. */
  readonly full: (at: Date) => string;
  /** `2026-11-18T06:00`, as fields of forms have it. */
  readonly written: (at: Date) => string;
  /** Reads that; a time that the clock skips is when it skips it. Undefined for anything else. */
  readonly instantOf: (written: string) => Date | undefined;
  /** Milliseconds by which the clock is ahead of UTC. */
  readonly offsetAt: (at: Date) => number;
}

const DAY_MS = 86_400_000;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Whether `clockWords` takes this name. */
export function isTimezone(name: string): boolean {
  return wrongTimezone(name) === undefined;
}

/** As seen at `now`; in UTC where this version does not know the zone. */
export function clockWords(name: string, now: Date): ClockWords {
  const zoneName = isTimezone(name) ? name : "UTC";
  const zone = zoneOf(zoneName);
  const today = dayNumber(wallOf(now, zone));
  const year = wallOf(now, zone).getUTCFullYear();

  const time = (at: Date) => {
    const clock = wallOf(at, zone).toISOString().slice(11, 19);
    return clock.endsWith(":00") ? clock.slice(0, 5) : clock;
  };
  const day = (at: Date) => {
    const wall = wallOf(at, zone);
    const date = dateOf(wall);
    return wall.getUTCFullYear() === year ? date : `${date} ${wall.getUTCFullYear()}`;
  };
  const near = (at: Date) => NEAR_DAYS[dayNumber(wallOf(at, zone)) - today + 1];
  const namedDay = (at: Date) => near(at) ?? `${DAYS[wallOf(at, zone).getUTCDay()]} ${day(at)}`;
  const onDay = (at: Date, time: string) => {
    const which = near(at) ?? day(at);
    return which === "today" ? time : `${which} ${time}`;
  };
  const moment = (at: Date) => onDay(at, time(at));
  const minute = (at: Date) => onDay(at, time(at).slice(0, "03:00".length));
  const full = (at: Date) => {
    const wall = wallOf(at, zone);
    const clock = isoWithOffset(at, zone).slice(11);
    return `${DAYS[wall.getUTCDay()]} ${dateOf(wall)} ${wall.getUTCFullYear()}, ${clock.slice(0, 8)} ${clock.slice(8)}, ${zoneName}`;
  };
  return {
    zone: zoneName,
    time,
    day,
    namedDay,
    moment,
    minute,
    full,
    written: (at) => wallOf(at, zone).toISOString().slice(0, "2026-11-18T06:00".length),
    instantOf: (written) => readWall(written, zone),
    offsetAt: (at) => zone.offsetAt(at.getTime()),
  };
}

const NEAR_DAYS = ["yesterday", "today", "tomorrow"];

/** The reading of the zone's clock, as the instant at which UTC has it. */
function wallOf(at: Date, zone: Zone): Date {
  return new Date(at.getTime() + zone.offsetAt(at.getTime()));
}

function readWall(written: string, zone: Zone): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(written)) return undefined;
  const wall = Date.parse(`${written}Z`);
  return Number.isNaN(wall) ? undefined : new Date(zone.instantsOf(wall)[0] ?? zone.jumpOver(wall));
}

function dayNumber(wall: Date): number {
  return Math.floor(wall.getTime() / DAY_MS);
}

function dateOf(wall: Date): string {
  return `${wall.getUTCDate()} ${MONTHS[wall.getUTCMonth()]}`;
}
