import { describe, expect, it } from "vitest";
import type { Job, ObjectKind } from "../../src/job/job.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import { type JobRecord, openAttempts } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { type Fate, type Fault, Scene, type Scheduler } from "./scene.ts";

const MINUTE = 60_000;

/** A job of the pool `db` that is due once, at this time. */
function pooled(name: string, due: string, change: Parameters<typeof aJob>[0] = {}): Job {
  const [hour, minute, second = "0"] = due.split(":");
  const schedules = [{ pattern: `${second} ${minute} ${hour} * * *`, timezone: "UTC" }];
  return aJob({ name, schedules, ...change, run: { pool: "db", ...change.run } });
}

function sceneOf(runsForMs: number, kind: ObjectKind = "service", exits: (job: string) => number = () => 0): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => {
      const done = scene.clock.wait(runsForMs, new AbortController().signal);
      void done.then(() => process.exit(exits(process.order.job)));
    },
    kind,
  );
  return scene;
}

function start(scene: Scene, jobs: readonly Job[], slots: number, fault: Fault = () => "go-on"): Promise<Scheduler> {
  return scene.startScheduler(jobs, fault, [], { db: slots });
}

const order = ({ executions }: Scene["world"]) => executions.map(({ object }) => object.order?.job);

/** How many attempts of the pool were active at once, by the records, at most. */
function counting(scene: Scene): { most: number } {
  const open = new Map<string, number>();
  const counted = { most: 0 };
  scene.store.onWrite = ({ job, after }) => {
    open.set(job, after === undefined ? 0 : openAttempts(after).length);
    counted.most = Math.max(
      counted.most,
      [...open.values()].reduce((sum, count) => sum + count, 0),
    );
  };
  return counted;
}

