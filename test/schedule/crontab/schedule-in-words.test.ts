import { describe, expect, test } from "vitest";
import { doubtOf } from "../../../src/schedule/crontab/doubt.ts";
import { scheduleInWords } from "../../../src/schedule/crontab/schedule-in-words.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";

describe("a schedule in words", () => {
  test.each([
    ["0 3 * * *", "At 03:00"],
    ["30 14 * * *", "At 14:30"],
    ["*/15 * * * *", "Every 15 minutes"],
    ["*/5 * * * * *", "Every 5 seconds"],
    ["*/40 * * * *", "At 0 and 40 minutes past the hour"],
    ["*/60 * * * *", "Every hour"],
    ["*/10 3,15 * * *", "Every 10 minutes, in the hours of 03:00 and 15:00"],
    ["* 3,9,15 * * *", "Every minute, in the hours of 03:00, 09:00, and 15:00"],
    ["5/15 * * * *", "Every 15 minutes, starting at 5 minutes past the hour"],
    ["0 22-2 * * *", "Every hour, between 22:00 and 02:00"],
    ["0 9 * * MON-FRI", "At 09:00, Monday through Friday"],
    ["0 9 * * fri-mon", "At 09:00, Friday through Monday"],
    ["0 9 * * 7", "At 09:00, only on Sunday"],
    ["0 0 * * friday", "At 00:00, only on Friday"],
    ["0 0 1 january *", "At 00:00, on day 1 of the month, only in January"],
    ["0 0 * * FRI#2", "At 00:00, on the second Friday of the month"],
    ["0 0 * * FRI#L", "At 00:00, on the last Friday of the month"],
    ["0 0 * * 5L", "At 00:00, on the last Friday of the month"],
    ["0 0 L * *", "At 00:00, on the last day of the month"],
    ["0 0 L-3 * *", "At 00:00, 3 days before the last day of the month"],
    ["0 0 L-3W * *", "At 00:00, on the weekday nearest to 3 days before the last day of the month"],
    ["0 0 LW * *", "At 00:00, on the last weekday of the month"],
    ["0 0 15W * *", "At 00:00, on the weekday nearest day 15 of the month"],
    ["0 0 13 * FRI", "At 00:00, on day 13 of the month, or on Friday"],
    ["0 0 13 * +FRI", "At 00:00, on day 13 of the month, only on Friday"],
    ["0 0 */2 * MON", "At 00:00, on every 2nd day from day 1 through day 31 of the month, only on Monday"],
    ["0 0 ? * MON", "At 00:00, only on Monday"],
    ["@daily", "At 00:00"],
    ["@every 1h30m", "Every 1h30m, counted from the start of 1970 (UTC)"],
    ["CRON_TZ=Asia/Seoul 0 9 * * *", "At 09:00"],
    ["0 0 1W,15W * *", "At 00:00, on the first weekday of the month and on the weekday nearest day 15 of the month"],
    ["0 0 13 1 FRI", "At 00:00, on day 13 of the month, or on Friday, in either case only in January"],
    ["0 9 1-3 * 1-5", "At 09:00, between day 1 and 3 of the month, or on Monday through Friday"],
    ["0 9 1-3 * +1-5", "At 09:00, between day 1 and 3 of the month, only on Monday through Friday"],
    ["0 0 1-31 * FRI", "At 00:00"],
    ["0 0 * NOV-FEB *", "At 00:00, only in November through February"],
    [
      "0 0 * * MON,FRI#2,FRI#L",
      "At 00:00, only on Monday and on the second Friday of the month and on the last Friday of the month",
    ],
    ["*/7 * * * *", "At every 7th minute from 0 through 56 past the hour"],
    ["0 */12 * * *", "Every 12 hours from 00:00"],
    ["0 0/12 * * *", "At 00:00 and 12:00"],
    ["30 */2 * * *", "At 30 minutes past the hour, every 2 hours from 00:00"],
    ["0 */18 * * *", "At 00:00 and 18:00, following the clock when it changes"],
    ["0-59 3 * * *", "At 0 through 59 minutes past the hour, between 03:00 and 03:59"],
    ["5-10 3 * * *", "Every minute, between 03:05 and 03:10"],
    ["* 22-2 * * *", "Every minute, between 22:00 and 02:59"],
    ["* 22-2 * * MON", "Every minute, in the hours of 00:00 through 02:00, 22:00, and 23:00, only on Monday"],
    ["30 0 3,15 * * *", "At 03:00:30 and 15:00:30"],
    ["1 * * * *", "At 1 minute past the hour"],
    ["@hourly", "Every hour"],
    ["0 25 * * *", undefined],
    ["0 0 9 1 1 * 2027", "At 09:00, on day 1 of the month, only in January, only in 2027"],
    ["0 0 9 * * * 2026-2028,2032", "At 09:00, only in 2026 through 2028 and 2032"],
    ["0 0 9 13 * FRI 2027", "At 09:00, on day 13 of the month, or on Friday, in either case only in 2027"],
    ["0 0 9 1 * * 2027/2", "At 09:00, on day 1 of the month, only in every 2nd year from 2027 through 2099"],
    ["@at 2027-01-31T03:00+01:00", "Once, on 2027-01-31 at 02:00 (UTC)"],
    ["@at 2027-01-31T03:00:30", "Once, on 2027-01-31 at 03:00:30"],
    ["@every 14d from 2026-01-05T08:00 Europe/Berlin", "Every 14 days at 08:00, from 2026-01-05"],
    ["@every 6h from 2026-01-05T08:00Z", "Every 6h, from 2026-01-05 at 08:00 (UTC)"],
  ])("%s", (pattern, words) => expect(scheduleInWords(pattern)).toBe(words));
});

