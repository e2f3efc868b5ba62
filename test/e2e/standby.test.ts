import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { requests } from "./engine-requests.ts";
import type { LogLine } from "./scheduler-log.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { Stage } from "./stage.ts";

// Each wait has its own deadline, and says what did not come.
const everySecond = "*/1 * * * * *";
/** Such a job is only started manually. */
const onceAYear = "0 0 1 1 *";
/** The promise is 2 s, of which the standby may spend half a second until it tries again. */
const TAKEN_OVER_WITHIN_MS = 2000;
const STOPPED_WITHIN_MS = 3000;
/** What a command says that has waited for a start for 2 s, as it does where the machine is busy. */
const WAITING = "(?:shipbell: .*; the request lapses at .*\\n)*";

describe.concurrent("a second scheduler on the same state directory", () => {
  it("stands by, says why, and starts nothing", async () => {
    await using stage = await Stage.set("standby-waits", testEngine());
    await stage.declare({ schedule: everySecond });
    await using first = stage.openScheduler();
    await first.until("engine-up");
    await using standby = stage.openScheduler();
    const { reason } = await standby.until("standby");
    expect(reason).toMatch(/^the scheduler with process id \d+, active since .+, has the lock of .+/);
    expect(await standby.get("/healthz")).toEqual({ status: 200, text: `standby: ${reason}\n` });
    const ready = await standby.get("/readyz");
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text).checks.role).toEqual({ ok: false, reason: `standby: ${reason}` });
    await nextEnd(first);
    await nextEnd(first);
    expect(standby.all("run-started")).toEqual([]);
    expect(await standby.stop()).toBe(0);
  });

  it("takes over within 2 s of the first one's death, with the run that is active", async () => {
    await using stage = await Stage.set("standby-takes-over", testEngine());
    await stage.declare({ schedule: everySecond, body: Stage.atTheGate });
    await using first = stage.openScheduler();
    const { run } = await first.until("run-started");
    await stage.untilExecutions(1);
    await using standby = stage.openScheduler();
    await standby.until("standby");
    const killedAt = performance.now();
    await first.kill();
    await standby.until("active");
    expect(performance.now() - killedAt).toBeLessThan(onThisMachine(TAKEN_OVER_WITHIN_MS));
    await standby.until("run-taken-up", { run });
    await stage.openGate();
    expect(await standby.until("run-finished", { run })).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    expect(await nextEnd(standby)).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    await expectOneOutcomeForEachExecution(stage, standby);
  });

  it("does not work next to one whose files were removed: that one ends, and says why", async () => {
    await using stage = await Stage.set("standby-of-a-removed-one", testEngine());
    await stage.declare({ schedule: onceAYear });
    await using first = stage.openScheduler();
    await first.until("engine-up");
    // It may make a file again while the folder is emptied.
    await rm(stage.folder.stateDir, { recursive: true, maxRetries: 10 });
    const { reason } = await first.until("scheduler-stopping");
    expect(reason).toMatch(/state\/(ledger|lock)\.db was removed or replaced while shipbell used it/);
    expect(await first.ended()).toBe(1);
    expect(first.complaints).toContain(reason);
    await using second = stage.openScheduler();
    await second.until("engine-up");
    expect(second.all("standby")).toEqual([]);
  });

  it("does not take over from one that is stopped, and does when that one is killed", async () => {
    await using stage = await Stage.set("standby-of-a-stopped-one", testEngine());
    await stage.declare({ schedule: onceAYear });
    await using first = stage.openScheduler();
    await first.until("engine-up");
    first.signal("SIGSTOP");
    await using standby = stage.openScheduler();
    await standby.until("standby");
    expect((await standby.get("/readyz")).status).toBe(503);
    await first.kill();
    await standby.until("active");
    await stage.until("the new one is ready", async () => (await standby.get("/readyz")).status === 200);
  });
});

