import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSchedule, createTimetables, writeOut } from "../../src/schedule/timetable.ts";

const inShop = (job: string) => ({ instance: "shop", job });
const valuesOf = (pattern: string, jobs = 400) =>
  new Set(Array.from({ length: jobs }, (_, job) => writeOut(pattern, inShop(`job-${job}`))));

describe("H is a value of the job's own", () => {
  test("that stays: no machine, start or version may change it", () => {
    expect(writeOut("H H * * *", { instance: "shipbell", job: "backup" })).toBe("8 15 * * *");
    expect(writeOut("H H H H H H", { instance: "shipbell", job: "backup" })).toBe("52 8 15 19 6 0");
    expect(writeOut("H H * * *", { instance: "shipbell", job: "report" })).toBe("38 4 * * *");
    expect(writeOut("H H * * *", { instance: "other", job: "backup" })).toBe("10 8 * * *");
  });

  test("and the same in each place of a field", () => {
    const [minute] = writeOut("H * * * *", inShop("a")).split(" ");
    expect(writeOut(`H,H 3 * * MON`, inShop("a"))).toBe(`${minute},${minute} 3 * * MON`);
  });

  test.each([
    ["any minute", "H * * * *", /^(\d|[1-5]\d) \* \* \* \*$/, 60],
    ["one of a range", "0 H(0-5) * * *", /^0 [0-5] \* \* \*$/, 6],
    ["one of a range over the end", "0 H(22-2) * * *", /^0 (22|23|[0-2]) \* \* \*$/, 5],
    ["every 15th from one of the first 15", "H/15 * * * *", /^(\d|1[0-4])-59\/15 \* \* \* \*$/, 15],
    ["every 10th in a range", "H(30-59)/10 * * * *", /^3\d-59\/10 \* \* \* \*$/, 10],
    ["a day that every month has", "0 0 H * *", /^0 0 (\d|1\d|2[0-8]) \* \*$/, 28],
    ["a day as far as it is asked for", "0 0 H(28-31) * *", /^0 0 (28|29|30|31) \* \*$/, 4],
    ["every third day up to the 28th", "0 0 H/3 * *", /^0 0 [1-3]-28\/3 \* \*$/, 3],
    ["a month, and a day of the week by name", "0 0 * H H(MON-FRI)", /^0 0 \* (\d|1[0-2]) [1-5]$/, 60],
    ["both days", "0 0 13 * +H", /^0 0 13 \* \+[0-6]$/, 7],
    ["a second of six fields", "H 0 3 * * *", /^(\d|[1-5]\d) 0 3 \* \* \*$/, 60],
    ["next to other items of a list", "5,H(30-39) * * * *", /^5,3\d \* \* \* \*$/, 10],
    ["in a zone of its own", "TZ=Asia/Seoul 0  H * * *", /^CRON_TZ=Asia\/Seoul 0 (\d|1\d|2[0-3]) \* \* \*$/, 24],
  ])("%s: %s", (_, pattern, form, count) => {
    expect(checkSchedule(pattern, "UTC")).toBeUndefined();
    const found = valuesOf(pattern);
    for (const each of found) expect(each).toMatch(form);
    expect(found.size).toBe(count);
    for (const each of found) expect(checkSchedule(each, "UTC")).toBeUndefined();
  });

  test.each([
    ["0 3 * * *"],
    ["0 3 * MARCH THU"],
    ["H(0-70) * * * *"],
    ["H 24 * * *"],
    ["@HOURLY"],
    ["H"],
    ["@every 1H"],
    [`H ${"*".repeat(1000)}`],
  ])("nothing is written out in %s", (pattern) => expect(writeOut(pattern, inShop("a"))).toBe(pattern));

  test("each step has its distance in every field, whatever the job is called", () => {
    const property = fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (job, step) => {
      const [minutes = ""] = writeOut(`H/${step} * * * *`, inShop(job)).split(" ");
      const from = Number(minutes.split("-")[0]);
      expect(from).toBeLessThan(step);
      expect(minutes).toBe(`${from}-59/${step}`);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** The value that chi-squared exceeds by chance in one of a hundred cases, with 59 and 23 degrees of freedom. */
const LARGEST = { 60: 87.17, 24: 41.64 } as const;

test.each([
  ["minutes", "H * * * *", 0, 60],
  ["hours", "0 H * * *", 1, 24],
] as const)("the %s of a thousand jobs are spread as evenly as by chance", (_, pattern, field, size) => {
  const counts = new Map<string, number>();
  for (let job = 0; job < 1000; job++) {
    const value = writeOut(pattern, inShop(`job-${job}`)).split(" ")[field] ?? "";
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const expected = 1000 / size;
  const empty = (size - counts.size) * expected;
  const chiSquared = empty + [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquared).toBeLessThan(LARGEST[size]);
});

test("no timetable is made from an H that is not written out", () => {
  const timetables = createTimetables();
  const schedules = [{ pattern: "H 3 * * *", timezone: "UTC" }];
  expect(timetables.ofRecord(schedules)).toBeUndefined();
  expect(() => timetables.of(schedules).next(new Date())).toThrow("not written out: H 3 * * *");
});
