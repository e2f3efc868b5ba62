import { describe, expect, it } from "vitest";
import { EngineUnavailable } from "../../src/engines/engine.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { Book } from "../../src/runs/book.ts";
import { firstAttempt } from "../../src/runs/launch/attempt-start.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const attempt = { number: 1, objectName: "backup-1", objectId: "object-1", boundAt: at("12:05") };

function sceneOf(runsForMs: number, kind: "container" | "service" = "service"): Scene {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
    kind,
  );
  return scene;
}

describe("what the simulator has found", () => {
  it("a run that is to be replaced is stopped at once, not when it is next looked at", async () => {
    const scene = sceneOf(150_000);
    await scene.startScheduler([aJob({ schedules, policies: { overlap: "replace" } })]);
    await scene.clock.advance(120_000);
    expect(scene.world.executions.map(({ startedAt }) => startedAt)).toEqual([at("12:01"), at("12:02")]);
  });

  it("an older view does not take over while what is due waits in the queue", async () => {
    const queue = aJob({ schedules, policies: { overlap: "queue", queueLimit: 3 } });
    const scene = sceneOf(150_000);
    await scene.startScheduler([{ ...queue, hash: "old" }]);
    await scene.startScheduler([queue]);
    await scene.clock.advance(20 * 60_000);
    scene.expectPromisesKept(queue);
    expect(new Set(scene.world.executions.map(({ definition }) => definition))).toEqual(new Set([queue.hash]));
  });

  it("what was prepared for a job that is gone since is removed, and does not outlive its record", async () => {
    const scene = sceneOf(1000, "container");
    const first = await scene.startScheduler([aJob({ schedules })]);
    await scene.clock.advance(30_000);
    first.kill();
    scene.world.create("backup-20261118t120200z-1", "shipbell", {
      ...firstAttempt(aJob(), { trigger: "schedule", scheduledAt: at("12:02") }, seenAt("12:01")).order,
    });
    await scene.clock.advance(120_000);
    await scene.startScheduler([]);
    await scene.clock.advance(60_000);
    expect([...scene.world.objects.values()].map(({ life }) => life.phase)).not.toContain("inert");
  });

  it("a start that was decided before the record was reset to an earlier time is decided again", () => {
    const start = firstAttempt(aJob(), { trigger: "schedule", scheduledAt: at("12:05") }, seenAt("12:03"));
    expect(start.bind(attempt)(aRecord(at("12:03")), undefined)?.cursor).toEqual(at("12:05"));
    expect(start.bind(attempt)(aRecord(at("11:50")), undefined)).toBeUndefined();
  });

  it("a run that was decided before its job was paused does not start", () => {
    const { attempts: _attempts, ...run } = aRun(at("12:05"));
    const paused = aRecord(at("12:00"), { paused: { since: at("12:04") } });
    expect(startRun(paused, { ...run, attempt, overlap: "forbid" })).toBeUndefined();
  });

  it("nothing is skipped as paused when the job was resumed meanwhile", () => {
    const verdict = { kind: "skipped", reason: "paused" } as const;
    const stretch = { first: at("12:05"), last: at("12:05"), count: 1, verdict };
    expect(passOver(aRecord(at("12:00")), stretch, { now: at("12:05") })).toBeUndefined();
  });

  it("a record that could not be read when it had changed is read before anything is decided on it", async () => {
    const store = new MemoryLedgerStore();
    const ledger = new MemoryLedger(store);
    await ledger.update("backup", () => aRecord(at("12:00")));
    const book = new Book(ledger);
    await book.load();
    await new MemoryLedger(store).update("backup", (record) => record && { ...record, cursor: at("12:05") });
    const { read } = ledger;
    ledger.read = () => Promise.reject(new EngineUnavailable("no answer"));
    await expect(book.reread("backup")).rejects.toThrow("no answer");
    ledger.read = read;
    await book.freshen("backup");
    expect(book.records.get("backup")?.cursor).toEqual(at("12:05"));
  });

  it("an object that is too late to start stays, for another scheduler may be binding it just then", async () => {
    const scene = sceneOf(1000);
    const removed: string[] = [];
    await scene.startScheduler([aJob({ schedules, policies: { startingDeadlineMs: 20_000 } })], ({ what, moment }) => {
      if (what === "prepare" && moment === "after") scene.clock.set(at("12:29:30"));
      if (what === "remove") removed.push(scene.clock.now().toISOString());
      return "go-on";
    });
    await scene.clock.advance(30_000);
    expect(removed).toEqual([]);
    expect(scene.world.executions).toEqual([]);
  });

  it("such an object, when no scheduler has bound it, is removed within a minute", async () => {
    const scene = sceneOf(1000);
    const hourly = [{ pattern: "1 * * * *", timezone: "UTC" }];
    await scene.startScheduler(
      [aJob({ schedules: hourly, policies: { startingDeadlineMs: 20_000 } })],
      ({ what, moment }) => {
        if (what === "prepare" && moment === "after") scene.clock.set(at("12:01:25"));
        return "go-on";
      },
    );
    await scene.clock.advance(31_000);
    expect(scene.world.objects.size).toBe(1);
    await scene.clock.advance(60_000);
    expect(scene.record("backup").totals.missed).toEqual({ "too-late": 1 });
    expect(scene.world.objects.size).toBe(0);
  });

  it("an end that was looked at before the stop signal was noted is looked at again: its outcome is another", () => {
    const stopping = { reason: "replaced", since: at("12:05:10") } as const;
    const signalled = { ...stopping, signalledAt: at("12:05:11") };
    const run = aRun(at("12:05"), { id: "r1", attempts: [{ ...attempt, stopping: signalled }] });
    const failed = { outcome: { kind: "failed", exitCode: 143, oom: false }, finishedAt: at("12:05:12") } as const;
    const key = { run: "r1", number: 1 };
    expect(recordEnd(aRecord(at("12:05"), { runs: [run] }), key, { ...failed, stopping })).toBeUndefined();
    expect(recordEnd(aRecord(at("12:05"), { runs: [run] }), key, { ...failed, stopping: signalled })).toBeDefined();
  });
});

function seenAt(cursor: string) {
  return { instance: "shipbell", seen: aRecord(at(cursor)) };
}
