import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePattern } from "../../src/schedule/crontab/parse-pattern.ts";
import { scheduleInWords } from "../../src/schedule/crontab/schedule-in-words.ts";
import { checkSchedule, createTimetables } from "../../src/schedule/timetable.ts";
import { anyPair, anySchedule } from "../support/any-schedule.ts";
import { amount } from "../support/full.ts";
import { readSentence } from "../support/read-sentence.ts";
import { differenceOf } from "../support/same-timetable.ts";

/** `npm run test:full` tries more, and others each time. */
const RUNS = amount({ usual: 400, full: 3000 });

/** The clock changes at two, at three, and at midnight. */
const ZONES = ["America/New_York", "Europe/Berlin", "America/Havana"];

describe("equal sentences mean equal timetables", () => {
  test("of schedules that differ in one field", () => {
    const property = fc.property(anyPair, ([a, b]) => {
      if (scheduleInWords(a) === scheduleInWords(b)) expectSame(a, b);
    });
    fc.assert(property, { numRuns: RUNS });
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
    fc.assert(property, { numRuns: RUNS });
    expect(met).toBeGreaterThan(RUNS / 50);
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

test("a sentence that is read by itself says when the schedule is due", () => {
  const property = fc.property(anySchedule, fc.infiniteStream(fc.nat(366 * 86_400)), (schedule, seconds) => {
    if (/^@(?:every|at) /.test(schedule) || timetables.check(schedule, "UTC") !== undefined) return;
    const sentence = scheduleInWords(schedule) ?? "";
    const isDue = readSentence(sentence);
    const table = timetables.of([{ pattern: schedule, timezone: "UTC" }]);
    for (const second of seconds.take(40)) {
      const asked = new Date(YEAR_BEGINS + second * 1000);
      const next = table.next(asked);
      // The next one is due; and of what lies before it, nothing is.
      const isOver = next === undefined && schedule.split(" ").length === 7;
      expect(isOver || (next !== undefined && isDue(next)), `${schedule} at ${next?.toISOString()}: ${sentence}`).toBe(
        true,
      );
      for (const at of momentsAfter(asked)) {
        const isNamed = table.previous(at)?.getTime() === at.getTime();
        expect(isDue(at), `${schedule} at ${at.toISOString()}: ${sentence}`).toBe(isNamed);
      }
    }
  });
  fc.assert(property, { numRuns: Math.ceil(RUNS / 3) });
});

const YEAR_BEGINS = Date.UTC(2027, 0, 1);

/** Round times, at which schedules are often due, and the second itself. */
function momentsAfter(asked: Date): Date[] {
  const day = Math.floor(asked.getTime() / 86_400_000) * 86_400_000;
  const hour = Math.floor(asked.getTime() / 3_600_000) * 3_600_000;
  return [asked.getTime(), day, day + 3 * 3_600_000, hour, hour + 30 * 60_000, hour + 5 * 60_000].map(
    (at) => new Date(at),
  );
}

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
