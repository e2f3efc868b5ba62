import { describe, expect, it, test } from "vitest";
import { anObject, readLabels } from "./labels.ts";

const nightly = { schedule: "0 3 * * *", command: "export.sh" };
const at = "container shop_backup, label shipbell.";

describe("labels declare inputs, each key of each input with a label of its own", () => {
  it("as files do", () => {
    const { jobs, says } = readLabels(
      anObject({
        ...nightly,
        "inputs.DAY.type": "date",
        "inputs.DAY.description": " The day to export ",
        "inputs.SIZE.type": "choice",
        "inputs.SIZE.options": "small, large",
        "inputs.SIZE.default": "small",
        "inputs.NOTE.pattern": "[a-z ]*",
        "inputs.NOTE.default": " as it is ",
        "inputs.COUNT.type": "integer",
        "inputs.COUNT.min": "1",
      }),
    );
    expect(says).toEqual([]);
    expect(jobs[0]?.inputs).toEqual({
      COUNT: { type: "integer", min: 1 },
      DAY: { type: "date", description: "The day to export" },
      NOTE: { type: "string", maxLength: 200, pattern: "[a-z ]*", default: " as it is " },
      SIZE: { type: "choice", options: ["small", "large"], default: "small" },
    });
  });

  it("of a job that only people start, which has no schedule", () => {
    const { jobs, says } = readLabels(
      anObject({ "jobs.restore.command": "restore.sh", "jobs.restore.inputs.DAY.required": "true" }),
    );
    expect(says).toEqual([]);
    expect(jobs).toMatchObject([{ name: "shop_backup.restore", schedules: [], inputs: { DAY: { required: true } } }]);
  });

  it("and start no second copy of a running process either", () => {
    const { jobs, says } = readLabels(anObject({ "inputs.DAY.type": "date" }, { running: true }));
    expect(jobs).toEqual([]);
    expect(says).toEqual([expect.stringContaining("would start a second copy of it")]);
  });
});

describe("a label of an input that is wrong says what to write", () => {
  test.each<[string, Record<string, string>, string]>([
    [
      "a wrong default",
      { "inputs.DAY.type": "date", "inputs.DAY.default": "soon" },
      `${at}inputs.DAY.default: inputs.DAY.default must be a date such as 2026-11-18, not "soon"`,
    ],
    [
      "a required input without a default",
      { "inputs.DAY.required": "true" },
      `${at}inputs.DAY.required: inputs.DAY is required and has no default, and a run that the schedule starts would have no value (add default:, or leave schedule out where only people start the job)`,
    ],
    [
      "a misspelt key",
      { "inputs.DAY.typ": "date" },
      `${at}inputs.DAY.typ: unknown label "shipbell.inputs.DAY.typ" (did you mean shipbell.inputs.DAY.type?)`,
    ],
    [
      "an unknown key",
      { "inputs.DAY.secret": "true" },
      `${at}inputs.DAY.secret: unknown label "shipbell.inputs.DAY.secret" (known are type, default, required, options, pattern, min, max, max_length, description, each after shipbell.inputs.DAY.)`,
    ],
    [
      "an input without a key",
      { "inputs.DAY": "date" },
      `${at}inputs.DAY: shipbell.inputs.DAY says nothing of an input (each of its keys has a label of its own, such as shipbell.inputs.DAY.type)`,
    ],
    [
      "no input at all",
      { inputs: "DAY" },
      `${at}inputs: shipbell.inputs says nothing of an input (each of its keys has a label of its own, such as shipbell.inputs.NAME.type)`,
    ],
    [
      "a name of the scheduler's",
      { "inputs.SHIPBELL_JOB.type": "string" },
      `${at}inputs.SHIPBELL_JOB: inputs.SHIPBELL_JOB cannot be the name of an input; names that begin with SHIPBELL_ are the scheduler's`,
    ],
    [
      "no options",
      { "inputs.SIZE.type": "choice", "inputs.SIZE.options": " , " },
      `${at}inputs.SIZE.options: inputs.SIZE.options must be a list such as [small, large], not an empty list`,
    ],
  ])("%s", (_what, labels, problem) => {
    const { jobs, says } = readLabels(anObject({ ...nightly, ...labels }));
    expect(jobs).toEqual([]);
    expect(says).toEqual([problem]);
  });
});
