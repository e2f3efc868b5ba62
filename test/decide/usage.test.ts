import { describe, expect, it } from "vitest";
import { untilNextReadingMs, withReading } from "../../src/decide/usage.ts";
import type { Usage } from "../../src/ledger/record.ts";
import { at } from "../support/a-job.ts";

const SINCE = at("12:00");

describe("what an attempt uses is read again", () => {
  it.each<[string, number, number]>([
    ["after a second, when it has just started", 0, 1000],
    ["after a second, while it has run for less than four", 3000, 1000],
    ["after a quarter of the time for which it has run", 60_000, 15_000],
    ["after a minute, when it has run for four", 240_000, 60_000],
    ["after a minute, when it has run for a week", 604_800_000, 60_000],
    ["after a second, when the clock was set back", -3_600_000, 1000],
  ])("%s", (_name, runsForMs, expected) => {
    expect(untilNextReadingMs(SINCE, new Date(SINCE.getTime() + runsForMs))).toBe(expected);
  });

  it("so often that a fifth of the run, two seconds or a minute come after the last reading, and an hour has few", () => {
    const readings: number[] = [];
    for (let ms = 1000; ms < 3_600_000; ms += untilNextReadingMs(SINCE, new Date(SINCE.getTime() + ms)))
      readings.push(ms);
    expect(readings.length).toBeLessThan(80);
    for (const [index, read] of readings.entries()) {
      const next = readings[index + 1] ?? 3_600_000;
      expect(next - read).toBeLessThanOrEqual(Math.min(60_000, Math.max(2000, next / 5)));
    }
  });
});

describe("what is known after a reading", () => {
  it.each<[string, Usage | undefined, Usage, Usage]>([
    [
      "is that reading, when it is the first",
      undefined,
      { cpuMs: 5, peakMemoryBytes: 9 },
      { cpuMs: 5, peakMemoryBytes: 9 },
    ],
    [
      "is the CPU time of the last one, and the most memory of all",
      { cpuMs: 5, peakMemoryBytes: 9 },
      { cpuMs: 7, peakMemoryBytes: 4 },
      { cpuMs: 7, peakMemoryBytes: 9 },
    ],
    ["is no figure that no reading had", { cpuMs: 5 }, { cpuMs: 7 }, { cpuMs: 7 }],
    [
      "is a figure that only an earlier one had",
      { cpuMs: 5, peakMemoryBytes: 9 },
      { cpuMs: 7 },
      { cpuMs: 7, peakMemoryBytes: 9 },
    ],
  ])("%s", (_name, known, read, expected) => {
    expect(withReading(known, read)).toStrictEqual(expected);
  });
});
