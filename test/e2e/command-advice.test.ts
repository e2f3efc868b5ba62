// @module-tag full
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  adviceCases,
  type CommandKeys,
  followEnvironmentAdvice,
  followQuoteAdvice,
  followShellAdvice,
} from "../definition/compose/command-advice.ts";
import { parse } from "../definition/parse.ts";
import { testEngine } from "../lab/test-engine.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const INSTANCE = "advice";

/** Each piece of advice that `check` gives on a command, followed. */
const followed = adviceCases.flatMap(({ keys, ...meaning }, index) => {
  const { problems } = parse(scheduleFile({ job: { schedule: "@daily", image: "busybox", ...keys } }));
  const hint = problems[0]?.hint ?? "";
  const ways = { shell: followShellAdvice, environment: followEnvironmentAdvice };
  return Object.entries(ways).flatMap(([way, follow]) => {
    const written = follow(keys, hint);
    return written === undefined ? [] : { ...meaning, name: `case-${index}-${way}`, written };
  });
});

/** What is put in quotes reaches the program as it is. */
const passedOn = followQuoteAdvice({ command: "echo a && b | c" }, "put && in quotes to pass it on") as CommandKeys;

let folder: TestFolder;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  const once = { schedule: EVERY_SECOND, image: "busybox", history: { succeeded: 1, failed: 1 } };
  const jobs = Object.fromEntries(followed.map(({ name, written }) => [name, { ...once, ...written }]));
  await folder.writeSchedules(scheduleFile({ ...jobs, "passed-on": { ...once, ...passedOn } }));
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args: ["--instance", INSTANCE] });
  await scheduler.until("engine-up");
});

afterAll(async () => {
  await folder.writeSchedules("jobs: {}\n");
  await scheduler[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The first run of a job, to its end. */
async function runOf(job: string) {
  const { run, exitCode, outcome } = await scheduler.until("run-finished", { job });
  const lines = scheduler.all("job-output", { job, run }).map(({ line }) => line);
  return { output: lines.join("\n"), exitCode: exitCode ?? 0, outcome };
}

test("there is advice on each of them", () => {
  expect(new Set(followed.map(({ what }) => what)).size).toBe(adviceCases.length);
});

test.each(followed)(
  "a command $what does what it was meant to do, where the advice is followed ($name)",
  async (given) => {
    const { name, prints, exitCode = 0 } = given;
    const outcome = exitCode === 0 ? "succeeded" : "failed";
    expect(await runOf(name)).toEqual({ output: prints, exitCode, outcome });
  },
);

test("what is put in quotes reaches the program as it is", async () => {
  expect(await runOf("passed-on")).toMatchObject({ output: "a && b | c" });
});
