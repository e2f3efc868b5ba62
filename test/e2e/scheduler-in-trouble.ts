import { testEngine } from "../lab/test-engine.ts";
import { type SchedulerOptions, SchedulerProcess, type TestFolder } from "./scheduler-process.ts";

/** On the engine of this test run, unless `options` say otherwise. */
export function startScheduler(
  instance: string,
  folder: TestFolder,
  options: Partial<SchedulerOptions> = {},
): SchedulerProcess {
  const { args = ["--sources", "files"], ...rest } = options;
  return new SchedulerProcess({
    dockerHost: testEngine(),
    folder,
    args: ["--instance", instance, ...args],
    ...rest,
  });
}

/** Every job runs again, to a good end, after this. */
export async function goOn(scheduler: SchedulerProcess, ...jobs: readonly string[]): Promise<void> {
  const after = scheduler.log.length;
  for (const job of jobs) {
    const { run } = await scheduler.until("run-started", { job }, { after });
    await scheduler.until("run-finished", { job, run, outcome: "succeeded" }, { after });
  }
}

interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>;
}

/** Asks once. */
export async function expectReadiness(scheduler: SchedulerProcess, status: 200 | 503): Promise<Readiness> {
  const answer = await scheduler.get("/readyz");
  const readiness = JSON.parse(answer.text) as Readiness;
  if (answer.status === status && readiness.ready === (status === 200)) return readiness;
  throw new Error(`/readyz answered ${answer.status}, not ${status}: ${answer.text}`);
}

/** What was logged about the engine. What is logged once too often comes with its cause and time, to explain the failure. */
export function engineLines({ log }: SchedulerProcess): string[] {
  const lines = log.filter(({ event }) => event === "engine-up" || event === "engine-down");
  return lines.map(({ event, time, cause }, index) => (index < 3 ? event : `${event} at ${time}: ${cause}`));
}