describe.concurrent("a command next to a running scheduler", () => {
  it("starts a job manually", async () => {
    await using stage = await Stage.set("by-hand", testEngine());
    await stage.declare({ schedule: onceAYear });
    await using scheduler = stage.openScheduler();
    await scheduler.until("engine-up");
    expect(await stage.command("run", stage.job)).toEqual({
      code: 0,
      stdout: `${stage.job} is requested; "shipbell explain ${stage.job}" says what came of it\n`,
      stderr: "",
    });
    const started = await scheduler.until("run-started", { job: stage.job, trigger: "manual" });
    expect(await scheduler.until("run-finished", { run: started.run })).toMatchObject({ outcome: "succeeded" });
    await expectOneOutcomeForEachExecution(stage, scheduler);
    expect(await stage.witness.executions()).toEqual([`${started.run}.1`]);
  });

  it("waits for the job's end, prints what it prints, and exits as it did", async () => {
    await using stage = await Stage.set("by-hand-waiting", testEngine());
    await stage.declare({ schedule: onceAYear, body: "echo one; echo two >&2; echo three; exit 7" });
    await using scheduler = stage.openScheduler();
    await scheduler.until("engine-up");
    expect(await stage.command("run", stage.job, "--wait")).toEqual({
      code: 7,
      stdout: "one\nthree\n",
      stderr: expect.stringMatching(
        new RegExp(`^${WAITING}two\\nshipbell: ${stage.job}-\\S+ failed with exit code 7\\n$`),
      ),
    });
    expect(await scheduler.until("run-finished")).toMatchObject({ outcome: "failed", exitCode: 7 });
    expect(await stage.witness.executions()).toHaveLength(1);
  });

  it("is refused a start while the job runs", async () => {
    await using stage = await Stage.set("by-hand-refused", testEngine());
    await stage.declareDueOnce({ body: Stage.atTheGate });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    expect(await stage.command("run", stage.job, "--wait")).toEqual({
      code: 125,
      stdout: "",
      stderr: expect.stringMatching(/was not started: .*\(still-running\)\n$/),
    });
    await scheduler.until("run-refused", { job: stage.job, reason: "still-running" });
    await stage.openGate();
    await scheduler.until("run-finished");
    await expectOneOutcomeForEachExecution(stage, scheduler);
    expect(await stage.witness.executions()).toHaveLength(1);
  });

  it("lists the jobs, as a table and as JSON", async () => {
    await using stage = await Stage.set("listed", testEngine());
    await stage.declareDueOnce({ body: Stage.atTheGate });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    expect((await stage.command("ls")).stdout).toMatch(/^JOB .*\nlisted .* active$/m);
    expect(await listed(stage)).toMatchObject([{ job: "listed", suspended: false, activeRuns: 1 }]);
    await stage.openGate();
    await scheduler.until("run-finished");
    expect((await stage.command("ls")).stdout).toMatch(/^JOB .*\nlisted .* succeeded$/m);
    expect(await listed(stage)).toMatchObject([{ job: "listed", activeRuns: 0, lastOutcome: "succeeded" }]);
  });
});

describe.concurrent("a scheduler that is asked to stop", () => {
  it("starts nothing more, ends within 3 s, and leaves the running job to the next one", async () => {
    await using stage = await Stage.set("stop-running", testEngine());
    await stage.declareDueOnce({ body: Stage.atTheGate });
    await using first = stage.openScheduler();
    const { run } = await first.until("run-started");
    await stage.untilExecutions(1);
    expect(await timed(first.stop())).toEqual({ result: 0, isInTime: true });
    expect(await stage.objects()).toMatchObject([{ run, state: "running" }]);
    await using next = stage.openScheduler();
    await next.until("run-taken-up", { run });
    await stage.openGate();
    expect(await next.until("run-finished", { run })).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    await expectOneOutcomeForEachExecution(stage, next);
    expect(await stage.witness.executions()).toEqual([`${run}.1`]);
  });

  it("ends within 3 s though the engine does not answer, and the start that was under way is the next one's", async () => {
    await using stage = await Stage.set("stop-unanswered", testEngine());
    const scheduledAt = await stage.declareDueOnce();
    const held = stage.proxy.when(requests.create).holdRequest();
    await using first = stage.openScheduler();
    await stage.reached(held);
    expect(await timed(first.stop())).toEqual({ result: 0, isInTime: true });
    held.release();
    expect(first.all("run-started")).toEqual([]);
    await using next = stage.openScheduler();
    const { run } = await next.until("run-started", { scheduledAt: scheduledAt.toISOString() });
    await next.until("run-finished", { run });
    await expectOneOutcomeForEachExecution(stage, next);
    expect(await stage.witness.executions()).toEqual([`${run}.1`]);
  });

  it("starts no occurrence that comes while it stops", async () => {
    await using stage = await Stage.set("stop-starts-nothing", testEngine());
    await stage.declare({ schedule: everySecond });
    const held = stage.proxy.when(requests.create).holdRequest();
    await using scheduler = stage.openScheduler();
    await stage.reached(held);
    const stopped = scheduler.stop();
    await scheduler.until("scheduler-stopping");
    const asked = stage.proxy.requests.length;
    expect(await stopped).toBe(0);
    const since = stage.proxy.requests.slice(asked).filter(({ method }) => method !== "GET");
    expect(since).toEqual([]);
    expect(await stage.witness.executions()).toEqual([]);
  });
});

/** Everything in the record has ended, each execution belongs to a run, and none has two. */
async function expectOneOutcomeForEachExecution(stage: Stage, scheduler: SchedulerProcess): Promise<void> {
  await stage.until("nothing left behind", async () => (await stage.leftovers()).length === 0);
  expect(await scheduler.stop()).toBe(0);
  const { totals, runs } = await stage.record();
  const executions = await stage.witness.executions();
  expect(executions).toEqual([...new Set(executions)]);
  const ended = sum(Object.values(totals.ended).map((byTrigger) => sum(Object.values(byTrigger))));
  const active = runs.filter(({ outcome }) => outcome === undefined);
  expect(ended + active.length).toBe(sum(Object.values(totals.started)));
  expect(executions.length).toBeGreaterThanOrEqual(ended);
  expect(executions.length).toBeLessThanOrEqual(ended + active.length);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The end of the next run that is started from now on. */
async function nextEnd(scheduler: SchedulerProcess): Promise<LogLine> {
  const { run } = await scheduler.until("run-started", {}, { after: scheduler.log.length });
  return scheduler.until("run-finished", { run });
}

async function listed(stage: Stage): Promise<unknown> {
  return JSON.parse((await stage.command("ls", "--format", "json")).stdout);
}

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly isInTime: boolean }> {
  const from = performance.now();
  const result = await work;
  return { result, isInTime: performance.now() - from < onThisMachine(STOPPED_WITHIN_MS) };
}
