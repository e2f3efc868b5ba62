import type { Schedule } from "../jobs/job.ts";
import { activeRuns, type Page } from "../ledger/page.ts";

/** A job, as `ls` shows it. */
export interface ListedJob {
  readonly job: string;
  readonly schedules: readonly Schedule[];
  readonly suspended: boolean;
  readonly activeRuns: number;
  readonly nextRunAt?: Date;
  readonly lastStartAt?: Date;
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
  const nextRunAt = suspended ? undefined : nextOf(schedules, now);
  const { lastStartAt } = page.totals;
  const lastOutcome = describeLastOutcome(page);
  return {
    job: page.job,
    schedules,
    suspended,
    activeRuns: activeRuns(page).length,
    ...(nextRunAt && { nextRunAt }),
    ...(lastStartAt && { lastStartAt }),
    ...(lastOutcome && { lastOutcome }),
  };
}

function describeLastOutcome({ runs }: Page): string | undefined {
  const ended = runs.filter(({ outcome }) => outcome !== undefined);
  const last = ended.toSorted((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0)).at(-1);
  const outcome = last?.outcome;
  if (outcome?.kind === "failed") return `failed (${outcome.exitCode})`;
  if (outcome?.kind === "rejected" || outcome?.kind === "lost") return `${outcome.kind} (${outcome.reason})`;
  return outcome?.kind;
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
  const next = job.suspended ? "suspended" : formatTime(job.nextRunAt);
  const outcome = job.activeRuns > 0 ? `running${job.activeRuns > 1 ? ` (${job.activeRuns})` : ""}` : job.lastOutcome;
  return [job.job, schedules, next, formatTime(job.lastStartAt), outcome ?? "-"];
}

/** `2026-11-18 03:00:00Z` */
function formatTime(time: Date | undefined): string {
  return time === undefined ? "-" : `${time.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
