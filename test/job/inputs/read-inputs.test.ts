import { describe, expect, it } from "vitest";
import { readInputs } from "../../../src/job/inputs/read-inputs.ts";
import { INPUT_CASES } from "../../fixtures/inputs.ts";

describe("given inputs become the variables of a run, or are refused with a sentence each", () => {
  it.each(INPUT_CASES)("$name", ({ declared, given, values, problems }) => {
    const read = readInputs(declared, given);
    if ("values" in read) expect(read.values).toEqual(values);
    else expect(Object.fromEntries(read.problems.map(({ input, message }) => [input, message]))).toEqual(problems);
  });

  it("keeps the order in which the inputs are declared", () => {
    const read = readInputs({ B: { type: "boolean" }, A: { type: "boolean" } }, { A: true, B: false });
    expect(read).toEqual({ values: { B: "false", A: "true" } });
    expect(Object.keys("values" in read ? read.values : {})).toEqual(["B", "A"]);
  });

  it("takes a name as JSON may have it for what it is", () => {
    const given = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    expect(readInputs({ A: { type: "boolean" } }, given)).toEqual({
      problems: [{ input: "__proto__", message: "is unknown: the job has A" }],
    });
  });

  it("shows no more of a name than fits a line", () => {
    const read = readInputs({ A: { type: "boolean" } }, { [`x\n${"y".repeat(10_000)}`]: "1" });
    const [problem] = "problems" in read ? read.problems : [];
    expect(problem?.input).toBe(`x\\n${"y".repeat(78)}…`);
  });
});
