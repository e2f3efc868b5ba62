import { describe, expect, it } from "vitest";
import type { Unread } from "../../src/definition/reading.ts";
import type { Job } from "../../src/job/job.ts";
import { askForRun, planRun } from "../../src/ledger/changes/requests.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene, type Scheduler } from "./scene.ts";

const MINUTE_MS = 60_000;
const LIFETIME_MS = 5 * MINUTE_MS;
const schedules = [{ pattern: "0 3 1 1 *", timezone: "UTC" }];
const yearly = aJob({ schedules });

/** Each run takes so long. */
function sceneOf(runsForMs = 1000, kind: "container" | "service" = "container"): Scene {
  const scene: Scene = new Scene(
    at("12:00"),
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
    kind,
  );
  return scene;
}

async function request(
  scene: Scene,
  id: string,
  edit: (record: JobRecord) => JobRecord = (record) => record,
): Promise<void> {
  const request = { id, kind: "run", askedAt: scene.clock.now() } as const;
  const swap = await new MemoryLedger(scene.store).update("backup", (record) => {
    const asked = askForRun(record, request);
    return asked && edit(asked);
  });
  expect(swap.result).toBe("won");
}

const refusals = ({ events }: Scene) =>
  events.flatMap((event) => (event.event === "run-refused" ? [{ reason: event.reason, message: event.message }] : []));
const reasons = (scene: Scene) => refusals(scene).map(({ reason }) => reason);
const isDeclared = (jobs: readonly Job[], unread: readonly Unread[]) => ({
  jobs: new Map(jobs.map((job) => [job.name, job])),
  unread,
});

/** A scheduler that knows a record, and has declared its job at some time. */
async function begin(scene: Scene, job = yearly): Promise<Scheduler> {
  const scheduler = await scene.startScheduler([job]);
  await scene.clock.advance(1000);
  return scheduler;
}

describe("a planned run", () => {
  const plan = async (scene: Scene, id: string, startAt: Date) => {
    const swap = await new MemoryLedger(scene.store).update("backup", (record) =>
      planRun(record, { id, startAt, askedAt: scene.clock.now(), reason: "the move" }),
    );
    expect(swap.result).toBe("won");
  };

  it("starts at its time, once, whichever schedulers there are", async () => {
    const scene = sceneOf();
    await begin(scene);
    await scene.startScheduler([yearly]);
    await plan(scene, "p1", at("14:00"));
    // Where a version that knows no times looks, there is nothing.
    expect(scene.record("backup").requests).toEqual([]);
    await scene.clock.advance(119 * MINUTE_MS);
    expect(scene.record("backup").runs).toEqual([]);
    await scene.clock.advance(2 * MINUTE_MS);
    const { runs, planned, requests } = scene.record("backup");
    expect(runs).toMatchObject([
      { trigger: "manual", scheduledAt: at("14:00"), reason: "the move", outcome: { kind: "succeeded" } },
    ]);
    expect({ planned, requests }).toEqual({ planned: undefined, requests: [] });
  });

  it("starts late after a short absence, and lapses after a long one", async () => {
    const scene = sceneOf();
    const scheduler = await begin(scene);
    await plan(scene, "p1", at("12:10"));
    await plan(scene, "p2", at("12:30"));
    await scheduler.stop();
    await scene.clock.advance(13 * MINUTE_MS);
    const second = await begin(scene);
    await scene.clock.advance(5000);
    expect(scene.record("backup").runs).toMatchObject([{ scheduledAt: at("12:10") }]);
    await second.stop();
    await scene.clock.advance(60 * MINUTE_MS);
    await begin(scene);
    expect(reasons(scene)).toEqual(["expired"]);
    expect(scene.record("backup").runs).toHaveLength(1);
  });

  it("is refused when its job is removed", async () => {
    const scene = sceneOf();
    const scheduler = await begin(scene);
    await plan(scene, "p1", at("14:00"));
    await scheduler.declare([]);
    await scene.clock.advance(MINUTE_MS);
    expect(reasons(scene)).toEqual(["removed"]);
  });
});

