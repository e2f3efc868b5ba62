import type { Days } from "./calendar.ts";

const DAY = 86_400_000;
/** What does not come true in so many months never does: the calendar's weeks repeat after 28 years, or 40 over 2100. */
const LONGEST_WAIT_MONTHS = 41 * 12;
/** As croner: nothing is due after it. */
const END = Date.UTC(3000, 0, 1);

/** Whether a value of the day field counts from the month's last day otherwise than by being it: `L-3`, `LW`, `L-3W`. */
export function isCounted(value: string): boolean {
  return /^L(?:-\d+)?W$|^L-\d+$/.test(value);
}

/**
 * The days that a counted value names, one a month at most: `L-3` is the third before the last, and with a `W` the
 * Monday-Friday nearest to it in the same month. A month that is too short has none; of the rest `isMeant` has a say.
 */
export function lastDays(value: string, isMeant: (midnight: number) => boolean): Days {
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
