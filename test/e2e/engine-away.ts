import type { ExpectStatic } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { decidedInstants, everyInstant } from "./decided.ts";
import { eventually } from "./eventually.ts";
import { readRecord } from "./read-record.ts";
import { engineLines, expectReadiness, goOn, startScheduler } from "./scheduler-in-trouble.ts";
import { TestFolder } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";

/** The engine goes, and is back after a minute: every due instant is decided, every run has its true end. */
export async function beAwayForAMinute(expect: ExpectStatic): Promise<void> {
  const everyMs = 2000;
  const often = { schedule: "*/2 * * * * *", image: "busybox", command: "true" };
  const jobs = {
    "away-last": often,
    "away-none": { ...often, catch_up: "none" },
    "away-busy": { ...often, command: "sleep 3" },
  };
  await using folder = await TestFolder.make();
  await using proxy = await startEngineProxy(engineAt(testEngine()).socketPath);
  await folder.writeSchedules(scheduleFile(jobs));
  await using scheduler = startScheduler("away", folder, { dockerHost: proxy.dockerHost });
  await goOn(scheduler, ...Object.keys(jobs));
  await expectReadiness(scheduler, 200);
  const long = { schedule: "*/5 * * * * *", image: "busybox", stop_grace_period: "1s" };
  const longs = {
    "away-ends": { ...long, command: ["sh", "-c", "sleep 20; exit 3"] },
    "away-stays": { ...long, command: "sleep 80" },
  };
  await folder.writeSchedules(scheduleFile({ ...jobs, ...longs }));
  const { run: ending } = await scheduler.until("run-started", { job: "away-ends" });
  const { run: staying } = await scheduler.until("run-started", { job: "away-stays" });

  const downAt = Date.now();
  await proxy.down();
  await scheduler.until("engine-down");
  const down = await expectReadiness(scheduler, 503);
  expect(down.checks.engine).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up/),
  });
  expect(await scheduler.metric("shipbell_engine_up")).toBe(0);
  expect((await scheduler.get("/healthz")).status).toBe(200);
  const dueAt = downAt + 10_000;
  const once = { schedule: onceAt(new Date(dueAt)), image: "busybox", command: "true" };
  const onces = { "away-caught": once, "away-dropped": { ...once, catch_up: "none" } };
  await folder.writeSchedules(scheduleFile({ ...jobs, ...longs, ...onces }));
  await scheduler.until("jobs-changed", { jobs: 7 });
  await eventually("a minute since they were due", () => Date.now() > dueAt + 62_000 || undefined);
  const during = scheduler.log.filter(({ time }) => Date.parse(String(time)) > downAt + 1000);
  expect(during.filter(({ event }) => event === "run-started")).toEqual([]);
  const after = scheduler.log.length;
  await proxy.up();
  await scheduler.until("engine-up", {}, { after });
  await expectReadiness(scheduler, 200);
  expect(await scheduler.metric("shipbell_engine_up")).toBe(1);

  const ends = await scheduler.until("run-finished", { run: ending }, { after });
  expect(ends).toMatchObject({ outcome: "failed", exitCode: 3 });
  expect(ends.durationMs).toBeGreaterThan(19_000);
  expect(ends.durationMs).toBeLessThan(onThisMachine(30_000));
  const stays = await scheduler.until("run-finished", { run: staying }, { after });
  expect(stays).toMatchObject({ outcome: "succeeded" });
  expect(stays.durationMs).toBeGreaterThan(79_000);
  expect(stays.durationMs).toBeLessThan(onThisMachine(90_000));
  await goOn(scheduler, ...Object.keys(jobs));

  const scheduledAt = new Date(Math.floor(dueAt / 1000) * 1000).toISOString();
  await scheduler.until("run-finished", { job: "away-caught", outcome: "succeeded" }, { after });
  await scheduler.until("occurrence-missed", { job: "away-dropped", reason: "gap" }, { after });
  const verdictsOn = async (job: string) => (await readRecord(folder, job)).verdicts.map(({ kind }) => kind);
  expect([await verdictsOn("away-caught"), await verdictsOn("away-dropped")]).toEqual([["started"], ["missed"]]);
  expect(scheduler.all("run-started", { job: "away-caught" })).toMatchObject([{ trigger: "catch-up", scheduledAt }]);
  expect(engineLines(scheduler)).toEqual(["engine-up", "engine-down", "engine-up"]);
  expect(scheduler.all("pass-failed")).toEqual([]);
  expect(await scheduler.stop()).toBe(0);
  for (const job of Object.keys(jobs)) {
    const { cursor, totals, runs } = await readRecord(folder, job);
    const decided = decidedInstants(scheduler.log, job, everyMs);
    const first = decided[0] ?? Number.NaN;
    expect(decided).toEqual(everyInstant(first, cursor.getTime(), everyMs));
    expect(sum(totals.started) + sum(totals.skipped) + sum(totals.missed)).toBe(decided.length);
    const ended = Object.values(totals.ended).reduce((all, byTrigger) => all + sum(byTrigger), 0);
    expect(sum(totals.started)).toBe(ended + runs.filter(({ outcome }) => outcome === undefined).length);
    expect(Object.keys(totals.ended)).toEqual(["succeeded"]);
  }
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce((all: number, count) => all + (count ?? 0), 0);
}
