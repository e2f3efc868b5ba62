import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePattern } from "../../src/schedule/pattern.ts";
import { scheduleInWords } from "../../src/schedule/schedule-in-words.ts";
import { checkSchedule, createTimetables } from "../../src/schedule/timetable.ts";
import { anyPair, anySchedule } from "../support/any-schedule.ts";
import { differenceOf } from "../support/same-timetable.ts";

/** The clock changes at two, at three, and at midnight. */
const ZONES = ["America/New_York", "Europe/Berlin", "America/Havana"];

describe("equal sentences mean equal timetables", () => {
  test("of schedules that differ in one field", () => {
    const property = fc.property(anyPair, ([a, b]) => {
      if (scheduleInWords(a) === scheduleInWords(b)) expectSame(a, b);
    });
    fc.assert(property, { numRuns: Number(process.env.WORDS_RUNS ?? 1500) });
  });

  test("of any schedules", () => {
    const bySentence = new Map<string, string>();
    let met = 0;
    const property = fc.property(anySchedule, (schedule) => {
      if (checkSchedule(schedule, "UTC") !== undefined) return;
      const sentence = scheduleInWords(schedule) ?? "";
      const known = bySentence.get(sentence);
      if (known === undefined) bySentence.set(sentence, schedule);
      else if (known !== schedule) {
        met++;
        expectSame(known, schedule);
      }
    });
    fc.assert(property, { numRuns: Number(process.env.WORDS_RUNS ?? 1500) });
    expect(met).toBeGreaterThan(100);
  });

  test.each([
    ["of two days one is enough, or both must be", "0 9 1-3 * 1-5", "0 9 1-3 * +1-5"],
    ["a star with a step means both", "0 0 */2 * MON", "0 0 1-31/2 * MON"],
    ["a list with W", "0 0 1W,15W * *", "0 0 1W,16W * *"],
    ["each minute, as the clock reads it or as fixed times", "* 3 * * *", "0-59 3 * * *"],
    ["a step, as the clock reads it or as fixed times", "*/15 * * * *", "0/15 0-23 * * *"],
    ["a time that follows the clock", "0 */24 * * *", "0 0 * * *"],
    ["a night on some days", "0 22-2 * * MON", "0 22-2 * * *"],
    ["each day and Friday", "0 0 1-31 * FRI", "0 0 * * FRI"],
    ["months of both days", "0 0 13 1 FRI", "0 0 13 * FRI"],
  ])("%s", (_, a, b) => {
    expect(scheduleInWords(a)).toBeTypeOf("string");
    expect(scheduleInWords(a)).not.toBe(scheduleInWords(b));
  });
});

test("there are words for every schedule", () => {
  fc.assert(fc.property(anySchedule, (schedule) => (scheduleInWords(schedule) ?? "").length > 0));
});

const timetables = createTimetables();

function expectSame(a: string, b: string): void {
  // What is read as the same has the same times: only the others need to be walked.
  if (isDeepStrictEqual(parsePattern(a), parsePattern(b))) return;
  if (timetables.check(a, "UTC") !== undefined || timetables.check(b, "UTC") !== undefined) return;
  for (const timezone of ZONES) {
    const [one, other] = [a, b].map((pattern) => timetables.of([{ pattern, timezone }]));
    if (one === undefined || other === undefined) throw new Error("two timetables");
    const difference = differenceOf(one, other, timezone);
    expect(difference, `${a} | ${b} in ${timezone}: ${scheduleInWords(a)}`).toBeUndefined();
  }
}
