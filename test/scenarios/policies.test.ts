import { describe, expect, it } from "vitest";
import type { Retries } from "../../src/job/job.ts";
import { cancelRun } from "../../src/ledger/changes/operators.ts";
import { pauseJob, resumeJob } from "../../src/ledger/changes/pauses.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const twice: Retries = { limit: 2, delayMs: 5000, maxDelayMs: 60_000, on: ["failed", "rejected"] };

/** Processes run for so long, and exit with these codes, one attempt after the other. */
function sceneOf(runsForMs: number, exitCodes: readonly number[] = [0], kind: "container" | "service" = "container") {
  let started = 0;
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => {
      const code = exitCodes[started++ % exitCodes.length] ?? 0;
      void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(code));
    },
    kind,
  );
  return scene;
}

async function change(scene: Scene, edit: (record: JobRecord | undefined) => JobRecord | undefined): Promise<void> {
  expect((await new MemoryLedger(scene.store).update("backup", edit)).result).toBe("won");
  await scene.clock.advance(1);
}

describe("a service that is to be replaced", () => {
  it("is stopped before the next one starts, also by the scheduler that comes long after a kill", async () => {
    const job = aJob({ schedules, policies: { overlap: "replace" } });
    const scene = sceneOf(600_000, [0], "service");
    await scene.startScheduler([job], ({ what, moment }) =>
      what === "stop" && moment === "before" ? "kill" : "go-on",
    );
    await scene.clock.advance(120_000);
    expect(scene.record("backup").runs).toMatchObject([{ attempts: [{ stopping: { reason: "replaced" } }] }]);
    await scene.startScheduler([job]);
    await scene.clock.advance(5000);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "replaced", exitCode: 143 } }, {}]);
  });
});

describe("retries", () => {
  it("give a run that fails other attempts, and the last one's outcome is the run's", async () => {
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries: twice } });
    const scene = sceneOf(1000, [1, 2, 0]);
    await scene.startScheduler([job]);
    await scene.clock.advance(3600_000);
    scene.expectPromisesKept(job);
    const { runs, totals } = scene.record("backup");
    expect(runs).toMatchObject([{ outcome: { kind: "succeeded" } }]);
    expect(runs[0]?.attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: "failed", exitCode: 1 },
      { kind: "failed", exitCode: 2 },
      { kind: "succeeded" },
    ]);
    expect(totals).toMatchObject({ started: { schedule: 1 }, retries: 2, ended: { succeeded: { schedule: 1 } } });
    expect(scene.events.filter(({ event }) => event === "run-finished")).toHaveLength(1);
    expect(scene.events.filter(({ event }) => event === "attempt-finished")).toHaveLength(3);
  });

  it("end with the last outcome when there are no more", async () => {
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries: twice } });
    const scene = sceneOf(1000, [7]);
    await scene.startScheduler([job]);
    await scene.clock.advance(3600_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([
      { outcome: { kind: "failed", exitCode: 7 }, attempts: [{}, {}, {}] },
    ]);
  });

  it("are no longer given under another definition: the template of the first attempt is gone", async () => {
    const retries = { ...twice, delayMs: 30_000 };
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries } });
    const scene = sceneOf(1000, [7]);
    const scheduler = await scene.startScheduler([job]);
    await scene.clock.advance(29 * 60_000 + 40_000);
    await scheduler.declare([{ ...job, hash: "h2" }]);
    await scene.clock.advance(60_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "failed" }, attempts: [{}] }]);
  });

  it("have the variables that an operator gave the run, and no record keeps them longer", async () => {
    const job = aJob({ schedules: [{ pattern: "30 13 * * *", timezone: "UTC" }], run: { retries: twice } });
    const given: unknown[] = [];
    const scene: Scene = new Scene(at("12:00"), (process) => {
      given.push(process.order.environment);
      process.exit(1);
    });
    await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    const askedAt = scene.clock.now();
    await change(scene, (record) =>
      askForRun(record, { id: "w1", kind: "run", askedAt, environment: { FULL: "yes" } }),
    );
    await scene.clock.advance(60_000);
    expect(given).toEqual([{ FULL: "yes" }, { FULL: "yes" }, { FULL: "yes" }]);
    expect(scene.record("backup")).toMatchObject({ runs: [{ outcome: { kind: "failed" } }], requests: [] });
    expect(scene.store.texts.get("backup")).not.toContain("FULL");
  });

  it("have the inputs that the first attempt had, defaults included, and the record keeps them", async () => {
    const inputs = { DAY: { type: "date" }, SIZE: { type: "string", maxLength: 9, default: "small" } } as const;
    const job = aJob({ schedules: [{ pattern: "30 13 * * *", timezone: "UTC" }], run: { retries: twice }, inputs });
    const given: unknown[] = [];
    const scene: Scene = new Scene(at("12:00"), (process) => {
      given.push(process.order.inputs);
      process.exit(1);
    });
    await scene.startScheduler([job]);
    await scene.clock.advance(1000);
    const askedAt = scene.clock.now();
    await change(scene, (record) =>
      askForRun(record, { id: "w1", kind: "run", askedAt, inputs: { DAY: "2026-11-18" } }),
    );
    await scene.clock.advance(60_000);
    const all = { DAY: "2026-11-18", SIZE: "small" };
    expect(given).toEqual([all, all, all]);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "failed" }, inputs: all }]);
  });

  it("are awaited after a restart", async () => {
    const retries = { ...twice, delayMs: 600_000, maxDelayMs: 3_600_000 };
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries } });
    const scene = sceneOf(1000, [7, 0]);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(31 * 60_000);
    first.kill();
    await scene.startScheduler([job]);
    await scene.clock.advance(15 * 60_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "succeeded" }, attempts: [{}, {}] }]);
  });
});

