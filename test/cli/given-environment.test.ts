import { describe, expect, it } from "vitest";
import { readGivenEnvironment } from "../../src/cli/run.ts";

const here = { env: { HOME: "/root", EMPTY: "" } };

describe("the variables given to a run", () => {
  it.each<[string, string[], Record<string, string>]>([
    ["none", [], {}],
    ["a name and a value", ["LEVEL=debug"], { LEVEL: "debug" }],
    ["a value with equals signs", ["QUERY=a=b=c"], { QUERY: "a=b=c" }],
    ["an empty value", ["LEVEL="], { LEVEL: "" }],
    ["a name alone takes what it has here", ["HOME", "EMPTY"], { HOME: "/root", EMPTY: "" }],
    ["of a name given twice the last one", ["LEVEL=a", "LEVEL=b"], { LEVEL: "b" }],
  ])("%s", (_, given, variables) => {
    expect(readGivenEnvironment(given, here)).toEqual({ variables });
  });

  it.each<[string, string[], string]>([
    ["no name", ["=x"], '--env "=x" has no name: write NAME=VALUE'],
    ["a name that is not set here", ["NOPE"], "--env NOPE: there is no such variable here; write NOPE=VALUE"],
    [
      "a name of the scheduler's",
      ["SHIPBELL_RUN=x"],
      "--env SHIPBELL_RUN: names that begin with SHIPBELL_ are the scheduler's",
    ],
    ["too much", [`BIG=${"x".repeat(5000)}`], "--env: 5010 bytes in all; at most 4096 can be given to a run"],
  ])("%s is refused, and what is wrong is said", (_, given, wrong) => {
    expect(readGivenEnvironment(given, here)).toEqual({ wrong });
  });
});
