import { describe, expect, it } from "vitest";
import { roughRunTime, runTimeInWords } from "../../../src/view/words/duration.ts";

describe("how long a run took", () => {
  it.each([
    [0, "< 0.1 s"],
    [99, "< 0.1 s"],
    [100, "0.1 s"],
    [450, "0.4 s"],
    [999, "0.9 s"],
    [1000, "1 s"],
    [9990, "9.9 s"],
    [10_000, "10 s"],
    [200_000, "3 min 20 s"],
  ])("of %i ms is %s, and never 0 s", (ms, words) => {
    expect(runTimeInWords(ms)).toBe(words);
  });

  it.each([
    [40, "< 0.1 s"],
    [450, "0.4 s"],
    [40_000, "40 s"],
    [200_000, "3 min"],
  ])("usually, of %i ms, is %s", (ms, words) => {
    expect(roughRunTime(ms)).toBe(words);
  });
});
