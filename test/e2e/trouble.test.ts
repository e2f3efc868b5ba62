import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, inject, it } from "vitest";
import { type LabEngine, startEngine } from "../lab/engine.ts";
import { engineAt } from "../lab/engine-client.ts";
import { ensureImages } from "../lab/images.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { decidedInstants, everyInstant } from "./decided.ts";
import { eventually } from "./eventually.ts";
import { readPage } from "./read-page.ts";
import type { LogLine } from "./scheduler-log.ts";
import { type SchedulerOptions, SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, onceAt, scheduleFile } from "./schedules.ts";

const { docker, socketPath } = engineAt(inject("dockerHost"));
/** An edit is looked for each second, and settles for a fifth. */
const IN_EFFECT_MS = 2000;

function startScheduler(
  instance: string,
  folder: TestFolder,
  options: Partial<SchedulerOptions> = {},
): SchedulerProcess {
  const { args = ["--sources", "files"], ...rest } = options;
  return new SchedulerProcess({
    dockerHost: inject("dockerHost"),
    folder,
    args: ["--instance", instance, ...args],
    ...rest,
  });
}

/** Every job runs again, to a good end, after this. */
async function goOn(scheduler: SchedulerProcess, ...jobs: readonly string[]): Promise<void> {
  const after = scheduler.log.length;
  for (const job of jobs) {
    const { run } = await scheduler.until("run-started", { job }, { after });
    await scheduler.until("run-finished", { job, run, outcome: "succeeded" }, { after });
  }
}

const msBetween = (since: number, line: LogLine) => Date.parse(String(line.time)) - since;

describe.concurrent("trouble with the engine", { timeout: 180_000 }, () => {
  it("an engine that is away for a minute loses nothing: every due instant is decided, every run has its true end", async ({
    expect,
  }) => {
    const everyMs = 2000;
    const often = { schedule: "*/2 * * * * *", image: "busybox", command: "true" };
    const jobs = {
      "away-last": often,
      "away-none": { ...often, catch_up: "none" },
      "away-busy": { ...often, command: "sleep 3" },
    };
    await using folder = await TestFolder.make();
    await using proxy = await startEngineProxy(socketPath);
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
    await eventually("a minute since they were due", () => Date.now() > dueAt + 62_000 || undefined, 80_000);
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
    expect(ends.durationMs).toBeLessThan(30_000);
    const stays = await scheduler.until("run-finished", { run: staying }, { after });
    expect(stays).toMatchObject({ outcome: "succeeded" });
    expect(stays.durationMs).toBeGreaterThan(79_000);
    expect(stays.durationMs).toBeLessThan(90_000);
    await goOn(scheduler, ...Object.keys(jobs));

    const scheduledAt = new Date(Math.floor(dueAt / 1000) * 1000).toISOString();
    await scheduler.until("run-finished", { job: "away-caught", outcome: "succeeded" }, { after });
    await scheduler.until("occurrence-missed", { job: "away-dropped", reason: "gap" }, { after });
    const verdictsOn = async (job: string) => (await readPage(folder, job)).verdicts.map(({ kind }) => kind);
    expect([await verdictsOn("away-caught"), await verdictsOn("away-dropped")]).toEqual([["started"], ["missed"]]);
    expect(scheduler.all("run-started", { job: "away-caught" })).toMatchObject([{ trigger: "catch-up", scheduledAt }]);
    expect(engineLines(scheduler)).toEqual(["engine-up", "engine-down", "engine-up"]);
    expect(scheduler.all("pass-failed")).toEqual([]);
    expect(await scheduler.stop()).toBe(0);
    for (const job of Object.keys(jobs)) {
      const { cursor, totals, runs } = await readPage(folder, job);
      const decided = decidedInstants(scheduler.log, job, everyMs);
      const first = decided[0] ?? Number.NaN;
      expect(decided).toEqual(everyInstant(first, cursor.getTime(), everyMs));
      expect(sum(totals.started) + sum(totals.skipped) + sum(totals.missed)).toBe(decided.length);
      const ended = Object.values(totals.ended).reduce((all, byTrigger) => all + sum(byTrigger), 0);
      expect(sum(totals.started)).toBe(ended + runs.filter(({ outcome }) => outcome === undefined).length);
      expect(Object.keys(totals.ended)).toEqual(["succeeded"]);
    }
  });

  it("an engine that restarts ends the runs that it has, they are told so, and the others go on", async ({
    expect,
  }) => {
    await using engine = await ownEngine();
    await using folder = await TestFolder.make();
    const jobs = { "restart-often": { schedule: EVERY_SECOND, image: "busybox", command: "true" } };
    await folder.writeSchedules(
      scheduleFile({ ...jobs, "restart-long": { schedule: EVERY_SECOND, image: "busybox", command: "sleep 300" } }),
    );
    await using scheduler = startScheduler("restart", folder, { dockerHost: engine.dockerHost });
    const { run } = await scheduler.until("run-started", { job: "restart-long" });
    await goOn(scheduler, "restart-often");
    await engine.restart();
    const finished = await scheduler.until("run-finished", { job: "restart-long" });
    // dockerd stops its containers with SIGTERM: 128 + 15.
    expect(finished).toMatchObject({ run, outcome: "failed", exitCode: 143, oom: false });
    await goOn(scheduler, "restart-often");
    await scheduler.until("run-started", { job: "restart-long" }, { after: scheduler.log.indexOf(finished) });
    expect(scheduler.all("engine-down").length).toBe(scheduler.all("engine-up").length - 1);
    const outcomes = scheduler.all("run-finished", { job: "restart-often" }).map(({ outcome }) => outcome);
    expect(new Set(outcomes).has("lost")).toBe(false);
  });

  it("a scheduler that is started while the engine is away is ready when it comes", async ({ expect }) => {
    await using folder = await TestFolder.make();
    await using proxy = await startEngineProxy(socketPath);
    await proxy.down();
    await folder.writeSchedules(
      scheduleFile({ "late-engine": { schedule: EVERY_SECOND, image: "busybox", command: "true" } }),
    );
    await using scheduler = startScheduler("late-engine", folder, { dockerHost: proxy.dockerHost, args: [] });
    await scheduler.until("engine-down");
    const { checks } = await expectReadiness(scheduler, 503);
    expect(checks.engine).toMatchObject({ ok: false, reason: expect.stringContaining("/_ping") });
    expect((await scheduler.get("/healthz")).status).toBe(200);
    expect(scheduler.all("run-started")).toEqual([]);
    await proxy.up();
    await scheduler.until("engine-up");
    await eventually("ready", async () => ((await scheduler.get("/readyz")).status === 200 ? true : undefined));
    await goOn(scheduler, "late-engine");
    await scheduler.until("problem-solved", { source: "containers" });
    expect(engineLines(scheduler)).toEqual(["engine-down", "engine-up"]);
  });
});

