import { describe, expect, test } from "vitest";
import type { Exclusions } from "../../src/job/exclusions/exclusions.ts";
import { createTimetables, type StartPlan } from "../../src/schedule/timetable.ts";
import { seededRandom } from "../chaos/random.ts";

const BERLIN = "Europe/Berlin";
const timetables = createTimetables();

const timesOf = (pattern: string, exclusions: Partial<Exclusions>) =>
  timetables.of([{ pattern, timezone: BERLIN }], { timezone: BERLIN, ...exclusions });

/** `starts`, `excepted until …`, `quiet until …`, `deferred until …`. */
function inWords(plan: StartPlan): string {
  if (plan.kind === "starts") return plan.kind;
  const reason = plan.kind === "skipped" ? plan.reason : plan.kind;
  return plan.until === undefined ? `${reason} for ever` : `${reason} until ${plan.until.toISOString().slice(0, 16)}Z`;
}

const office = { quiet: ["Mon-Fri 08:00-18:00"] };
const night = { quiet: ["22:00-06:00"] };

describe("a due time", () => {
  test.each<[name: string, pattern: string, exclusions: Partial<Exclusions>, at: string, expected: string]>([
    [
      "on a day that except names is skipped",
      "0 * * * *",
      { except: "2026-12-24..2026-12-26" },
      "2026-12-24T00:00+01:00",
      "excepted until 2026-12-26T23:00Z",
    ],
    [
      "before that day by the clock of the zone is started",
      "0 * * * *",
      { except: "2026-12-24..2026-12-26" },
      "2026-12-23T23:00+01:00",
      "starts",
    ],
    [
      "at the first moment after it is started",
      "0 * * * *",
      { except: "2026-12-24..2026-12-26" },
      "2026-12-27T00:00+01:00",
      "starts",
    ],
    [
      "on a day that only does not name is skipped",
      "0 * * * *",
      { only: "2026-12-01 2026-12-15" },
      "2026-12-02T08:00+01:00",
      "excepted until 2026-12-14T23:00Z",
    ],
    [
      "on a day that only names is started",
      "0 * * * *",
      { only: "2026-12-01 2026-12-15" },
      "2026-12-15T08:00+01:00",
      "starts",
    ],
    [
      "after the last day of only is skipped for ever",
      "0 * * * *",
      { only: "2026-12-01" },
      "2026-12-02T08:00+01:00",
      "excepted for ever",
    ],
    [
      "where only names no day is skipped for ever",
      "0 * * * *",
      { only: "" },
      "2026-12-02T08:00+01:00",
      "excepted for ever",
    ],
    [
      "on a day that both name is skipped",
      "0 * * * *",
      { only: "2026-12-01..2026-12-03", except: "2026-12-02" },
      "2026-12-02T08:00+01:00",
      "excepted until 2026-12-02T23:00Z",
    ],
    ["in a quiet window is skipped", "0 * * * *", office, "2026-12-03T08:00+01:00", "quiet until 2026-12-03T17:00Z"],
    ["at the end of a quiet window is started", "0 * * * *", office, "2026-12-03T18:00+01:00", "starts"],
    ["at the weekend is not in a window of working days", "0 * * * *", office, "2026-12-05T12:00+01:00", "starts"],
    [
      "in a window over midnight is skipped in the evening",
      "0 * * * *",
      night,
      "2026-12-03T22:00+01:00",
      "quiet until 2026-12-04T05:00Z",
    ],
    [
      "in a window over midnight is skipped in the morning",
      "0 * * * *",
      night,
      "2026-12-04T05:00+01:00",
      "quiet until 2026-12-04T05:00Z",
    ],
    [
      "in a window over the end of the week is skipped on Monday",
      "0 * * * *",
      { quiet: ["Sun 22:00-06:00"] },
      "2026-12-07T05:00+01:00",
      "quiet until 2026-12-07T05:00Z",
    ],
    [
      "in windows that follow each other is quiet until the last ends",
      "0 * * * *",
      { quiet: ["Sat,Sun", "Mon 00:00-06:00"] },
      "2026-12-05T12:00+01:00",
      "quiet until 2026-12-07T05:00Z",
    ],
    [
      "on an excepted day in a quiet window is excepted",
      "0 * * * *",
      { ...office, except: "2026-12-03" },
      "2026-12-03T09:00+01:00",
      "excepted until 2026-12-03T23:00Z",
    ],
  ])("%s", (_, pattern, exclusions, at, expected) => {
    expect(inWords(timesOf(pattern, exclusions).planOf(new Date(at)))).toBe(expected);
  });
});

