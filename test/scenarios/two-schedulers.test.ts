import { afterEach, describe, expect, it, vi } from "vitest";
import { RunLogs } from "../../src/runs/output/run-logs.ts";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

const START = at("12:00:30");
const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const everyMinute = aJob({ schedules });
const changed = aJob({ schedules, hash: "h2" });

function swarm(runsForMs: number): Scene {
  const scene: Scene = new Scene(
    START,
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
    "service",
  );
  return scene;
}

afterEach(() => vi.restoreAllMocks());

describe("two schedulers at once, of services", () => {
  it("decide and start each occurrence once between them", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(20 * 60_000);
    scene.expectPromisesKept(everyMinute);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 20 }, skipped: {}, missed: {} });
    expect(scene.world.executions).toHaveLength(20);
    expect(scene.events.filter(({ event }) => event === "run-finished")).toHaveLength(20);
  });

  it("log all lines of a run, also of one that is over at once: the scheduler that follows it records its end", async () => {
    const scene: Scene = new Scene(
      START,
      (process) => {
        process.print("working");
        process.exit(0);
      },
      "service",
    );
    await scene.startScheduler([everyMinute]);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(20 * 60_000);
    expect(scene.record("backup").totals.ended).toEqual({ succeeded: { schedule: 20 } });
    expect(scene.events.filter(({ event }) => event === "job-output")).toHaveLength(20);
  });

  it("keep nothing in memory of a run whose end the other one has recorded", async () => {
    const claim = vi.spyOn(RunLogs.prototype, "claim");
    const scene = swarm(5000);
    // It starts runs, and never sees how they end.
    await scene.startScheduler([everyMinute], ({ what }) => (what === "look" ? "no-answer" : "go-on"));
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(20 * 60_000);
    const kept = [...new Set(claim.mock.contexts as RunLogs[])].flatMap((logs) =>
      scene.world.executions.filter(({ object: { id } }) => logs.isOurs(id) || logs.knows(id)),
    );
    expect(claim).toHaveBeenCalled();
    expect(kept.map(({ attempt }) => attempt)).toEqual([]);
  });
});

describe("two schedulers with different definitions of a job", () => {
  it("the one that came later carries it out, and the other one says so and stands by", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(5 * 60_000);
    await scene.startScheduler([changed]);
    await scene.clock.advance(10 * 60_000);
    scene.expectPromisesKept(changed);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 15 }, skipped: {}, missed: {} });
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual([
      ...Array(5).fill("h1"),
      ...Array(10).fill("h2"),
    ]);
    expect(scene.events.filter(({ event }) => event === "other-definition")).toHaveLength(1);
  });

  it("the older one takes over when the job is two minutes overdue", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    const later = await scene.startScheduler([changed]);
    await scene.clock.advance(90_000);
    later.kill();
    await scene.clock.advance(10 * 60_000);
    scene.expectPromisesKept(everyMinute);
    const { started, missed } = scene.record("backup").totals;
    expect([started, missed]).toEqual([{ schedule: 9, "catch-up": 1 }, { gap: 2 }]);
    expect(scene.events.some(({ event }) => event === "definition-agreed")).toBe(true);
  });

  it("a job that the later one does not know is removed, and the older one does not bring it back", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(60_000);
    await scene.startScheduler([]);
    await scene.clock.advance(90_000);
    const { removedAt, totals } = scene.record("backup");
    expect(removedAt).toEqual(at("12:01:30"));
    expect(totals.started).toEqual({ schedule: 1 });
    expect(scene.events.filter(({ event }) => event === "other-definition")).toHaveLength(1);
  });

  it("one that hears of a change elsewhere does not bring its older view of this job back", async () => {
    const scene = swarm(5000);
    const older = await scene.startScheduler([everyMinute]);
    await scene.startScheduler([changed]);
    await scene.clock.advance(60_000);
    await older.declare([everyMinute, aJob({ name: "other", schedules })]);
    await scene.clock.advance(5 * 60_000);
    expect(
      new Set(
        scene.world.executions.filter(({ attempt }) => attempt.startsWith("backup")).map((each) => each.definition),
      ),
    ).toEqual(new Set(["h2"]));
    expect(scene.record("other").totals.started).toEqual({ schedule: 5 });
  });
});

describe("schedulers of two versions, which name objects differently", () => {
  /** The scheduler that is started next gives its objects other names, in the same instance. */
  function nameOtherwise(scene: Scene, instance: string): void {
    const parts = scene.loopParts.bind(scene);
    scene.loopParts = (...args) => ({ ...parts(...args), instance });
  }

  it("start each occurrence once between them, and leave nothing prepared", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    nameOtherwise(scene, "older");
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(20 * 60_000);
    scene.expectPromisesKept(everyMinute);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 20 }, skipped: {}, missed: {} });
    expect(scene.world.executions).toHaveLength(20);
  });

  it.each(["service", "container"] as const)(
    "take over from each other: a %s that runs, and its further attempts",
    async (kind) => {
      const retries = { limit: 1, delayMs: 1000, maxDelayMs: 1000, on: ["failed"] as const };
      const job = aJob({ schedules: [{ pattern: "0 3 * * *", timezone: "UTC" }], run: { retries } });
      const scene: Scene = new Scene(
        at("02:59:30"),
        (process) => void scene.clock.wait(600_000, new AbortController().signal).then(() => process.exit(7)),
        kind,
      );
      nameOtherwise(scene, "older");
      const older = await scene.startScheduler([job]);
      await scene.clock.advance(60_000);
      older.kill();
      nameOtherwise(scene, "shipbell");
      await scene.startScheduler([job]);
      await scene.clock.advance(30 * 60_000);
      scene.expectPromisesKept(job);
      const [run] = scene.record("backup").runs;
      expect(run?.outcome).toMatchObject({ kind: "failed", exitCode: 7 });
      expect(run?.attempts.map(({ objectName }) => objectName)).toEqual([
        "older--backup-20261118t030000z-1",
        "backup-20261118t030000z-2",
      ]);
      expect(scene.world.executions).toHaveLength(2);
    },
  );
});

describe("a schedule that only the newer one of two schedulers knows", () => {
  it.each([
    { pattern: "@sunrise", timezone: "UTC" },
    { pattern: "* * * * *", timezone: "Mars/Olympus" },
  ])(
    "sets aside its own job alone, which the older one takes over when the newer one is gone: $pattern in $timezone",
    async (schedule) => {
      const scene = swarm(5000);
      const other = aJob({ name: "other", schedules });
      const older = await scene.startScheduler([everyMinute, other]);
      const newer = await scene.startScheduler([changed, other]);
      await scene.clock.advance(1000);
      newer.kill();
      const text = scene.store.texts.get("backup") ?? "";
      const record = JSON.parse(text);
      const written = { ...record, definition: { ...record.definition, schedules: [schedule] } };
      scene.store.texts.set("backup", JSON.stringify(written));
      for (const { wake } of scene.store.listeners) wake("backup");
      await scene.clock.advance(90_000);
      expect(scene.events.filter(({ event }) => event === "pass-failed")).toEqual([]);
      expect(scene.record("other").totals.started).toEqual({ schedule: 2 });
      expect(scene.record("backup").totals.started).toEqual({});
      await scene.clock.advance(5 * 60_000);
      expect(older.isAlive).toBe(true);
      expect(scene.record("backup").definition.hash).toBe("h1");
      expect(scene.record("backup").totals.started.schedule).toBeGreaterThan(1);
      expect(scene.events.filter(({ event }) => event === "pass-failed")).toEqual([]);
    },
  );
});