describe.concurrent("trouble with definitions", { timeout: 60_000 }, () => {
  /** One file with two jobs, another with one; all are good. */
  const good = `jobs:
  edit-a1:
    schedule: "* * * * * *"
    image: busybox
    command: "true"
  edit-a2:
    schedule: "*/2 * * * * *"
    image: busybox
    command: "true"
`;
  const other = scheduleFile({ "edit-b": { schedule: EVERY_SECOND, image: "busybox", command: "true" } });

  /** An edit of that file, and what is said of it. */
  const faults = [
    {
      fault: "an indentation that does not fit",
      edit: ["    image: busybox", "   image: busybox"],
      place: "4:4",
      detail: "the indentation does not fit the lines before",
    },
    {
      fault: "a schedule without quotes",
      edit: ['"*/2 * * * * *"', "*/2 * * * * *"],
      place: "7:15",
      detail: "a schedule that begins with * must be in quotes, since YAML gives * a meaning of its own",
      hint: 'put the schedule in quotes: "*/2 * * * * *"',
    },
    {
      fault: "a schedule that cannot be",
      edit: ["*/2 * * * * *", "*/2 * 25 * * *"],
      place: "7:15",
      detail: '"25" is not an hour: 0-23 are allowed. (The first of six fields is the second.)',
    },
    {
      fault: "a value that is not allowed",
      edit: ['    schedule: "*/2', '    overlap: perhaps\n    schedule: "*/2'],
      place: "7:14",
      detail: 'overlap must be forbid or allow, not "perhaps"',
    },
    {
      fault: "a key that nobody knows",
      edit: ['    schedule: "*/2', '    imge: x\n    schedule: "*/2'],
      place: "7:5",
      detail: 'unknown key "imge"',
      hint: "did you mean image?",
    },
  ] as const;

  it.for(faults)("$fault is told with its place; all jobs go on, and mending it solves it", async (one, { expect }) => {
    const { edit, place, fault: _fault, ...said } = one;
    await using folder = await TestFolder.make();
    const second = join(folder.path, "other.yml");
    await Promise.all([folder.writeSchedules(good), writeFile(second, other)]);
    const args = ["--sources", "files", "--schedules", second];
    await using scheduler = startScheduler(`edit-${faults.indexOf(one)}`, folder, { args });
    await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");

    await folder.writeSchedules(good.replace(edit[0], edit[1]));
    const problem = await scheduler.until("problem");
    expect(problem).toMatchObject({ source: "files", at: `${folder.schedules}:${place}`, ...said });
    expect(await scheduler.metric('shipbell_problems{source="files"}')).toBe(1);
    expect((await scheduler.get("/readyz")).status).toBe(200);
    await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");

    await folder.writeSchedules(good);
    await scheduler.until("problem-solved", { at: problem.at });
    expect(await scheduler.metric('shipbell_problems{source="files"}')).toBe(0);
    await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");
    expect(scheduler.all("problem")).toHaveLength(1);
    for (const { removed } of scheduler.all("jobs-changed")) expect(removed).toEqual([]);
  });

  it("a broken label is a problem that names container and label, and touches no other job", async ({ expect }) => {
    await using folder = await TestFolder.make();
    await folder.writeSchedules(
      scheduleFile({ "label-file": { schedule: EVERY_SECOND, image: "busybox", command: "true" } }),
    );
    await using scheduler = startScheduler("label-trouble", folder, { args: [] });
    await goOn(scheduler, "label-file");
    const labels = ["--label", "shipbell.schedule=0 0 1 1 *", "--label", "shipbell.overlap=perhaps"];
    await docker("create", "--name", "label-broken", ...labels, "busybox", "true");
    try {
      const problem = await scheduler.until("problem", { source: "containers" });
      expect(problem).toMatchObject({
        at: "container label-broken, label shipbell.overlap",
        detail: 'overlap must be forbid or allow, not "perhaps"',
      });
      await goOn(scheduler, "label-file");
    } finally {
      await docker("rm", "--force", "label-broken");
    }
    await scheduler.until("problem-solved", { at: "container label-broken, label shipbell.overlap" });
    await goOn(scheduler, "label-file");
  });
});

