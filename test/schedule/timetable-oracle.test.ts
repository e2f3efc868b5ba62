import fc from "fast-check";
import { expect, test } from "vitest";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { type Window, windowsAroundChanges } from "../support/clock-windows.ts";
import { type CrontabCase, crontabCase, isDayMatch } from "../support/crontab-cases.ts";
import { amount } from "../support/full.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const zones = [
  ...["America/New_York", "Europe/Berlin", "Europe/Lisbon", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"],
  ...["America/Scoresbysund", "Pacific/Apia", "Asia/Pyongyang", "Asia/Gaza", "Africa/Casablanca", "Asia/Tehran"],
  ...[
    "Antarctica/Troll",
    "Antarctica/Casey",
    "America/St_Johns",
    "America/Havana",
    "America/Caracas",
    "Pacific/Chatham",
  ],
  ...["Asia/Kathmandu", "America/Godthab", "Asia/Amman", "Pacific/Easter", "America/Asuncion", "Europe/Moscow", "UTC"],
];

/** A missing day, another, three hours forward, three hours back, half an hour to midnight, an hour to midnight. */
const oddPlaces = [
  ...[
    { zone: "Pacific/Apia", year: 2011 },
    { zone: "Pacific/Kwajalein", year: 1993 },
  ],
  ...[
    { zone: "Antarctica/Casey", year: 2009 },
    { zone: "Antarctica/Casey", year: 2010 },
  ],
  ...[
    { zone: "Asia/Pyongyang", year: 2018 },
    { zone: "America/Scoresbysund", year: 2025 },
  ],
];
const anyPlace = fc.record({ zone: fc.constantFrom(...zones), year: fc.integer({ min: 1985, max: 2037 }) });
const place = fc.oneof({ weight: 3, arbitrary: anyPlace }, { weight: 1, arbitrary: fc.constantFrom(...oddPlaces) });

test("agrees with cron.c, walked minute by minute, around every kind of clock change", () => {
  const property = fc.property(place, fc.nat(), crontabCase, ({ zone, year }, pick, crontab) => {
    const windows = windowsAroundChanges(zone, year);
    const window = windows[pick % windows.length];
    if (window === undefined) return;
    expectSame(crontab, zone, window, dueByCron(crontab, window));
  });
  fc.assert(property, { numRuns: amount({ usual: 250, full: 1000 }) });
});

function expectSame(crontab: CrontabCase, timezone: string, window: Window, due: readonly number[]): void {
  const table = createTimetables().of([{ pattern: crontab.pattern, timezone }]);
  const after = new Date(window.start - MINUTE);
  const end = new Date(window.start + (window.walls.length - 1) * MINUTE);
  const found = [...table.between(after, end)];
  expect(found.map((at) => at.toISOString())).toEqual(due.map((at) => new Date(at).toISOString()));
  for (let at = window.start; at <= end.getTime(); at += 43 * MINUTE) {
    const [before, later] = [due.findLast((one) => one <= at), due.find((one) => one > at)];
    if (before !== undefined) expect(table.previous(new Date(at))?.getTime()).toBe(before);
    if (later !== undefined) expect(table.next(new Date(at))?.getTime()).toBe(later);
  }
}

/** The loop of cron.c: the clock is read each minute; `virtual` is the last minute whose fixed-time jobs have been run. */
function dueByCron(crontab: CrontabCase, { start, walls }: Window): number[] {
  const due: number[] = [];
  let virtual = (walls[0] ?? 0) - MINUTE;
  for (const [index, wall] of walls.entries()) {
    const jump = wall - virtual;
    const isCorrection = jump > 3 * HOUR + MINUTE;
    if (crontab.wildcard || isCorrection) {
      if (matches(crontab, wall)) due.push(start + index * MINUTE);
    } else if (missedMinutes(virtual, wall).some((minute) => matches(crontab, minute))) {
      due.push(start + index * MINUTE);
    }
    virtual = Math.max(virtual, wall);
  }
  return due;
}

function missedMinutes(virtual: number, wall: number): number[] {
  const minutes: number[] = [];
  for (let minute = virtual + MINUTE; minute <= wall; minute += MINUTE) minutes.push(minute);
  return minutes;
}

function matches(crontab: CrontabCase, wall: number): boolean {
  const date = new Date(wall);
  const isTime = crontab.minutes.includes(date.getUTCMinutes()) && crontab.hours.includes(date.getUTCHours());
  return isTime && isDayMatch(crontab, date);
}