describe("a pool", () => {
  const ten = Array.from({ length: 10 }, (_, index) => pooled(`job${index}`, "12:01"));

  it.each(["service", "container"] as const)(
    "lets no more %ss run at once than it has slots, and all run",
    async (kind) => {
      const scene = sceneOf(10_000, kind);
      const counted = counting(scene);
      await start(scene, ten, 2);
      await scene.clock.advance(3 * MINUTE);
      for (const job of ten) scene.expectPromisesKept(job);
      expect(scene.world.executions).toHaveLength(10);
      expect(counted.most).toBe(2);
    },
  );

  it("serves what was due first, and of what is due at once the first by name", async () => {
    const scene = sceneOf(MINUTE);
    const jobs = [pooled("d", "12:01"), pooled("c", "12:01:05"), pooled("b", "12:01:10"), pooled("a", "12:01:10")];
    await start(scene, jobs, 1);
    await scene.clock.advance(6 * MINUTE);
    expect(order(scene.world)).toEqual(["d", "c", "a", "b"]);
  });

  it("serves what was due first also after a restart, when all are looked at at once", async () => {
    const scene = sceneOf(MINUTE);
    const jobs = [pooled("d", "12:01"), pooled("c", "12:01:05"), pooled("b", "12:01:10"), pooled("a", "12:01:20")];
    const first = await start(scene, jobs, 1);
    await scene.clock.advance(MINUTE);
    first.kill();
    await start(scene, jobs, 1);
    await scene.clock.advance(6 * MINUTE);
    expect(order(scene.world)).toEqual(["d", "c", "b", "a"]);
  });

  it("has no gap where something waits for it: what is due is started, however late", async () => {
    const scene = sceneOf(10 * MINUTE);
    const jobs = [pooled("a", "12:01"), pooled("b", "12:02", { policies: { catchUp: "none" } })];
    await start(scene, jobs, 1);
    await scene.clock.advance(15 * MINUTE);
    expect(scene.record("b").totals).toMatchObject({ started: { schedule: 1 }, missed: {} });
  });

  it("counts on the starting deadline, and misses as too late what gets no slot in time", async () => {
    const scene = sceneOf(10 * MINUTE);
    const jobs = [pooled("a", "12:01"), pooled("b", "12:02", { policies: { startingDeadlineMs: 2 * MINUTE } })];
    await start(scene, jobs, 1);
    await scene.clock.advance(4 * MINUTE);
    expect(scene.record("b").verdicts).toMatchObject([
      { kind: "missed", reason: "too-late", scheduledAt: at("12:02") },
    ]);
    await scene.clock.advance(10 * MINUTE);
    expect(order(scene.world)).toEqual(["a"]);
  });

  it("is shared by two schedulers", async () => {
    const scene = sceneOf(10_000);
    const counted = counting(scene);
    await start(scene, ten, 3);
    await start(scene, ten, 3);
    await scene.clock.advance(3 * MINUTE);
    for (const job of ten) scene.expectPromisesKept(job);
    expect(scene.world.executions).toHaveLength(10);
    expect(counted.most).toBe(3);
  });

  it("takes nothing from what is active when it gets fewer slots", async () => {
    const scene = sceneOf(MINUTE);
    const counted = counting(scene);
    const scheduler = await start(scene, ten, 4);
    await scene.clock.advance(40_000);
    scheduler.pools = new Map([["db", 1]]);
    await scheduler.declare(ten);
    await scene.clock.advance(15 * MINUTE);
    expect(scene.world.executions).toHaveLength(10);
    expect(counted.most).toBe(4);
    const startedAt = scene.world.executions.slice(4).map(({ startedAt }) => startedAt.getTime());
    expect(startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0))).toEqual(Array(5).fill(MINUTE));
  });

  it("gets the slot of a removed job back", async () => {
    const scene = sceneOf(MINUTE);
    const counted = counting(scene);
    const [a, b] = [pooled("a", "12:01"), pooled("b", "12:02")];
    const scheduler = await start(scene, [a, b], 1);
    await scene.clock.advance(MINUTE);
    await scheduler.declare([b]);
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["a", "b"]);
    expect(counted.most).toBe(1);
  });

  it("does not wait for a job that cannot be started", async () => {
    const scene = sceneOf(10_000);
    const jobs = [pooled("a", "12:01"), pooled("b", "12:01:01")];
    await start(scene, jobs, 1, ({ what, subject }) =>
      what === "prepare" && subject.startsWith("a-") ? "trouble" : "go-on",
    );
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["b"]);
  });

  it("does not wait for a start that hangs", async () => {
    const scene = sceneOf(10_000);
    const jobs = [pooled("a", "12:01"), pooled("b", "12:01:01")];
    await start(scene, jobs, 1, ({ what, subject }) =>
      what === "prepare" && subject.startsWith("a-") ? "hang" : "go-on",
    );
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["b"]);
  });

  it("says once of each that waits that it does", async () => {
    const scene = sceneOf(MINUTE);
    const scheduler = await start(scene, [pooled("a", "12:01"), pooled("b", "12:01:10")], 1);
    await scene.clock.advance(MINUTE);
    expect(scene.events.filter(({ event }) => event === "waits-for-pool")).toMatchObject([
      { job: "b", pool: "db", limit: 1 },
    ]);
    expect(scheduler.loop.pools.standings()).toMatchObject([
      { name: "db", limit: 1, holders: [{ job: "a", attempt: 1 }], waiting: [{ job: "b" }] },
    ]);
    expect(scheduler.loop.pools.waitOf("b")).toEqual({ since: at("12:01:10"), pool: "db" });
  });

  it("that is full does not make a scheduler with an older view of the job take it over", async () => {
    const scene = sceneOf(10 * MINUTE);
    const [a, b] = [pooled("a", "12:01"), pooled("b", "12:02")];
    await start(scene, [a, b], 1);
    await scene.clock.advance(1000);
    await start(scene, [a, { ...b, hash: "h2" }], 1);
    await scene.clock.advance(9 * MINUTE);
    expect(scene.record("b").definition.hash).toBe("h2");
    await scene.clock.advance(3 * MINUTE);
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual(["h1", "h2"]);
  });
});