describe("a due time in a quiet window whose last one is deferred", () => {
  const defers = { ...office, defers: {} };
  test.each<[name: string, pattern: string, exclusions: Partial<Exclusions>, at: string, expected: string]>([
    [
      "waits where it is the last one",
      "30 * * * *",
      defers,
      "2026-12-03T17:30+01:00",
      "deferred until 2026-12-03T17:00Z",
    ],
    [
      "is skipped where a later one waits",
      "30 * * * *",
      defers,
      "2026-12-03T08:30+01:00",
      "quiet until 2026-12-03T16:30Z",
    ],
    [
      "is skipped where another is due at the very end",
      "0 * * * *",
      defers,
      "2026-12-03T17:00+01:00",
      "quiet until 2026-12-03T17:00Z",
    ],
    [
      "is skipped where the end is on an excepted day",
      "30 23 * * *",
      { ...night, defers: {}, except: "2026-12-04" },
      "2026-12-03T23:30+01:00",
      "quiet until 2026-12-04T05:00Z",
    ],
    [
      "is skipped where it would be too late by then",
      "0 9 * * *",
      { ...office, defers: { withinMs: 8.9 * 3_600_000 } },
      "2026-12-03T09:00+01:00",
      "quiet until 2026-12-03T17:00Z",
    ],
    [
      "waits where it would just be in time",
      "0 9 * * *",
      { ...office, defers: { withinMs: 9 * 3_600_000 } },
      "2026-12-03T09:00+01:00",
      "deferred until 2026-12-03T17:00Z",
    ],
  ])("%s", (_, pattern, exclusions, at, expected) => {
    expect(inWords(timesOf(pattern, exclusions).planOf(new Date(at)))).toBe(expected);
  });

  const daily = timesOf("0 9 * * *", defers);
  const nextStart = (after: string, decided?: string) =>
    daily.nextStart(new Date(after), decided === undefined ? undefined : new Date(decided))?.toISOString();

  test("is started next at the end of the window, also when that is asked in the window", () => {
    expect(nextStart("2026-12-03T08:00+01:00")).toBe("2026-12-03T17:00:00.000Z");
    expect(nextStart("2026-12-03T12:00+01:00", "2026-12-02T18:00+01:00")).toBe("2026-12-03T17:00:00.000Z");
    expect(nextStart("2026-12-03T18:00+01:00")).toBe("2026-12-04T17:00:00.000Z");
  });

  test("is not started next where it is decided already, as when the job was first seen later", () => {
    expect(nextStart("2026-12-03T12:00+01:00", "2026-12-03T12:00+01:00")).toBe("2026-12-04T17:00:00.000Z");
  });
});

describe("the next start", () => {
  test("passes over years of excluded days in few steps", () => {
    const yearly = timesOf("* * * * *", { except: "2026-01-01..2199-12-31" });
    expect(yearly.nextStart(new Date("2026-06-01"))?.toISOString()).toBe("2199-12-31T23:00:00.000Z");
    const quiet = timesOf("* * * * * *", office);
    expect(quiet.nextStart(new Date("2026-12-03T08:00+01:00"))?.toISOString()).toBe("2026-12-03T17:00:00.000Z");
  });

  test("is none where each due time lies in a quiet window, and where no day is left", () => {
    expect(timesOf("0 12 * * Mon", office).nextStart(new Date("2026-12-01"))).toBeUndefined();
    expect(timesOf("0 12 * * *", { only: "2026-12-01" }).nextStart(new Date("2026-12-02"))).toBeUndefined();
  });
});

