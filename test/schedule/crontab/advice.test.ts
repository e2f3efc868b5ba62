import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advise } from "../../../src/schedule/crontab/advice.ts";
import { type Advice, doubtOf } from "../../../src/schedule/crontab/doubt.ts";
import { parsePattern } from "../../../src/schedule/crontab/parse-pattern.ts";
import { checkSchedule, createTimetables } from "../../../src/schedule/timetable.ts";
import { isWrong } from "../../../src/schedule/wrong.ts";
import { anySchedule } from "../../support/any-schedule.ts";
import { amount } from "../../support/full.ts";
import { differenceOf } from "../../support/same-timetable.ts";

const timetables = createTimetables();
/** `npm run test:full` tries more, and others each time. */
const RUNS = amount({ usual: 150, full: 1500 });

describe("advice about a doubtful schedule", () => {
  test("has no problem, no doubt, and the meaning that it is given for", () => {
    let doubts = 0;
    const property = fc.property(anySchedule, fc.boolean(), (written, isInZone) => {
      const schedule = isInZone && !written.startsWith("@every ") ? `CRON_TZ=Asia/Tokyo ${written}` : written;
      if (timetables.check(schedule, "UTC") !== undefined) return;
      const doubt = doubtOf(schedule);
      if (doubt === undefined) return;
      doubts++;
      for (const advice of doubt.advice) expectKept(schedule, advice, doubt.hint);
      // There is a way to say that it is intended.
      expect(doubt.advice.at(-1)?.keeps, `${schedule}: ${doubt.hint}`).not.toBe("nothing");
    });
    fc.assert(property, { numRuns: RUNS });
    expect(doubts).toBeGreaterThan(RUNS / 10);
  });

  test.each([
    ["* */24 * * *", ["0 0 * * *", "*/1 0 * * *"]],
    ["* */6 * * *", ["0 */6 * * *", "*/1 */6 * * *"]],
    ["CRON_TZ=Asia/Tokyo * 3 * * *", ["CRON_TZ=Asia/Tokyo 0 3 * * *", "CRON_TZ=Asia/Tokyo */1 3 * * *"]],
    ["* * 3 * * *", ["0 */1 3 * * *", "0 0 3 * * *", "*/1 * 3 * * *"]],
    ["0 8 */5 * *", ["@every 120h", "0 8 1,6,11,16,21,26,31 * *"]],
    ["0 0 1 * */2", ["0 0 1 * +0,2,4,6"]],
    ["0 0 31 2 MON", ["0 0 * 2 MON"]],
    ["0 0 15,30 * *", ["0 0 15,L * *", "0 0 15,30 1,3-12 *", "0 0 15 2 *"]],
    ["0 0 29 * *", ["0 0 L * *", "0 0 29 1,3-12 *", "0 0 29 2 *"]],
    ["0 0 */31,1-31 * MON", []],
    ["0 0 12 ? * 2-6", ["0 0 12 ? * MON-FRI", "0 0 12 ? * TUE-SAT"]],
    ["0 0 12 ? * 6 *", ["0 0 12 ? * FRI *", "0 0 12 ? * SAT *"]],
    ["0 15 10 ? * 6L 2002-2005", ["0 15 10 ? * FRIL 2002-2005", "0 15 10 ? * SATL 2002-2005"]],
    ["* 0 3 * * * 2027", ["0 0 3 * * * 2027", "*/1 0 3 * * * 2027"]],
    ["0 */40 * * * * 2027", ["0 0,40 * * * * 2027"]],
    ["0 0 8 */5 * * 2027", ["0 0 8 1,6,11,16,21,26,31 * * 2027"]],
    ["0 0 0 13 * FRI 2027", ["0 0 0 13 * +FRI 2027", "0 0 0 13 * * 2027", "0 0 0 * * FRI 2027"]],
    ["0 0 0 31 * * 2027", ["0 0 0 L * * 2027", "0 0 0 31 1,3,5,7,8,10,12 * 2027"]],
  ])("%s", (schedule, expected) => {
    expect((doubtOf(schedule)?.advice ?? []).flatMap(({ schedules }) => schedules)).toEqual(expected);
  });
});

