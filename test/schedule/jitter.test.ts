import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownNumber } from "../../src/job/own-number.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import "../support/same-seed.ts";

const timetables = createTimetables();
const seed = ownNumber({ instance: "shipbell", job: "backup" }, "jitter");

const of = (pattern: string, ms: number, timezone = "UTC") =>
  timetables.of([{ pattern, timezone, jitter: { ms, seed } }]);

/** The first times after an instant. */
function first(pattern: string, ms: number, count = 3): string[] {
  const times: string[] = [];
  for (const at of of(pattern, ms).between(new Date("2026-11-18"), new Date("2027-11-18"))) {
    times.push(at.toISOString().slice(0, 19));
    if (times.length === count) break;
  }
  return times;
}

describe("a schedule with jitter", () => {
  test("is due at the same times on each machine, and after each start", () => {
    expect(seed).toBe(Number.parseInt(hash("sha256", "shipbell/backup/jitter", "hex").slice(0, 12), 16));
    expect(first("0 3 * * *", 600_000)).toEqual(["2026-11-18T03:01:48", "2026-11-19T03:01:11", "2026-11-20T03:06:51"]);
  });

  test("is shifted by SHA-256 of seed and time, modulo the jitter", () => {
    const at = of("0 3 * * *", 600_000).next(new Date("2026-11-18"));
    const number = Number.parseInt(hash("sha256", `${seed}/2026-11-18T03:00:00.000Z`, "hex").slice(0, 12), 16);
    expect(at?.getTime()).toBe(Date.parse("2026-11-18T03:00:00Z") + (number % 600) * 1000);
  });

  test("has other times for a job of another name", () => {
    const other = ownNumber({ instance: "shipbell", job: "report" }, "jitter");
    const schedule = { pattern: "0 3 * * *", timezone: "UTC", jitter: { ms: 3_600_000, seed: other } };
    const at = timetables.of([schedule]).next(new Date("2026-11-18"));
    expect(at).not.toEqual(of("0 3 * * *", 3_600_000).next(new Date("2026-11-18")));
  });

  test("spreads its times over all of it", () => {
    const shifts = first("0 * * * *", 600_000, 2000).map((at) => (Date.parse(`${at}Z`) % 3_600_000) / 60_000);
    expect(Math.max(...shifts)).toBeLessThan(10);
    const perMinute = Array.from(
      { length: 10 },
      (_, minute) => shifts.filter((at) => Math.floor(at) === minute).length,
    );
    // Chi-squared of nine degrees of freedom at 1 %.
    const chi = perMinute.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chi).toBeLessThan(21.67);
  });

  test("that meets another one in an instant is due once then, as without jitter", () => {
    const jitter = { ms: 600_000, seed };
    const twice = timetables.of([
      { pattern: "0 3 * * *", timezone: "UTC", jitter },
      { pattern: "0 3 * * *", timezone: "UTC", jitter },
    ]);
    const times = [...twice.between(new Date("2026-11-18"), new Date("2026-11-20"))];
    expect(times).toHaveLength(2);
  });
});

const zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"];
const anyCase = fc.record({
  pattern: fc.constantFrom(
    "*/15 * * * *",
    "0 * * * *",
    "30 2 * * *",
    "10,50 1-3 * * *",
    "0 0 1 * *",
    "@every 7m",
    "5 2,3 * * SUN",
  ),
  timezone: fc.constantFrom(...zones),
  // Longer than the distance, too: what is checked may become false where a clock changes.
  ms: fc.constantFrom(1000, 60_000, 600_000, 3_600_000, 7_200_000),
  from: fc.integer({ min: Date.UTC(2026, 2, 1), max: Date.UTC(2026, 10, 30) }).map((ms) => new Date(ms)),
});

describe("shifted times", () => {
  test("are in order, each of its nominal time and before the next one, and the same forwards and backwards", () => {
    fc.assert(
      fc.property(anyCase, ({ pattern, timezone, ms, from }) => {
        const plain = timetables.of([{ pattern, timezone }]);
        const shifted = of(pattern, ms, timezone);
        let at = shifted.next(from);
        for (let count = 0; at !== undefined && count < 12; count++) {
          const nominal = shifted.nominalOf(at);
          expect(plain.previous(nominal)).toEqual(nominal);
          const following = plain.next(nominal);
          expect(at.getTime() - nominal.getTime()).toBeLessThan(ms);
          expect(at >= nominal && (following === undefined || at < following)).toBe(true);
          expect(shifted.previous(at)).toEqual(at);
          const next: Date | undefined = shifted.next(at);
          if (next === undefined || following === undefined) break;
          // None is left out, and none comes twice.
          expect(shifted.nominalOf(next)).toEqual(following);
          expect(shifted.previous(new Date(next.getTime() - 1000))).toEqual(at);
          expect(shifted.next(new Date(at.getTime() - 1))).toEqual(at);
          at = next;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a jitter", () => {
  test.each<[pattern: string, ms: number, says: string | undefined]>([
    ["*/15 * * * *", 899_000, undefined],
    [
      "*/15 * * * *",
      900_000,
      'jitter must be shorter than the time between two due times, which is 15m for "*/15 * * * *".',
    ],
    [
      "0 3,5 * * *",
      7_200_000,
      'jitter must be shorter than the time between two due times, which is 2h for "0 3,5 * * *".',
    ],
    ["0 3 * * *", 6 * 3_600_000, undefined],
    [
      "@every 90s",
      90_000,
      'jitter must be shorter than the time between two due times, which is 1m30s for "@every 90s".',
    ],
    ["0 0 29 2 *", 86_400_000, undefined],
  ])("for %s of %i ms is checked", (pattern, ms, says) => {
    expect(timetables.check(pattern, "UTC", ms)).toBe(says);
  });
});
