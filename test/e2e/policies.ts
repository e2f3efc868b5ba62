import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/ledger/record.ts";
import type { LogLine } from "./scheduler-log.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { Stage, type StageJob } from "./stage.ts";

const EACH_2_S = "*/2 * * * * *";

export type MakeStage = (job: string) => Promise<Stage>;

/** Due at these times, in milliseconds from now; or by a schedule. */
type Declared = Omit<StageJob, "schedule"> & { readonly due: readonly number[] | string };

export type PolicyStory = (stage: Stage, scheduler: SchedulerProcess) => Promise<void>;

/** A stage with a job that is declared so, and its scheduler, for one story. */
export async function playPolicy(makeStage: MakeStage, job: string, declared: Declared, story: PolicyStory) {
  await using stage = await makeStage(job);
  const { due, ...rest } = declared;
  if (typeof due === "string") await stage.declare({ ...rest, schedule: due });
  else await stage.declareDue(due, rest);
  await using scheduler = stage.openScheduler();
  await story(stage, scheduler);
}

/** What the policies do on a real engine, whichever it is. */
export function describePolicies(engine: string, makeStage: MakeStage): void {
  const play = (job: string, declared: Declared, story: PolicyStory) => playPolicy(makeStage, job, declared, story);

  describe.concurrent(`retries, ${engine}`, () => {
    it("follow an attempt that fails, after their delay, and the last one's outcome is the run's", () =>
      play(
        "retries",
        { due: [-1000], body: "exit $((3 - SHIPBELL_ATTEMPT))", policies: { retries: { limit: 4, delay: "1s" } } },
        async (stage, scheduler) => {
          expect(await scheduler.until("run-finished")).toMatchObject({ outcome: "succeeded", attempt: 3 });
          const { runs, totals } = await stage.record();
          const [first, second, third] = runs[0]?.attempts ?? [];
          expect([first, second, third]).toMatchObject([
            { outcome: { kind: "failed", exitCode: 2 } },
            { outcome: { kind: "failed", exitCode: 1 } },
            { outcome: { kind: "succeeded" } },
          ]);
          // The second one's delay is doubled; then some is taken off, so that not all come at one instant.
          expect(Number(second?.boundAt) - Number(first?.finishedAt)).toBeGreaterThanOrEqual(500);
          expect(Number(third?.boundAt) - Number(second?.finishedAt)).toBeGreaterThanOrEqual(1000);
          expect(totals).toMatchObject({ started: { schedule: 1 }, retries: 2, ended: { succeeded: { schedule: 1 } } });
          expect(await stage.witness.executions()).toEqual([1, 2, 3].map((attempt) => `${runs[0]?.id}.${attempt}`));
        },
      ));

    it("are kept by the scheduler that comes after a kill", () =>
      play(
        "retry-kill",
        { due: [-1000], body: "exit 1", policies: { retries: { limit: 1, delay: "4s" } } },
        async (stage, scheduler) => {
          await scheduler.until("attempt-finished");
          await scheduler.kill();
          await using next = stage.openScheduler();
          expect(await next.until("run-finished")).toMatchObject({ outcome: "failed", attempt: 2 });
          expect(await stage.witness.executions()).toHaveLength(2);
        },
      ));

    it("follow a timeout, whose process takes no notice of the stop signal, when they are for that", () =>
      play(
        "timeout",
        {
          due: [-1000],
          body: `[ $SHIPBELL_ATTEMPT = 2 ] && exit 0; trap "" TERM; while :; do sleep 1; done`,
          policies: {
            timeout: "1s",
            stop_grace_period: "1s",
            retries: { limit: 1, delay: "1s", on: ["timed-out"] },
          },
        },
        async (stage, scheduler) => {
          const stopping = await scheduler.until("attempt-stopping");
          expect(stopping).toMatchObject({ reason: "timed-out", attempt: 1 });
          expect(await scheduler.until("run-finished")).toMatchObject({ outcome: "succeeded", attempt: 2 });
          const [attempt] = (await stage.record()).runs[0]?.attempts ?? [];
          expect(attempt?.outcome).toEqual({ kind: "timed-out", exitCode: 137 });
        },
      ));

    it("come to an end at an operator's word, while the next one is awaited", () =>
      play(
        "cancel-retry",
        { due: [-1000], body: "exit 1", policies: { retries: { limit: 3, delay: "10m" } } },
        async (stage, scheduler) => {
          const { run } = await scheduler.until("attempt-finished");
          expect((await stage.command("cancel", String(run))).stdout).toContain("will not get it");
          expect((await stage.record()).runs).toMatchObject([{ outcome: { kind: "cancelled" } }]);
          expect(await stage.witness.executions()).toEqual([`${run}.1`]);
        },
      ));
  });

  describe.concurrent(`overlap, ${engine}`, () => {
    it("replace: the run before is stopped, and the next one starts when it has ended", () =>
      play(
        "replace",
        {
          due: "*/3 * * * * *",
          body: `trap "" TERM; while :; do sleep 1; done`,
          policies: { overlap: "replace", stop_grace_period: "1s" },
        },
        async (stage, scheduler) => {
          const replaced = await scheduler.until("run-finished");
          expect(replaced).toMatchObject({ outcome: "replaced", exitCode: 137 });
          const after = scheduler.log.indexOf(replaced) + 1;
          await scheduler.until("run-finished", { outcome: "replaced" }, { after });
          expectNoOverlap(await stage.record());
        },
      ));

    it("queue: they run one after the other, and what is too much for the queue is skipped, the oldest first", () =>
      play(
        "queue",
        { due: [-4000, -3000, -2000], body: Stage.atTheGate, policies: { overlap: "queue", queue_limit: 1 } },
        async (stage, scheduler) => {
          const skipped = await scheduler.until("occurrence-skipped");
          expect(skipped).toMatchObject({ reason: "queue-full", count: 1 });
          await stage.untilExecutions(1);
          await stage.openGate();
          const first = await scheduler.until("run-finished", { outcome: "succeeded" });
          await scheduler.until("run-finished", {}, { after: scheduler.log.indexOf(first) + 1 });
          const record = await stage.record();
          expect(record.verdicts.map(({ kind }) => kind)).toEqual(["started", "skipped", "started"]);
          expectNoOverlap(record);
        },
      ));

    it("queue: one that waits longer than its starting_deadline is missed", () =>
      play(
        "deadline",
        { due: EACH_2_S, body: Stage.atTheGate, policies: { overlap: "queue", starting_deadline: "5s" } },
        async (stage, scheduler) => {
          const missed = await scheduler.until("occurrence-missed");
          expect(missed).toMatchObject({ reason: "too-late", count: 1 });
          expect(Date.parse(String(missed.time)) - Date.parse(String(missed.scheduledAt))).toBeGreaterThan(5000);
          await stage.openGate();
          const finished = await scheduler.until("run-finished", { outcome: "succeeded" });
          const next = await scheduler.until("run-started", {}, { after: scheduler.log.indexOf(finished) });
          expect(Date.parse(String(next.scheduledAt))).toBeGreaterThan(Date.parse(String(missed.scheduledAt)));
        },
      ));

    it("allow: they run side by side", () =>
      play(
        "allow",
        { due: [-2000, -1000], body: Stage.atTheGate, policies: { overlap: "allow" } },
        async (stage, scheduler) => {
          await stage.untilExecutions(2);
          expect(scheduler.all("run-finished")).toEqual([]);
          await stage.openGate();
          const first = await scheduler.until("run-finished", { outcome: "succeeded" });
          const after = scheduler.log.indexOf(first) + 1;
          expect((await scheduler.until("run-finished", { outcome: "succeeded" }, { after })).run).not.toBe(first.run);
        },
      ));
  });

  it.concurrent(`catch_up all, ${engine}: a gap is worked off, the oldest first, one after the other`, () =>
    play(
      "catch-up",
      { due: [-190_000, -130_000, -70_000], policies: { catch_up: "all", catch_up_limit: 2, overlap: "allow" } },
      async (stage, scheduler) => {
        const first = await scheduler.until("run-finished", { outcome: "succeeded" });
        await scheduler.until("run-finished", { outcome: "succeeded" }, { after: scheduler.log.indexOf(first) + 1 });
        const record = await stage.record();
        expect(record.verdicts).toMatchObject([
          { kind: "missed", reason: "gap" },
          { kind: "started" },
          { kind: "started" },
        ]);
        expect(record.totals).toMatchObject({ started: { "catch-up": 2 }, missed: { gap: 1 } });
        expectNoOverlap(record);
      },
    ));

  describe.concurrent(`at an operator's word, ${engine}`, () => {
    it("a run is stopped, and nothing starts until the job is resumed", () =>
      play("operator", { due: EACH_2_S, body: "exec sleep 100" }, async (stage, scheduler) => {
        const { run } = await scheduler.until("run-started");
        await stage.untilExecutions(1);
        expect(await stage.command("pause", stage.job, "--reason", "maintenance")).toMatchObject({ code: 0 });
        expect(await stage.command("cancel", String(run))).toMatchObject({ code: 0 });
        await scheduler.until("run-finished", { outcome: "cancelled" });
        // The first one after the run, whatever was skipped for its sake.
        await scheduler.until("occurrence-skipped", { reason: "paused" }, { after: scheduler.log.length });
        expect(scheduler.all("run-started")).toHaveLength(1);
        expect(await stage.command("resume", stage.job)).toMatchObject({ code: 0 });
        const started = await scheduler.until("run-started", {}, { after: scheduler.log.length });
        const { verdicts } = await stage.record();
        expect(startedAfter(verdicts, started)).toBe(true);
      }));

    it("what waits is skipped, and what runs goes on", () =>
      play(
        "reset",
        { due: [-2000, -1000], body: Stage.atTheGate, policies: { overlap: "queue" } },
        async (stage, scheduler) => {
          await stage.untilExecutions(1);
          await stage.until("one waits", async () => (await stage.record()).admittedThrough !== undefined);
          expect((await stage.command("reset", stage.job)).stdout).toContain("Skipped, for it was not decided");
          await stage.openGate();
          const finished = await scheduler.until("run-finished", { outcome: "succeeded" });
          expect(await stage.command("run", stage.job, "--wait")).toMatchObject({ code: 0 });
          await scheduler.until("run-finished", {}, { after: scheduler.log.indexOf(finished) + 1 });
          const { started, skipped } = (await stage.record()).totals;
          expect({ started, skipped }).toEqual({ started: { schedule: 1, manual: 1 }, skipped: { rescheduled: 1 } });
          expect(await stage.witness.executions()).toHaveLength(2);
        },
      ));
  });
}

/** By what the engine says of each attempt. */
function expectNoOverlap({ runs }: JobRecord): void {
  const attempts = runs.flatMap((run) => run.attempts).filter(({ startedAt }) => startedAt !== undefined);
  expect(attempts.length).toBeGreaterThan(1);
  for (const [index, { finishedAt }] of attempts.slice(0, -1).entries())
    expect(Number(attempts[index + 1]?.startedAt)).toBeGreaterThanOrEqual(Number(finishedAt));
}

/** Nothing of what was skipped is made up for. */
function startedAfter(verdicts: JobRecord["verdicts"], started: LogLine): boolean {
  const skipped = verdicts.filter(({ reason }) => reason === "paused");
  return skipped.every(({ scheduledAt, through = scheduledAt }) => through < new Date(String(started.scheduledAt)));
}
