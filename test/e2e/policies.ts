import { describe, expect, it } from "vitest";
import type { SchedulerProcess } from "./scheduler-process.ts";
import type { Stage, StageJob } from "./stage.ts";

const EACH_5_S = "*/5 * * * * *";
const STAYS = "sleep 12";

/** What the policies do on a real engine, whichever it is. */
export function describePolicies(engine: string, makeStage: (job: string) => Promise<Stage>): void {
  const play = async (
    job: string,
    declared: Omit<StageJob, "schedule"> & { readonly schedule?: string },
    story: (stage: Stage, scheduler: SchedulerProcess) => Promise<void>,
  ) => {
    await using stage = await makeStage(job);
    if (declared.schedule === undefined) await stage.declareDueOnce(declared);
    else await stage.declare({ ...declared, schedule: declared.schedule });
    await using scheduler = stage.openScheduler();
    await story(stage, scheduler);
  };

  describe.concurrent(`policies, ${engine}`, () => {
    it("retries: an attempt that fails is followed by another one, whose outcome is the run's", () =>
      play(
        "retries",
        { body: "exit $((3 - SHIPBELL_ATTEMPT))", policies: { retries: { limit: 4, delay: "1s" } } },
        async (stage, scheduler) => {
          const finished = await scheduler.until("run-finished");
          expect(finished).toMatchObject({ outcome: "succeeded", attempt: 3 });
          const [run] = (await stage.page()).runs;
          expect(run?.attempts.map(({ outcome }) => outcome)).toMatchObject([
            { kind: "failed", exitCode: 2 },
            { kind: "failed", exitCode: 1 },
            { kind: "succeeded" },
          ]);
          expect(await stage.witness.executions()).toEqual([1, 2, 3].map((attempt) => `${run?.id}.${attempt}`));
        },
      ));

    it("retries: the next attempt is awaited by the scheduler that comes after a kill", () =>
      play(
        "retry-kill",
        { body: "exit 1", policies: { retries: { limit: 1, delay: "8s" } } },
        async (stage, scheduler) => {
          await stage.until(
            "the first end",
            async () => (await stage.page()).runs[0]?.attempts[0]?.retryAt !== undefined,
          );
          await scheduler.kill();
          await using next = stage.openScheduler();
          const finished = await next.until("run-finished");
          expect(finished).toMatchObject({ outcome: "failed", attempt: 2 });
          expect(await stage.witness.executions()).toHaveLength(2);
        },
      ));

    it("replace: the run before is stopped for the next one", () =>
      play(
        "replace",
        { schedule: EACH_5_S, body: "exec sleep 100", policies: { overlap: "replace", stop_grace_period: "1s" } },
        async (_stage, scheduler) => {
          const replaced = await scheduler.until("run-finished", { outcome: "replaced" });
          const after = scheduler.log.indexOf(replaced);
          await scheduler.until("run-started", {}, { after });
          expect(scheduler.all("run-finished").every(({ outcome }) => outcome === "replaced")).toBe(true);
        },
      ));

    it("queue: they run one after the other, the oldest first, and too many are skipped", () =>
      play(
        "queue",
        { schedule: EACH_5_S, body: STAYS, policies: { overlap: "queue", queue_limit: 1 } },
        async (_stage, scheduler) => {
          await scheduler.until("occurrence-skipped", { reason: "queue-full" });
          const finished = await scheduler.until("run-finished", { outcome: "succeeded" });
          await scheduler.until("run-started", {}, { after: scheduler.log.indexOf(finished) });
          const [first, second] = scheduler.all("run-started");
          expect(Number(second?.delayMs)).toBeGreaterThan(2000);
          expect(first?.run).not.toBe(second?.run);
        },
      ));

    it("cancel and pause: a run is stopped at an operator's word, and nothing starts until it is resumed", () =>
      play("operator", { schedule: EACH_5_S, body: "exec sleep 100" }, async (stage, scheduler) => {
        const started = await scheduler.until("run-started");
        await stage.untilExecutions(1);
        expect(await stage.command("pause", stage.job, "--reason", "maintenance")).toMatchObject({ code: 0 });
        expect(await stage.command("cancel", String(started.run))).toMatchObject({ code: 0 });
        await scheduler.until("run-finished", { outcome: "cancelled" });
        await scheduler.until("occurrence-skipped", { reason: "paused" });
        expect(await stage.command("resume", stage.job)).toMatchObject({ code: 0 });
        await scheduler.until("run-started", {}, { after: scheduler.log.length });
      }));
  });
}