/** By itself, since it is a matter of time; most of several, since a machine has other things to do, too. */
it("an edit is in effect within two seconds", async ({ expect }) => {
  await using folder = await TestFolder.make();
  const job = (word: string) => ({ schedule: EVERY_SECOND, image: "busybox", command: `echo ${word}` });
  await folder.writeSchedules(scheduleFile({ "edit-word": job("first") }));
  await using scheduler = startScheduler("edit-word", folder);
  await scheduler.until("job-output", { line: "first" });
  const times: number[] = [];
  for (const word of ["second", "third", "fourth", "fifth", "sixth"]) {
    const [after, editedAt] = [scheduler.log.length, Date.now()];
    await folder.writeSchedules(scheduleFile({ "edit-word": job(word) }));
    const line = await scheduler.until("jobs-changed", {}, { after });
    expect(line).toMatchObject({ added: [], changed: ["edit-word"], removed: [] });
    times.push(msBetween(editedAt, line));
    await scheduler.until("job-output", { line: word });
  }
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(IN_EFFECT_MS);
}, 60_000);

interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>;
}

/** Asks once. */
async function expectReadiness(scheduler: SchedulerProcess, status: 200 | 503): Promise<Readiness> {
  const answer = await scheduler.get("/readyz");
  const readiness = JSON.parse(answer.text) as Readiness;
  if (answer.status === status && readiness.ready === (status === 200)) return readiness;
  throw new Error(`/readyz answered ${answer.status}, not ${status}: ${answer.text}`);
}

async function ownEngine(): Promise<LabEngine> {
  const engine = await startEngine();
  await ensureImages(engine, ["busybox"]);
  return engine;
}

/** What was told of the engine; with the cause and the time of what is told once too often, for whoever reads the failure. */
function engineLines({ log }: SchedulerProcess): string[] {
  const lines = log.filter(({ event }) => event === "engine-up" || event === "engine-down");
  return lines.map(({ event, time, cause }, index) => (index < 3 ? event : `${event} at ${time}: ${cause}`));
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce((all: number, count) => all + (count ?? 0), 0);
}
