import type { Schedule } from "../jobs/job.ts";
import { activeRuns, latestAttempt, type Page, type Run, waitsForRetry } from "../ledger/page.ts";
import { outcomeInTable } from "./outcome-words.ts";
import { alignColumns, formatTime } from "./table.ts";

/** A job, as `ls` shows it. */
export interface ListedJob {
  readonly job: string;
  readonly schedules: readonly Schedule[];
  readonly suspended: boolean;
  readonly paused?: Page["paused"];
  /** Those that wait for their next attempt are among them. */
  readonly activeRuns: number;
  readonly waitingForRetry: number;
  readonly nextRunAt?: Date;
  readonly lastStartAt?: Date;
  /** When the first is due of the attempts that are waited for. */
  readonly nextAttemptAt?: Date;
  /** How the run that ended last ended: `succeeded`, `failed (2)`. */
  readonly lastOutcome?: string;
}

export type NextOf = (schedules: readonly Schedule[], after: Date) => Date | undefined;

/** The jobs that the ledger knows and some source still declares, by name. */
export function listJobs(pages: Iterable<Page>, nextOf: NextOf, now: Date): readonly ListedJob[] {
  return [...pages]
    .filter((page) => page.removedAt === undefined && page.closedAt === undefined)
    .map((page) => listedJob(page, nextOf, now))
    .sort((a, b) => (a.job < b.job ? -1 : 1));
}

function listedJob(page: Page, nextOf: NextOf, now: Date): ListedJob {
  const { schedules, suspended } = page.definition;
  const { paused } = page;
  const nextRunAt = suspended || paused ? undefined : nextOf(schedules, page.cursor > now ? page.cursor : now);
  const active = activeRuns(page);
  const nextAttemptAt = firstRetryAt(active);
  const { lastStartAt } = page.totals;
  const lastOutcome = describeLastOutcome(page);
  return {
    job: page.job,
    schedules,
    suspended,
    ...(paused && { paused }),
    activeRuns: active.length,
    waitingForRetry: active.filter(waitsForRetry).length,
    ...(nextRunAt && { nextRunAt }),
    ...(lastStartAt && { lastStartAt }),
    ...(nextAttemptAt && { nextAttemptAt }),
    ...(lastOutcome && { lastOutcome }),
  };
}

function firstRetryAt(active: readonly Run[]): Date | undefined {
  const retries = active.filter(waitsForRetry).flatMap((run) => latestAttempt(run).retryAt ?? []);
  return retries.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function describeLastOutcome({ runs }: Page): string | undefined {
  const ended = runs.filter(({ outcome }) => outcome !== undefined);
  const last = ended.toSorted((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0)).at(-1);
  return last?.outcome && outcomeInTable(last.outcome);
}

/** JSON is one array; a table has a line a job. Times are UTC. */
export function formatJobs(jobs: readonly ListedJob[], format: "table" | "json"): string {
  if (format === "json") return JSON.stringify(jobs, null, 2);
  if (jobs.length === 0) return "no jobs";
  const head = ["JOB", "SCHEDULE", "NEXT", "LAST START", "LAST OUTCOME"];
  return alignColumns([head, ...jobs.map(tableRow)]);
}

function tableRow(job: ListedJob): string[] {
  const schedules = job.schedules.map(({ pattern, timezone }) => `${pattern} ${timezone}`).join("; ");
  return [job.job, schedules, nextOrWhyNot(job), formatTime(job.lastStartAt), outcomeOrState(job)];
}

function nextOrWhyNot({ suspended, paused, nextRunAt }: ListedJob): string {
  if (suspended) return "suspended";
  return paused ? "paused" : formatTime(nextRunAt);
}

/** A page does not know whether an active run has a process yet, or waits for a node: `runs` asks the engine. */
function outcomeOrState({ activeRuns, waitingForRetry, nextAttemptAt, lastOutcome }: ListedJob): string {
  const started = activeRuns - waitingForRetry;
  if (started > 0) return started > 1 ? `active (${started})` : "active";
  return waitingForRetry > 0 ? `next attempt at ${formatTime(nextAttemptAt)}` : (lastOutcome ?? "-");
}
