/** Which wall times a pattern names, whatever the zone. All times are whole seconds. */
export interface Calendar {
  /** Returns the first named time after `wall`. */
  after(wall: number): number | undefined;
  /** Returns the last named time at or before `wall`. */
  upTo(wall: number): number | undefined;
}

/** Days, each given as the wall time of its midnight. */
export interface Days {
  has(midnight: number): boolean;
  /** Returns the first of these days after `midnight`. */
  after(midnight: number): number | undefined;
  /** Returns the last of these days before `midnight`. */
  before(midnight: number): number | undefined;
}

/** The hours, minutes and seconds of a pattern, ascending. The pattern names all their combinations. */
export interface Times {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

const DAY = 86_400_000;
const END_OF_DAY = DAY - 1000;

/** Returns the calendar that names all of `times` on all of `days`. */
export function calendarOf(days: Days, times: Times): Calendar {
  return {
    after(wall) {
      const today = Math.floor(wall / DAY) * DAY;
      const time = days.has(today) ? timeAfter(times, wall - today) : undefined;
      if (time !== undefined) return today + time;
      const day = days.after(today);
      return day === undefined ? undefined : day + (timeAfter(times, -1) ?? 0);
    },
    upTo(wall) {
      const today = Math.floor(wall / DAY) * DAY;
      const time = days.has(today) ? timeUpTo(times, wall - today) : undefined;
      if (time !== undefined) return today + time;
      const day = days.before(today);
      return day === undefined ? undefined : day + (timeUpTo(times, END_OF_DAY) ?? 0);
    },
  };
}

/** As for croner, nothing is due after it. */
const END = Date.UTC(3000, 0, 1);

/** Returns the calendar that names the wall time `from`, and the same time of the day every so many days after it. */
export function calendarOfDays({ from, days }: { readonly from: number; readonly days: number }): Calendar {
  const period = days * DAY;
  return {
    after(wall) {
      const next = wall < from ? from : from + (Math.floor((wall - from) / period) + 1) * period;
      return next < END ? next : undefined;
    },
    upTo: (wall) => (wall < from ? undefined : from + Math.floor((wall - from) / period) * period),
  };
}

function timeAfter({ hours, minutes, seconds }: Times, after: number): number | undefined {
  for (const hour of hours) {
    if (millis(hour, 59, 59) <= after) continue;
    for (const minute of minutes) {
      if (millis(hour, minute, 59) <= after) continue;
      const second = seconds.find((second) => millis(hour, minute, second) > after);
      if (second !== undefined) return millis(hour, minute, second);
    }
  }
  return undefined;
}

function timeUpTo({ hours, minutes, seconds }: Times, upTo: number): number | undefined {
  for (const hour of hours.toReversed()) {
    if (millis(hour, 0, 0) > upTo) continue;
    for (const minute of minutes.toReversed()) {
      if (millis(hour, minute, 0) > upTo) continue;
      const second = seconds.findLast((second) => millis(hour, minute, second) <= upTo);
      if (second !== undefined) return millis(hour, minute, second);
    }
  }
  return undefined;
}

function millis(hour: number, minute: number, second: number): number {
  return ((hour * 60 + minute) * 60 + second) * 1000;
}
