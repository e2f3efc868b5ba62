import { describe, expect, test } from "vitest";
import { createTimetables } from "../../src/schedule/timetable.ts";

const NEW_YORK = "America/New_York";

/** Pattern, zone, the last instant before, and the occurrences that follow it. */
type Row = [name: string, pattern: string, timezone: string, after: string, expected: string];

const fixed: Row[] = [
  ["a time in the gap is due right after it", "30 2 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T07:00 09T06:30"],
  ["only the time in the gap moves", "30 2,14 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T07:00 08T18:30 09T06:30"],
  ["a range around the gap", "30 1-3 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T06:30 08T07:00 08T07:30 09T05:30"],
  ["two times in the gap are one occurrence", "10,50 2 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T07:00 09T06:10"],
  ["meets a time of its own after the gap", "0 2-3 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T07:00 09T06:00 09T07:00"],
  ["a step from a number is no wildcard", "5/20 2 * * *", NEW_YORK, "2026-03-08T00:00Z", "08T07:00 09T06:05"],
  ["a time in the overlap is due once", "30 1 * * *", NEW_YORK, "2026-11-01T00:00Z", "01T05:30 02T06:30"],
  ["in the second pass it is over", "30 1 * * *", NEW_YORK, "2026-11-01T06:10Z", "02T06:30"],
  ["with a second hour, still once", "30 1,13 * * *", NEW_YORK, "2026-11-01T00:00Z", "01T05:30 01T18:30 02T06:30"],
  ["a list of minutes, once", "0,30 1 * * *", NEW_YORK, "2026-11-01T00:00Z", "01T05:00 01T05:30 02T06:00"],
  ["all hours as a range are still fixed", "0 0-23 * * *", NEW_YORK, "2026-11-01T04:00Z", "01T05:00 01T07:00 01T08:00"],
  ["Lisbon, spring", "30 1 * * *", "Europe/Lisbon", "2026-03-28T12:00Z", "29T01:00 30T00:30"],
  ["Lisbon, autumn: the first pass", "30 1 * * *", "Europe/Lisbon", "2026-10-24T12:00Z", "25T00:30 26T01:30"],
  ["a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "03T15:30 04T15:15"],
  ["a gap at midnight", "@daily", "America/Sao_Paulo", "2018-11-03T12:00Z", "04T03:00 05T02:00"],
  ["a gap at the start of its only day", "30 0 * * 5", "Africa/Cairo", "2026-04-22T00:00Z", "23T22:00 30T21:30"],
  ["a missing day is missing", "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00Z", "29T22:00 30T22:00"],
  ["a gap that ends at midnight", "30 23 * * *", "America/Scoresbysund", "2025-03-29T12:00Z", "30T01:00 31T00:30"],
  [
    "one that ends at midnight, half an hour",
    "45 23 * * *",
    "Asia/Pyongyang",
    "2018-05-04T00:00Z",
    "04T15:00 05T14:45",
  ],
  ["though its day is over by then", "30 23 29 3 *", "America/Scoresbysund", "2025-03-01T00:00Z", "30T01:00 30T00:30"],
  ["a gap of two hours", "30 1 * * *", "Antarctica/Troll", "2026-03-28T12:00Z", "29T01:00 29T23:30"],
];

const wildcard: Row[] = [
  ["times in the gap do not exist", "*/20 2 * * *", NEW_YORK, "2026-03-08T00:00Z", "09T06:00 09T06:20"],
  ["every half hour skips the gap", "*/30 * * * *", NEW_YORK, "2026-03-08T06:00Z", "08T06:30 08T07:00 08T07:30"],
  ["@hourly skips the gap", "@hourly", NEW_YORK, "2026-03-08T05:00Z", "08T06:00 08T07:00 08T08:00"],
  ["both passes: each half hour", "*/30 * * * *", NEW_YORK, "2026-11-01T05:00Z", "01T05:30 01T06:00 01T06:30 01T07:00"],
  ["both passes: each hour", "0 * * * *", NEW_YORK, "2026-11-01T04:00Z", "01T05:00 01T06:00 01T07:00"],
  [
    "both passes: a star in the minute",
    "*/30 1 * * *",
    NEW_YORK,
    "2026-11-01T04:00Z",
    "01T05:00 01T05:30 01T06:00 01T06:30",
  ],
  [
    "both passes: a star in the second",
    "*/30 0 1 * * *",
    NEW_YORK,
    "2026-11-01T05:00:30Z",
    "01T06:00 01T06:00:30 02T06:00",
  ],
  ["from the second pass on", "30 * * * *", NEW_YORK, "2026-11-01T06:30Z", "01T07:30 01T08:30"],
  [
    "a yearly job, from within the first pass",
    "*/30 1 1 11 *",
    NEW_YORK,
    "2026-11-01T05:30Z",
    "01T06:00 01T06:30 01T05:00",
  ],
];

describe("a fixed-time job is due when the clock first reads its time or later", () => {
  test.each(fixed)("%s: %s %s", (_, ...row) => expect(occurrences(row)).toBe(row[3]));
});

describe("a wildcard job follows the clock", () => {
  test.each(wildcard)("%s: %s %s", (_, ...row) => expect(occurrences(row)).toBe(row[3]));
});

describe("the last occurrence, looking back over a clock change", () => {
  test.each([
    ["30 2 * * *", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00.000Z"],
    ["30 2 * * *", "2026-03-08T06:59:59Z", "2026-03-07T07:30:00.000Z"],
    ["30 1 * * *", "2026-11-01T06:59:59Z", "2026-11-01T05:30:00.000Z"],
    ["30 * * * *", "2026-11-01T06:29:59Z", "2026-11-01T05:30:00.000Z"],
    ["50 * * * *", "2026-11-01T06:10:00Z", "2026-11-01T05:50:00.000Z"],
    ["*/20 2 * * *", "2026-03-08T23:00:00Z", "2026-03-07T07:40:00.000Z"],
  ])("%s up to %s", (pattern, upTo, expected) => {
    const table = createTimetables().of([{ pattern, timezone: NEW_YORK }]);
    expect(table.previous(new Date(upTo))?.toISOString()).toBe(expected);
  });
});

function occurrences([pattern, timezone, after, expected]: [string, string, string, string]): string {
  const table = createTimetables().of([{ pattern, timezone }]);
  const found: string[] = [];
  for (const at of table.between(new Date(after), new Date("2100-01-01"))) {
    found.push(at.toISOString().slice(8, 19).replace(/:00$/, ""));
    if (found.length === expected.split(" ").length) break;
  }
  return found.join(" ");
}
