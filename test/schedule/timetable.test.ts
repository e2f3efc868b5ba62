import { describe, expect, test } from "vitest";
import { BoundedCache } from "../../src/bounded-cache.ts";
import type { Schedule } from "../../src/job/job.ts";
import { createTimetables, type Timetable } from "../../src/schedule/timetable.ts";

function timetable(...schedules: (string | Schedule)[]): Timetable {
  return createTimetables().of(
    schedules.map((one) => (typeof one === "string" ? { pattern: one, timezone: "UTC" } : one)),
  );
}

function nextOf(pattern: string, after: string, timezone = "UTC"): string | undefined {
  return timetable({ pattern, timezone }).next(new Date(after))?.toISOString();
}

describe("the next occurrence", () => {
  test.each([
    ["is strictly after", "0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00.000Z"],
    ["may be a moment away", "0 3 * * *", "2026-01-01T02:59:59.999Z", "2026-01-01T03:00:00.000Z"],
    ["is a whole second", "* * * * * *", "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:01.000Z"],
    ["with seconds first", "15,45 30 3 * * *", "2026-01-01T03:30:15Z", "2026-01-01T03:30:45.000Z"],
    ["wraps the hour", "20-35/15 * * * *", "2026-01-01T15:45:00Z", "2026-01-01T16:20:00.000Z"],
    ["wraps the year", "* * * * *", "2026-12-31T23:59:45Z", "2027-01-01T00:00:00.000Z"],
    ["runs over midnight", "0 22-2/2 * * *", "2026-01-01T22:00:00Z", "2026-01-02T00:00:00.000Z"],
    ["steps from a number to the end", "5/20 * * * *", "2026-01-01T00:45:00Z", "2026-01-01T01:05:00.000Z"],
    ["finds 29 February eight years away", "0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"],
    ["before the epoch", "0 3 * * *", "1969-12-31T12:00:00Z", "1970-01-01T03:00:00.000Z"],
    ["@weekly is Sunday", "@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00.000Z"],
    ["@every counts from the epoch", "@every 7s", "1970-01-01T00:00:13Z", "1970-01-01T00:00:14.000Z"],
    ["@every is strictly after", "@every 1h30m", "1970-01-01T01:30:00Z", "1970-01-01T03:00:00.000Z"],
    ["@every knows no zone", "@every 24h", "2026-03-08T12:00:00Z", "2026-03-09T00:00:00.000Z"],
  ])("%s: %s", (_, pattern, after, expected) => expect(nextOf(pattern, after)).toBe(expected));

  test("is read on the zone's clock", () => {
    expect(nextOf("0 3 * * *", "2026-01-01T00:00:00Z", "Asia/Seoul")).toBe("2026-01-01T18:00:00.000Z");
    expect(nextOf("CRON_TZ=Asia/Seoul 0 3 * * *", "2026-01-01T00:00:00Z")).toBe("2026-01-01T18:00:00.000Z");
  });

  test("does not exist after the year 3000", () => expect(nextOf("0 0 1 1 *", "3001-01-01T00:00:00Z")).toBeUndefined());

  test("of a schedule that was never checked is an error", () => {
    expect(() => nextOf("0 25 * * *", "2026-01-01T00:00:00Z")).toThrow(`unchecked schedule: "25" is not an hour`);
  });
});

describe("several schedules", () => {
  const both = timetable("*/20 * * * *", "@every 30m", { pattern: "0 9 * * *", timezone: "Asia/Tokyo" });

  test("are merged, and meet in one occurrence", () => {
    const found = [...both.between(new Date("2025-12-31T23:00:00Z"), new Date("2026-01-01T00:30:00Z"))];
    expect(found.map((at) => at.toISOString().slice(11, 16))).toEqual([
      "23:20",
      "23:30",
      "23:40",
      "00:00",
      "00:20",
      "00:30",
    ]);
  });

  test("have one previous occurrence", () => {
    expect(both.previous(new Date("2026-01-01T00:39:00Z"))?.toISOString()).toBe("2026-01-01T00:30:00.000Z");
  });

  test("none at all has no occurrence", () => {
    expect(timetable().next(new Date(0))).toBeUndefined();
    expect(timetable().previous(new Date(0))).toBeUndefined();
  });
});

describe("what lies between", () => {
  test("excludes its start and includes its end", () => {
    const found = [
      ...timetable("0 * * * *").between(new Date("2026-01-01T01:00:00Z"), new Date("2026-01-01T03:00:00Z")),
    ];
    expect(found.map((at) => at.getUTCHours())).toEqual([2, 3]);
  });

  test("is nothing when it ends before it starts", () => {
    expect([...timetable("* * * * *").between(new Date(60_000), new Date(0))]).toEqual([]);
  });

  test("is computed only as far as it is asked for", () => {
    const [first] = timetable("* * * * * *").between(new Date(0), new Date("2900-01-01"));
    expect(first).toEqual(new Date(1000));
  });
});

describe("the previous occurrence", () => {
  test("may be the instant asked about", () => {
    expect(timetable("0 3 * * *").previous(new Date("2026-01-01T03:00:00Z"))).toEqual(new Date("2026-01-01T03:00:00Z"));
  });

  test("of every second is found at once", () => {
    expect(timetable("* * * * * *").previous(new Date("2026-01-01T03:00:00.999Z"))).toEqual(
      new Date("2026-01-01T03:00:00Z"),
    );
  });

  test("may be years back", () => {
    expect(timetable("0 0 29 2 *").previous(new Date("2027-01-01"))).toEqual(new Date("2024-02-29"));
  });
});

describe("a bounded cache", () => {
  test("forgets what was used least recently", () => {
    const made: string[] = [];
    const cache = new BoundedCache(2, (key) => made.push(key));
    for (const key of ["a", "b", "a", "c", "a", "b"]) cache.get(key);
    expect(made).toEqual(["a", "b", "c", "b"]);
  });
});
