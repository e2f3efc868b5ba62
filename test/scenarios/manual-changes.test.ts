import { describe, expect, it } from "vitest";
import { resetJob } from "../../src/ledger/changes/operators.ts";
import { lastStartOf } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene, type Scheduler } from "./scene.ts";

const HOUR_MS = 3600_000;
const hourly = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });

/** At half past twelve; each run takes so long. */
async function begin(runsForMs = 1000): Promise<{ scene: Scene; scheduler: Scheduler }> {
  const scene: Scene = new Scene(at("12:30"), (process) => {
    void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0));
  });
  return { scene, scheduler: await scene.startScheduler([hourly]) };
}

describe("a clock that is set", () => {
  it("forward: what it passes over is a gap", async () => {
    const { scene } = await begin();
    await scene.clock.advance(1000);
    scene.clock.set(at("17:30"));
    await scene.clock.advance(HOUR_MS);
    scene.expectPromisesKept(hourly);
    expect(scene.record("backup").totals).toMatchObject({
      started: { "catch-up": 1, schedule: 1 },
      missed: { gap: 4 },
    });
  });

  it("back: nothing is started twice, also when the schedule begins again", async () => {
    const { scene } = await begin();
    await scene.clock.advance(3 * HOUR_MS);
    scene.clock.set(at("12:30"));
    await scene.clock.advance(2 * HOUR_MS);
    scene.expectPromisesKept(hourly);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 3 }, missed: {} });
    const told = (name: string) => scene.events.filter(({ event }) => event === name);
    expect(told("problem")).toMatchObject([
      { at: "job backup", message: expect.stringContaining("15:00"), hint: expect.stringContaining("shipbell reset") },
    ]);
    expect(told("problem-solved")).toEqual([]);
    await new MemoryLedger(scene.store).update("backup", (record) => resetJob(record, scene.clock.now()));
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals.started).toEqual({ schedule: 3 });
    await scene.clock.advance(HOUR_MS);
    scene.expectPromisesKept(hourly);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 4 }, missed: {} });
    expect(told("problem-solved")).toMatchObject([{ at: "job backup" }]);
  });
});

describe("an object that an operator removes", () => {
  it("while it runs: its run is lost, and the schedule goes on", async () => {
    const { scene } = await begin(20 * 60_000);
    await scene.clock.advance(40 * 60_000);
    for (const id of scene.world.objects.keys()) scene.world.remove(id);
    await scene.clock.advance(HOUR_MS + 30 * 60_000);
    scene.expectPromisesKept(hourly);
    expect(scene.record("backup").totals.ended).toEqual({ lost: { schedule: 1 }, succeeded: { schedule: 1 } });
    expect(scene.record("backup").runs[0]).toMatchObject({ outcome: { kind: "lost", reason: "object-removed" } });
  });

  it("after its end was seen: its outcome stays", async () => {
    const { scene } = await begin();
    await scene.clock.advance(40 * 60_000);
    for (const id of scene.world.objects.keys()) scene.world.remove(id);
    await scene.clock.advance(60_000);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "succeeded" } }]);
  });
});

describe("a record that an operator removes", () => {
  it("while nothing runs, and nothing is left: begins again, now", async () => {
    const { scene } = await begin();
    await scene.clock.advance(40 * 60_000);
    for (const id of scene.world.objects.keys()) scene.world.remove(id);
    scene.store.removeByHand("backup");
    await scene.clock.advance(2 * HOUR_MS);
    expect(scene.record("backup").totals.started).toEqual({ schedule: 2 });
    expect(scene.world.executions).toHaveLength(3);
  });

  it("while a run is active: it is taken up, and nothing is run twice", async () => {
    const { scene } = await begin(20 * 60_000);
    await scene.clock.advance(40 * 60_000);
    const before = scene.record("backup");
    scene.store.removeByHand("backup");
    await scene.clock.advance(60_000);
    const { cursor, runs, totals } = scene.record("backup");
    expect(cursor).toEqual(before.cursor);
    expect(lastStartOf({ runs, totals })).toEqual(lastStartOf(before));
    expect(runs).toMatchObject([{ id: before.runs[0]?.id, trigger: "schedule", attempts: [{ number: 1 }] }]);
    await scene.clock.advance(2 * HOUR_MS - 60_000);
    const attempts = scene.world.executions.map(({ attempt }) => attempt);
    expect(attempts).toEqual([...new Set(attempts)]);
    expect(attempts).toHaveLength(3);
    expect(scene.record("backup").totals).toMatchObject({
      started: { schedule: 3 },
      ended: { succeeded: { schedule: 2 } },
    });
  });

  it("while no scheduler is there, for longer than a run takes: its outcome is recorded, and what was due is a gap", async () => {
    const { scene, scheduler } = await begin(20 * 60_000);
    await scene.clock.advance(40 * 60_000);
    scheduler.kill();
    scene.store.texts.delete("backup");
    await scene.clock.advance(3 * HOUR_MS);
    await scene.startScheduler([hourly]);
    await scene.clock.advance(30 * 60_000);
    const { totals } = scene.record("backup");
    expect(totals).toMatchObject({
      started: { schedule: 1, "catch-up": 1 },
      missed: { gap: 2 },
      ended: { succeeded: { schedule: 1, "catch-up": 1 } },
    });
  });
});

describe("a record that cannot be read", () => {
  const damaged = `{"schema":1,"job":"backup","cursor":"yesterday"}`;

  it("is logged when a scheduler starts, and the job begins a new one", async () => {
    const { scene, scheduler } = await begin();
    scheduler.kill();
    scene.store.texts.set("backup", damaged);
    await scene.startScheduler([hourly]);
    expect(scene.events).toContainEqual(expect.objectContaining({ event: "record-unreadable", job: "backup" }));
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals.started).toEqual({ schedule: 1 });
  });

  it("as it is of a newer schema, is told of and left alone, and nothing is started", async () => {
    const newer = JSON.stringify({ schema: 3, job: "backup", anything: true });
    const { scene, scheduler } = await begin();
    scheduler.kill();
    scene.store.texts.set("backup", newer);
    await scene.startScheduler([hourly]);
    await scene.clock.advance(3 * HOUR_MS);
    expect(scene.events).toContainEqual(expect.objectContaining({ event: "record-unreadable", job: "backup" }));
    expect(scene.store.texts.get("backup")).toBe(newer);
    expect(scene.world.executions).toEqual([]);
  });
});
