import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { Example } from "./example.ts";

const engine = engineAt(testEngine());

let example: Example;

beforeAll(async () => {
  const env = { DUMP_SCHEDULE: "0 0 1 1 *" };
  example = await Example.start({ engine, instance: "after-example", schedules: "after/after.yml", env });
});

afterAll(() => example?.[Symbol.asyncDispose]());

it("reports after a dump that has succeeded, and tidies up after one that has failed", async () => {
  const { scheduler } = example;
  expect(await example.run("dump")).toMatchObject({ code: 0, stdout: "dumped\n" });
  const dump = await scheduler.until("run-finished", { job: "dump" });
  const report = await scheduler.until("run-finished", { job: "report" });
  expect(report).toMatchObject({ trigger: "after", outcome: "succeeded" });
  const [line] = scheduler.all("job-output", { run: report.run });
  expect(line?.line).toBe(`5 rows, dumped by ${dump.run}`);

  expect(await example.run("dump", "--env", "FAIL=yes")).toMatchObject({ code: 1 });
  const tidied = await scheduler.until("run-finished", { job: "tidy" });
  expect(tidied).toMatchObject({ trigger: "after", outcome: "succeeded" });
  expect(scheduler.all("job-output", { run: tidied.run })).toMatchObject([{ line: "removed '/dumps/new'" }]);
  expect(scheduler.all("run-started", { job: "report" })).toHaveLength(1);
});
