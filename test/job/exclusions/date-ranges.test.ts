import { describe, expect, test } from "vitest";
import { joinDateRanges, parseDateRange, splitDateRanges } from "../../../src/job/exclusions/date-ranges.ts";

const joined = (...texts: string[]) => joinDateRanges(texts.flatMap((text) => parseDateRange(text) ?? []));

describe("days", () => {
  test.each([
    ["one day", "2026-12-24", "2026-12-24"],
    ["a range", "2026-12-24..2026-12-26", "2026-12-24..2026-12-26"],
    ["a range with spaces", "2026-12-24 .. 2026-12-26", "2026-12-24..2026-12-26"],
    ["a range of one day", "2026-12-24..2026-12-24", "2026-12-24"],
    ["a leap day", "2028-02-29", "2028-02-29"],
    ["a range over the end of a year", "2026-12-31..2027-01-01", "2026-12-31..2027-01-01"],
  ])("%s: %s", (_, text, expected) => {
    expect(joined(text)).toBe(expected);
  });

  test.each([
    "",
    "24.12.2026",
    "2026-2-3",
    "2026-02-30",
    "2027-02-29",
    "2026-12-26..2026-12-24",
    "2026-12-24..",
    "2026-12-24...2026-12-26",
    "2026-12-24..2026-12-25..2026-12-26",
    "2026-12-24T00:00",
    "tomorrow",
  ])("are not %j", (text) => {
    expect(parseDateRange(text)).toBeUndefined();
  });

  test("are joined where they meet or overlap, in order, and each of them once", () => {
    expect(joined("2027-01-01", "2026-12-26", "2026-12-24..2026-12-25", "2026-12-25", "2026-12-31")).toBe(
      "2026-12-24..2026-12-26 2026-12-31..2027-01-01",
    );
    expect(joined("2026-12-01..2026-12-31", "2026-12-24", "2027-02-01")).toBe("2026-12-01..2026-12-31 2027-02-01");
  });

  test("are read as they are written, and what a newer version may write there names no day", () => {
    const text = "2026-12-24..2026-12-26 2027-01-01";
    expect(joinDateRanges(splitDateRanges(text))).toBe(text);
    expect(joinDateRanges(splitDateRanges(`${text} easter`))).toBe(text);
    expect(splitDateRanges("")).toEqual([]);
  });
});
