import { zoneOf } from "../../src/schedule/clock/zone.ts";
import type { Timetable } from "../../src/schedule/timetable.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR_BEGINS = Date.UTC(2027, 0, 1);
const DAYS = 366;
/** How many times a year are compared one by one. */
const FEW_TIMES = 400;

/** The first instant of 2027 at which one is due and the other is not; undefined if they are the same all year. */
export function differenceOf(one: Timetable, other: Timetable, timezone: string): Date | undefined {
  let at = new Date(YEAR_BEGINS - 1);
  for (let times = 0; times < FEW_TIMES; times++) {
    const [first, second] = [one.next(at), other.next(at)];
    if (first?.getTime() !== second?.getTime()) return earlier(first, second);
    if (first === undefined || first.getTime() > YEAR_BEGINS + DAYS * DAY) return undefined;
    at = first;
  }
  // More of them: each day at some times, and every ten minutes around the changes of the clock.
  for (const from of instantsToAsk(timezone)) {
    const [first, second] = [one.next(from), other.next(from)];
    if (first?.getTime() !== second?.getTime()) return earlier(first, second);
  }
  return undefined;
}

const known = new Map<string, readonly Date[]>();

function instantsToAsk(timezone: string): readonly Date[] {
  const made = known.get(timezone) ?? makeInstants(timezone);
  known.set(timezone, made);
  return made;
}

function makeInstants(timezone: string): Date[] {
  const zone = zoneOf(timezone);
  return Array.from({ length: DAYS }, (_, index) => YEAR_BEGINS + index * DAY).flatMap((day, index) => {
    const isChange = zone.offsetAt(day) !== zone.offsetAt(day + DAY);
    const step = isChange ? HOUR / 6 : 7 * HOUR;
    const count = Math.floor(DAY / step);
    return Array.from({ length: count }, (_, time) => new Date(day + time * step + ((index * 61_000) % step)));
  });
}

function earlier(first: Date | undefined, second: Date | undefined): Date | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return first < second ? first : second;
}
