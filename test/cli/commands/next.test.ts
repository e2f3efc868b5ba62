import { describe, expect, test } from "vitest";
import { formatNext, parseFrom } from "../../../src/cli/commands/next.ts";
import { type ForecastQuery, forecast } from "../../../src/view/times/forecast.ts";

const NEW_YORK = "America/New_York";
const from = new Date("2026-03-07T12:00:00Z");
const nightly = [{ pattern: "30 2 * * *", timezone: NEW_YORK }];

const timesOf = (query: ForecastQuery) => JSON.parse(formatNext(forecast(query), { ...query, format: "json" }));
const textOf = (query: ForecastQuery) => formatNext(forecast(query), { ...query, format: "text" });

describe("the next instants", () => {
  test.each([
    [
      "carry the offset of their zone",
      "30 2 * * *",
      NEW_YORK,
      ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
    ],
    ["of a half-hour zone", "@daily", "Asia/Kolkata", ["2026-03-08T00:00:00+05:30", "2026-03-09T00:00:00+05:30"]],
    ["of UTC", "0 0 * * *", "UTC", ["2026-03-08T00:00:00+00:00", "2026-03-09T00:00:00+00:00"]],
    [
      "of the zone in the pattern",
      "TZ=Asia/Tokyo 0 9 * * *",
      "UTC",
      ["2026-03-08T09:00:00+09:00", "2026-03-09T09:00:00+09:00"],
    ],
    ["of seconds", "@every 45s", "UTC", ["2026-03-07T12:00:45+00:00", "2026-03-07T12:01:30+00:00"]],
  ])("%s: %s", (_, pattern, timezone, expected) => {
    expect(timesOf({ schedules: [{ pattern, timezone }], from, count: 2 })).toEqual(expected);
  });

  test("tell the two passes of an overlap apart", () => {
    const schedules = [{ pattern: "30 * * * *", timezone: NEW_YORK }];
    expect(timesOf({ schedules, from: new Date("2026-11-01T05:00:00Z"), count: 2 })).toEqual([
      "2026-11-01T01:30:00-04:00",
      "2026-11-01T01:30:00-05:00",
    ]);
  });

  test("of several schedules are written in the zone of the first", () => {
    const schedules = [...nightly, { pattern: "0 12 * * *", timezone: "UTC" }];
    expect(timesOf({ schedules, from, count: 2 })).toEqual(["2026-03-08T03:00:00-04:00", "2026-03-08T08:00:00-04:00"]);
  });

  test("are fewer when there are no more, and none of none", () => {
    const schedules = [{ pattern: "@yearly", timezone: "UTC" }];
    expect(forecast({ schedules, from: new Date("2998-06-01"), count: 9 }).instants.length).toBeLessThan(4);
    expect(forecast({ schedules, from, count: 0 }).instants).toEqual([]);
    expect(forecast({ schedules: [], from, count: 1 }).instants).toEqual([]);
  });
});

const none = { instants: [], nominals: new Map(), excluded: [], meanings: [], notes: [] };

describe("written", () => {
  const shown = { schedules: [{ pattern: "0 */12 * * *", timezone: NEW_YORK }], from, count: 3 };

  test("as JSON, one array", () => {
    const expected = ["2026-03-07T12:00:00-05:00", "2026-03-08T00:00:00-05:00", "2026-03-08T12:00:00-04:00"];
    expect(timesOf(shown)).toEqual(expected);
  });

  test("as text, with what it means, the weekday, the distance and the clock change", () => {
    expect(textOf(shown).split("\n")).toEqual([
      "Every 12 hours from 00:00 (America/New_York)",
      "Sat 2026-03-07T12:00:00-05:00  in 5 h",
      "Sun 2026-03-08T00:00:00-05:00  in 17 h",
      "    -- the clock goes forward by 1 h: -05:00 becomes -04:00",
      "Sun 2026-03-08T12:00:00-04:00  in 1 d 4 h",
    ]);
  });

  const schedules = [{ pattern: "@daily", timezone: "UTC" }];

  test("as text, when there are no more", () => {
    expect(formatNext(none, { schedules, from, format: "text" })).toBe("There is no further occurrence.");
  });

  test("as text, of a job that only people start", () => {
    expect(formatNext(none, { schedules: [], from, format: "text" })).toBe("It has no schedule: only people start it.");
  });

  test.each([
    [1, "in 1 s"],
    [12_000, "in 3 h 20 min"],
    [7205, "in 2 h"],
    [90_061, "in 1 d 1 h"],
  ])("%i seconds away", (seconds, expected) => {
    const instants = [new Date(from.getTime() + seconds * 1000)];
    expect(formatNext({ ...none, instants }, { schedules, from, format: "text" })).toMatch(new RegExp(`${expected}$`));
  });
});

