import { describe, expect, it } from "vitest";
import type { Job, ObjectKind } from "../../src/job/job.ts";
import { endPlaceOf } from "../../src/ledger/changes/ends.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { amount } from "../support/full.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { type Effect, type Fault, Scene } from "./scene.ts";

const MINUTE_MS = 60_000;
const dump = aJob({ name: "dump", schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });
const report = aJob({ name: "report", schedules: [], after: { job: "dump", on: "succeeded" } });

/** Runs of these jobs take so long, and each exits with 0, unless `exit` says otherwise. */
function sceneOf(
  runsForMs: Readonly<Record<string, number>>,
  { kind = "container", exit = () => 0 }: { kind?: ObjectKind; exit?: (job: string) => number } = {},
): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => {
      const { job } = process.order;
      const code = exit(job);
      void scene.clock.wait(runsForMs[job] ?? 0, new AbortController().signal).then(() => process.exit(code));
    },
    kind,
  );
  return scene;
}

async function change(scene: Scene, job: string, edit: (record: JobRecord) => JobRecord | undefined): Promise<void> {
  const ledger = new MemoryLedger(scene.store);
  expect((await ledger.update(job, (record) => record && edit(record))).result).toBe("won");
  await scene.clock.advance(1);
}

/** Each end has one verdict, and no run of the job was executed twice. */
function expectOneVerdictEach(scene: Scene, { name, after }: Job): void {
  const { totals, after: decided } = scene.record(name);
  const { started, skipped, missed } = totals;
  const verdicts = [started.after ?? 0, ...Object.values(skipped), ...Object.values(missed)];
  const upstream = scene.record(after?.job ?? "");
  expect(sum(verdicts), "verdicts on ends").toBe(endPlaceOf(upstream, after?.on ?? "ended").matched);
  expect(decided?.matched).toBe(sum(verdicts));
  const executed = scene.world.executions.filter(({ object }) => object.order?.job === name);
  expect(new Set(executed.map(({ attempt }) => attempt)).size).toBe(executed.length);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

describe("a job that starts after another one", () => {
  it("starts once for each success, and knows whose end it was", async () => {
    let runs = 0;
    const exit = (job: string) => (job === "dump" && ++runs % 3 === 0 ? 1 : 0);
    const scene = sceneOf({ dump: 5000, report: 1000 }, { exit });
    await scene.startScheduler([dump, report]);
    await scene.clock.advance(9 * MINUTE_MS);
    expectOneVerdictEach(scene, report);
    const record = scene.record("report");
    expect(record.totals).toMatchObject({ started: { after: 6 }, ended: { succeeded: { after: 6 } }, skipped: {} });
    const last = scene.record("dump").runs.findLast(({ outcome }) => outcome?.kind === "succeeded");
    expect(record.runs.at(-1)).toMatchObject({
      trigger: "after",
      scheduledAt: last?.finishedAt,
      after: { job: "dump", run: last?.id },
    });
    const orders = scene.world.executions.flatMap(({ object: { order } }) => (order?.job === "report" ? [order] : []));
    expect(orders.at(-1)).toMatchObject({ trigger: "after", after: { job: "dump", run: last?.id } });
    const delays = scene.events.flatMap((one) =>
      one.event === "run-started" && one.job === "report" ? [one.delayMs] : [],
    );
    expect(Math.max(...delays), "no time passes between").toBeLessThan(1000);
  });

  it("passes the end on along a chain", async () => {
    const mail = aJob({ name: "mail", schedules: [], after: { job: "report", on: "ended" } });
    const scene = sceneOf({ dump: 1000, report: 1000, mail: 1000 });
    await scene.startScheduler([mail, report, dump]);
    await scene.clock.advance(5 * MINUTE_MS);
    expectOneVerdictEach(scene, report);
    expectOneVerdictEach(scene, mail);
    expect(scene.record("mail").totals.started).toEqual({ after: 5 });
  });

  it("counts manual runs, and a run with several attempts once", async () => {
    const retries = { limit: 2, delayMs: 1000, maxDelayMs: 1000, on: ["failed"] } as const;
    const manual = aJob({ name: "dump", schedules: [], run: { retries } });
    let attempts = 0;
    const scene = sceneOf({ dump: 1000 }, { exit: (job) => (job === "dump" && ++attempts < 3 ? 1 : 0) });
    await scene.startScheduler([manual, report]);
    await scene.clock.advance(1000);
    const askedAt = scene.clock.now();
    await change(scene, "dump", (record) => askForRun(record, { id: "w1", kind: "run", askedAt }));
    await scene.clock.advance(MINUTE_MS);
    expect(attempts).toBe(3);
    expect(scene.record("report").totals.started).toEqual({ after: 1 });
    expectOneVerdictEach(scene, report);
  });

  it("starts for what ended before it was declared: never", async () => {
    const scene = sceneOf({ dump: 1000 });
    const scheduler = await scene.startScheduler([dump]);
    await scene.clock.advance(5 * MINUTE_MS);
    await scheduler.declare([dump, report]);
    await scene.clock.advance(2 * MINUTE_MS);
    expect(scene.record("report").totals.started).toEqual({ after: 2 });
  });

  it("also starts by its own schedule", async () => {
    const both = { ...report, schedules: [{ pattern: "30 * * * *", timezone: "UTC" }] };
    const hourly = { ...dump, schedules: [{ pattern: "15 * * * *", timezone: "UTC" }] };
    const scene = sceneOf({ dump: 1000, report: 1000 });
    await scene.startScheduler([hourly, both]);
    await scene.clock.advance(2 * 3600_000);
    expect(scene.record("report").totals).toMatchObject({
      started: { schedule: 2, after: 2 },
      skipped: {},
      missed: {},
    });
  });

  it("has what waits in its queue started one after the other", async () => {
    const slow = { ...report, policies: { ...report.policies, overlap: "queue" as const } };
    const scene = sceneOf({ dump: 1000, report: 150_000 });
    const scheduler = await scene.startScheduler([dump, slow]);
    await scene.clock.advance(4 * MINUTE_MS);
    await scheduler.declare([{ ...dump, schedules: [], hash: "h2" }, slow]);
    await scene.clock.advance(10 * MINUTE_MS);
    expect(scene.record("report").totals).toMatchObject({ started: { after: 4 }, skipped: {}, missed: {} });
  });

  it("misses what ended while it could not be decided, where the digest no longer says it", async () => {
    const allowed = { ...report, policies: { ...report.policies, overlap: "allow" as const, catchUp: "all" as const } };
    const scene = sceneOf({ dump: 1000 });
    const scheduler = await scene.startScheduler([dump, allowed]);
    await scene.clock.advance(2 * MINUTE_MS);
    // Another scheduler, whose files do not have the job yet, carries the upstream out.
    await scheduler.stop();
    const other = await scene.startScheduler([dump], () => "go-on", [{ source: "files", job: "report" }]);
    await scene.clock.advance(80 * MINUTE_MS);
    await other.stop();
    await scene.startScheduler([dump, allowed]);
    await scene.clock.advance(20_000);
    const { started, missed } = scene.record("report").totals;
    expect(started.after).toBe(62);
    expect(missed).toEqual({ gap: 20 });
    expectOneVerdictEach(scene, report);
  });

  it("has its verdict on what waited when it was removed, and on what ended by the old upstream", async () => {
    const slow = { ...report, policies: { ...report.policies, overlap: "queue" as const } };
    const scene = sceneOf({ dump: 1000, report: 3600_000 });
    const scheduler = await scene.startScheduler([dump, slow]);
    await scene.clock.advance(4 * MINUTE_MS);
    await scheduler.declare([dump, { ...slow, hash: "h2", after: { job: "dump", on: "failed" } }]);
    await scene.clock.advance(1);
    expect(scene.record("report").totals).toMatchObject({ started: { after: 1 }, skipped: { rescheduled: 3 } });
    await scheduler.declare([dump, { ...slow, hash: "h3", after: { job: "dump", on: "ended" } }]);
    await scene.clock.advance(2 * MINUTE_MS);
    await scheduler.declare([dump]);
    await scene.clock.advance(2 * MINUTE_MS);
    const { totals, runs } = scene.record("report");
    expect(totals.skipped).toEqual({ rescheduled: 3, removed: 2 });
    expect(runs).toHaveLength(1);
  });

  it("keeps the record of an upstream that is gone until all of its ends are decided", async () => {
    const slow = { ...report, policies: { ...report.policies, overlap: "queue" as const } };
    const scene = sceneOf({ dump: 1000, report: 20 * 3600_000 });
    const scheduler = await scene.startScheduler([dump, slow]);
    await scene.clock.advance(3 * MINUTE_MS);
    await scheduler.declare([slow]);
    for (let hours = 0; hours < 90; hours++) await scene.clock.advance(3600_000);
    expect(scene.record("report").totals).toMatchObject({ started: { after: 3 }, ended: { succeeded: { after: 3 } } });
    expect([...scene.store.texts.keys()]).toEqual(["report"]);
  });
});

describe("two schedulers, one of which dies at any effect", () => {
  const effects: Omit<Effect, "subject">[] = (
    ["prepare", "activate", "look", "remove", "list", "swap"] as const
  ).flatMap((what) => (["before", "after"] as const).map((moment) => ({ what, moment })));
  const points = effects.flatMap((effect) => [1, 2, 4, 7].map((nth) => ({ ...effect, nth })));

  function killAt(point: Omit<Effect, "subject">, nth: number): Fault {
    let seen = 0;
    return ({ what, moment }) => (what === point.what && moment === point.moment && ++seen === nth ? "kill" : "go-on");
  }

  it.each(points)("$moment $what, the time number $nth", async ({ nth, ...effect }) => {
    const scene = sceneOf({ dump: 5000, report: 2000 }, { kind: "service" });
    await scene.startScheduler([dump, report], killAt(effect, nth));
    await scene.startScheduler([dump, report]);
    await scene.clock.advance(10 * MINUTE_MS);
    scene.expectPromisesKept(dump);
    expectOneVerdictEach(scene, report);
    expect(scene.record("report").totals.started.after).toBeGreaterThanOrEqual(9);
  });
});

describe("two schedulers, one of which dies all the time", () => {
  const ENDS = amount({ usual: 100, full: 1000 });
  const EVERY_MS = 5000;
  /** How many effects a scheduler lives for, in turn: long enough for some runs, and to die anywhere in one. */
  const LIVES = [71, 310, 130, 590, 230, 410, 97, 11, 670, 190];

  it(`give each of ${ENDS} ends one verdict, and start each run once`, async () => {
    const often = aJob({ name: "dump", schedules: [{ pattern: "*/5 * * * * *", timezone: "UTC" }] });
    const each = { ...report, policies: { ...report.policies, overlap: "queue" as const, queueLimit: 100 } };
    const scene = sceneOf({ dump: 1000, report: 1000 }, { kind: "service" });
    let deaths = 0;
    const begin = () => {
      let left = LIVES[deaths % LIVES.length] ?? 0;
      return scene.startScheduler([often, each], () => (--left === 0 ? "kill" : "go-on"));
    };
    const schedulers = [await begin(), await begin()];
    const ended = () => scene.record("dump").totals.ended.succeeded?.schedule ?? 0;
    await scene.clock.advance(EVERY_MS);
    while (ended() < ENDS) {
      await scene.clock.advance(EVERY_MS);
      const dead = schedulers.findIndex(({ isAlive }) => !isAlive);
      if (dead < 0) continue;
      deaths++;
      schedulers[dead] = await begin();
    }
    for (const scheduler of schedulers) await scheduler.declare([{ ...often, schedules: [], hash: "h2" }, each]);
    await scene.startScheduler([{ ...often, schedules: [], hash: "h2" }, each]);
    await scene.clock.advance(30 * MINUTE_MS);
    expect(deaths).toBeGreaterThan(ENDS / 20);
    expectOneVerdictEach(scene, each);
    const { started, skipped, missed } = scene.record("report").totals;
    const upstream = scene.record("dump").totals.ended.succeeded ?? {};
    expect({ started: started.after, skipped, missed }).toEqual({
      started: sum(Object.values(upstream)),
      skipped: {},
      missed: {},
    });
    scene.expectPromisesKept(each);
  });
});
