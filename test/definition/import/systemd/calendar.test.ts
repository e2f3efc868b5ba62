import { describe, expect, test } from "vitest";
import { readCalendar } from "../../../../src/definition/import/systemd/calendar.ts";

describe("a calendar event of systemd is a schedule that is due at the same times", () => {
  test.each([
    ["minutely", "* * * * *"],
    ["hourly", "0 * * * *"],
    ["Daily", "0 0 * * *"],
    ["weekly", "0 0 * * MON"],
    ["monthly", "0 0 1 * *"],
    ["quarterly", "0 0 1 1,4,7,10 *"],
    ["semiannually", "0 0 1 1,7 *"],
    ["yearly", "0 0 1 1 *"],
    ["03:15", "15 3 * * *"],
    ["*:0/15", "*/15 * * * *"],
    ["*:0/30:10", "10 */30 * * * *"],
    ["0/2:05", "5 */2 * * *"],
    ["*-*-* *:*:*", "* * * * * *"],
    ["Mon", "0 0 * * MON"],
    ["mon..fri,SUNDAY 6:30", "30 6 * * MON-FRI,SUN"],
    ["Mon-Wed,Sat 6:00", "0 6 * * MON-WED,SAT"],
    ["Mon..Sun 6:00", "0 6 * * *"],
    ["12-24 18:00", "0 18 24 12 *"],
    ["*-*-1,15 4:00", "0 4 1,15 * *"],
    ["*-*-1..7/3 4:00", "0 4 1,4,7 * *"],
    ["*:0/40", "0,40 * * * *"],
    ["8..18/2:00", "0 8,10,12,14,16,18 * * *"],
    ["2026-12-24 18:00", "0 0 18 24 12 * 2026"],
    ["26,2028-12-24 18:00:30", "30 0 18 24 12 * 2026,2028"],
    ["2024..2027/2-*-1", "0 0 0 1 * * 2024-2027/2"],
    ["@1700000000", "@at 2023-11-14T22:13:20Z"],
  ])("%s: %s", (event, schedule) => {
    const read = readCalendar(event);
    expect("schedule" in read && read.schedule).toBe(schedule);
  });
});

describe("days of the week and of the month must both match", () => {
  test.each([
    ["Mon *-*-1..7", "0 0 1-7 * +MON", ["import-day-and"]],
    ["Fri *-*-13", "0 0 13 * +FRI", ["import-day-and"]],
    ["Fri *-*-8..14", "0 0 * * FRI#2", []],
    ["Tue,Fri *-*-15..21 3:00", "0 3 * * TUE#3,FRI#3", []],
    ["Fri *-*-29..31", "0 0 * * FRI#5", []],
    ["Fri *-*~7/1", "0 0 * * FRI#L", []],
    ["Fri *-*~1..7", "0 0 * * FRI#L", []],
    ["*-*~1", "0 0 L * *", []],
    ["*-*~3", "0 0 L-2 * *", []],
    ["*-02~3", "0 0 L-2 2 *", []],
    ["*-*~1..8/3", "0 0 L-6,L-3,L * *", []],
    ["Mon *-*~3", "0 0 L-2 * +MON", ["import-day-and"]],
  ])("%s: %s", (event, schedule, codes) => {
    const read = readCalendar(event);
    if (!("schedule" in read)) throw new Error(JSON.stringify(read));
    expect(read.schedule).toBe(schedule);
    expect(read.notes.map(({ code }) => code)).toEqual(codes);
  });
});

test.each([
  ["daily UTC", "UTC"],
  ["Mon 3:00 utc", "UTC"],
  ["Mon Europe/Berlin", "Europe/Berlin"],
  ["*-*-* 04:00:00 America/New_York", "America/New_York"],
  ["daily", undefined],
])("the last word may be a zone: %s", (event, timezone) => {
  const read = readCalendar(event);
  expect("schedule" in read && read.timezone).toBe(timezone);
});

test.each([
  ["10:20:30.5", "fraction"],
  ["*:*:0/0.5", "fraction"],
])("there is no schedule for %s: it restricts the %s", (event, restricts) => {
  expect(readCalendar(event)).toMatchObject({ restricts });
});

test("a step that does not lead back to the field's first value is not the same in systemd 252", () => {
  const codes = (event: string) => {
    const read = readCalendar(event);
    return "notes" in read ? read.notes.map(({ code }) => code) : [];
  };
  expect(codes("*:0/7")).toEqual(["import-step"]);
  expect(codes("*-*-2/7")).toEqual(["import-step"]);
  expect(codes("*:3/15")).toEqual([]);
  expect(codes("*:0..56/7")).toEqual([]);
});

test.each(
  "2026|Mon.Fri|*:50/15|*-*-*/2|Sun..Mon|*-*~3..1|*-*~7/7|*-*-1,~3|*-*-31/1|foo|Mon,,Tue|1:2:3:4|10|24:00|23:60|*-0-1|*-*-0|*-*~29|*:0/60|Mon..|5-1:00|*:0/0|*:*:45..45|*-*~27,6|".split(
    "|",
  ),
)("systemd takes no %j, and neither does the import", (event) => {
  expect(readCalendar(event)).toHaveProperty("wrong");
});
