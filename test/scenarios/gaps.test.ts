import { describe, expect, it } from "vitest";
import type { Policies } from "../../src/job/job.ts";
import { resetJob } from "../../src/ledger/changes/operators.ts";
import { pauseJob, resumeJob } from "../../src/ledger/changes/pauses.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const MINUTE = 60_000;

function sceneOf(runsForMs: number): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
  );
  return scene;
}

async function change(scene: Scene, edit: (record: JobRecord | undefined) => JobRecord | undefined): Promise<void> {
  expect((await new MemoryLedger(scene.store).update("backup", edit)).result).toBe("won");
}

/** When each execution from then on was due, and how late it came, in seconds. */
function delays(scene: Scene, from: Date) {
  return scene.world.executions
    .filter(({ startedAt }) => startedAt >= from)
    .map(({ startedAt, object }) => {
      const { trigger = "manual", scheduledAt = startedAt } = object.order ?? {};
      return { trigger, lateS: (startedAt.getTime() - scheduledAt.getTime()) / 1000 };
    });
}

const policies: Readonly<Record<string, Partial<Policies>>> = Object.fromEntries(
  (["forbid", "allow", "replace", "queue"] as const).flatMap((overlap) =>
    (["all", "last", "none"] as const).map((catchUp) => [
      `${overlap}, ${catchUp}`,
      { overlap, catchUp, queueLimit: 2, catchUpLimit: 20 },
    ]),
  ),
);