describe("when clocks change", () => {
  const plan = (quiet: string, at: string) => inWords(timesOf("*/15 * * * *", { quiet: [quiet] }).planOf(new Date(at)));

  test("a window is what the clock shows: one that ends in the hour that is skipped ends at the jump", () => {
    expect(plan("01:00-02:30", "2026-03-29T01:45+01:00")).toBe("quiet until 2026-03-29T01:00Z");
    expect(plan("02:15-02:45", "2026-03-29T03:00+02:00")).toBe("starts");
  });

  test("a window in the hour that is repeated comes twice", () => {
    expect(plan("02:15-02:45", "2026-10-25T02:15+02:00")).toBe("quiet until 2026-10-25T00:45Z");
    expect(plan("02:15-02:45", "2026-10-25T02:45+02:00")).toBe("starts");
    expect(plan("02:15-02:45", "2026-10-25T02:00+01:00")).toBe("starts");
    expect(plan("02:15-02:45", "2026-10-25T02:30+01:00")).toBe("quiet until 2026-10-25T01:45Z");
  });

  test("a window that ends where the clock goes back ends there, and comes again", () => {
    expect(plan("02:30-03:00", "2026-10-25T02:45+02:00")).toBe("quiet until 2026-10-25T01:00Z");
  });
});

/** Days and windows by another way: each moment is formatted by Intl, and looked up. */
function isExcludedAt(at: Date, { except, only, quiet = [] }: Exclusions, format: Intl.DateTimeFormat): boolean {
  const parts = format.formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  const clock = `${part("hour")}:${part("minute")}`;
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const today = days.indexOf(part("weekday"));
  const names = (ranges: string) =>
    ranges.split(" ").some((range) => {
      const [first = "", last = first] = range.split("..");
      return first <= date && date <= last;
    });
  if (except !== undefined && names(except)) return true;
  if (only !== undefined && !names(only)) return true;
  return quiet.some((window) => {
    const [, day = "", from = "", to = ""] = /^(\w+) (.+)-(.+)$/.exec(window) ?? [];
    const begins = days.indexOf(day);
    if (from < to) return today === begins && from <= clock && clock < to;
    return (today === begins && from <= clock) || (today === (begins + 1) % 7 && clock < to);
  });
}

describe("by another way", () => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kathmandu",
    "UTC",
  ];

  test.each(zones)("the same times are excluded, and the same one is next: %s", (timezone) => {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone,
      weekday: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const random = seededRandom(zones.indexOf(timezone) + 1);
    const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
    const clock = () => `${String(Math.floor(random() * 24)).padStart(2, "0")}:${pick(["00", "15", "30"])}`;
    const date = () =>
      new Date(Date.UTC(2026, pick([2, 3, 9, 10]), 1 + Math.floor(random() * 31))).toISOString().slice(0, 10);
    for (let story = 0; story < 40; story++) {
      const windows = Array.from({ length: pick([0, 1, 3]) }, () => {
        const [from, to] = [clock(), clock()];
        return from === to ? "Mon 22:00-06:00" : `${pick(["Mon", "Wed", "Sat", "Sun"])} ${from}-${to}`;
      });
      const [first = "", last = ""] = [date(), date()].sort();
      const exclusions: Exclusions = {
        timezone,
        ...(random() < 0.5 && { except: date() }),
        ...(random() < 0.3 && { only: `${first}..${last}` }),
        ...(windows.length > 0 && { quiet: windows }),
      };
      const times = timetables.of(
        [{ pattern: pick(["*/15 * * * *", "0 * * * *", "30 2 * * *"]), timezone }],
        exclusions,
      );
      const from = new Date(`${date()}T${clock()}:00Z`);
      let expected: Date | undefined;
      let looked = 0;
      for (const at of times.between(from, new Date(from.getTime() + 20 * 86_400_000))) {
        const isExcluded = isExcludedAt(at, exclusions, format);
        if (looked++ < 50)
          expect([at, times.planOf(at).kind], JSON.stringify(exclusions)).toEqual([
            at,
            isExcluded ? "skipped" : "starts",
          ]);
        if (isExcluded) continue;
        expected = at;
        break;
      }
      if (expected !== undefined) expect(times.nextStart(from), JSON.stringify(exclusions)).toEqual(expected);
    }
  });
});
