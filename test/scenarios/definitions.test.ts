import { describe, expect, it } from "vitest";
import type { Job, RunPolicies } from "../../src/job/job.ts";
import { activeRuns } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { Scene, type Scheduler } from "./scene.ts";

const hourly = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });
const daily = aJob({ schedules: [{ pattern: "0 12 * * *", timezone: "UTC" }] });

/** At half past twelve; each run takes so long. */
async function begin(job: Job, runsForMs = 1000): Promise<{ scene: Scene; scheduler: Scheduler }> {
  const scene: Scene = new Scene(at("12:30"), (process) => {
    void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0));
  });
  return { scene, scheduler: await scene.startScheduler([job]) };
}

function edited(job: Job, change: Partial<Omit<Job, "policies">>, run: Partial<RunPolicies> = {}): Job {
  const policies = { ...job.policies, run: { ...job.policies.run, ...run } };
  return { ...job, ...change, policies, hash: "h2" };
}

describe("a job that is seen for the first time", () => {
  it("has no past: what was due before then never existed", async () => {
    const { scene } = await begin(daily);
    await scene.clock.advance(22 * 3600_000);
    expect(scene.record("backup").totals).toMatchObject({ started: {}, skipped: {}, missed: {} });
    await scene.clock.advance(2 * 3600_000);
    scene.expectPromisesKept(daily);
    expect(scene.record("backup").totals.started).toEqual({ schedule: 1 });
  });
});

describe("a changed definition", () => {
  it("with another schedule: what was due by it before the change never existed", async () => {
    const { scene, scheduler } = await begin(daily);
    await scene.clock.advance(5 * 60_000);
    await scheduler.declare([edited(daily, { schedules: [{ pattern: "*/15 * * * *", timezone: "UTC" }] })]);
    await scene.clock.advance(3600_000);
    expect(scene.record("backup").declaredAt).toEqual(at("12:30"));
    const { totals, cursor } = scene.record("backup");
    expect(totals).toMatchObject({ started: { schedule: 4 }, missed: {} });
    expect(cursor).toEqual(at("13:30"));
  });

  it("with another schedule: what waited by the old one is skipped, and has its verdict", async () => {
    const queued = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }], policies: { overlap: "queue" } });
    const { scene, scheduler } = await begin(queued, 3600_000);
    await scene.clock.advance(5 * 60_000 + 10_000);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 }, skipped: {} });
    await scheduler.declare([edited(queued, { schedules: daily.schedules })]);
    await scene.clock.advance(60_000);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 }, skipped: { rescheduled: 4 } });
    expect(scene.events).toContainEqual(
      expect.objectContaining({ event: "occurrence-skipped", reason: "rescheduled", count: 4 }),
    );
  });

  it("with another schedule, while no scheduler was there: what was due by the old one is skipped", async () => {
    const { scene, scheduler } = await begin(hourly);
    await scene.clock.advance(1000);
    scheduler.kill();
    await scene.clock.advance(3 * 3600_000);
    await scene.startScheduler([edited(hourly, { schedules: daily.schedules })]);
    await scene.clock.advance(60_000);
    const { totals, cursor } = scene.record("backup");
    expect(totals).toMatchObject({ started: {}, skipped: { rescheduled: 3 }, missed: {} });
    expect(cursor).toEqual(at("15:30:01"));
  });

  it("that does not fit in the record next to all that is active: is followed when enough of it has ended", async () => {
    const run = { successExitCodes: Array.from({ length: 256 }, (_, code) => code) };
    const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
    const { scene, scheduler } = await begin(aJob({ schedules, run, policies: { overlap: "allow" } }), 30 * 60_000);
    await scene.clock.advance(25 * 60_000 + 10_000);
    expect(activeRuns(scene.record("backup"))).toHaveLength(25);
    const jitter = { ms: 60_000, seed: 2 ** 48 - 1 };
    const long = { pattern: "0 12 * * *", timezone: "America/Argentina/ComodRivadavia", jitter };
    await scheduler.declare([edited(hourly, { schedules: Array.from({ length: 100 }, () => long) })]);
    await scene.clock.advance(5 * 60_000);
    expect(scene.record("backup")).toMatchObject({
      definition: { hash: "h1" },
      totals: { started: { schedule: 25 }, skipped: { rescheduled: 5 } },
    });
    await scene.clock.advance(9 * 60_000);
    expect(scene.record("backup").definition.hash).toBe("h2");
    expect(scene.events.filter(({ event }) => event === "other-definition")).toEqual([]);
  });

  it("with another zone: the same", async () => {
    const { scene, scheduler } = await begin(daily);
    // In Seoul it is 21:35 by now, so that noon has been there today.
    await scene.clock.advance(5 * 60_000);
    await scheduler.declare([edited(daily, { schedules: [{ pattern: "0 12 * * *", timezone: "Asia/Seoul" }] })]);
    await scene.clock.advance(14 * 3600_000);
    expect(scene.record("backup").totals.started).toEqual({});
    await scene.clock.advance(30 * 60_000);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 }, missed: {} });
  });

  it("with the same schedule: what was due and is not decided is due still, under the new definition", async () => {
    const { scene, scheduler } = await begin(hourly);
    await scene.clock.advance(1000);
    scheduler.kill();
    await scene.clock.advance(2 * 3600_000);
    await scene.startScheduler([edited(hourly, {})]);
    await scene.clock.advance(60_000);
    expect(scene.record("backup").totals).toMatchObject({ started: { "catch-up": 1 }, missed: { gap: 1 } });
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual(["h2"]);
  });

  it("during a run: applies from the next occurrence", async () => {
    const long = aJob({ schedules: hourly.schedules, run: { timeoutMs: 50 * 60_000 } });
    const { scene, scheduler } = await begin(long, 40 * 60_000);
    await scene.clock.advance(35 * 60_000);
    await scheduler.declare([edited(long, {}, { timeoutMs: 60_000 })]);
    await scene.clock.advance(90 * 60_000);
    scene.expectPromisesKept(long);
    expect(scene.record("backup").runs.map(({ definition, outcome }) => [definition, outcome?.kind])).toEqual([
      ["h1", "succeeded"],
      ["h2", "timed-out"],
    ]);
  });
});

describe("a job that is no longer declared", () => {
  it("has its runs end by themselves", async () => {
    const { scene, scheduler } = await begin(hourly, 20 * 60_000);
    await scene.clock.advance(35 * 60_000);
    await scheduler.declare([]);
    await scene.clock.advance(20 * 60_000);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "succeeded" } }]);
  });

  it("has them stopped when they are copies of a service that is gone", async () => {
    const copied = aJob({ schedules: hourly.schedules, run: { endsWithTemplate: true } });
    const { scene, scheduler } = await begin(copied, 20 * 60_000);
    await scene.clock.advance(35 * 60_000);
    await scheduler.declare([]);
    await scene.clock.advance(60_000);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "cancelled" } }]);
  });
});

describe("a job that is given another name", () => {
  it("is another job, which begins now, next to what runs under the old name", async () => {
    const { scene, scheduler } = await begin(hourly, 20 * 60_000);
    await scene.clock.advance(35 * 60_000);
    await scheduler.declare([{ ...hourly, name: "dump" }]);
    await scene.clock.advance(3600_000);
    expect(scene.record("backup").removedAt).toEqual(at("13:05"));
    expect(scene.record("backup").totals).toMatchObject({
      started: { schedule: 1 },
      ended: { succeeded: { schedule: 1 } },
    });
    expect(scene.record("dump").totals).toMatchObject({ started: { schedule: 1 }, missed: {} });
  });
});
