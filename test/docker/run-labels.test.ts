import { describe, expect, it } from "vitest";
import { declaresJobs, type LabelledAttempt, readRunLabels, writeRunLabels } from "../../src/docker/run-labels.ts";

const attempt: LabelledAttempt = {
  job: "backup",
  run: "backup-20261118t030000z",
  attempt: 2,
  trigger: "catch-up",
  scheduledAt: new Date("2026-11-18T03:00:00Z"),
  definition: "d1",
};
const labels = writeRunLabels("shipbell", attempt);

describe("run labels", () => {
  it("are read as they were written", () => {
    expect(readRunLabels("shipbell", { other: "label", ...labels })).toEqual(attempt);
  });

  it("are another instance's when its name is", () => {
    expect(readRunLabels("staging", labels)).toBeUndefined();
  });

  it.each(Object.keys(labels))("describe nothing without %s", (key) => {
    const { [key]: _left, ...others } = labels;
    expect(readRunLabels("shipbell", others)).toBeUndefined();
  });

  it.each([
    ["shipbell.attempt", "0"],
    ["shipbell.attempt", "two"],
    ["shipbell.trigger", "wish"],
    ["shipbell.scheduled-at", "yesterday"],
  ])("describe nothing with %s=%s", (key, value) => {
    expect(readRunLabels("shipbell", { ...labels, [key]: value })).toBeUndefined();
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
