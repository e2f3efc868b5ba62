import { Cron } from "croner";
import type { Days } from "./calendar.ts";
import { isCounted, lastDays } from "./last-days.ts";

/**
 * The days that `fields` name: day of the month, month and day of the week, as `CrontabPattern.days` has them.
 *
 * croner is the calculator. It is asked in UTC and never sees a zone or a time of day: its own rule for clock changes
 * loses a time in a gap that ends at midnight, and so one such object serves all zones and all times. What is counted
 * from the month's end (`L-3`, `LW` in a list) it does not know: that is ours.
 */
export function daysOf(fields: string): Days {
  const [day = "", month = "", weekday = ""] = fields.split(" ");
  const counted = day.split(",").filter(isCounted);
  if (counted.length === 0) return cronerDays(fields);
  const others = day.split(",").filter((value) => !isCounted(value));
  const isEither = weekday !== "*" && !weekday.startsWith("+");
  const besides = cronerDays(`* ${month} ${isEither ? "*" : weekday.replace("+", "")}`);
  return firstOf([
    ...counted.map((value) => lastDays(value, besides.has)),
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

/** Every day that one of them names. */
function firstOf(all: readonly Days[]): Days {
  const found = (ask: (days: Days) => number | undefined) => all.map(ask).filter((day) => day !== undefined);
  return {
    has: (midnight) => all.some((days) => days.has(midnight)),
    after: (midnight) => orNone(Math.min(...found((days) => days.after(midnight)))),
    before: (midnight) => orNone(Math.max(...found((days) => days.before(midnight)))),
  };
}

/** The smallest or largest of no numbers is infinite. */
function orNone(day: number): number | undefined {
  return Number.isFinite(day) ? day : undefined;
}
