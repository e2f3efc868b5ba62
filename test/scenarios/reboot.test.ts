import { describe, expect, it } from "vitest";
import { noteBoot } from "../../src/ledger/changes/boot.ts";
import { aJob, at } from "../support/a-job.ts";
import { Scene, type Scheduler } from "./scene.ts";

const HOUR_MS = 3_600_000;
const warmUp = aJob({ schedules: [{ pattern: "@reboot", timezone: "UTC" }] });

function host(kind: "container" | "service" = "container"): Scene {
  return new Scene(at("12:00"), (process) => process.exit(0), kind);
}

/** The host boots: what ran is gone, and the schedulers that start then have seen it. */
async function boot(scene: Scene, before: Scheduler): Promise<void> {
  before.kill();
  await scene.clock.advance(60_000);
  scene.bootSeenAt = scene.clock.now();
}

describe("a job that is due after each boot", () => {
  it("is not started when it is first declared: the next boot counts", async () => {
    const scene = host();
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(24 * HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: {}, skipped: {}, missed: {} });
  });

  it("is not started again by ten restarts of the scheduler", async () => {
    const scene = host();
    for (let i = 0; i < 10; i++) {
      const scheduler = await scene.startScheduler([warmUp]);
      await scene.clock.advance(HOUR_MS);
      scheduler.kill();
    }
    expect(scene.world.executions).toEqual([]);
  });

  it("is started once after a boot, and not by the restarts after it", async () => {
    const scene = host();
    let scheduler = await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    await boot(scene, scheduler);
    for (let i = 0; i < 5; i++) {
      scheduler = await scene.startScheduler([warmUp]);
      await scene.clock.advance(HOUR_MS);
      scheduler.kill();
    }
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 }, missed: {} });
    await boot(scene, scheduler);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 2 }, missed: {} });
    expect(scene.world.executions).toHaveLength(2);
  });

  it("is started by one of two schedulers", async () => {
    const scene = host("service");
    const first = await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    await boot(scene, first);
    await scene.startScheduler([warmUp]);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 } });
    expect(scene.world.executions).toHaveLength(1);
  });

  it("is not started where it was first declared after the boot", async () => {
    const scene = host();
    const scheduler = await scene.startScheduler([]);
    await boot(scene, scheduler);
    await scene.clock.advance(10);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.world.executions).toEqual([]);
  });

  it("has its times between the boots, too", async () => {
    const scene = host();
    const both = aJob({ schedules: [...warmUp.schedules, { pattern: "0 * * * *", timezone: "UTC" }] });
    const scheduler = await scene.startScheduler([both]);
    await scene.clock.advance(HOUR_MS + 10 * 60_000);
    await boot(scene, scheduler);
    await scene.startScheduler([both]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 3 }, missed: {} });
    scene.expectPromisesKept(both);
  });
});

describe("which boot it is", () => {
  const first = { schema: 1, boot: { id: "a" } };

  it("is noted at first, and counts for nothing", () => expect(noteBoot(undefined, "a", at("12:00"))).toEqual(first));

  it("is noted once", () => expect(noteBoot(first, "a", at("13:00"))).toBeUndefined());

  it("counts when it is another, with what is noted besides", () => {
    const paused = { since: at("11:00") };
    const seen = { schema: 1, paused, boot: { id: "b", seenAt: at("13:00") } };
    expect(noteBoot({ ...first, paused }, "b", at("13:00"))).toEqual(seen);
    expect(noteBoot(seen, "b", at("14:00"))).toBeUndefined();
    expect(noteBoot(seen, "c", at("15:00"))?.boot).toEqual({ id: "c", seenAt: at("15:00") });
  });
});
