import { describe, expect, it } from "vitest";
import {
  declaresJobs,
  type LabelledAttempt,
  nameAgain,
  readEnvironment,
  readRunLabels,
  runEnvironment,
  writeRunLabels,
} from "../../../../src/engines/docker/specs/run-labels.ts";
import { anAttemptOrder } from "../../../support/a-job.ts";

const attempt: LabelledAttempt = {
  job: "backup",
  run: "backup-20261118t030000z",
  attempt: 2,
  trigger: "catch-up",
  scheduledAt: new Date("2026-11-18T03:00:00Z"),
  definition: "d1",
};
const name = "backup-20261118t030000z-2";
const labels = writeRunLabels("shipbell", { ...attempt, objectName: name });
const read = (instance: string, these: Record<string, string>, as = name) =>
  readRunLabels(instance, { name: as, labels: these });

describe("run labels", () => {
  it("are read as they were written", () => {
    expect(read("shipbell", { other: "label", ...labels })).toEqual(attempt);
  });

  it("are another instance's when its name is", () => {
    expect(read("staging", labels)).toBeUndefined();
  });

  it("are those of an object under the name that it was made under, or was given for another start of it", () => {
    for (const as of [`${name}-again-0a1b2c`, `${name}-again-0a1b2c-again-3d4e5f`])
      expect(read("shipbell", labels, as)).toEqual(attempt);
    for (const as of ["web", `${name}-copy`, `${name}-again-`, `x-${name}`])
      expect(read("shipbell", labels, as)).toBeUndefined();
  });

  it("stay those of an object whose start is sent again for hours: its name does not grow", () => {
    const again = nameAgain(nameAgain(name, "0a1b2c"), "3d4e5f");
    expect(again).toBe(`${name}-again-3d4e5f`);
    expect(nameAgain(`${name}-again-0a1b2c-again-3d4e5f`, "6a7b8c")).toBe(`${name}-again-6a7b8c`);
    expect(read("shipbell", labels, again)).toEqual(attempt);
  });

  it("are those of an older shipbell without the name of their object", () => {
    const { "shipbell.object": _, ...older } = labels as Record<string, string>;
    expect(read("shipbell", older, "any")).toEqual(attempt);
  });

  it.each(Object.keys(labels).filter((key) => key !== "shipbell.object"))("describe nothing without %s", (key) => {
    const { [key]: _left, ...others } = labels;
    expect(read("shipbell", others)).toBeUndefined();
  });

  it.each([
    ["shipbell.attempt", "0"],
    ["shipbell.attempt", "two"],
    ["shipbell.trigger", "request"],
    ["shipbell.scheduled-at", "yesterday"],
  ])("describe nothing with %s=%s", (key, value) => {
    expect(read("shipbell", { ...labels, [key]: value })).toBeUndefined();
  });

  it.each<[string, Record<string, string>, boolean]>([
    ["a run", { ...labels, "shipbell.schedule": "@hourly" }, false],
    ["an object with a schedule", { "shipbell.schedule": "@hourly" }, true],
    ["an object with several", { "shipbell.jobs.dump.schedule": "@hourly" }, true],
    ["any other object", { team: "blue" }, false],
  ])("tell what declares jobs: %s", (_name, these, expected) => {
    expect(declaresJobs(these, "shipbell")).toBe(expected);
  });
});

describe("what a process is told of its trace", () => {
  const trace = { traceparent: "00-a-b-01", tracestate: "k=v", baggage: "b=1" };
  const told = { TRACEPARENT: "00-a-b-01", TRACESTATE: "k=v", BAGGAGE: "b=1" };
  const order = anAttemptOrder({ trace });
  const without = runEnvironment(anAttemptOrder());

  it("are the variables of the environment that OpenTelemetry reads", () => {
    expect(runEnvironment(order)).toEqual({ ...told, ...without });
    const parent = anAttemptOrder({ trace: { traceparent: "00-a-b-01" } });
    expect(runEnvironment(parent)).toEqual({ TRACEPARENT: "00-a-b-01", ...without });
  });

  it("is nothing without traces", () => {
    expect(Object.keys(without).filter((name) => name in told)).toEqual([]);
  });

  it("is nothing where it has a parent of its own, from its template or from the caller", () => {
    expect(runEnvironment(order, { TRACEPARENT: "mine" })).toEqual(without);
    const environment = { TRACEPARENT: "mine" };
    expect(runEnvironment({ ...order, environment })).toEqual({ ...environment, ...without });
    expect(runEnvironment({ ...order, inputs: environment })).toEqual({ ...environment, ...without });
  });

  it("leaves out what it has of its own", () => {
    const { BAGGAGE: _, ...others } = told;
    expect(runEnvironment(order, { BAGGAGE: "mine" })).toEqual({ ...others, ...without });
  });

  it.each<[readonly string[] | null, Readonly<Record<string, string>>]>([
    [["A=1", "B=x=y", "C=", "D"], { A: "1", B: "x=y", C: "", D: "" }],
    [null, {}],
  ])("is seen in the variables of a container: %j", (variables, read) => {
    expect(readEnvironment(variables)).toEqual(read);
  });
});