/** Pattern, what it means, what was meant, and how to write it without doubt. */
const doubtful: [pattern: string, meaning: string, meant: string[], same: string][] = [
  ["* 3 * * *", "every minute, between 03:00 and 03:59", ["0 3 * * *"], "*/1 3 * * *"],
  ["0 * 3 * * *", "every minute, between 03:00 and 03:59", ["0 0 3 * * *"], "0 */1 3 * * *"],
  ["CRON_TZ=UTC * 3 * * *", "every minute, between 03:00 and 03:59", ["0 3 * * *"], "*/1 3 * * *"],
  ["0 3 * * * *", "at 3 minutes past the hour", ["0 3 * * *"], "3 * * * *"],
  ["30 3 * * * *", "at 30 seconds past the minute, at 3 minutes past the hour", ["30 3 * * *"], "30 3 */1 * * *"],
  ["* * * * * *", "every second", ["* * * * *"], "*/1 * * * * *"],
  [
    "* 30 3 * * *",
    "every second, at 30 minutes past the hour, between 03:00 and 03:59",
    ["0 30 3 * * *"],
    "*/1 30 3 * * *",
  ],
  ["*/40 * * * *", "at 0 and 40 minutes past the hour", ["@every 40m"], "0,40 * * * *"],
  ["*/45 * * * * *", "at 0 and 45 seconds past the minute", ["@every 45s"], "0,45 * * * * *"],
  ["0 */18 * * *", "at 00:00 and 18:00, following the clock when it changes", ["@every 18h"], "0 0,18 * * *"],
  ["*/60 * * * *", "every hour", [], "0 * * * *"],
  ["0 */24 * * *", "at 00:00, following the clock when it changes", [], "0 0 * * *"],
  ["0 0 31 * *", "at 00:00, on day 31 of the month", ["0 0 L * *"], "0 0 31 1,3,5,7,8,10,12 *"],
  ["0 0 30 * *", "at 00:00, on day 30 of the month", ["0 0 L * *"], "0 0 30 1,3-12 *"],
];

describe("a doubtful schedule is reported, with what to write for either meaning", () => {
  test.each(doubtful)("%s", (pattern, meaning, meant, same) => {
    const doubt = doubtOf(pattern);
    expect(doubt?.message).toBe(`"${pattern}" means: ${meaning}`);
    for (const instead of [...meant, same]) {
      expect(doubt?.hint).toContain(instead);
      expect(checkSchedule(instead, "UTC")).toBeUndefined();
      expect(doubtOf(instead)).toBeUndefined();
    }
  });

  test("of two days of which one is enough", () => {
    expect(doubtOf("0 0 13 * FRI")).toMatchObject({
      message: '"0 0 13 * FRI" means: at 00:00, on day 13 of the month, or on Friday',
      hint: "one of the two days is enough: if both must be true write 0 0 13 * +FRI; if either of them is meant, write 2 schedules: 0 0 13 * * and 0 0 * * FRI",
    });
  });
});

describe("common schedules raise no doubt", () => {
  test.each([
    ...["* * * * *", "*/5 * * * *", "*/7 * * * *", "0 3 * * *", "0 0 1 * *", "0 0 L * *", "0 0 28 * *", "0 0 * * 0"],
    ...["* 9-17 * * *", "*/10 3 * * *", "0-10 3 * * *", "0 0 13 * *", "0 0 13 * +FRI", "0 0 ? * FRI", "0 0 */2 * MON"],
    ...[
      "*/5 * * * * *",
      "0 0 3 * * *",
      "0 */5 * * * *",
      "0 30 * * * *",
      "0 0 12 ? * WED",
      "0 0 31 12 *",
      "30 4 1,15 * *",
    ],
    ...["@daily", "@every 40m", "@every_second", "CRON_TZ=Asia/Seoul 0 9 * * *", "*/30 * * * *", "0 */12 * * *"],
  ])("%s", (pattern) => expect(doubtOf(pattern)).toBeUndefined());
});
