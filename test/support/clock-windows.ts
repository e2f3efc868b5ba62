const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 86_400_000;

/** Some days of a zone's clock, minute by minute: at `start + n * 60 s` it reads `walls[n]` (as if it were UTC). */
export interface Window {
  readonly start: number;
  readonly walls: readonly number[];
}

const known = new Map<string, readonly Window[]>();

/** The days around each clock change of a year; the year's first days if there is none. */
export function windowsAroundChanges(zone: string, year: number): readonly Window[] {
  const key = `${zone} ${year}`;
  const windows = known.get(key) ?? findWindows(zone, year);
  known.set(key, windows);
  return windows;
}

function findWindows(zone: string, year: number): readonly Window[] {
  const readClock = clockOf(zone);
  const days = Array.from({ length: 366 }, (_, day) => Date.UTC(year, 0, 1) + day * DAY);
  const changes = days.filter((day) => readClock(day) - day !== readClock(day + DAY) - day - DAY);
  return (changes.length > 0 ? changes : days.slice(0, 1)).map((day) => {
    const hours = Array.from({ length: 3 * 24 }, (_, hour) => day - DAY + hour * HOUR);
    return { start: day - DAY, walls: hours.flatMap((hour) => readHour(readClock, hour)) };
  });
}

/** Asks for every minute only where the clock changes: the question is slow. */
function readHour(readClock: (instant: number) => number, hour: number): number[] {
  const minutes = Array.from({ length: 60 }, (_, minute) => minute * MINUTE);
  const wall = readClock(hour);
  const isSteady = readClock(hour + HOUR) - wall === HOUR;
  return minutes.map((minute) => (isSteady ? wall + minute : readClock(hour + minute)));
}

function clockOf(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit" },
  } as Intl.DateTimeFormatOptions);
  return (instant) => {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = (format.format(instant).match(/\d+/g) ?? []).map(
      Number,
    );
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}