describe("what a clock change does to a schedule is said where it happens", () => {
  test.each([
    [
      "30 2 * * *",
      NEW_YORK,
      "2026-03-07T12:00:00Z",
      "02:30 does not exist on 2026-03-08 in America/New_York: it is due at 03:00",
    ],
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00:00Z",
      "02:30 does not exist on 2026-03-29 in Europe/Berlin: it is due at 03:00",
    ],
    [
      "*/20 2 * * *",
      NEW_YORK,
      "2026-03-07T12:00:00Z",
      "02:00, 02:20, and 02:40 do not exist on 2026-03-08 in America/New_York: it is not due then",
    ],
    [
      "30 1 * * *",
      NEW_YORK,
      "2026-10-31T12:00:00Z",
      "01:30 comes twice on 2026-11-01 in America/New_York: it is due the first time",
    ],
    [
      "30 * * * *",
      NEW_YORK,
      "2026-11-01T05:00:00Z",
      "01:30 comes twice on 2026-11-01 in America/New_York: it is due both times",
    ],
    [
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T00:00:00Z",
      "02:15 does not exist on 2026-10-04 in Australia/Lord_Howe: it is due at 02:30",
    ],
    [
      "10,50 2 * * *",
      NEW_YORK,
      "2026-03-07T12:00:00Z",
      "02:10 and 02:50 do not exist on 2026-03-08 in America/New_York: it is due once, at 03:00",
    ],
    [
      "* * * * *",
      NEW_YORK,
      "2026-03-08T06:58:00Z",
      "02:00, 02:01, 02:02, and 57 more do not exist on 2026-03-08 in America/New_York: it is not due then",
    ],
    [
      "30 23 * * *",
      "America/Scoresbysund",
      "2025-03-29T12:00:00Z",
      "23:30 does not exist on 2025-03-29 in America/Scoresbysund: it is due at 00:00",
    ],
  ])("%s in %s", (pattern, timezone, since, says) => {
    const from = new Date(since);
    const text = textOf({ schedules: [{ pattern, timezone }], from, count: 3 });
    expect(text.split("\n").filter((line) => /exist|twice/.test(line))).toEqual([`    -- ${says}`]);
  });

  test.each([
    ["a change that touches none of its times", "0 12 * * *", NEW_YORK],
    ["@every knows no clock", "@every 1h", NEW_YORK],
    ["a zone without changes", "30 2 * * *", "Asia/Seoul"],
  ])("nothing for %s", (_, pattern, timezone) =>
    expect(forecast({ schedules: [{ pattern, timezone }], from, count: 30 }).notes).toEqual([]),
  );

  test("not for a day that was left out of the calendar", () => {
    const schedules = [{ pattern: "0 12 * * *", timezone: "Pacific/Apia" }];
    expect(forecast({ schedules, from: new Date("2011-12-29T00:00:00Z"), count: 3 }).notes).toEqual([]);
  });
});

test("what H stands for is told first, and that it goes with the name", () => {
  const schedules = [{ pattern: "17 4 * * *", written: "H H * * *", timezone: "UTC" }];
  expect(forecast({ schedules, job: "backup", from, count: 1 }).meanings).toEqual([
    '"H H * * *" is "17 4 * * *" for backup; a job of another name has other times',
    "At 04:17 (UTC)",
  ]);
});

test("several schedules are told one by one, each in its zone", () => {
  const schedules = [
    { pattern: "0 9 * * 1-5", timezone: "Asia/Seoul" },
    { pattern: "CRON_TZ=Europe/Berlin 0 18 * * FRI#L", timezone: "Asia/Seoul" },
    { pattern: "@every 36h", timezone: "Asia/Seoul" },
    { pattern: "0 0 1W,15W * *", timezone: "Asia/Seoul" },
  ];
  expect(forecast({ schedules, from, count: 1 }).meanings).toEqual([
    "0 9 * * 1-5: At 09:00, Monday through Friday (Asia/Seoul)",
    "CRON_TZ=Europe/Berlin 0 18 * * FRI#L: At 18:00, on the last Friday of the month (Europe/Berlin)",
    "@every 36h: Every 36h, counted from the start of 1970 (UTC)",
    "0 0 1W,15W * *: At 00:00, on the first weekday of the month and on the weekday nearest day 15 of the month (Asia/Seoul)",
  ]);
});

describe("--from", () => {
  test.each([
    ["2026-03-07", "2026-03-07T05:00:00.000Z"],
    ["2026-03-07T12:34", "2026-03-07T17:34:00.000Z"],
    ["2026-03-07 12:34:56", "2026-03-07T17:34:56.000Z"],
    ["2026-03-07T12:34:56.789", "2026-03-07T17:34:56.789Z"],
    ["2026-03-07T12:34Z", "2026-03-07T12:34:00.000Z"],
    ["2026-03-07T12:34:56+05:30", "2026-03-07T07:04:56.000Z"],
    ["2026-03-07T12:34-0800", "2026-03-07T20:34:00.000Z"],
    ["2026-03-07T12:34+01", "2026-03-07T11:34:00.000Z"],
    ["2026-11-01T01:30", "2026-11-01T05:30:00.000Z"],
    ["2026-03-08T02:30", "2026-03-08T07:00:00.000Z"],
  ])("%s on the clock of New York", (text, expected) => expect(parseFrom(text, NEW_YORK)).toEqual(new Date(expected)));

  test.each([
    ["tomorrow", `--from "tomorrow" is not a time: write 2026-03-08, 2026-03-08T02:30 or 2026-03-08T02:30:00-05:00.`],
    ["2026-3-8", "is not a time"],
    ["2026-02-30", `--from "2026-02-30": there is no 2026-02-30 00:00:00 in any calendar.`],
    ["2026-03-08T24:00", "there is no 2026-03-08 24:00:00"],
    ["2026-03-08T12:60", "there is no"],
    ["2026-03-08T12:00:60", "there is no"],
  ])("%s is refused", (text, message) =>
    expect(parseFrom(text, "UTC")).toEqual({ wrong: expect.stringContaining(message) }),
  );
});