function expectKept(schedule: string, { schedules, keeps }: Advice, hint: string): void {
  expect(schedules.length).toBeGreaterThan(0);
  for (const advised of schedules) {
    expect(hint).toContain(advised);
    expect(timetables.check(advised, "UTC"), `${schedule}: ${hint}`).toBeUndefined();
    expect(doubtOf(advised), `${schedule}: ${hint}`).toBeUndefined();
  }
  if (keeps === "nothing" || isDeepStrictEqual(schedules.map(parsePattern), [parsePattern(schedule)])) return;
  for (const timezone of keeps === "timetable" ? ["America/Havana"] : ["UTC"]) {
    // A prefix goes before the zone of a job: to see all of them, it is left out.
    const [mine, theirs] = [[schedule], schedules].map((patterns) =>
      timetables.of(patterns.map((pattern) => ({ pattern: pattern.replace(/^CRON_TZ=\S+ /, ""), timezone }))),
    );
    if (mine === undefined || theirs === undefined) throw new Error("two timetables");
    expect(differenceOf(mine, theirs, timezone), `${schedule}: ${hint}`).toBeUndefined();
  }
}

/** What is wrong, and every schedule that is advised. */
const wrongOnes: readonly (readonly [string, readonly string[]])[] = [
  ["0 24 * * *", ["0 0 * * *"]],
  ["* 24 * * *", ["0 0 * * *", "*/1 0 * * *"]],
  ["60 3 * * *", ["0 3 * * *"]],
  ["60 24 * * thirsday", ["0 0 * * thursday"]],
  ["99 24 * * *", []],
  ["CRON_TZ=Asia/Tokyo 0 24 * * *", ["CRON_TZ=Asia/Tokyo 0 0 * * *"]],
  ["CRON_TZ=Nowhere 0 24 * * *", []],
  ["'every minute'", ["@every 1m"]],
  ["\"'0 3 * * *'\"", ["0 3 * * *"]],
  ['"0 3 * * *', ["0 3 * * *"]],
  ["“0 3 * * 1–5”", ["0 3 * * 1-5"]],
  ["0 3 ∗ ∗ ∗", ["0 3 * * *"]],
  ["0 3 \\* \\* \\*", ["0 3 * * *"]],
  ["0\u200b 3 * * *", ["0 3 * * *"]],
  ["’* 3 * * *’", ["0 3 * * *", "*/1 3 * * *"]],
  ["0 3 * * *, 0 15 * * *", ["0 3 * * *", "0 15 * * *"]],
  ["0 3 * * *,0 15 * * *", ["0 3 * * *", "0 15 * * *"]],
  ["0 3,15 * * *,30 4 * * 1,2", ["0 3,15 * * *", "30 4 * * 1,2"]],
  ["0 3 * * *; 0 15 * * *", ["0 3 * * *", "0 15 * * *"]],
  ["0 3 * * *\n0 15 * * *\n", ["0 3 * * *", "0 15 * * *"]],
  ["0 3 * * * and 0 15 * * *", ["0 3 * * *", "0 15 * * *"]],
  ["@daily, @weekly", ["@daily", "@weekly"]],
  ["@daily,@every 90s", ["@daily", "@every 90s"]],
  ["0 3 * * *, * 15 * * *", ["0 3 * * *", "*/1 15 * * *"]],
  ["0 3 * * *, 0 25 * * *", []],
  ["1, 15 0 * * *", ["1,15 0 * * *"]],
  ["0 3 * * * backup.sh", ["0 3 * * *"]],
  ["0 3 * * * root /usr/bin/backup --all", ["0 3 * * *"]],
  ["* 3 * * * root /usr/bin/backup --all", ["0 3 * * *", "*/1 3 * * *"]],
  ["@daily /usr/bin/backup", ["@daily"]],
  ["@every 5m /usr/bin/backup", ["@every 5m"]],
  ["@every 5", ["@every 5s"]],
  ["@every5m", ["@every 5m"]],
  ["@every_5m", ["@every 5m"]],
  ["@every 1d", ["@every 24h"]],
  ["@every 5 minutes", ["@every 5m"]],
  ["@every 5M", ["@every 5m"]],
  ['@every "5m"', ["@every 5m"]],
  ["@every 1 month", ["@monthly"]],
  ["@every 0s", ["@every 1s"]],
  ["*/90 * * * *", ["@every 90m"]],
  ["0 */36 * * *", ["@every 36h"]],
  ["/10 * * * *", ["*/10 * * * *"]],
  ["/40 * * * *", ["@every 40m", "0,40 * * * *"]],
  ["daily", ["@daily"]],
  ["03:30", ["30 3 * * *"]],
  ["every day at 03:30", ["30 3 * * *"]],
  ["every 5 minutes", ["@every 5m"]],
  ["5 minutes", ["@every 5m"]],
  ["rate(5 minutes)", ["@every 5m"]],
  ["cron(0 10 ? * 2-6 *)", ["0 10 ? * MON-FRI"]],
  ["*-*-* 04:00:00", ["0 4 * * *"]],
  ["0 9 1 1 * 2027", ["0 0 9 1 1 * 2027"]],
  ["15 10 ? * 6 2027-2029", ["0 15 10 ? * FRI 2027-2029"]],
  ["@minutely", ["@every_minute"]],
  ["@quarterly", ["0 0 1 */3 *"]],
  ["0 0 29-L * *", ["0 0 L * *", "0 0 29-31 1,3,5,7,8,10,12 *", "0 0 29 2 *", "0 0 29,30 4,6,9,11 *"]],
  ["0 0 * * L5", ["0 0 * * 5L"]],
  ["0 0 30 2 *", ["0 0 L 2 *"]],
  ["0 0 31 2 +MON", []],
  ["R * * * *", ["H * * * *"]],
  ["0 ~6 * * *", ["0 H(0-6) * * *"]],
  ["0 3 * * MON, WED", ["0 3 * * MON,WED"]],
  ["0 3 * * MON , WED", ["0 3 * * MON,WED"]],
  ["0 3 * * mon-fri backup", ["0 3 * * mon-fri"]],
  ["0 3 * * * # nightly", ["0 3 * * *"]],
  ["# 0 3 * * *", ["0 3 * * *"]],
  ["- 0 3 * * *", ["0 3 * * *"]],
  ["Europe/Berlin 0 3 * * *", ["CRON_TZ=Europe/Berlin 0 3 * * *"]],
  ["0 3 * * * Europe/Berlin", ["CRON_TZ=Europe/Berlin 0 3 * * *"]],
  ["0 3 * * * UTC", ["CRON_TZ=UTC 0 3 * * *"]],
  ["@daily @weekly", ["@daily"]],
  ["@5m", ["@every 5m"]],
  ["@month", ["@monthly"]],
  ["@every 1,5h", ["@every 1.5h"]],
  ["every day", ["@daily"]],
  ["every month", ["@monthly"]],
  ["every monday", ["0 0 * * MON"]],
  ["every Monday at 3:05", ["5 3 * * MON"]],
  ["weekdays at 9pm", ["0 21 * * MON-FRI"]],
  ["at 3am", ["0 3 * * *"]],
  ["12:30 AM", ["30 0 * * *"]],
  ["3:00 PM", ["0 15 * * *"]],
  ["25:00", []],
  ["at 3", []],
  ["0-60 3 * * *", ["0-59 3 * * *"]],
  ["0 0-24 * * *", ["0 0-23 * * *"]],
];

