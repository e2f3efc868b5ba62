import { expect, test } from "vitest";
import { timesChecker } from "../../src/definition/check-times.ts";

/** A checker, and how often it has asked whether a schedule is right. */
function counted() {
  const asked: string[] = [];
  const check = timesChecker({
    defaultTimezone: "UTC",
    checkSchedule: (pattern) => {
      asked.push(pattern);
      return undefined;
    },
  });
  return { check, asked };
}

test("a pattern of many jobs is checked once", () => {
  const { check, asked } = counted();
  for (let job = 0; job < 100; job++) check({ schedule: "@daily" }, "backup");
  expect(asked).toEqual(["@daily"]);
});

test("what was checked is remembered within a bound", () => {
  const { check, asked } = counted();
  check({ schedule: "first" }, "backup");
  for (let other = 0; other < 10_000; other++) check({ schedule: `pattern ${other}` }, "backup");
  check({ schedule: "first" }, "backup");
  expect(asked.filter((pattern) => pattern === "first")).toHaveLength(2);
});

test("a text that is too long to be a schedule is not remembered", () => {
  const { check, asked } = counted();
  const long = "*".repeat(5000);
  check({ schedule: long }, "backup");
  check({ schedule: long }, "backup");
  expect(asked).toHaveLength(2);
});

test("patterns of several lines are each asked about as they are", () => {
  const { check, asked } = counted();
  check({ schedule: ["a\nb", "a"] }, "backup");
  expect(asked).toEqual(["a\nb", "a"]);
});
