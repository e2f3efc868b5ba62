import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, missingUnit, parseDuration, withShortUnits } from "../../../src/definition/values/duration.ts";

test.each([
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["2d", 172_800_000],
  ["1w", 604_800_000],
  ["1h0m10s", 3_610_000],
  ["250ms", 250],
  ["0", 0],
  ["0s", 0],
  ["1500us", 2],
  ["3ns", 1],
  ["1µs", 1],
])("%s is %d ms", (written, ms) => expect(parseDuration(written)).toBe(ms));

/** As Go has them in its own tests of ParseDuration; to the millisecond. */
test.each([
  ["1478s", 1_478_000],
  ["5.6s", 5600],
  ["5.s", 5000],
  ["1.004s", 1004],
  ["1.0040s", 1004],
  ["100.00100s", 100_001],
  ["16h", 57_600_000],
  ["10.5s4m", 250_500],
  ["1h2m3s4ms5us6ns", 3_723_004],
  ["39h9m14.425s", 140_954_425],
  ["52763797000ns", 52_764],
  ["0.3333333333333333333h", 1_200_000],
  ["9007199254740993ns", 9_007_199_255],
  ["0.100000000000000000000h", 360_000],
  ["0.830103483285477580700h", 2_988_373],
])("as Go reads it, %s is %d ms", (written, ms) => expect(parseDuration(written)).toBe(ms));

/** The signs are what Go takes and Compose has no use for. */
test.each(["3", "-", ".", ".s", "+.s", "-5s", "+5s", "-2m3.4s", "3000000h", "hello ￿ world"])(
  "%j is no duration to us",
  (written) => expect(parseDuration(written)).toBeUndefined(),
);

test.each([
  ["5 minutes", "5m"],
  ["1 hour 30 mins", "1h30m"],
  ["2 days", "2d"],
  ["90 sec", "90s"],
  ["1.5 Hours", "1.5h"],
  ["1H", "1h"],
  ["250ms", "250ms"],
])("%s is meant as %s", (written, meant) => expect(withShortUnits(written)).toBe(meant));

test.each(["", "90", "1 h", "-5s", "1h30", "s", "1y", "1h 30m", "1,5h", "NaNs", "99999999w", "1e3s"])(
  "%j is no duration",
  (written) => expect(parseDuration(written)).toBeUndefined(),
);

test.each([
  [0, "0s"],
  [250, "250ms"],
  [90_000, "1m30s"],
  [86_400_000, "1d"],
  [90_061_001, "1d1h1m1s1ms"],
])("%d ms is written %s", (ms, written) => expect(formatDuration(ms)).toBe(written));

test("what is written is read as the same", () => {
  fc.assert(fc.property(fc.nat(3_000_000_000), (ms) => parseDuration(formatDuration(ms)) === ms));
});

test.each([
  ["90", "with its unit: 90s for seconds, 90m for minutes"],
  ["1 h", "write 1h"],
  ["5 minutes", "write 5m"],
  ["1 hour 30 Min", "write 1h30m"],
  ["99999999999999", undefined],
  ["1y", undefined],
  ["PT5M", "write 5m"],
  ["PT1H30M", "write 1h30m"],
  ["p1dt12h", "write 1d12h"],
  ["P1W", "write 1w"],
  ["R/PT5M", "write 5m"],
  ["P1M", "months and years differ in length: write days, such as 30d"],
  ["1h30", "write 1h30m"],
  ["1m30", "write 1m30s"],
  ["1,5h", "write 1.5h"],
  ["“5m”", "write 5m"],
  ["„90“", "with its unit: 90s for seconds, 90m for minutes"],
  ["01:30:00", "write 1h30m"],
  ["00:00:05", "write 5s"],
  ["1:30", "with units: 1h30m for hours and minutes, 1m30s for minutes and seconds"],
  ["@every 5m", "write 5m"],
  ["P", undefined],
  ["PT", undefined],
  ["9".repeat(50_000), undefined],
])("%.20s: what is advised is a duration", (written, advice) => {
  expect(missingUnit(written)).toBe(advice);
  for (const [advised] of advice?.matchAll(/\d+\w+/g) ?? []) expect(parseDuration(advised)).toBeDefined();
});
