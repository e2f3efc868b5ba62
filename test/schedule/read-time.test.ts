import { describe, expect, test } from "vitest";
import { mayMean } from "../../src/schedule/read-time.ts";

describe("what was written for a time that has come may have meant it", () => {
  test.each([
    ["the moment itself", "2026-11-18T12:10Z", "2026-11-18T12:10:00Z", true],
    ["the moment, with another offset", "2026-11-18T13:10+01:00", "2026-11-18T12:10:00Z", true],
    ["the moment, on the clock of the zone", "2026-11-18T13:10", "2026-11-18T12:10:00Z", true],
    ["the moment, of which the ledger has whole seconds", "2026-11-18T12:10:00.750Z", "2026-11-18T12:10:00Z", true],
    ["a time of day that it was", "13:10", "2026-11-18T12:10:00Z", true],
    ["a time of day that comes twice, the first time", "02:30", "2026-10-25T00:30:00Z", true],
    ["any duration", "2h", "2026-11-18T12:10:00Z", true],
    ["a second later", "2026-11-18T12:10:01Z", "2026-11-18T12:10:00Z", false],
    ["a second before", "2026-11-18T12:09:59Z", "2026-11-18T12:10:00Z", false],
    ["the next day", "2026-11-19T12:10Z", "2026-11-18T12:10:00Z", false],
    ["another time of day", "12:10", "2026-11-18T12:10:00Z", false],
    ["no time at all", "soon", "2026-11-18T12:10:00Z", false],
  ])("%s", (_what, text, moment, may) => {
    expect(mayMean(text, new Date(moment), "Europe/Berlin")).toBe(may);
  });
});
