import { describe, expect, it, test } from "vitest";
import { readDays } from "../../../../src/definition/import/ics/read-days.ts";
import { writeDateRange } from "../../../../src/job/exclusions/date-ranges.ts";

const DAY_MS = 86_400_000;
const day = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
const query = { from: day("2026-01-01"), until: day("2031-12-31") };

/** A calendar of events: their lines, without `BEGIN` and `END`. */
function calendar(...events: readonly (readonly string[])[]): string {
  const all = events.flatMap((lines, index) => ["BEGIN:VEVENT", `UID:${index}`, ...lines, "END:VEVENT"]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Holidays", ...all, "END:VCALENDAR", ""].join("\r\n");
}

function read(...events: readonly (readonly string[])[]) {
  const { days, findings } = readDays(calendar(...events), query);
  return {
    days: days.map(({ range, names }) => `${writeDateRange(range)} ${names.join(" + ")}`),
    says: findings.map(({ line, message }) => `${line}: ${message}`),
  };
}

const date = (name: string, of: string) => `${name};VALUE=DATE:${of.replaceAll("-", "")}`;
const christmas = ["SUMMARY:Christmas", date("DTSTART", "2026-12-25")];

describe("a calendar", () => {
  it.each<[name: string, lines: readonly string[], days: readonly string[]]>([
    ["a day", christmas, ["2026-12-25 Christmas"]],
    ["a day with its end", [...christmas, date("DTEND", "2026-12-26")], ["2026-12-25 Christmas"]],
    [
      "a day with its end written as its last day",
      [...christmas, date("DTEND", "2026-12-25")],
      ["2026-12-25 Christmas"],
    ],
    ["several days", [...christmas, date("DTEND", "2026-12-28")], ["2026-12-25..2026-12-27 Christmas"]],
    ["a duration", [...christmas, "DURATION:P2D"], ["2026-12-25..2026-12-26 Christmas"]],
    ["a day before the first that counts", ["SUMMARY:Old", date("DTSTART", "2025-12-31")], []],
    [
      "days of which some count",
      ["SUMMARY:Feast", date("DTSTART", "2025-12-30"), date("DTEND", "2026-01-03")],
      ["2026-01-01..2026-01-02 Feast"],
    ],
    [
      "each year, three times",
      [...christmas, "RRULE:FREQ=YEARLY;COUNT=3"],
      ["2026-12-25 Christmas", "2027-12-25 Christmas", "2028-12-25 Christmas"],
    ],
    [
      "each year, up to the horizon",
      ["SUMMARY:May", date("DTSTART", "2020-05-01"), "RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1"],
      [2026, 2027, 2028, 2029, 2030, 2031].map((year) => `${year}-05-01 May`),
    ],
    [
      "but for one",
      [...christmas, "RRULE:FREQ=YEARLY;COUNT=3", date("EXDATE", "2027-12-25")],
      ["2026-12-25 Christmas", "2028-12-25 Christmas"],
    ],
    ["and another day", [...christmas, date("RDATE", "2027-01-06")], ["2026-12-25 Christmas", "2027-01-06 Christmas"]],
    [
      "a long and folded name",
      ["SUMMARY:A name\\, with a comma\\nand", "  a line # that is folded", date("DTSTART", "2026-05-01")],
      ["2026-05-01 A name, with a comma and a line that is folded"],
    ],
  ])("has %s", (_, lines, days) => {
    expect(read(lines)).toEqual({ days, says: [] });
  });

  it("has two events on the same day in one line, in the order of the days", () => {
    const other = ["SUMMARY:Yule", date("DTSTART", "2026-12-25")];
    const first = ["SUMMARY:Labour", date("DTSTART", "2026-05-01")];
    expect(read(christmas, other, first).days).toEqual(["2026-05-01 Labour", "2026-12-25 Christmas + Yule"]);
  });

  it("has a day of a series where it was moved to, also from after the horizon; and none where it was cancelled", () => {
    const series = [...christmas, "RRULE:FREQ=YEARLY"];
    const moved = ["UID:0", "SUMMARY:Moved", date("RECURRENCE-ID", "2032-12-25"), date("DTSTART", "2031-12-24")];
    const cancelled = [
      "UID:0",
      "SUMMARY:Off",
      date("RECURRENCE-ID", "2027-12-25"),
      date("DTSTART", "2027-12-25"),
      "STATUS:CANCELLED",
    ];
    const text = calendar(series, moved, cancelled).replaceAll(/UID:[12]\r\n/g, "");
    const { days, findings } = readDays(text, query);
    expect(days.map(({ range, names }) => `${writeDateRange(range)} ${names}`)).toEqual([
      "2026-12-25 Christmas",
      "2028-12-25 Christmas",
      "2029-12-25 Christmas",
      "2030-12-25 Christmas",
      "2031-12-24 Moved",
      "2031-12-25 Christmas",
    ]);
    expect(findings.map(({ message }) => message)).toEqual(['"Off" is left out: it is cancelled']);
  });

  test.each<[lines: readonly string[], because: string]>([
    [["SUMMARY:Party", "DTSTART:20261224T180000Z"], "it begins at a time of day, and what counts here are whole days"],
    [["SUMMARY:Party", date("DTSTART", "2026-12-24"), "DURATION:PT36H"], "its duration is no number of days"],
    [["SUMMARY:Party", date("DTSTART", "2026-12-24"), date("DTEND", "2026-12-20")], "it ends before it begins"],
    [["SUMMARY:Party"], "it has no day"],
    [["SUMMARY:Party", date("DTSTART", "2026-12-24"), "STATUS:CANCELLED"], "it is cancelled"],
    [
      ["SUMMARY:Party", date("DTSTART", "2026-12-24"), "RRULE:FREQ=YEARLY;BYWEEKNO=3"],
      "FREQ=YEARLY;BYWEEKNO=3 is not expanded here",
    ],
    [
      ["SUMMARY:Party", date("DTSTART", "2026-12-24"), "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1"],
      "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1 is not expanded here",
    ],
    [["SUMMARY:Party", date("DTSTART", "2026-12-24"), "RRULE:FREQ=HOURLY"], "FREQ=HOURLY is no rule of days"],
    [
      ["SUMMARY:Party", date("DTSTART", "2028-02-29"), "RRULE:FREQ=YEARLY"],
      "FREQ=YEARLY begins on a day that not each month has",
    ],
    [
      ["SUMMARY:Party", date("DTSTART", "2026-12-24"), "RRULE:FREQ=MONTHLY;BYMONTHDAY=31"],
      "FREQ=MONTHLY;BYMONTHDAY=31 counts days that not each month has",
    ],
    [
      ["SUMMARY:Party", date("DTSTART", "2026-12-24"), "RRULE:FREQ=DAILY", "EXDATE:20261225T000000Z"],
      "EXDATE has a time of day",
    ],
  ])("leaves out what it cannot say exactly, with its line: %j", (lines, because) => {
    expect(read(christmas, lines)).toEqual({
      days: ["2026-12-25 Christmas"],
      says: [`9: "Party" is left out: ${because}`],
    });
  });

  it("that is none is one finding, and an error", () => {
    for (const text of ["", "jobs: {}", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"])
      expect(readDays(text, query)).toMatchObject({
        days: [],
        findings: [expect.not.objectContaining({ severity: "warning" })],
      });
  });

  it("without an end is not expanded without an end", () => {
    const often = Array.from({ length: 20 }, () => [
      "SUMMARY:Daily",
      date("DTSTART", "2020-01-01"),
      "RRULE:FREQ=DAILY",
    ]);
    expect(read(...often).says.join()).toContain("the calendar has more than 20000 days");
  });
});

interface Rule {
  readonly freq: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  readonly interval: number;
  readonly byMonth?: number;
  readonly byMonthDay?: number;
  readonly byDay?: readonly (readonly [nth: number, weekday: number])[];
  readonly wkst?: number;
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

function textOf({ freq, interval, byMonth, byMonthDay, byDay, wkst }: Rule): string {
  const days = byDay?.map(([nth, weekday]) => `${nth || ""}${WEEKDAYS[weekday]}`).join();
  return [
    `FREQ=${freq};INTERVAL=${interval}`,
    ...(byMonth === undefined ? [] : [`BYMONTH=${byMonth}`]),
    ...(byMonthDay === undefined ? [] : [`BYMONTHDAY=${byMonthDay}`]),
    ...(days === undefined ? [] : [`BYDAY=${days}`]),
    ...(wkst === undefined ? [] : [`WKST=${WEEKDAYS[wkst]}`]),
  ].join(";");
}

/** Whether the RFC's rule names the day: each day is asked for itself, and nothing is counted on from the day before. */
function names({ freq, interval, byMonth, byMonthDay, byDay, wkst = 0 }: Rule, first: number, at: number): boolean {
  const [start, date] = [new Date(first * DAY_MS), new Date(at * DAY_MS)];
  const weekdayOf = (of: number) => (of + 3) % 7;
  const months = (of: Date) => of.getUTCFullYear() * 12 + of.getUTCMonth();
  const weekOf = (of: number) => Math.floor((of + 3 - wkst) / 7);
  const isInPeriod = {
    DAILY: (at - first) % interval === 0,
    WEEKLY: (weekOf(at) - weekOf(first)) % interval === 0,
    MONTHLY: (months(date) - months(start)) % interval === 0,
    YEARLY: (date.getUTCFullYear() - start.getUTCFullYear()) % interval === 0,
  }[freq];
  if (at < first || !isInPeriod) return false;
  const [month, ofMonth] = [date.getUTCMonth(), date.getUTCDate()];
  const length = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  if (byMonth !== undefined && month + 1 !== byMonth) return false;
  if (byMonthDay !== undefined && ofMonth !== byMonthDay) return false;
  const isNth = (nth: number) =>
    nth === 0 || (nth > 0 ? Math.ceil(ofMonth / 7) === nth : Math.ceil((length - ofMonth + 1) / 7) === -nth);
  if (byDay !== undefined) return byDay.some(([nth, weekday]) => weekdayOf(at) === weekday && isNth(nth));
  if (byMonthDay !== undefined || freq === "DAILY") return true;
  if (freq === "WEEKLY") return weekdayOf(at) === weekdayOf(first);
  return ofMonth === start.getUTCDate() && (freq === "MONTHLY" || month === start.getUTCMonth());
}

describe.each(["2026-02-18", "2026-02-26", "2026-11-24", "2026-03-01"])(
  "a rule means what the RFC says, day by day, from %s on",
  (begin) => {
    const first = day(begin);
    const rules: readonly Rule[] = [1, 2, 3, 5].flatMap((interval): Rule[] => [
      { freq: "DAILY", interval },
      ...[0, 3, 6].flatMap((wkst): Rule[] => [
        { freq: "WEEKLY", interval, wkst },
        {
          freq: "WEEKLY",
          interval,
          wkst,
          byDay: [
            [0, 2],
            [0, 5],
          ],
        },
        {
          freq: "WEEKLY",
          interval,
          wkst,
          byDay: [
            [0, 6],
            [0, 0],
          ],
        },
      ]),
      { freq: "MONTHLY", interval },
      ...[1, 18, 28].map((byMonthDay): Rule => ({ freq: "MONTHLY", interval, byMonthDay })),
      ...[1, 2, 4, 5, -1, -2, 0].map((nth): Rule => ({ freq: "MONTHLY", interval, byDay: [[nth, 3]] })),
      {
        freq: "MONTHLY",
        interval,
        byDay: [
          [1, 0],
          [-1, 4],
        ],
      },
      { freq: "YEARLY", interval },
      ...[2, 12].map((byMonth): Rule => ({ freq: "YEARLY", interval, byMonth, byMonthDay: 24 })),
      ...[1, 4, -1, 0].flatMap((nth): Rule[] =>
        [2, 11].map((byMonth): Rule => ({ freq: "YEARLY", interval, byMonth, byDay: [[nth, 3]] })),
      ),
    ]);

    test.each(rules.map((rule) => [textOf(rule), rule] as const))("%s", (text, rule) => {
      const until = first + 3 * 366;
      const lines = ["SUMMARY:x", date("DTSTART", begin), `RRULE:${text}`];
      const found = readDays(calendar(lines), { from: first, until });
      const expected = Array.from({ length: until - first + 1 }, (_, index) => first + index).filter((at) =>
        names(rule, first, at),
      );
      // Where the rule does not name the first day, the RFC says nothing.
      const isDefined = names(rule, first, first);
      expect(found.findings.map(({ message }) => message)).toEqual(
        isDefined ? [] : ['"x" is left out: its first day is none of its rule, which RFC 5545 leaves undefined'],
      );
      expect(found.days.map(({ range }) => range.first)).toEqual(isDefined ? expected : []);
    });
  },
);
