import { describe, expect, it } from "vitest";
import type { Job } from "../../src/job/job.ts";
import { pauseJob } from "../../src/ledger/changes/pauses.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import type { RecordChange } from "../../src/ledger/ledger.ts";
import { aJob, at } from "../support/a-job.ts";
import type { FakeObject } from "../support/fake-world.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { type Effect, type Fault, Scene, type Scheduler } from "./scene.ts";

const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const everyMinute = aJob({ schedules });
const changed = aJob({ schedules, hash: "h2" });
const rescheduled = aJob({ schedules: [{ pattern: "0 3 * * *", timezone: "UTC" }], hash: "h3" });

/** Each run takes so long; starts are prepared ten seconds ahead. */
function sceneOf(runsForMs = 1000, kind: "container" | "service" = "container"): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
    kind,
  );
  scene.aheadMs = 10_000;
  return scene;
}

const inert = ({ world }: Scene): FakeObject[] =>
  [...world.objects.values()].filter(({ life }) => life.phase === "inert");
const inertIds = (scene: Scene) => inert(scene).map(({ id }) => id);
const executedIds = ({ world }: Scene) => world.executions.map(({ object }) => object.id);

async function change(scene: Scene, edit: RecordChange): Promise<void> {
  expect((await new MemoryLedger(scene.store).update("backup", edit)).result).toBe("won");
}

/** At 12:00:55, when the start of 12:01 is prepared. */
async function prepared(job: Job = everyMinute, runsForMs?: number, fault?: Fault): Promise<[Scene, Scheduler]> {
  const scene = sceneOf(runsForMs);
  const scheduler = await scene.startScheduler([job], fault);
  await scene.clock.advanceTo(at("12:00:55"));
  return [scene, scheduler];
}

describe("a start that is prepared ahead of its time", () => {
  it("has its object before it is due, and nothing is decided or runs before that", async () => {
    const [scene, { loop }] = await prepared();
    const [id] = inertIds(scene);
    expect([inertIds(scene).length, scene.world.executions.length]).toEqual([1, 0]);
    expect(scene.record("backup")).toMatchObject({ runs: [], verdicts: [] });
    expect(loop.ahead.preparedFor("backup")).toEqual(at("12:01"));
    await scene.clock.advanceTo(at("12:01:05"));
    expect(executedIds(scene)).toEqual([id]);
    expect(loop.ahead.counts).toEqual({ used: 1, unused: 0 });
    expect(loop.ahead.preparedFor("backup")).toBeUndefined();
    await scene.clock.advanceTo(at("12:20:30"));
    scene.expectPromisesKept(everyMinute);
    expect(loop.ahead.counts).toEqual({ used: 20, unused: 0 });
  });

  it("is not prepared without the setting", async () => {
    const scene = sceneOf();
    scene.aheadMs = 0;
    await scene.startScheduler([everyMinute]);
    await scene.clock.advanceTo(at("12:00:59"));
    expect(inert(scene)).toEqual([]);
  });

  it("gives way at once when its definition changes, and another object is prepared", async () => {
    const [scene, scheduler] = await prepared();
    const before = inertIds(scene);
    await scheduler.declare([changed]);
    await scene.clock.advance(1000);
    expect(inertIds(scene)).not.toEqual(expect.arrayContaining(before));
    expect(inert(scene).map(({ order }) => order?.definition)).toEqual(["h2"]);
    await scene.clock.advanceTo(at("12:01:30"));
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual(["h2"]);
    scene.expectPromisesKept(changed);
  });

  it.each<[what: string, ...jobs: Job[]]>([
    ["its schedule changes", rescheduled],
    ["it is suspended", { ...everyMinute, suspended: true, hash: "h4" }],
    ["its job is no longer declared"],
  ])("gives way within two minutes, and is not started, when %s", async (_, ...jobs) => {
    const [scene, scheduler] = await prepared();
    await scheduler.declare(jobs);
    await scene.clock.advanceTo(at("12:03"));
    expect(inert(scene)).toEqual([]);
    expect(scene.world.executions).toEqual([]);
    for (const job of jobs) scene.expectPromisesKept(job);
  });

  it.each<[what: string, RecordChange]>([
    ["its job is paused", (record) => pauseJob(record, at("12:00:55"))],
    [
      "a run that was asked for is active",
      (record) => askForRun(record, { id: "ab12", kind: "run", askedAt: at("12:00:55") }),
    ],
  ])("gives way right after its time, where it is skipped because %s", async (_, edit) => {
    const [scene, { loop }] = await prepared(everyMinute, 20_000);
    const [early] = inertIds(scene);
    await change(scene, edit);
    loop.wake("backup");
    await scene.clock.advanceTo(at("12:01:01"));
    expect(scene.world.objects.has(early ?? "")).toBe(false);
    expect(loop.ahead.counts).toEqual({ used: 0, unused: 1 });
    await scene.clock.advanceTo(at("12:01:40"));
    expect(Object.values(scene.record("backup").totals.skipped)).toEqual([1]);
    scene.expectPromisesKept(everyMinute);
  });

  it("is not the start that catches up: a run that starts late knows it", async () => {
    const [scene, scheduler] = await prepared();
    scheduler.kill();
    await scene.clock.advanceTo(at("12:02:30"));
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(5000);
    expect(scene.world.executions.map(({ object }) => object.order?.trigger)).toEqual(["catch-up"]);
    await scene.clock.advanceTo(at("12:03:30"));
    scene.expectPromisesKept(everyMinute);
  });

  it.each([0, 10_000])("leaves nothing behind for a scheduler that prepares %i ms ahead", async (aheadMs) => {
    const [scene, scheduler] = await prepared();
    await scheduler.stop();
    scene.aheadMs = aheadMs;
    await scene.startScheduler([rescheduled]);
    await scene.clock.advanceTo(at("12:03"));
    expect(inert(scene)).toEqual([]);
  });

  it("is made again when somebody has removed it", async () => {
    const [scene] = await prepared();
    for (const id of inertIds(scene)) scene.world.remove(id);
    await scene.clock.advanceTo(at("12:01:30"));
    expect(scene.record("backup").totals.ended).toEqual({ succeeded: { schedule: 1 } });
    scene.expectPromisesKept(everyMinute);
  });

  it.each(["trouble", "no-answer", "hang"] as const)(
    "comes in time, and nothing is told, when preparing meets %s",
    async (fate) => {
      let prepares = 0;
      const fault = ({ what, moment }: Effect) =>
        what === "prepare" && moment === "after" && ++prepares === 1 ? fate : ("go-on" as const);
      const [scene] = await prepared(everyMinute, 1000, fault);
      await scene.clock.advanceTo(at("12:01:01"));
      expect(scene.world.executions.map(({ startedAt }) => startedAt)).toEqual([at("12:01")]);
      await scene.clock.advanceTo(at("12:02:30"));
      expect(scene.events.filter(({ event }) => event === "pass-failed" || event === "engine-down")).toEqual([]);
      scene.expectPromisesKept(everyMinute);
    },
  );

  it("is left as it is when the clock is set back, and used at its time", async () => {
    const [scene, { loop }] = await prepared();
    scene.clock.set(at("11:50"));
    loop.wake();
    await scene.clock.advance(60_000);
    expect(inert(scene)).toHaveLength(1);
    await scene.clock.advanceTo(at("12:03:30"));
    expect(scene.record("backup").totals.started).toEqual({ schedule: 3 });
    scene.expectPromisesKept(everyMinute);
  });

  it("costs no look at all objects: one in ten minutes is enough", async () => {
    let lists = 0;
    const scene = sceneOf();
    const count: Fault = ({ what, moment }) => {
      if (what === "list" && moment === "before") lists++;
      return "go-on";
    };
    await scene.startScheduler([everyMinute], count);
    await scene.clock.advanceTo(at("12:00:55"));
    const before = lists;
    await scene.clock.advance(60 * 60_000);
    expect(lists - before).toBeLessThanOrEqual(6);
  });
});

