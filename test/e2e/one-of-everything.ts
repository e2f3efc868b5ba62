import { expect } from "vitest";
import type { SchedulerProcess } from "./scheduler-process.ts";
import type { Stage } from "./stage.ts";

interface Expected {
  readonly scheduledAt: Date;
  /** The one that finishes the book-keeping. */
  readonly scheduler: SchedulerProcess;
}

/** Waits until the books are done and the scheduler has stopped; then there is one of each, and nothing else. */
export async function expectOneOfEverything(stage: Stage, { scheduledAt, scheduler }: Expected): Promise<void> {
  const { job } = stage;
  await stage.until("an outcome", async () => Object.keys((await stage.record()).totals.ended).length > 0);
  await stage.until("nothing left behind", async () => (await stage.leftovers()).length === 0);
  const series = `shipbell_runs_total{job_name="${job}",outcome="succeeded",trigger="schedule"}`;
  await stage.until("the metric of the outcome", async () => (await scheduler.metric(series)) === 1);
  expect(await scheduler.stop()).toBe(0);
  const record = await stage.record();
  expect(await stage.witness.executions()).toEqual([`${runOf(job, scheduledAt)}.1`]);
  expect(record.verdicts).toMatchObject([{ kind: "started", scheduledAt }]);
  expect(record.cursor).toEqual(scheduledAt);
  expect(record.totals).toMatchObject({
    started: { schedule: 1 },
    ended: { succeeded: { schedule: 1 } },
    skipped: {},
    missed: {},
    runSeconds: { count: 1 },
    lastExitCode: 0,
  });
  expect(record.runs.filter(({ outcome }) => outcome?.kind !== "succeeded")).toEqual([]);
  expect(await stage.leftovers()).toEqual([]);
}

/** The run of an occurrence. */
export function runOf(job: string, scheduledAt: Date): string {
  return `${job}-${scheduledAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase()}z`;
}
