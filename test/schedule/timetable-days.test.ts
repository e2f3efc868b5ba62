import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { type CrontabCase, dayCase, dayCaseInYears, isDayMatch } from "../support/crontab-cases.ts";
import { amount } from "../support/full.ts";

const DAY = 86_400_000;
const YEARS = 5;

test("names the days that a walk through the calendar finds, forwards and backwards", () => {
  const property = fc.property(fc.integer({ min: 1970, max: 2400 }), dayCase, (year, crontab) => {
    const table = createTimetables().of([{ pattern: crontab.pattern, timezone: "UTC" }]);
    const [start, end] = [Date.UTC(year, 0, 1), Date.UTC(year + YEARS, 0, 1)];
    const days = daysBetween(start, end).filter((day) => isDayMatch(crontab, new Date(day)));
    const found = [...table.between(new Date(start - 1), new Date(end - 1))].map((at) => at.getTime());
    expect(found).toEqual(days);
    expect(backwards(crontab, start, end)).toEqual(days.slice(-50));
  });
  fc.assert(property, { numRuns: amount({ usual: 150, full: 600 }) });
});

test("names the days of some years alone", () => {
  const placed = fc
    .integer({ min: 1970, max: 2096 })
    .chain((year) => fc.tuple(fc.constant(year), dayCaseInYears(year)));
  const property = fc.property(placed, ([year, crontab]) => {
    const table = createTimetables().of([{ pattern: crontab.pattern, timezone: "UTC" }]);
    const [start, end] = [Date.UTC(year - 1, 0, 1), Date.UTC(year + YEARS, 0, 1)];
    const days = daysBetween(start, end).filter((day) => isDayMatch(crontab, new Date(day)));
    const found = [...table.between(new Date(start - 1), new Date(end - 1))].map((at) => at.getTime());
    expect(found).toEqual(days);
    expect(backwards(crontab, start, end)).toEqual(days.slice(-50));
  });
  fc.assert(property, { numRuns: amount({ usual: 150, full: 600 }) });
});

describe("years", () => {
  const nextOf = (pattern: string, after: string, timezone = "UTC") =>
    createTimetables().of([{ pattern, timezone }]).next(new Date(after))?.toISOString();
  test.each([
    ["one of them", "0 0 9 1 1 * 2027", "2026-06-01", "2027-01-01T09:00:00.000Z"],
    ["far away", "0 0 9 L-3 * * 2099", "2026-06-01", "2099-01-28T09:00:00.000Z"],
    ["a leap day of one", "0 0 0 29 2 * 2026-2032", "2028-03-01", "2032-02-29T00:00:00.000Z"],
    ["every second year from the field's first", "0 0 0 1 1 * */2", "2026-06-01", "2028-01-01T00:00:00.000Z"],
    ["every third from a year", "0 0 0 1 1 * 2027/3", "2027-06-01", "2030-01-01T00:00:00.000Z"],
    ["all of them", "0 30 3 * * * *", "2200-06-01", "2200-06-01T03:30:00.000Z"],
    ["over", "0 0 9 1 1 * 2027", "2027-01-01T09:00:00Z", undefined],
    ["over for the L of their months", "0 0 9 L-3 * * 2026", "2027-01-01", undefined],
  ])("%s: %s", (_, pattern, after, expected) => expect(nextOf(pattern, after)).toBe(expected));

  test("are those of the zone's clock", () => {
    const pattern = "0 0 0 1 1 * 2027";
    expect(nextOf(pattern, "2026-06-01", "Pacific/Auckland")).toBe("2026-12-31T11:00:00.000Z");
    const table = createTimetables().of([{ pattern, timezone: "America/New_York" }]);
    expect(table.previous(new Date("2027-06-01"))?.toISOString()).toBe("2027-01-01T05:00:00.000Z");
    expect(table.previous(new Date("2027-01-01T04:00:00Z"))).toBeUndefined();
  });
});

function daysBetween(start: number, end: number): number[] {
  return Array.from({ length: (end - start) / DAY }, (_, day) => start + day * DAY);
}

function backwards(crontab: CrontabCase, start: number, end: number): number[] {
  const table = createTimetables().of([{ pattern: crontab.pattern, timezone: "UTC" }]);
  const days: number[] = [];
  let day = table.previous(new Date(end - 1));
  while (day && day.getTime() >= start && days.length < 50) {
    days.unshift(day.getTime());
    day = table.previous(new Date(day.getTime() - 1));
  }
  return days;
}