describe("two schedulers of services", () => {
  it("prepare one object between them, which one of them starts", async () => {
    const scene = sceneOf(1000, "service");
    const both = [await scene.startScheduler([everyMinute]), await scene.startScheduler([everyMinute])];
    await scene.clock.advanceTo(at("12:00:55"));
    expect(inert(scene)).toHaveLength(1);
    const made = inertIds(scene);
    await scene.clock.advanceTo(at("12:01:05"));
    expect(executedIds(scene)).toEqual(made);
    const counts = both.map(({ loop }) => loop.ahead.counts);
    expect(counts.toSorted((a, b) => a.used - b.used)).toEqual([
      { used: 0, unused: 0 },
      { used: 1, unused: 0 },
    ]);
    await scene.clock.advanceTo(at("12:20:30"));
    scene.expectPromisesKept(everyMinute);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 20 }, skipped: {}, missed: {} });
  });

  it("leave nothing behind, and start each occurrence once, in an update that changes the definition", async () => {
    const scene = sceneOf(1000, "service");
    await scene.startScheduler([everyMinute]);
    const second = await scene.startScheduler([everyMinute]);
    await scene.clock.advanceTo(at("12:00:55"));
    await second.declare([changed]);
    await scene.clock.advanceTo(at("12:05:30"));
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual(Array(5).fill("h2"));
    scene.expectPromisesKept(changed);
  });

  it.each<[what: string, kind: "container" | "service", between: Job]>([
    ["another definition", "service", changed],
    ["another definition", "container", changed],
    ["a suspension", "service", { ...everyMinute, suspended: true, hash: "h4" }],
    ["another schedule", "service", rescheduled],
  ])(
    "lose no run when their definition is back after %s (%s), however late a removal arrives",
    async (_, kind, between) => {
      const scene = sceneOf(1000, kind);
      const late = Promise.withResolvers<"go-on">();
      const fault: Fault = ({ what, moment }) => (what === "remove" && moment === "before" ? late.promise : "go-on");
      const scheduler = await scene.startScheduler([everyMinute], fault);
      await scene.clock.advanceTo(at("12:00:55"));
      await scheduler.declare([between]);
      await scene.clock.advance(500);
      await scheduler.declare([everyMinute]);
      const held = scene.world.executions.length;
      while (scene.world.executions.length === held) await scene.clock.advance(100);
      late.resolve("go-on");
      await scene.clock.advanceTo(at("12:05:30"));
      expect(scene.record("backup").totals).toMatchObject({ ended: { succeeded: { schedule: 5 } }, missed: {} });
      expect(scene.record("backup").totals.ended.lost).toBeUndefined();
      scene.expectPromisesKept(everyMinute);
    },
  );
});
