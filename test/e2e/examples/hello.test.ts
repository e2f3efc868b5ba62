// @module-tag full
import { beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../../lab/built-image.ts";
import { engineAt } from "../../lab/engine-client.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { EVERY_SECOND } from "../schedules.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const { docker } = engine;
const debian = "debian:bookworm-slim";

beforeAll(async () => {
  await ensureBuilt(engine, "hello-with-cron", exampleFile("hello/1-as-it-was"), debian);
  await ensureBuilt(engine, "hello", exampleFile("hello/3-own-image"), debian);
});

/** The steps declare one job of one name, so they are taken one after the other. */
const start = (step: string, schedule: string) =>
  Example.start({
    ...{ engine, instance: "hello", schedules: `hello/${step}/hello.yml` },
    args: ["--sources", "files"],
    env: { HELLO_SCHEDULE: schedule },
  });

// Cron waits for the next minute; what the job became does not wait for that.
describe.concurrent("hello each minute", () => {
  it("in an image with cron fails each minute, for want of the container's environment, and nothing reports it", {
    tags: "full",
  }, async () => {
    const container = await docker("run", "--detach", "--env", "NAME=world", "hello-with-cron");
    try {
      const log = async () =>
        (await docker("exec", container, "cat", "/var/log/hello.log").catch(() => "")) || undefined;
      expect(await eventually("cron's first minute", log)).toBe("task.sh: NAME is not set");
      expect(await docker("logs", container)).toBe("");
      expect(await docker("inspect", "--format", "{{.State.Status}}", container)).toBe("running");
    } finally {
      await docker("rm", "--force", container);
    }
  });

  it("has its environment, its lines and its exit code with shipbell, in that image and in its own", async () => {
    for (const step of ["2-same-image", "3-own-image"]) {
      await using example = await start(step, EVERY_SECOND);
      const { scheduler } = example;
      const finished = await scheduler.until("run-finished", { job: "hello" });
      expect(finished).toMatchObject({ outcome: "succeeded", exitCode: 0, trigger: "schedule" });
      const greeting = { line: expect.stringMatching(/^Hello world, it is \d\d:\d\d$/), stream: "stdout" };
      expect(scheduler.all("job-output", { run: finished.run })).toMatchObject([greeting]);
    }
    await using example = await start("3-own-image", "0 0 1 1 *");
    const told = { code: 2, stdout: "", stderr: expect.stringContaining("task.sh: NAME is not set") };
    expect(await example.run("hello", "--env", "NAME=")).toMatchObject(told);
    const end = { job: "hello", outcome: "failed", exitCode: 2, trigger: "manual" };
    expect(example.scheduler.all("run-finished")).toMatchObject([end]);
  });
});
