/** A stretch of the week, in milliseconds since Monday 00:00 by the clock: from `begin` on, before `end`. */
export interface WeeklyWindow {
  readonly begin: number;
  readonly end: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
export const WEEK_MS = 7 * DAY_MS;

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const WINDOW = /^(?:([a-z][a-z, -]*?)\s*)??(?:\b(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d))?$/i;

/**
 * Reads a window of each week: `Mon-Fri 08:00-18:00`, `Sat,Sun` (whole days), `22:00-06:00` (each day; until the next
 * morning). Days are those on which it begins. Undefined for any other text.
 */
export function parseWeeklyWindow(text: string): readonly WeeklyWindow[] | undefined {
  const [match, days, ...clock] = WINDOW.exec(text.trim()) ?? [];
  if (match === undefined || match === "") return undefined;
  const named = days === undefined ? DAYS.keys().toArray() : daysOf(days);
  const [from, to] = clock[0] === undefined ? [0, DAY_MS] : [timeOf(clock[0], clock[1]), timeOf(clock[2], clock[3])];
  if (named === undefined || from === undefined || to === undefined || from === to || from === DAY_MS) return undefined;
  return named.map((day) => ({ begin: day * DAY_MS + from, end: day * DAY_MS + to + (to < from ? DAY_MS : 0) }));
}

/** Joins windows that meet or overlap. They are in order, and one that goes on into the next week ends after its end. */
export function joinWeeklyWindows(windows: readonly WeeklyWindow[]): readonly WeeklyWindow[] {
  const joined: WeeklyWindow[] = [];
  // What goes on into the next week covers the beginning of each week.
  const all = windows.flatMap(({ begin, end }) =>
    end > WEEK_MS
      ? [
          { begin, end: WEEK_MS },
          { begin: 0, end: end - WEEK_MS },
        ]
      : [{ begin, end }],
  );
  for (const window of all.toSorted((a, b) => a.begin - b.begin)) {
    const before = joined.at(-1);
    if (before === undefined || window.begin > before.end) joined.push(window);
    else joined[joined.length - 1] = { begin: before.begin, end: Math.max(before.end, window.end) };
  }
  return joined;
}

/** True for windows that leave no moment of the week. */
export function areAlways(windows: readonly WeeklyWindow[]): boolean {
  const [first] = joinWeeklyWindows(windows);
  return first !== undefined && first.begin === 0 && first.end >= WEEK_MS;
}

function daysOf(text: string): readonly number[] | undefined {
  const named = text.split(",").map((part) => {
    const days = part.split("-").map(dayOf);
    const [first, last] = [days[0], days.at(-1)];
    if (first === undefined || last === undefined || days.length > 2) return undefined;
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, offset) => (first + offset) % 7);
  });
  return named.some((days) => days === undefined) ? undefined : named.flatMap((days) => days ?? []);
}

/** A name of three letters, or the whole one. */
function dayOf(text: string): number | undefined {
  const name = text.trim().toLowerCase();
  const day = DAYS.findIndex((known) => name === known || name === known.slice(0, 3));
  return day === -1 ? undefined : day;
}

/** The time of a day in milliseconds; 24:00 is its end. */
function timeOf(hours = "", minutes = ""): number | undefined {
  const time = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return Number(minutes) < 60 && time <= DAY_MS ? time : undefined;
}
