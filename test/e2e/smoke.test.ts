import { expect, inject, it } from "vitest";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";

it("starts a job when it is due, and says how it ended", async () => {
  await using folder = await TestFolder.make();
  await folder.writeSchedules(`jobs:
  smoke-hello:
    schedule: "* * * * * *"
    image: busybox
    command: echo Hello
`);
  await using scheduler = new SchedulerProcess({ dockerHost: inject("dockerHost"), folder });
  const output = await scheduler.until("job-output", { job: "smoke-hello" });
  expect(output).toMatchObject({ stream: "stdout", line: "Hello" });
  const finished = await scheduler.until("run-finished", { run: output.run });
  expect(finished).toMatchObject({ outcome: "succeeded", exitCode: 0 });
  expect(await scheduler.stop()).toBe(0);
});
