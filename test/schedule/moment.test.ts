import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSchedule, createTimetables, isOnClock, timezoneOf } from "../../src/schedule/timetable.ts";
import { windowsAroundChanges } from "../support/clock-windows.ts";
import { amount } from "../support/full.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

function timesOf(pattern: string, timezone: string, [after, upTo]: readonly [string, string]): string[] {
  const table = createTimetables().of([{ pattern, timezone }]);
  return [...table.between(new Date(after), new Date(upTo))].map((at) => at.toISOString().replace(":00.000Z", "Z"));
}

describe("@at", () => {
  test.each([
    ["an offset is exact, whatever the zone", "@at 2026-12-01T03:00:00+01:00", "Asia/Seoul", "2026-12-01T02:00Z"],
    ["Z", "@at 2026-12-01T03:00Z", "Asia/Seoul", "2026-12-01T03:00Z"],
    ["without one, the clock of the zone", "@at 2026-12-01T03:00", "Asia/Seoul", "2026-11-30T18:00Z"],
    ["a zone in front", "CRON_TZ=Asia/Seoul @at 2026-12-01T03:00", "UTC", "2026-11-30T18:00Z"],
    ["a time in a gap, at the jump", "@at 2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00Z"],
    ["a time that comes twice, the first time", "@at 2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z"],
  ])("%s: %s", (_, pattern, timezone, at) => {
    expect(checkSchedule(pattern, timezone)).toBeUndefined();
    expect(timesOf(pattern, timezone, ["2026-01-01", "2027-12-31"])).toEqual([at]);
    const table = createTimetables().of([{ pattern, timezone }]);
    expect(table.next(new Date(at))).toBeUndefined();
    expect(table.previous(new Date(at))).toEqual(new Date(at));
    expect(table.previous(new Date(Date.parse(at) - 1))).toBeUndefined();
  });

  test("meets another schedule in one instant", () => {
    const schedules = ["@at 2026-12-01T03:00Z", "0 3 1 * *"].map((pattern) => ({ pattern, timezone: "UTC" }));
    const table = createTimetables().of(schedules);
    expect([...table.between(new Date("2026-11-15"), new Date("2027-01-15"))]).toHaveLength(2);
  });
});

describe("@every … from", () => {
  test.each([
    ["every second Monday at eight, over a change of the clock", "@every 14d from 2026-03-16T08:00 Europe/Berlin"],
    ["weeks", "@every 2w from 2026-03-16T08:00 Europe/Berlin"],
    ["a zone in front", "CRON_TZ=Europe/Berlin @every 14d from 2026-03-16T08:00"],
  ])("%s", (_, pattern) => {
    expect(timesOf(pattern, "UTC", ["2026-01-01", "2026-04-20"])).toEqual([
      "2026-03-16T07:00Z",
      "2026-03-30T06:00Z",
      "2026-04-13T06:00Z",
    ]);
    expect(timezoneOf({ pattern, timezone: "UTC" })).toBe("Europe/Berlin");
  });

  test("hours are elapsed time, and stay so over a change of the clock", () => {
    const hours = "@every 36h from 2026-03-28T08:00 Europe/Berlin";
    expect(timesOf(hours, "UTC", ["2026-01-01", "2026-03-31"])).toEqual(["2026-03-28T07:00Z", "2026-03-29T19:00Z"]);
    expect(timesOf("@every 90m from 2026-01-01T00:10+05:30", "UTC", ["2025-01-01", "2025-12-31T22:00Z"])).toEqual([
      "2025-12-31T18:40Z",
      "2025-12-31T20:10Z",
      "2025-12-31T21:40Z",
    ]);
  });

  test("a day in the gap is due right after it, and no day is left out", () => {
    expect(timesOf("@every 1d from 2026-03-28T02:30 Europe/Berlin", "UTC", ["2026-03-01", "2026-03-31"])).toEqual([
      "2026-03-28T01:30Z",
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
    ]);
  });

  test("knows how it ends far back, and that nothing was before its first time", () => {
    const table = createTimetables().of([{ pattern: "@every 3d from 2026-01-05T08:00 UTC", timezone: "UTC" }]);
    expect(table.previous(new Date("2300-01-01"))).toEqual(new Date("2299-12-31T08:00Z"));
    expect(table.previous(new Date("2026-01-05T07:59:59Z"))).toBeUndefined();
    expect(table.next(new Date("1999-01-01"))).toEqual(new Date("2026-01-05T08:00Z"));
  });

  const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo", "UTC"];
  test("agrees with a clock that is read each minute, around its changes", () => {
    const parts = fc.record({
      timezone: fc.constantFrom(...zones),
      year: fc.integer({ min: 1990, max: 2037 }),
      pick: fc.nat(),
      days: fc.integer({ min: 1, max: 5 }),
      first: fc.integer({ min: -20, max: 3 }),
      minute: fc.oneof(fc.nat(1439), fc.integer({ min: 0, max: 240 })),
    });
    const property = fc.property(parts, ({ timezone, year, pick, days, first, minute }) => {
      const windows = windowsAroundChanges(timezone, year);
      const window = windows[pick % windows.length];
      if (window === undefined) return;
      const [begin = 0] = window.walls;
      const from = Math.floor(begin / DAY) * DAY + first * DAY + minute * MINUTE;
      const pattern = `@every ${days}d from ${new Date(from).toISOString().slice(0, 16)}`;
      const isNamed = (wall: number) => wall >= from && (wall - from) % (days * DAY) === 0;
      const due: number[] = [];
      let read = begin - MINUTE;
      for (const [index, wall] of window.walls.entries()) {
        // A time that the clock jumps over is due when it reads a later one; a time that it reads again is not.
        for (let at = read + MINUTE; at <= wall; at += MINUTE) if (isNamed(at)) due.push(window.start + index * MINUTE);
        read = Math.max(read, wall);
      }
      const end = window.start + (window.walls.length - 1) * MINUTE;
      const table = createTimetables().of([{ pattern, timezone }]);
      const found = [...table.between(new Date(window.start - MINUTE), new Date(end))].map((at) => at.getTime());
      expect(found, `${pattern} in ${timezone}`).toEqual([...new Set(due)]);
      for (const at of due) expect(table.previous(new Date(at + 59_000))?.getTime()).toBe(at);
    });
    fc.assert(property, { numRuns: amount({ usual: 150, full: 1000 }) });
  });
});