describe("after a gap a job is exactly as it was before", () => {
  it.each(Object.entries(policies))("%s, with runs longer than the time between them", async (_, each) => {
    const job = aJob({ schedules, policies: each });
    const scene = sceneOf(70_000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(20 * MINUTE);
    const before = delays(scene, at("12:10"));
    first.kill();
    await scene.clock.advance(10 * MINUTE);
    await scene.startScheduler([job]);
    await scene.clock.advance(100 * MINUTE);
    const since = scene.clock.now();
    await scene.clock.advance(20 * MINUTE);
    const after = delays(scene, since);
    scene.expectPromisesKept(job);
    expect(after.map(({ trigger }) => trigger)).not.toContain("catch-up");
    const most = (all: typeof after) => Math.max(...all.map(({ lateS }) => lateS));
    expect(most(after)).toBeLessThanOrEqual(most(before) + 10);
    const { started } = scene.record("backup").totals;
    expect(started["catch-up"] ?? 0).toBeLessThanOrEqual({ all: 11, last: 1, none: 0 }[each.catchUp ?? "none"]);
    expect(scene.record("backup").gaps).toBeUndefined();
  });

  it("also when another gap comes while the first is worked off, and the scheduler is restarted again and again", async () => {
    const job = aJob({ schedules, policies: { catchUp: "all" } });
    const scene = sceneOf(70_000);
    let scheduler = await scene.startScheduler([job]);
    for (const [downMs, upMs] of [
      [10 * MINUTE, 4 * MINUTE],
      [5 * MINUTE, 30_000],
      [30_000, 6 * MINUTE],
      [3 * MINUTE, 0],
    ] as const) {
      await scene.clock.advance(upMs);
      scheduler.kill();
      await scene.clock.advance(downMs);
      scheduler = await scene.startScheduler([job]);
    }
    await scene.clock.advance(120 * MINUTE);
    const since = scene.clock.now();
    await scene.clock.advance(10 * MINUTE);
    scene.expectPromisesKept(job);
    for (const { trigger, lateS } of delays(scene, since))
      expect({ trigger, isLate: lateS > 5 }).toEqual({ trigger: "schedule", isLate: false });
    expect(scene.record("backup").totals.started["catch-up"]).toBeLessThanOrEqual(20);
  });

  it("also when the clock is set back while the gap is worked off", async () => {
    const job = aJob({ schedules, policies: { catchUp: "all", overlap: "queue" } });
    const scene = sceneOf(50_000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(5 * MINUTE);
    first.kill();
    await scene.clock.advance(30 * MINUTE);
    await scene.startScheduler([job]);
    await scene.clock.advance(MINUTE);
    scene.clock.set(at("12:15:10"));
    await scene.clock.advance(30 * MINUTE);
    const { started } = scene.record("backup").totals;
    expect(started["catch-up"]).toBeLessThanOrEqual(11);
    expect(delays(scene, at("12:40")).every(({ trigger }) => trigger === "schedule")).toBe(true);
  });
});

describe("a start that takes long", () => {
  it("makes no gap of what comes due meanwhile", async () => {
    const job = aJob({ schedules, policies: { catchUp: "all" } });
    const scene = sceneOf(90_000);
    let isHung = true;
    await scene.startScheduler([job], ({ what, moment }) => {
      if (what !== "prepare" || moment !== "before" || !isHung) return "go-on";
      isHung = false;
      return scene.clock.wait(5 * MINUTE, new AbortController().signal).then(() => "go-on" as const);
    });
    await scene.clock.advance(20 * MINUTE);
    const { started, missed, skipped } = scene.record("backup").totals;
    expect(missed).toEqual({});
    expect(started["catch-up"]).toBeUndefined();
    expect(skipped).toMatchObject({ "still-running": expect.any(Number) });
  });
});

describe("why something was missed is known in the record", () => {
  it("no scheduler was running: since when it is known that one was, until one is there; the newest makes up for it", async () => {
    const job = aJob({ schedules });
    const scene = sceneOf(8000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advanceTo(at("12:02:08"));
    first.kill();
    await scene.clock.advanceTo(at("12:04:20"));
    await scene.startScheduler([job]);
    await scene.clock.advance(30_000);
    const absence = { because: "no-scheduler", from: at("12:02:08"), to: at("12:04:20") };
    const { verdicts, totals } = scene.record("backup");
    expect(verdicts.slice(2)).toMatchObject([
      { kind: "missed", reason: "gap", scheduledAt: at("12:03"), absence, leftToCatchUp: 1 },
      { kind: "started", scheduledAt: at("12:04") },
    ]);
    expect(totals).toMatchObject({ skipped: {}, started: { schedule: 2, "catch-up": 1 } });
    expect(scene.events).toContainEqual(expect.objectContaining({ event: "occurrence-missed", absence }));
  });

  it("the last sign of a scheduler is long ago: then none was running from when it was due", async () => {
    const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }], policies: { catchUp: "none" } });
    const scene = sceneOf(8000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advanceTo(at("13:50"));
    first.kill();
    await scene.clock.advanceTo(at("14:10"));
    await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    expect(scene.record("backup").verdicts.at(-1)?.absence).toEqual({
      because: "no-scheduler",
      from: at("14:00"),
      to: at("14:10"),
    });
  });

  it("the engine did not answer", async () => {
    const scene = sceneOf(8000);
    let isDown = false;
    const isAsked = (what: string) => what === "greet" || what === "look" || what === "prepare";
    await scene.startScheduler([aJob({ schedules })], ({ what }) => (isDown && isAsked(what) ? "no-answer" : "go-on"));
    await scene.clock.advanceTo(at("12:02:30"));
    isDown = true;
    await scene.clock.advanceTo(at("12:05:30"));
    isDown = false;
    await scene.clock.advance(30_000);
    const missed = scene.record("backup").verdicts.find(({ kind }) => kind === "missed");
    expect(missed).toMatchObject({ reason: "gap", absence: { because: "engine-down" }, leftToCatchUp: 1 });
  });

  it("the scheduler stood still", async () => {
    const scene = sceneOf(8000);
    await scene.startScheduler([aJob({ schedules })]);
    await scene.clock.advanceTo(at("12:02:30"));
    scene.clock.set(at("12:10:30"));
    await scene.clock.advance(60_000);
    const missed = scene.record("backup").verdicts.find(({ kind }) => kind === "missed");
    expect(missed).toMatchObject({ reason: "gap", absence: { because: "stood-still" } });
  });

  it("a run was active: which one, and how many were", async () => {
    const scene = sceneOf(90_000);
    await scene.startScheduler([aJob({ schedules })]);
    await scene.clock.advanceTo(at("12:02:30"));
    expect(scene.record("backup").verdicts.at(-1)).toMatchObject({
      reason: "still-running",
      active: { count: 1, run: "backup-20261118t120100z" },
    });
  });
});

