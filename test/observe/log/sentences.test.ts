import { expect, test } from "vitest";
import { formatDuration } from "../../../src/observe/log/sentences.ts";

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [149, "0.1 s"],
  [9999, "9.9 s"],
  [10_000, "10 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [312_000, "5 min 12 s"],
  [3_600_000, "1 h"],
  [3_659_000, "1 h"],
  [90_061_000, "1 d 1 h"],
])("%d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
