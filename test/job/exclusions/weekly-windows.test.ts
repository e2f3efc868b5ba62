import { describe, expect, test } from "vitest";
import { areAlways, joinWeeklyWindows, parseWeeklyWindow } from "../../../src/job/exclusions/weekly-windows.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon+7"];

/** `Mon 08:00 to Mon 18:00`, for people. */
function inWords(...texts: string[]): string[] {
  const windows = joinWeeklyWindows(texts.flatMap((text) => parseWeeklyWindow(text) ?? []));
  return windows.map(({ begin, end }) => `${moment(begin)} to ${moment(end)}`);
}

function moment(ms: number): string {
  const minutes = ms / 60_000;
  const clock = [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return `${DAYS[Math.floor(minutes / 1440)]} ${clock}`;
}

describe("windows of the week", () => {
  test.each([
    ["one day", ["Mon 08:00-18:00"], ["Mon 08:00 to Mon 18:00"]],
    [
      "days in a row",
      ["Thu-Sat 8:00-9:30"],
      ["Thu 08:00 to Thu 09:30", "Fri 08:00 to Fri 09:30", "Sat 08:00 to Sat 09:30"],
    ],
    [
      "days in a row over the end of the week",
      ["Sun-Mon 01:00-02:00"],
      ["Mon 01:00 to Mon 02:00", "Sun 01:00 to Sun 02:00"],
    ],
    [
      "a list of days and ranges",
      ["mon, WED-thursday 08:00 - 09:00"],
      ["Mon 08:00 to Mon 09:00", "Wed 08:00 to Wed 09:00", "Thu 08:00 to Thu 09:00"],
    ],
    ["whole days", ["Sat,Sun"], ["Sat 00:00 to Mon+7 00:00"]],
    ["until midnight", ["Tue 20:00-24:00"], ["Tue 20:00 to Wed 00:00"]],
    ["over midnight", ["Fri 22:00-06:00"], ["Fri 22:00 to Sat 06:00"]],
    [
      "over midnight at the end of the week",
      ["Sun 22:00-06:00"],
      ["Mon 00:00 to Mon 06:00", "Sun 22:00 to Mon+7 00:00"],
    ],
    ["windows that meet", ["Mon 08:00-12:00", "Mon 12:00-13:00", "Mon 12:30-14:00"], ["Mon 08:00 to Mon 14:00"]],
  ])("%s", (_, texts, expected) => {
    expect(inWords(...texts)).toEqual(expected);
  });

  test("without days are those of each day", () => {
    expect(inWords("12:00-13:00")).toHaveLength(7);
    expect(inWords("22:00-06:00")).toHaveLength(8);
  });

  test.each([
    "",
    "Mon-Fry 08:00-18:00",
    "Mon-Wed-Fri 08:00-18:00",
    "08:00",
    "8-18",
    "Mon 08:00-25:00",
    "Mon 08:60-09:00",
    "Mon 08:00-08:00",
    "24:00-06:00",
    "Mon,, 08:00-09:00",
    "M 08:00-09:00",
    "Mon 08:00-09:00 Tue",
    `${"Mon,".repeat(5000)}`,
  ])("are not %j", (text) => {
    expect(parseWeeklyWindow(text)).toBeUndefined();
  });

  test.each([
    ["each day as a whole", ["00:00-24:00"], true],
    ["all days by their names", ["Mon-Sun"], true],
    ["halves of each day", ["06:00-18:00", "18:00-06:00"], true],
    ["all but a minute", ["Mon-Sat", "Sun 00:00-23:59"], false],
    ["nothing", [], false],
  ])("leave no moment or some: %s", (_, texts, expected) => {
    expect(areAlways(texts.flatMap((text) => parseWeeklyWindow(text) ?? []))).toBe(expected);
  });
});
