import { describe, expect, it } from "vitest";
import type { ExecTemplate, Job } from "../../src/job/job.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const MINUTE_MS = 60_000;

const template: ExecTemplate = {
  kind: "exec",
  within: { container: "db", mustDeclareJobs: false },
  command: ["dump"],
  environment: {},
  needsShell: false,
};
const schedules = [{ pattern: "0 * * * *", timezone: "UTC" }];
const hourly = aJob({ schedules, template });

/** At half past twelve; the container `db` comes and goes as the test says. Each run exits with this. */
async function begin(job: Job, exitCode = 0): Promise<Scene> {
  const scene = new Scene(at("12:30"), (process) => process.exit(exitCode));
  await scene.startScheduler([job]);
  return scene;
}

const told = ({ events }: Scene, name: string) => events.filter(({ event }) => event === name);

describe("a job whose container does not run", () => {
  it("is skipped for that, each time; and is started when the container runs again", async () => {
    const scene = await begin(hourly);
    await scene.clock.advance(2 * 60 * MINUTE_MS);
    expect(told(scene, "occurrence-skipped")).toMatchObject([
      { reason: "container-not-running", message: "there is no container db", scheduledAt: at("13:00"), count: 1 },
      { reason: "container-not-running", scheduledAt: at("14:00") },
    ]);
    scene.world.containers.add("db");
    await scene.clock.advance(60 * MINUTE_MS);
    scene.expectPromisesKept(hourly);
    expect(scene.record("backup").totals).toMatchObject({
      skipped: { "container-not-running": 2 },
      started: { schedule: 1 },
      ended: { succeeded: { schedule: 1 } },
    });
  });

  it("waits for it within its deadline, and is no gap then", async () => {
    const job = aJob({ schedules, template, policies: { startingDeadlineMs: 20 * MINUTE_MS, catchUp: "none" } });
    const scene = await begin(job);
    await scene.clock.advance(40 * MINUTE_MS);
    expect(scene.record("backup")).toMatchObject({ verdicts: [], admittedThrough: at("13:00") });
    scene.world.containers.add("db");
    await scene.clock.advance(2000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup")).toMatchObject({ verdicts: [{ kind: "started", scheduledAt: at("13:00") }] });
  });

  it("is missed when the deadline is over", async () => {
    const job = aJob({ schedules, template, policies: { startingDeadlineMs: 20 * MINUTE_MS } });
    const scene = await begin(job);
    await scene.clock.advance(60 * MINUTE_MS);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").totals).toMatchObject({ missed: { "too-late": 1 }, skipped: {}, started: {} });
  });

  it("is refused when it is started manually", async () => {
    const scene = await begin(hourly);
    await scene.clock.advance(1000);
    const request = { id: "w1", kind: "run", askedAt: scene.clock.now() } as const;
    await new MemoryLedger(scene.store).update("backup", (record) => askForRun(record, request));
    await scene.clock.advance(1000);
    expect(scene.record("backup").requests).toMatchObject([{ id: "w1", refused: { reason: "container-not-running" } }]);
    expect(told(scene, "run-refused")).toMatchObject([
      { reason: "container-not-running", message: "there is no container db" },
    ]);
  });

  it("has no further attempt in it: that one is rejected", async () => {
    const retries = { limit: 1, delayMs: MINUTE_MS, maxDelayMs: MINUTE_MS, on: ["failed"] as const };
    const job = aJob({ schedules, template, run: { retries } });
    const scene = await begin(job, 1);
    scene.world.containers.add("db");
    await scene.clock.advance(30 * MINUTE_MS + 1000);
    scene.world.containers.delete("db");
    await scene.clock.advance(2 * MINUTE_MS);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([
      {
        outcome: { kind: "rejected", reason: "container-not-running" },
        attempts: [{ outcome: { kind: "failed" } }, { outcome: { kind: "rejected" } }],
      },
    ]);
  });
});
