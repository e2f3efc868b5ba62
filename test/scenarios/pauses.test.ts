import { describe, expect, it } from "vitest";
import { pauseAll, pauseJob, resumeAll } from "../../src/ledger/changes/pauses.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import type { InstanceChange, RecordChange } from "../../src/ledger/ledger.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const MINUTE = 60_000;
const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const hourly = [{ pattern: "0 * * * *", timezone: "UTC" }];
const everyMinute = aJob({ schedules });

function sceneOf(kind: "container" | "service" = "service"): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => void scene.clock.wait(1000, new AbortController().signal).then(() => process.exit(0)),
    kind,
  );
  return scene;
}

async function change(scene: Scene, edit: RecordChange, job = "backup"): Promise<void> {
  expect((await new MemoryLedger(scene.store).update(job, edit)).result).toBe("won");
}

async function changeAll(scene: Scene, edit: InstanceChange): Promise<void> {
  expect((await new MemoryLedger(scene.store).updateInstance(edit)).result).toBe("won");
}

const instanceOf = (scene: Scene) => new MemoryLedger(scene.store).readInstance();
const paused = (scene: Scene) => scene.events.filter(({ event }) => event === "paused" || event === "resumed");

describe("a pause with an end", () => {
  it("ends by itself: what is due at its end starts on time", async () => {
    const scene = sceneOf();
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("12:05"), reason: "new disk" }));
    await scene.clock.advanceTo(at("12:05:01"));
    expect(scene.world.executions).toHaveLength(1);
    await scene.clock.advanceTo(at("12:06:30"));
    scene.expectPromisesKept(everyMinute);
    const record = scene.record("backup");
    expect(record.totals).toMatchObject({ started: { schedule: 2 }, skipped: { paused: 4 }, missed: {} });
    expect(record.paused).toBeUndefined();
    expect(record.verdicts[0]?.pause).toEqual({ why: "new disk" });
    const since = at("12:00:31");
    expect(paused(scene)).toEqual([
      { event: "paused", job: "backup", since, until: at("12:05"), reason: "new disk" },
      { event: "resumed", job: "backup", since, because: "until" },
    ]);
  });

  it("is ended in the record by itself, also between two occurrences", async () => {
    const job = aJob({ schedules: hourly });
    const scene = sceneOf();
    await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("12:05") }));
    await scene.clock.advanceTo(at("12:05:01"));
    expect(scene.record("backup").paused).toBeUndefined();
  });

  it("is ended once by two schedulers, and each says so", async () => {
    const scene = sceneOf();
    for (const _ of [1, 2]) await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("12:05") }));
    await scene.clock.advanceTo(at("12:10:30"));
    scene.expectPromisesKept(everyMinute);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 6 }, skipped: { paused: 4 } });
    expect(paused(scene).map(({ event }) => event)).toEqual(["paused", "paused", "resumed", "resumed"]);
  });

  it("holds, and ends, though no scheduler is there: the rest is a gap", async () => {
    const job = aJob({ schedules: hourly, policies: { catchUp: "all" } });
    const scene = sceneOf();
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    first.kill();
    await scene.clock.advanceTo(at("13:30"));
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("16:00") }));
    await scene.clock.advanceTo(at("17:30"));
    await scene.startScheduler([job]);
    await scene.clock.advance(MINUTE);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").verdicts.map(({ kind, scheduledAt }) => [kind, scheduledAt])).toEqual([
      ["started", at("13:00")],
      ["skipped", at("14:00")],
      ["started", at("16:00")],
      ["started", at("17:00")],
    ]);
  });

  it("can be ended earlier, and given another end", async () => {
    const scene = sceneOf();
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("12:10") }));
    await scene.clock.advance(MINUTE);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { until: at("12:03") }));
    await scene.clock.advanceTo(at("12:05:30"));
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 3 }, skipped: { paused: 2 } });
  });
});