describe("a job without a schedule", () => {
  it("is started by requests alone, and has no next run; given a schedule, it is due from then on", async () => {
    const inputs = { DAY: { type: "date", required: true } } as const;
    const manual = aJob({ schedules: [], inputs });
    const scene = sceneOf();
    const scheduler = await begin(scene, manual);
    await scene.clock.advance(60 * MINUTE_MS);
    expect(scheduler.loop.nextRunAt("backup")).toBeUndefined();
    expect(scene.record("backup")).toMatchObject({ runs: [], verdicts: [] });
    await request(scene, "w1", ({ requests, ...record }) => ({
      ...record,
      requests: requests.map((each) => ({ ...each, inputs: { DAY: "2026-11-18" } })),
    }));
    await scene.clock.advance(5000);
    expect(scene.record("backup").runs).toMatchObject([
      { trigger: "manual", inputs: { DAY: "2026-11-18" }, outcome: { kind: "succeeded" } },
    ]);
    await request(scene, "w2");
    await scene.clock.advance(1000);
    expect(refusals(scene)).toEqual([
      { reason: "bad-input", message: "DAY is required: it must be a date such as 2026-11-18" },
    ]);
    await scheduler.declare([aJob({ hash: "h2" })]);
    await scene.clock.advance(5 * MINUTE_MS);
    expect(scene.record("backup").runs).toMatchObject([{ trigger: "manual" }, { trigger: "schedule" }]);
  });
});