describe("advice about a wrong schedule", () => {
  test.each(wrongOnes)("%j", (schedule, expected) => {
    const found = parsePattern(schedule);
    if (isWrong(found)) expect(advise(found).schedules).toEqual(expected);
    const text = checkSchedule(schedule, "UTC") ?? "";
    expect(text).not.toBe("");
    for (const advised of expected) {
      expect(text).toContain(advised);
      expect(timetables.check(advised, "UTC"), text).toBeUndefined();
      expect(doubtOf(advised), text).toBeUndefined();
    }
    const said = text.matchAll(/\b[Ww]rite (?:\d schedules: )?(?=[@*\d?]|CRON_TZ)(?!5 fields)(.*)/g);
    for (const [, written = ""] of said)
      expect(
        expected.some((one) => written.startsWith(one)),
        text,
      ).toBe(true);
  });

  test("has no problem, and no doubt, whatever is wrong", () => {
    const mistake = fc.constantFrom(
      "24",
      "60",
      "*/90",
      "thirsday",
      "/10",
      "L5",
      "29-L",
      "H",
      "–",
      "’",
      ",",
      "* *",
      "x.sh",
    );
    const property = fc.property(anySchedule, mistake, fc.nat(6), (schedule, wrong, place) => {
      const words = schedule.split(" ");
      const found = parsePattern(words.toSpliced(place, place % 2, wrong).join(" "));
      if (!isWrong(found)) return;
      const { text, schedules } = advise(found);
      for (const advised of schedules) {
        expect(text).toContain(advised);
        expect(timetables.check(advised, "UTC"), text).toBeUndefined();
        expect(doubtOf(advised), text).toBeUndefined();
      }
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