describe("a pause of all jobs", () => {
  const report = aJob({ name: "report", schedules });

  it("keeps every job from starting by its schedule, also one that is declared meanwhile; manual starts go on", async () => {
    const scene = sceneOf();
    const scheduler = await scene.startScheduler([everyMinute]);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { reason: "new switches" }));
    await scene.clock.advance(1000);
    await scheduler.declare([everyMinute, report]);
    await change(scene, (record) => askForRun(record, { id: "w1", kind: "run", askedAt: scene.clock.now() }));
    await scene.clock.advanceTo(at("12:05:30"));
    const { totals, verdicts, paused: own } = scene.record("backup");
    expect(own).toBeUndefined();
    expect(totals).toMatchObject({ started: { manual: 1 }, skipped: { paused: 5 } });
    expect(verdicts[0]?.pause).toEqual({ why: "new switches", all: true });
    expect(scene.record("report").totals).toMatchObject({ started: {}, skipped: { paused: 5 } });
    await changeAll(scene, (instance) => resumeAll(instance, scene.clock.now()));
    await scene.clock.advanceTo(at("12:08:30"));
    for (const job of [everyMinute, report]) {
      scene.expectPromisesKept(job);
      expect(scene.record(job.name).totals.started.schedule).toBe(3);
    }
  });

  it("ends by itself, once: what is due at its end starts on time", async () => {
    const scene = sceneOf();
    for (const _ of [1, 2]) await scene.startScheduler([everyMinute, report]);
    await scene.clock.advance(1000);
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { until: at("12:05") }));
    await scene.clock.advanceTo(at("12:05:00"));
    await scene.clock.advance(10);
    expect(scene.world.executions).toHaveLength(2);
    await scene.clock.advanceTo(at("12:06:30"));
    const since = at("12:00:31");
    expect(await instanceOf(scene)).toEqual({ schema: 1, holds: [{ reason: "paused", since, until: at("12:05") }] });
    expect(paused(scene).filter(({ event }) => event === "resumed")).toEqual([
      { event: "resumed", since, because: "until" },
      { event: "resumed", since, because: "until" },
    ]);
  });

  it("that begins and ends while no scheduler is there is known to the next one", async () => {
    const job = aJob({ schedules: hourly, policies: { catchUp: "all" } });
    const scene = sceneOf("container");
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    first.kill();
    await scene.clock.advanceTo(at("13:30"));
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now()));
    await scene.clock.advanceTo(at("15:30"));
    await changeAll(scene, (instance) => resumeAll(instance, scene.clock.now()));
    await scene.clock.advanceTo(at("16:30"));
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { until: at("17:30") }));
    await scene.clock.advanceTo(at("18:30"));
    await scene.startScheduler([job]);
    await scene.clock.advance(MINUTE);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").verdicts.map(({ kind, scheduledAt }) => [kind, scheduledAt.getUTCHours()])).toEqual([
      ["started", 13],
      ["skipped", 14],
      ["started", 16],
      ["skipped", 17],
      ["started", 18],
    ]);
  });

  it("leaves a job's own pause when it ends", async () => {
    const scene = sceneOf();
    await scene.startScheduler([everyMinute, report]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now()));
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { until: at("12:03") }));
    await scene.clock.advanceTo(at("12:06:30"));
    expect(scene.record("backup").totals).toMatchObject({ started: {}, skipped: { paused: 6 } });
    expect(scene.record("report").totals).toMatchObject({ started: { schedule: 4 }, skipped: { paused: 2 } });
  });

  it("refuses a start that was being prepared when it began", async () => {
    const scene = sceneOf();
    let isPaused = false;
    await scene.startScheduler([everyMinute], async ({ what, moment }): Promise<"go-on"> => {
      if (what !== "prepare" || moment !== "after" || isPaused) return "go-on";
      isPaused = true;
      await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now()));
      return "go-on";
    });
    await scene.clock.advanceTo(at("12:02:30"));
    scene.expectPromisesKept(everyMinute);
    expect(scene.record("backup").totals).toMatchObject({ started: {}, skipped: { paused: 2 } });
    expect(scene.world.executions).toEqual([]);
  });

  it("is logged by a scheduler that starts while it holds", async () => {
    const scene = sceneOf();
    await changeAll(scene, (instance) => pauseAll(instance, at("11:00"), { by: { via: "cli", name: "ops" } }));
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    expect(paused(scene)).toEqual([{ event: "paused", since: at("11:00"), by: { via: "cli", name: "ops" } }]);
  });

  it("holds nothing in the future when the clock is set back after it", async () => {
    const scene = sceneOf();
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now()));
    await scene.clock.advanceTo(at("12:30:30"));
    await changeAll(scene, (instance) => resumeAll(instance, scene.clock.now()));
    scene.clock.set(at("12:10:30"));
    await scene.clock.advance(MINUTE);
    expect((await instanceOf(scene))?.holds?.every(({ until }) => until <= at("12:11:30"))).toBe(true);
  });

  it("shows when a job is started next, or that it is not known", async () => {
    const scene = sceneOf();
    const { loop } = await scene.startScheduler([everyMinute]);
    await scene.clock.advance(1000);
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { until: at("12:10:30") }));
    await scene.clock.advance(1000);
    expect(loop.nextRunAt("backup")).toEqual(at("12:11"));
    await changeAll(scene, (instance) => pauseAll(instance, scene.clock.now(), { until: "resumed" }));
    await scene.clock.advance(1000);
    expect(loop.nextRunAt("backup")).toBeUndefined();
  });
});