describe("what fell into a pause is skipped, whenever it is decided", () => {
  it.each(["all", "last", "none"] as const)(
    "catch_up %s: paused, and resumed before a scheduler is back",
    async (catchUp) => {
      const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }], policies: { catchUp } });
      const scene = sceneOf(1000);
      const first = await scene.startScheduler([job]);
      await scene.clock.advance(30_000);
      await change(scene, (record) => pauseJob(record, scene.clock.now()));
      await scene.clock.advance(1000);
      first.kill();
      await scene.clock.advanceTo(at("22:30"));
      await change(scene, (record) => resumeJob(record, scene.clock.now()));
      await scene.clock.advance(10 * MINUTE);
      await scene.startScheduler([job]);
      await scene.clock.advance(10 * MINUTE);
      scene.expectPromisesKept(job);
      expect(scene.record("backup").totals).toMatchObject({ started: {}, missed: {}, skipped: { paused: 10 } });
    },
  );

  it("and what was missed before the pause or after it is a gap like any other", async () => {
    const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }], policies: { catchUp: "all" } });
    const scene = sceneOf(1000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    first.kill();
    await scene.clock.advanceTo(at("14:30"));
    await change(scene, (record) => pauseJob(record, scene.clock.now()));
    await scene.clock.advanceTo(at("16:30"));
    await change(scene, (record) => resumeJob(record, scene.clock.now()));
    await scene.clock.advanceTo(at("18:30"));
    await scene.startScheduler([job]);
    await scene.clock.advance(MINUTE);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").verdicts.map(({ kind, scheduledAt }) => [kind, scheduledAt])).toEqual([
      ["started", at("13:00")],
      ["started", at("14:00")],
      ["skipped", at("15:00")],
      ["started", at("17:00")],
      ["started", at("18:00")],
    ]);
  });

  it.each([
    ["its schedule changes before a scheduler is back", "30 * * * *"],
    ["nothing else changes", "0 * * * *"],
  ])("also of a definition that suspended it: %s", async (_, pattern) => {
    const job = aJob({
      schedules: [{ pattern: "0 * * * *", timezone: "UTC" }],
      policies: { catchUp: "all" },
      suspended: true,
    });
    const scene = sceneOf(1000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    first.kill();
    await scene.clock.advanceTo(at("16:10"));
    await scene.startScheduler([{ ...job, hash: "h2", suspended: false, schedules: [{ pattern, timezone: "UTC" }] }]);
    await scene.clock.advance(MINUTE);
    expect(scene.record("backup").totals).toMatchObject({ started: {}, missed: {}, skipped: { suspended: 4 } });
  });

  it("also when the job is paused, and its schedule changes or it is removed while no scheduler is there", async () => {
    for (const after of [[aJob({ schedules, hash: "h2" })], []]) {
      const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });
      const scene = sceneOf(1000);
      const first = await scene.startScheduler([job]);
      await scene.clock.advance(1000);
      first.kill();
      await scene.clock.advanceTo(at("14:30"));
      await change(scene, (record) => pauseJob(record, scene.clock.now()));
      await scene.clock.advanceTo(at("16:30"));
      await scene.startScheduler(after);
      await scene.clock.advance(1000);
      const reason = after.length > 0 ? "rescheduled" : "removed";
      expect(scene.record("backup").totals.skipped).toEqual({ [reason]: 2, paused: 2 });
    }
  });

  it("unless the job was reset since", async () => {
    const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });
    const scene = sceneOf(1000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    await change(scene, (record) => pauseJob(record, scene.clock.now()));
    first.kill();
    await scene.clock.advanceTo(at("14:30"));
    await change(scene, (record) => resumeJob(record, scene.clock.now()));
    scene.clock.set(at("12:30"));
    await change(scene, (record) => resetJob(record, scene.clock.now()));
    await scene.startScheduler([job]);
    await scene.clock.advanceTo(at("13:30"));
    expect(scene.record("backup").totals.started).toEqual({ schedule: 1 });
  });
});
