import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "vitest";
import { type LabEngine, startEngine } from "../lab/engine.ts";
import { engineAt } from "../lab/engine-client.ts";
import { ensureImages } from "../lab/images.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { testEngine } from "../lab/test-engine.ts";
import { amount } from "../support/full.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { eventually } from "./eventually.ts";
import { engineLines, expectReadiness, goOn, startScheduler } from "./scheduler-in-trouble.ts";
import type { LogLine } from "./scheduler-log.ts";
import { TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const { docker, socketPath } = engineAt(testEngine());
/** An edit is looked for each second, and settles for a fifth. */
const IN_EFFECT_MS = 2000;

const msBetween = (since: number, line: LogLine) => Date.parse(String(line.time)) - since;

describe.concurrent("trouble with the engine", () => {
  it("an engine that restarts ends its runs, this is recorded, and the other jobs continue", {
    tags: "full",
  }, async ({ expect }) => {
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

  it("a scheduler that is started while the engine is away is ready when it comes", { tags: "full" }, async ({
    expect,
  }) => {
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

describe.concurrent("trouble with the state directory when a scheduler starts", () => {
  const garbage = "no database, but a text that is longer than the head of one".repeat(20);
  const troubles = [
    {
      what: "a file in its place",
      job: "state-file",
      make: (stateDir: string) => writeFile(stateDir, ""),
      says: "lock.db",
      mend: (stateDir: string) => rm(stateDir),
    },
    {
      what: "something else in place of the ledger",
      job: "state-ledger",
      make: async (stateDir: string) => {
        await mkdir(stateDir);
        await writeFile(join(stateDir, "ledger.db"), garbage);
      },
      says: "ledger.db: file is not a database",
      mend: (stateDir: string) => rename(join(stateDir, "ledger.db"), join(stateDir, "damaged")),
    },
    {
      what: "a folder in place of the lock",
      job: "state-lock",
      make: (stateDir: string) => mkdir(join(stateDir, "lock.db"), { recursive: true }),
      says: "lock.db",
      mend: (stateDir: string) => rm(join(stateDir, "lock.db"), { recursive: true }),
    },
  ];

  it.for(amount({ usual: troubles.slice(1, 2), full: troubles }))(
    "is waited for, and /readyz says what it is: $what",
    async ({ job, make, says, mend }, { expect }) => {
      await using folder = await TestFolder.make();
      await make(folder.stateDir);
      await folder.writeSchedules(
        scheduleFile({ [job]: { schedule: EVERY_SECOND, image: "busybox", command: "true" } }),
      );
      await using scheduler = startScheduler(job, folder);
      const { cause } = await scheduler.until("pass-failed");
      expect(cause).toContain(says);
      const { checks } = await expectReadiness(scheduler, 503);
      expect(checks.ledger).toMatchObject({ ok: false, reason: expect.stringContaining(says) });
      expect((await scheduler.get("/healthz")).status).toBe(200);
      await mend(folder.stateDir);
      await scheduler.until("pass-recovered");
      await eventually("ready", async () => ((await scheduler.get("/readyz")).status === 200 ? true : undefined));
      await goOn(scheduler, job);
      expect(scheduler.all("pass-failed")).toHaveLength(1);
    },
  );
});

describe.concurrent("trouble with definitions", () => {
  /** One file with two jobs, another with one; all are good. */
  const good = `jobs:
  edit-a1:
    schedule: "*/1 * * * * *"
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
      kept: ["edit-a1", "edit-a2"],
    },
    {
      fault: "a schedule without quotes",
      edit: ['"*/2 * * * * *"', "*/2 * * * * *"],
      place: "7:15",
      detail: "a schedule that begins with * must be in quotes, since YAML gives * a meaning of its own",
      hint: 'put the schedule in quotes: "*/2 * * * * *"',
      kept: ["edit-a1", "edit-a2"],
    },
    {
      fault: "a schedule that cannot be",
      edit: ["*/2 * * * * *", "*/2 * 25 * * *"],
      place: "7:15",
      detail: '"25" is not an hour: 0-23 are allowed. (The first of six fields is the second.)',
      kept: ["edit-a2"],
    },
    {
      fault: "a value that is not allowed",
      edit: ['    schedule: "*/2', '    overlap: perhaps\n    schedule: "*/2'],
      place: "7:14",
      detail: 'overlap must be forbid, allow, replace, or queue, not "perhaps"',
      kept: ["edit-a2"],
    },
    {
      fault: "an unknown key",
      edit: ['    schedule: "*/2', '    imge: x\n    schedule: "*/2'],
      place: "7:5",
      detail: 'unknown key "imge"',
      hint: "did you mean image?",
      kept: ["edit-a2"],
    },
  ] as const;

  it.for(amount({ usual: faults.slice(2, 3), full: [...faults] }))(
    "$fault is reported with its place; all jobs continue, and mending it solves it",
    async (one, { expect }) => {
      const { edit, place, fault: _fault, kept: _kept, ...said } = one;
      await using folder = await TestFolder.make();
      const second = join(folder.path, "other.yml");
      await Promise.all([folder.writeSchedules(good), writeFile(second, other)]);
      const args = ["--sources", "files", "--schedules", second];
      await using scheduler = startScheduler(`edit-${faults.indexOf(one)}`, folder, { args });
      await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");

      await folder.writeSchedules(good.replace(edit[0], edit[1]));
      const problem = await scheduler.until("problem");
      expect(problem).toMatchObject({ source: "files", at: `${folder.schedules}:${place}`, ...said });
      const kept = [...((await scheduler.until("definitions-kept")).jobs as string[])].sort();
      expect(kept).toEqual(one.kept);
      expect(await scheduler.metric('shipbell_problems{source="files"}')).toBe(1);
      for (const job of kept) expect(await scheduler.metric(`shipbell_job_kept{job_name="${job}"}`)).toBe(1);
      const { checks } = await expectReadiness(scheduler, 200);
      expect(checks.sources).toEqual({ ok: true, reason: "3 jobs, 1 problem", problems: [problem.at], kept });
      await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");

      await folder.writeSchedules(good);
      await scheduler.until("problem-solved", { at: problem.at });
      expect(await scheduler.metric('shipbell_problems{source="files"}')).toBe(0);
      expect((await expectReadiness(scheduler, 200)).checks.sources).toEqual({
        ok: true,
        reason: "3 jobs, 0 problems",
      });
      await goOn(scheduler, "edit-a1", "edit-a2", "edit-b");
      expect(scheduler.all("problem")).toHaveLength(1);
      for (const { removed } of scheduler.all("jobs-changed")) expect(removed).toEqual([]);
    },
  );

  it("a broken label is a problem that names container and label, and touches no other job", { tags: "full" }, async ({
    expect,
  }) => {
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
        detail: 'overlap must be forbid, allow, replace, or queue, not "perhaps"',
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
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(onThisMachine(IN_EFFECT_MS));
});

async function ownEngine(): Promise<LabEngine> {
  const engine = await startEngine();
  await ensureImages(engine, ["busybox"]);
  return engine;
}
