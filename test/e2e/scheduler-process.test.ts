import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { TestFolder } from "./scheduler-process.ts";

/** As a worker of a test run: opens a scheduler, and tells its number once it works. */
const WORKER = `
  const { SchedulerProcess } = await import(process.argv[1]);
  const [dockerHost, path] = process.argv.slice(2);
  const folder = { schedules: path + "/jobs.yml", stateDir: path + "/state", path };
  const scheduler = new SchedulerProcess({ dockerHost, folder, args: ["--instance", "orphan", "--sources", "files"] });
  await scheduler.until("engine-up");
  console.log(scheduler.pid);
`;

it("a test run that is killed leaves no scheduler behind", async () => {
  await using folder = await TestFolder.make();
  await folder.writeSchedules("jobs: {}");
  const modulePath = join(import.meta.dirname, "scheduler-process.ts");
  const args = ["--input-type=module", "-e", WORKER, modulePath, testEngine(), folder.path];
  const worker = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [pid] = await once(createInterface({ input: worker.stdout }), "line");
  const isThere = () => existsSync(`/proc/${Number(pid)}`);
  expect(isThere()).toBe(true);
  worker.kill("SIGKILL");
  await eventually("the end of its scheduler", () => !isThere() || undefined);
});
