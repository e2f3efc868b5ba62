import { describe, expect, test } from "vitest";
import { type Definitions, definitionEvents, nextDefinitions, noDefinitions } from "../../src/runs/definitions.ts";
import { aJob } from "../support/a-job.ts";

const problem = { source: "files", at: "a.yml:3:5", message: "unknown key" } as const;
const declared = (change: Partial<Definitions>): Definitions => ({
  ...noDefinitions,
  jobs: new Map([["a", aJob({ name: "a" })]]),
  ...change,
});
const told = (before: Definitions, after: Definitions) => definitionEvents(before, after).map(({ event }) => event);

describe("a job that can no longer be read", () => {
  const broken = declared({ problems: [problem], kept: new Set(["a"]) });

  test("is logged once, with its problem, and no job is removed", () => {
    expect(definitionEvents(declared({}), broken)).toEqual([
      { event: "problem", ...problem },
      { event: "definitions-kept", jobs: ["a"] },
    ]);
    expect(told(broken, broken)).toEqual([]);
  });

  test("is mended: its problem is solved", () => expect(told(broken, declared({}))).toEqual(["problem-solved"]));

  test("is logged again when it breaks again", () => expect(told(declared({}), broken)).toContain("definitions-kept"));
});

test("the first definitions are jobs that were added", () =>
  expect(definitionEvents(noDefinitions, declared({}))).toEqual([
    { event: "jobs-changed", jobs: 1, added: ["a"], changed: [], removed: [] },
  ]));

describe("a job that vanishes while something else cannot be read", () => {
  const before = declared({});
  const blind = nextDefinitions(before, { ...noDefinitions, problems: [problem], unread: [{ source: "files" }] });

  test("is unsure, and not removed", () => {
    expect(definitionEvents(before, blind)).toEqual([
      { event: "problem", ...problem },
      { event: "definitions-unsure", jobs: ["a"] },
    ]);
    expect(told(blind, nextDefinitions(blind, blind))).toEqual([]);
  });

  test("is removed once all can be read", () => {
    expect(definitionEvents(blind, nextDefinitions(blind, noDefinitions))).toMatchObject([
      { event: "problem-solved" },
      { event: "jobs-changed", removed: ["a"] },
    ]);
  });

  test("is there again once it is read", () => {
    expect(definitionEvents(blind, nextDefinitions(blind, declared({})))).toMatchObject([
      { event: "problem-solved" },
      { event: "jobs-changed", added: [], changed: ["a"], removed: [] },
    ]);
  });
});