describe("a slot", () => {
  it("is given back between attempts, and taken again for the next", async () => {
    const retries = { limit: 1, delayMs: 30_000, maxDelayMs: 30_000, on: ["failed"] as const };
    const scene = sceneOf(MINUTE, "service", (job) => (job === "a" ? 7 : 0));
    const counted = counting(scene);
    const jobs = [pooled("a", "12:01", { run: { retries } }), pooled("b", "12:01:10")];
    await start(scene, jobs, 1);
    await scene.clock.advance(140_000);
    // b has run since a's first attempt failed; the second attempt, due after 30 s, waits for it.
    expect(order(scene.world)).toEqual(["a", "b"]);
    await scene.clock.advance(2 * MINUTE);
    expect(order(scene.world)).toEqual(["a", "b", "a"]);
    expect(counted.most).toBe(1);
  });

  it("is taken by manual runs too", async () => {
    const scene = sceneOf(MINUTE);
    await start(scene, [pooled("a", "12:01"), pooled("b", "18:00")], 1);
    await scene.clock.advance(40_000);
    const askedAt = scene.clock.now();
    await new MemoryLedger(scene.store).update("b", (record) => askForRun(record, { id: "w1", kind: "run", askedAt }));
    await scene.clock.advance(30_000);
    expect(order(scene.world)).toEqual(["a"]);
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["a", "b"]);
  });

  it("passes on from a run that is replaced to the one that replaces it", async () => {
    const scene = sceneOf(10 * MINUTE);
    const counted = counting(scene);
    const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
    const replacing = pooled("a", "12:01", { schedules, policies: { overlap: "replace" } });
    await start(scene, [replacing, pooled("b", "12:01:10")], 1);
    await scene.clock.advance(3 * MINUTE);
    expect(order(scene.world)).toEqual(["a", "a", "a"]);
    expect(counted.most).toBe(1);
  });

  it("that a killed scheduler has reserved is used by the next one, at once", async () => {
    const scene = sceneOf(10_000, "container");
    const jobs = [pooled("a", "12:01"), pooled("b", "12:01:01")];
    const first = await start(scene, jobs, 1, ({ what, moment, subject }) =>
      what === "swap" && subject === "db" && moment === "after" ? "kill" : "go-on",
    );
    await scene.clock.advance(31_000);
    expect(first.isAlive).toBe(false);
    await start(scene, jobs, 1);
    await scene.clock.advance(5000);
    expect(order(scene.world)).toEqual(["a"]);
  });

  it.each([
    ["fails", 1, "go-on"],
    ["would not fail without the mark in its job's record", 2, "no mark"],
  ])(
    "that is not bound for 30 s is taken back, and the late bind of a scheduler that slept %s",
    async (_what, most, fence) => {
      const scene = sceneOf(10 * MINUTE);
      const counted = counting(scene);
      const jobs = [pooled("a", "12:01"), pooled("b", "12:01:05")];
      let hasSlept = false;
      // One sleeps between the swap of the pool's record and that of the job's; the other one cannot start the job.
      await start(scene, jobs, 1, async ({ what, moment, subject }): Promise<Fate> => {
        const isBind = what === "swap" && subject === "a" && moment === "before" && scene.store.poolTexts.has("db");
        if (!isBind || hasSlept) return "go-on";
        hasSlept = true;
        await scene.clock.wait(45_000, new AbortController().signal);
        if (fence === "no mark") {
          const { slotsVoidThrough: _mark, ...record } = scene.record("a");
          scene.store.texts.set("a", JSON.stringify(record));
        }
        return "go-on";
      });
      await start(scene, jobs, 1, ({ what, subject }) =>
        what === "prepare" && subject.startsWith("a-") ? "trouble" : "go-on",
      );
      await scene.clock.advance(59_000);
      expect(scene.store.poolTexts.get("db")).toContain('"job":"a"');
      expect(order(scene.world)).toEqual([]);
      await scene.clock.advance(3000);
      expect(order(scene.world)).toEqual(["b"]);
      expect(scene.record("a").slotsVoidThrough).toEqual(at("12:01"));
      await scene.clock.advance(30_000);
      expect([hasSlept, counted.most]).toEqual([true, most]);
      expect(order(scene.world)).toEqual(most === 1 ? ["b"] : ["b", "a"]);
    },
  );

  it("counts for a run that was started without one, as by an older version", async () => {
    const scene = sceneOf(2 * MINUTE);
    await start(scene, [pooled("a", "12:01"), pooled("b", "12:01:20")], 1);
    await scene.clock.advance(40_000);
    scene.store.poolTexts.clear();
    for (const { wake } of scene.store.poolListeners) wake("db");
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["a"]);
    await scene.clock.advance(MINUTE);
    expect(order(scene.world)).toEqual(["a", "b"]);
  });
});

describe("a job without a pool", () => {
  it("has a record without a word of pools, and nothing is asked of them", async () => {
    const scene = sceneOf(1000);
    const job = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });
    await start(scene, [job], 1);
    await scene.clock.advance(3 * MINUTE);
    const text: string = JSON.stringify(scene.record("backup") satisfies JobRecord);
    expect(text).not.toMatch(/pool|slot/);
    expect(scene.store.poolTexts.size).toBe(0);
  });
});
