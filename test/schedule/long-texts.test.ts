import { describe, expect, test } from "vitest";
import { timesChecker } from "../../src/definition/check-times.ts";
import { parseDuration } from "../../src/definition/values/duration.ts";
import { duration } from "../../src/definition/values/duration-field.ts";
import { doubtOf } from "../../src/schedule/crontab/doubt.ts";
import { scheduleInWords } from "../../src/schedule/crontab/schedule-in-words.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { parseTimezone } from "../../src/settings/parse-values.ts";
import { expectLinear } from "../support/growth.ts";

const check = (pattern: string) => createTimetables().check(pattern, "UTC");

describe("a long schedule is refused for its length, or read in linear time", () => {
  test.each([
    ["@every of digits", (size: number) => `@every ${"1".repeat(size)}`],
    ["@every of digits and a unit", (size: number) => `@every ${"1".repeat(size)}s`],
    ["@every of parts", (size: number) => `@every ${"1h".repeat(size / 2)}`],
    ["@every of words", (size: number) => `@every ${"1 hour ".repeat(size / 7)}`],
    ["@every of spaces", (size: number) => `@every 1h${" ".repeat(size)}x`],
    ["a nickname", (size: number) => `@${"daily".repeat(size / 5)}`],
    ["a list", (size: number) => `${"1,".repeat(size / 2)}1 * * * *`],
    ["a list of steps", (size: number) => `${"*/1,".repeat(size / 4)}1 * * * *`],
    ["a name", (size: number) => `* * * * ${"monday".repeat(size / 6)}`],
    ["fields", (size: number) => "* ".repeat(size / 2)],
    ["schedules", (size: number) => "0 3 * * *, ".repeat(size / 11)],
    ["quotes", (size: number) => `${'"'.repeat(size)}0 3 * * *`],
    ["words", (size: number) => `every ${"5 minutes ".repeat(size / 10)}`],
    ["a date", (size: number) => `2026-01-01${"1".repeat(size)}`],
    ["spaces", (size: number) => `0${" ".repeat(size)}3 * * *`],
    ["a zone", (size: number) => `CRON_TZ=${"Europe/".repeat(size / 7)} 0 3 * * *`],
    ["a command", (size: number) => `0 3 * * * ${"echo ".repeat(size / 5)}`],
  ])("%s", (_, write) => {
    for (const read of [check, doubtOf, scheduleInWords]) expectLinear({ write, read });
  });
});

describe("a long duration", () => {
  const readField = (text: string) => duration.safeParse(text);
  test.each([
    ["of digits", (size: number) => "1".repeat(size)],
    ["of dots", (size: number) => "1.".repeat(size / 2)],
    ["of parts", (size: number) => "1h".repeat(size / 2)],
    ["of words", (size: number) => "1 hour ".repeat(size / 7)],
    ["of spaces", (size: number) => `1${" ".repeat(size)}h`],
  ])("%s", (_, write) => {
    for (const read of [parseDuration, readField]) expectLinear({ write, read });
  });
});

describe("a long time zone", () => {
  const times = timesChecker({ defaultTimezone: "UTC", checkSchedule: createTimetables().check });
  const readKey = (timezone: string) => times({ schedule: "0 3 * * *", timezone }, "backup");
  test.each([
    ["of letters", (size: number) => "a".repeat(size)],
    ["of parts", (size: number) => "Europe/".repeat(size / 7)],
    ["of digits", (size: number) => `+${"0".repeat(size)}`],
    ["of spaces", (size: number) => `Europe${" ".repeat(size)}Berlin`],
  ])("%s", (_, write) => {
    for (const read of [parseTimezone, readKey]) expectLinear({ write, read });
  });
});

describe("messages about long texts are short", () => {
  const long = "x".repeat(900);
  test.each([
    `@every ${long}`,
    `@every 1${long}`,
    `@${long}`,
    `${long} * * * *`,
    `*/${long} * * * *`,
    `* * * * ${long}`,
    `* * ${long}W * *`,
    `* * * * 1#${long}`,
    `${long}`,
    `CRON_TZ=${long} 0 3 * * *`,
    `2026-01-01 ${long}`,
    "x ".repeat(400),
    `0 3 * * * ${long}`,
    `${"1,".repeat(400)}99 * * * *`,
    "1".repeat(100_000),
  ])("%#", (pattern) => {
    expect(check(pattern)?.length).toBeGreaterThan(20);
    expect(check(pattern)?.length).toBeLessThan(500);
  });
});

test("the longest lists that make sense are allowed", () => {
  const all = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index).join(",");
  expect(check(`CRON_TZ=UTC ${all(0, 59)} ${all(0, 59)} ${all(0, 23)} ${all(1, 31)} ${all(1, 12)} *`)).toBeUndefined();
});