describe("overlap", () => {
  it("replace stops the run before, as replaced, and starts when it is gone", async () => {
    const job = aJob({ schedules, policies: { overlap: "replace" } });
    const scene = sceneOf(150_000);
    await scene.startScheduler([job]);
    await scene.clock.advance(10 * 60_000);
    scene.expectPromisesKept(job);
    const { ended, started } = scene.record("backup").totals;
    expect(started).toEqual({ schedule: 10 });
    expect(ended).toEqual({ replaced: { schedule: 9 } });
  });

  it("queue starts them one after the other, and skips the oldest when too many wait", async () => {
    const job = aJob({ schedules, policies: { overlap: "queue", queueLimit: 2 } });
    const scene = sceneOf(150_000);
    await scene.startScheduler([job]);
    await scene.clock.advance(30 * 60_000);
    scene.expectPromisesKept(job);
    const { skipped, missed, started } = scene.record("backup").totals;
    expect(missed).toEqual({});
    expect(started.schedule).toBeGreaterThanOrEqual(11);
    expect(skipped["queue-full"]).toBeGreaterThanOrEqual(15);
  });
});

describe("catch_up all", () => {
  it("works off a gap, oldest first, one after the other, and what is due meanwhile", async () => {
    const job = aJob({ schedules, policies: { catchUp: "all", catchUpLimit: 5 } });
    const scene = sceneOf(10_000);
    const first = await scene.startScheduler([job]);
    await scene.clock.advance(120_000);
    first.kill();
    await scene.clock.advance(20 * 60_000);
    await scene.startScheduler([job]);
    await scene.clock.advance(5 * 60_000);
    scene.expectPromisesKept(job);
    const { started, missed } = scene.record("backup").totals;
    expect(started["catch-up"]).toBeGreaterThanOrEqual(5);
    expect(missed.gap).toBeGreaterThanOrEqual(13);
    const times = scene.world.executions.map(({ startedAt }) => startedAt.getTime());
    for (const [i, time] of times.entries())
      if (i > 0) expect(time - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(10_000);
  });
});

describe("starting_deadline", () => {
  it("lets nothing start that the engine could not take in time", async () => {
    const job = aJob({ schedules, policies: { startingDeadlineMs: 20_000 } });
    const scene = sceneOf(1000);
    let isDown = false;
    await scene.startScheduler([job], ({ what }) => (isDown && what !== "swap" ? "no-answer" : "go-on"));
    await scene.clock.advance(60_000);
    isDown = true;
    await scene.clock.advance(5 * 60_000);
    isDown = false;
    await scene.clock.advance(3 * 60_000);
    scene.expectPromisesKept(job);
    const { missed } = scene.record("backup").totals;
    expect(missed["too-late"]).toBeGreaterThanOrEqual(4);
    expect(missed.gap).toBeUndefined();
  });
});

describe("an operator", () => {
  it("pauses a job, and resumes it: what was due meanwhile is skipped", async () => {
    const job = aJob({ schedules });
    const scene = sceneOf(1000);
    await scene.startScheduler([job]);
    await scene.clock.advance(120_000);
    await change(scene, (record) => pauseJob(record, scene.clock.now(), { reason: "maintenance" }));
    await scene.clock.advance(5 * 60_000);
    await change(scene, (record) => resumeJob(record, scene.clock.now()));
    await scene.clock.advance(3 * 60_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").totals).toMatchObject({
      skipped: { paused: 5 },
      started: { schedule: 5 },
      missed: {},
    });
  });

  it("cancels a run: it is stopped, and its outcome says so", async () => {
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries: twice } });
    const scene = sceneOf(600_000);
    await scene.startScheduler([job]);
    await scene.clock.advance(31 * 60_000);
    const [run] = scene.record("backup").runs;
    await change(scene, (record) => cancelRun(record, run?.id ?? "", { since: scene.clock.now() }));
    await scene.clock.advance(60_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "cancelled" }, attempts: [{}] }]);
  });

  it("cancels a run that waits for its next attempt", async () => {
    const retries = { ...twice, delayMs: 600_000, maxDelayMs: 3_600_000 };
    const job = aJob({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }], run: { retries } });
    const scene = sceneOf(1000, [7]);
    await scene.startScheduler([job]);
    await scene.clock.advance(31 * 60_000);
    const [run] = scene.record("backup").runs;
    await change(scene, (record) => cancelRun(record, run?.id ?? "", { since: scene.clock.now() }));
    await scene.clock.advance(20 * 60_000);
    scene.expectPromisesKept(job);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "cancelled" }, attempts: [{}] }]);
    expect(scene.world.executions).toHaveLength(1);
  });
});