test.each([
  ["@at 2026-12-01T03:00+01:00", false],
  ["@at 2026-12-01T03:00:00Z", false],
  ["@at 2026-12-01T03:00:00", true],
  ["@every 6h", false],
  ["@every 6h from 2026-12-01T03:00+01:00", false],
  ["@every 6h from 2026-12-01T03:00", true],
  ["@every 6d from 2026-12-01T03:00 Europe/Berlin", true],
  ["0 3 * * *", true],
])("whether the zone matters to %s: %s", (pattern, expected) =>
  expect(isOnClock({ pattern, timezone: "UTC" })).toBe(expected),
);

test.each([
  ["@at", '@at: "" is not a day and a time of it: write, for example, @at 2027-01-31T03:00+01:00.'],
  ["@at 2026-12-01", "is not a day and a time of it"],
  ["@at tomorrow", "is not a day and a time of it"],
  ["@at 2026-02-30T03:00Z", "@at: there is no 2026-02-30 03:00:00 from 1970 to 2999."],
  ["@at 2026-12-01T24:00Z", "there is no 2026-12-01 24:00:00"],
  ["@at 2026-12-01T03:00:00.5Z", "is not a day and a time of it"],
  ["@every 14d from", "is not a day, a time of it and perhaps a time zone: write, for example, @every 14d from"],
  ["@every 14d from 2026-01-05", "is not a day, a time of it"],
  ["@every 14d from 2026-01-05T08:00+01:00", "days are counted on a clock, which an offset does not tell"],
  ["@every 1d12h from 2026-01-05T08:00", '"1d12h" mixes days, which follow the clock, with what does not'],
  ["@every 0d from 2026-01-05T08:00", "1d to 3660d are allowed"],
  ["@every 9999w from 2026-01-05T08:00", "1d to 3660d are allowed"],
  ["@every 0s from 2026-01-05T08:00", "is shorter than a second"],
  ["@every from 2026-01-05T08:00", "@every needs a duration"],
  ["@every 1d from 2026-01-05T08:00 Berlin", 'The time zone "Berlin" is not known: write Europe/Berlin.'],
  ["CRON_TZ=UTC @every 1d from 2026-01-05T08:00 Asia/Tokyo", "has two time zones, UTC and Asia/Tokyo"],
  ["2026-12-01 03:00", "is a date: to run once write @at 2026-12-01T03:00."],
])("%s is refused", (pattern, message) => expect(checkSchedule(pattern, "UTC")).toContain(message));