describe("day of the month and day of the week", () => {
  test.each([
    ["both restrict: one is enough", "0 0 13 * FRI", "01-02 01-09 01-13 01-16 01-23"],
    ["a day field of * leaves the other alone", "0 0 13 * *", "01-13 02-13 03-13 04-13 05-13"],
    ["? is *", "0 0 ? * MON", "01-05 01-12 01-19 01-26 02-02"],
    ["the day of the month begins with *: both must match", "0 0 */2 * MON", "01-05 01-19 02-09 02-23 03-09"],
    ["the day of the week begins with *: both must match", "0 0 13 * */2", "01-13 06-13 08-13 09-13 10-13"],
    ["*/1 is *", "0 0 */1 * MON", "01-05 01-12 01-19 01-26 02-02"],
    ["1-31 is no *: one is enough, so every day", "0 0 1-31 * MON", "01-01 01-02 01-03 01-04 01-05"],
    ["croner's + says that both must match", "0 0 13 * +FRI", "02-13 03-13 11-13 08-13 10-13"],
    ["7 is Sunday", "0 0 * * 7", "01-04 01-11 01-18 01-25 02-01"],
    ["0 is Sunday", "0 0 * * 0", "01-04 01-11 01-18 01-25 02-01"],
    ["6-7 is the weekend", "0 0 * * 6-7", "01-03 01-04 01-10 01-11 01-17"],
    ["0-7 is every day", "0 0 * * 0-7", "01-01 01-02 01-03 01-04 01-05"],
    ["FRI-MON runs over the end of the week", "0 0 * * FRI-MON", "01-02 01-03 01-04 01-05 01-09"],
    ["SAT-SUN too", "0 0 * * SAT-SUN", "01-03 01-04 01-10 01-11 01-17"],
    ["5-7 ends on Sunday", "0 0 * * 5-7", "01-02 01-03 01-04 01-09 01-10"],
    ["MON/2 is every other day of the week from Monday", "0 0 * * Mon/2", "01-02 01-05 01-07 01-09 01-12"],
    ["28-2 runs over the end of the month", "0 0 28-2 * *", "01-01 01-02 01-28 01-29 01-30"],
    ["NOV-FEB runs over the end of the year", "0 0 1 NOV-FEB *", "01-01 02-01 11-01 12-01 01-01"],
    ["full names", "0 0 1 january,February *", "01-01 02-01 01-01 02-01 01-01"],
    ["L is the last day", "0 0 L * *", "01-31 02-28 03-31 04-30 05-31"],
    ["L in a list", "0 0 1,L * *", "01-01 01-31 02-01 02-28 03-01"],
    ["LW is the last weekday", "0 0 LW * *", "01-30 02-27 03-31 04-30 05-29"],
    ["15W is the weekday nearest to the 15th", "0 0 15W * *", "01-15 02-16 03-16 04-15 05-15"],
    ["1W stays within its month", "0 0 1W * *", "01-01 02-02 03-02 04-01 05-01"],
    ["5#2 is the second Friday", "0 0 * * 5#2", "01-09 02-13 03-13 04-10 05-08"],
    ["FRI#L is the last Friday", "0 0 * * FRI#L", "01-30 02-27 03-27 04-24 05-29"],
    ["5L is the last Friday, as Quartz writes it", "0 0 * * 5L", "01-30 02-27 03-27 04-24 05-29"],
    ["MON-TUE#1 is the first of each", "0 0 * * MON-TUE#1", "01-05 01-06 02-02 02-03 03-02"],
    ["29 February", "0 0 29 2 *", "02-29 02-29 02-29 02-29 02-29"],
    ["30,31 skip the months that are too short", "0 0 31 * *", "01-31 03-31 05-31 07-31 08-31"],
  ])("%s: %s", (_, pattern, days) => {
    const table = createTimetables().of([{ pattern, timezone: "UTC" }]);
    const found = Iterator.from(table.between(new Date("2025-12-31T12:00:00Z"), new Date("2099-01-01")));
    const first = found.take(5).map((at) => at.toISOString().slice(5, 10));
    expect([...first].join(" ")).toBe(days);
  });
});
