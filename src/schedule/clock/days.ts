import { Cron } from "croner";
import type { Days } from "./calendar.ts";

/**
 * Returns the days that `fields` name: day of the month, month, day of the week and perhaps years, as in `CrontabPattern.days`.
 *
 * croner does the calculation. It is asked in UTC and never sees a zone or a time of day: its own rule for clock changes
 * loses a time in a gap that ends at midnight. Besides, one such object then serves all zones and all times. Days counted
 * from the month's end (`L-3`, `LW` in a list) are ours, as croner does not know them; so are years.
 */
export function daysOf(fields: string): Days {
  const [day = "", month = "", weekday = "", years] = fields.split(" ");
  if (years !== undefined) return inYears(daysOf(`${day} ${month} ${weekday}`), years.split(",").map(Number));
  const counted = day.split(",").filter(isCounted);
  if (counted.length === 0) return cronerDays(fields);
  const others = day.split(",").filter((value) => !isCounted(value));
  const isEither = weekday !== "*" && !weekday.startsWith("+");
  const allowed = cronerDays(`* ${month} ${isEither ? "*" : weekday.replace("+", "")}`);
  return firstOf([
    ...counted.map((value) => lastDays(value, allowed.has)),
    ...(others.length > 0 ? [cronerDays(`${others.join(",")} ${month} ${weekday}`)] : []),
    ...(others.length === 0 && isEither ? [cronerDays(`* ${month} ${weekday}`)] : []),
  ]);
}

function cronerDays(fields: string): Days {
  const cron = new Cron(`0 0 0 ${fields}`, { utcOffset: 0, mode: "6-part" });
  return {
    has: (midnight) => cron.match(new Date(midnight)),
    after: (midnight) => cron.nextRun(new Date(midnight))?.getTime(),
    before: (midnight) => cron.previousRuns(1, new Date(midnight))[0]?.getTime(),
  };
}

/** Returns those of the days that lie in one of the years, which are in order. */
function inYears(days: Days, years: readonly number[]): Days {
  const isIn = (midnight: number) => years.includes(yearOf(midnight));
  const search = (
    next: (midnight: number) => number | undefined,
    skip: (year: number) => number | undefined,
    midnight: number,
  ): number | undefined => {
    let day = next(midnight);
    while (day !== undefined && !isIn(day)) {
      const from = skip(yearOf(day));
      day = from === undefined ? undefined : next(from);
    }
    return day;
  };
  const lastDayBefore = (year: number | undefined) => (year === undefined ? undefined : Date.UTC(year, 0, 1) - DAY);
  const firstDayAfter = (year: number | undefined) => (year === undefined ? undefined : Date.UTC(year + 1, 0, 1));
  return {
    has: (midnight) => isIn(midnight) && days.has(midnight),
    after: (midnight) => search(days.after, (year) => lastDayBefore(years.find((one) => one > year)), midnight),
    before: (midnight) => search(days.before, (year) => firstDayAfter(years.findLast((one) => one < year)), midnight),
  };
}

function yearOf(midnight: number): number {
  return new Date(midnight).getUTCFullYear();
}

/** Returns every day that at least one of them names. */
function firstOf(all: readonly Days[]): Days {
  const found = (ask: (days: Days) => number | undefined) => all.map(ask).filter((day) => day !== undefined);
  return {
    has: (midnight) => all.some((days) => days.has(midnight)),
    after: (midnight) => orNone(Math.min(...found((days) => days.after(midnight)))),
    before: (midnight) => orNone(Math.max(...found((days) => days.before(midnight)))),
  };
}

/** Without any days, `Math.min` and `Math.max` are infinite. */
function orNone(day: number): number | undefined {
  return Number.isFinite(day) ? day : undefined;
}

const DAY = 86_400_000;
/** A day that does not come in this time never does: the calendar's weeks repeat after 28 years, or 40 across 2100. */
const LONGEST_WAIT_MONTHS = 41 * 12;
/** The first day of the first year that can be written, less one. */
export const BEFORE_ALL_DAYS = -DAY;
/** As in croner, nothing is due after it. */
const END = Date.UTC(3000, 0, 1);

/** True for values of the day field that count from the month's last day: `L-3`, `LW`, `L-3W`, but not `L` itself. */
function isCounted(value: string): boolean {
  return /^L(?:-\d+)?W$|^L-\d+$/.test(value);
}

/**
 * Returns the days that a counted value names, at most one per month: `L-3` is the third day before the last, and with a
 * `W` the weekday nearest to it in the same month. A month that is too short has none; `isMeant` may exclude others.
 */
function lastDays(value: string, isMeant: (midnight: number) => boolean): Days {
  const [, offset = "0", nearest] = /^L(?:-(\d+))?(W?)$/.exec(value) ?? [];
  const dayOf = (month: number) => {
    const last = new Date(Date.UTC(1970, month + 1, 0));
    const day = last.getUTCDate() - Number(offset);
    if (day < 1) return undefined;
    const at = last.getTime() - Number(offset) * DAY;
    const midnight = nearest === "W" ? nearestWeekday(at, day, last.getUTCDate()) : at;
    return midnight < END && isMeant(midnight) ? midnight : undefined;
  };
  return {
    has: (midnight) => dayOf(monthOf(midnight)) === midnight,
    after: (midnight) => search(dayOf, monthOf(midnight), 1, (day) => day > midnight),
    before: (midnight) => search(dayOf, monthOf(midnight), -1, (day) => day < midnight),
  };
}

/** Months since January 1970. */
function monthOf(midnight: number): number {
  const date = new Date(midnight);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function nearestWeekday(midnight: number, day: number, last: number): number {
  const weekday = new Date(midnight).getUTCDay();
  if (weekday === 6) return midnight + (day === 1 ? 2 : -1) * DAY;
  if (weekday === 0) return midnight + (day === last ? -2 : 1) * DAY;
  return midnight;
}

function search(
  dayOf: (month: number) => number | undefined,
  from: number,
  step: 1 | -1,
  isPast: (day: number) => boolean,
): number | undefined {
  for (let months = 0; months <= LONGEST_WAIT_MONTHS; months++) {
    const day = dayOf(from + months * step);
    if (day !== undefined && isPast(day)) return day;
  }
  return undefined;
}
