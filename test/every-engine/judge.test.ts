import { expect, it } from "vitest";
import { judge } from "./judge.ts";
import { PLANS } from "./plan.ts";

const tally = (passed: number, ...failures: string[]) => ({
  ...{ passed, failed: failures.length, skipped: 0, flaky: [] },
  failures,
});
const differences = [
  { because: "it has no init", tests: ["finds no command"] },
  { because: "it is slow", tests: ["is in time"] },
];

it("tells failures that are known from those that are new, and differences that are gone", () => {
  const tallies = [tally(3, "a.test.ts: a run > finds no command: no"), tally(4, "b.test.ts: a stop > kills: no")];
  expect(judge(tallies, differences)).toEqual({
    ...{ passed: 7, known: 1 },
    failures: ["b.test.ts: a stop > kills: no"],
    gone: ["it is slow"],
  });
});

it("has a plan for each engine, under a name of its own", () => {
  expect(new Set(PLANS.map(({ name }) => name)).size).toBe(PLANS.length);
});