describe("a request for a run", () => {
  it("is refused with what is wrong when the definition has changed so that its inputs no longer fit", async () => {
    const day = aJob({ schedules, inputs: { DAY: { type: "date" } } });
    const scene = sceneOf(5 * MINUTE_MS);
    const scheduler = await begin(scene, { ...day, policies: { ...day.policies, overlap: "queue" } });
    await request(scene, "w1");
    await scene.clock.advance(1000);
    await request(scene, "w2", ({ requests, ...record }) => ({
      ...record,
      requests: requests.map((each) => ({ ...each, inputs: { DAY: "2026-11-18" } })),
    }));
    await scene.clock.advance(1000);
    expect(refusals(scene)).toEqual([]);
    await scheduler.declare([aJob({ schedules, hash: "h2", inputs: { DATE: { type: "date" } } })]);
    await scene.clock.advance(1000);
    expect(refusals(scene)).toEqual([{ reason: "bad-input", message: "DAY is unknown: the job has DATE" }]);
    expect(scene.record("backup")).toMatchObject({
      runs: [{ request: "w1" }],
      requests: [{ id: "w2", refused: { reason: "bad-input" } }],
    });
    expect(scene.record("backup").requests[0]?.inputs).toBeUndefined();
  });

  it("is refused at once when no source that can be read declares the job, and does not run when the job is back", async () => {
    const scene = sceneOf();
    const scheduler = await begin(scene);
    await scheduler.loop.declare(isDeclared([], [{ source: "files" }]));
    await request(scene, "w1");
    await request(scene, "w2");
    await scene.clock.advance(100);
    expect(refusals(scene)).toEqual([
      { reason: "not-declared", message: "no source that can be read declares the job" },
      { reason: "not-declared", message: "no source that can be read declares the job" },
    ]);
    await scheduler.declare([yearly]);
    await scene.clock.advance(10 * MINUTE_MS);
    expect(scene.world.executions).toEqual([]);
    expect(scene.record("backup").requests).toMatchObject([
      { id: "w1", refused: { reason: "not-declared" } },
      { id: "w2", refused: { reason: "not-declared" } },
    ]);
  });

  it.each([
    ["a millisecond before its lifetime ends, runs", LIFETIME_MS - 1, 1, []],
    ["when its lifetime ends, is refused", LIFETIME_MS, 0, ["expired"]],
    ["a millisecond later, is refused", LIFETIME_MS + 1, 0, ["expired"]],
    ["hours later, is refused", 9 * 3600_000, 0, ["expired"]],
  ] as const)("that a scheduler finds %s", async (_what, ms, runs, refused) => {
    const scene = sceneOf();
    (await begin(scene)).kill();
    await request(scene, "w1");
    await scene.clock.advance(ms);
    await begin(scene);
    expect(scene.world.executions).toHaveLength(runs);
    expect(reasons(scene)).toEqual(refused);
  });

  it("that waits for an active run is refused when its lifetime ends, to the second, and not carried out after", async () => {
    const job = aJob({ schedules, policies: { overlap: "queue" } });
    const scene = sceneOf(20 * MINUTE_MS);
    await begin(scene, job);
    await request(scene, "w1");
    await scene.clock.advance(MINUTE_MS);
    await request(scene, "w2");
    await request(scene, "w3");
    await scene.clock.advance(LIFETIME_MS - 1);
    expect(reasons(scene)).toEqual([]);
    await scene.clock.advance(1);
    expect(refusals(scene)).toMatchObject([
      { reason: "expired", message: "requested at 2026-11-18T12:01:01.000Z, and not started in 300 s" },
      { reason: "expired" },
    ]);
    await scene.clock.advance(40 * MINUTE_MS);
    expect(scene.world.executions).toHaveLength(1);
    scene.expectPromisesKept(job);
  });

  it("lives as long as the job's starting_deadline, also when that is shorter or longer", async () => {
    for (const startingDeadlineMs of [30_000, 3600_000]) {
      const job = aJob({ schedules, policies: { overlap: "queue", startingDeadlineMs } });
      const scene = sceneOf(2 * 3600_000);
      await begin(scene, job);
      await request(scene, "w1");
      await scene.clock.advance(1);
      await request(scene, "w2");
      await scene.clock.advance(startingDeadlineMs - 1);
      expect(reasons(scene)).toEqual([]);
      await scene.clock.advance(1);
      expect(reasons(scene)).toEqual(["expired"]);
    }
  });

  it("is refused as removed when its job is removed, and that is told", async () => {
    const job = aJob({ schedules, policies: { overlap: "queue" } });
    const scene = sceneOf(20 * MINUTE_MS);
    const scheduler = await begin(scene, job);
    await request(scene, "w1");
    await scene.clock.advance(100);
    await request(scene, "w2");
    await scheduler.declare([]);
    await scene.clock.advance(100);
    expect(reasons(scene)).toEqual(["removed"]);
    expect(scene.record("backup").requests).toMatchObject([{ id: "w2", refused: { reason: "removed" } }]);
  });

  it("is refused by a scheduler that stands by, when the one with the newer view does not take it", async () => {
    const scene = sceneOf(1000, "service");
    await begin(scene);
    const newer = await scene.startScheduler([aJob({ schedules, hash: "h2" })]);
    await scene.clock.advance(1000);
    newer.kill();
    await request(scene, "w1");
    await scene.clock.advance(LIFETIME_MS - 1);
    expect(reasons(scene)).toEqual([]);
    await scene.clock.advance(1);
    expect(reasons(scene)).toEqual(["expired"]);
    expect(scene.world.executions).toEqual([]);
  });

  it("lives on while its image is pulled, however long that takes, and no longer than the scheduler that pulls it", async () => {
    const scene = sceneOf();
    const scheduler = await scene.startScheduler([yearly], ({ what }) => (what === "pull" ? "hang" : "go-on"));
    scene.world.images.clear();
    await scene.clock.advance(1000);
    await request(scene, "w1");
    await scene.clock.advance(30 * MINUTE_MS);
    expect(reasons(scene)).toEqual([]);
    expect(scene.record("backup").requests).toMatchObject([{ id: "w1" }]);
    scheduler.kill();
    await scene.clock.advance(LIFETIME_MS);
    await begin(scene);
    expect(reasons(scene)).toEqual(["expired"]);
    expect(scene.world.executions).toEqual([]);
  });

  it("leaves the record an hour after it was refused, of a job that has nothing else to do", async () => {
    const scene = sceneOf(24 * 3600_000);
    await begin(scene);
    await request(scene, "w1");
    await scene.clock.advance(100);
    await request(scene, "w2");
    await scene.clock.advance(59 * MINUTE_MS);
    expect(scene.record("backup").requests).toMatchObject([{ id: "w2", refused: { reason: "still-running" } }]);
    await scene.clock.advance(2 * MINUTE_MS);
    expect(scene.record("backup").requests).toEqual([]);
  });
});
