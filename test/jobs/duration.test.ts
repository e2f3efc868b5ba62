import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/jobs/duration.ts";

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
