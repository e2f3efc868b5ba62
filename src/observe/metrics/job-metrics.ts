import {
  activeRuns,
  type JobRecord,
  lastStartOf,
  startOf,
  type Totals,
  type Trigger,
  type Usage,
} from "../../ledger/record.ts";
import { usageOfLastRun } from "../../view/runs/past-runs.ts";
import type { DeclaredJob, SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import type { Family, Sample } from "./exposition.ts";

/** A job, and what has happened to it. */
interface JobRow {
  readonly name: string;
  /** Undefined while it is uncertain whether a source still declares it. */
  readonly job: DeclaredJob | undefined;
  /** Undefined before its first occurrence is decided. */
  readonly record: JobRecord | undefined;
}

export interface JobFacts {
  readonly scheduler: Pick<SchedulerView, "jobs" | "unsure">;
  readonly records: ReadonlyMap<string, JobRecord>;
}

/**
 * The families with series for each job: about twelve per job, and one for each limit. Jobs that no source can declare have
 * none, and a time that is not known has none.
 */
export function jobFamilies({ scheduler, records }: JobFacts): readonly Family[] {
  const rows: readonly JobRow[] = [
    ...[...scheduler.jobs].map(([name, job]) => ({ name, job, record: records.get(name) })),
    ...[...scheduler.unsure].map((name) => ({ name, job: undefined, record: records.get(name) })),
  ];
  return [
    {
      name: "shipbell_job_info",
      help: "Schedules, time zones, source, suspension and node of the job; always 1.",
      type: "gauge",
      samples: () => rows.values().flatMap(infoSample),
    },
    {
      name: "shipbell_job_kept",
      help: "Jobs that run under their last good definition; always 1.",
      type: "gauge",
      samples: () => rows.values().flatMap((row) => known(row, row.job?.isKept === true ? 1 : undefined)),
    },
    {
      name: "shipbell_job_unsure",
      help: "Jobs that only something unreadable may declare; always 1.",
      type: "gauge",
      samples: () => rows.values().flatMap((row) => known(row, row.job === undefined ? 1 : undefined)),
    },
    {
      name: "shipbell_job_paused",
      help: "Jobs with a pause of their own; always 1.",
      type: "gauge",
      samples: () => rows.values().flatMap((row) => known(row, row.record?.paused ? 1 : undefined)),
    },
    {
      name: "shipbell_runs_total",
      help: "Ended runs, by outcome and trigger.",
      type: "counter",
      samples: () => rows.values().flatMap(runSamples),
    },
    {
      name: "shipbell_occurrences_skipped_total",
      help: "Occurrences deliberately not started, by reason.",
      type: "counter",
      samples: () => rows.values().flatMap((row) => reasonSamples(row, row.record?.totals.skipped)),
    },
    {
      name: "shipbell_occurrences_missed_total",
      help: "Occurrences that could not be started, by reason.",
      type: "counter",
      samples: () => rows.values().flatMap((row) => reasonSamples(row, row.record?.totals.missed)),
    },
    {
      name: "shipbell_retries_total",
      help: "Attempts after the first of their run.",
      type: "counter",
      samples: () => rows.values().flatMap((row) => known(row, row.record?.totals.retries)),
    },
    {
      name: "shipbell_runs_active",
      help: "Runs that have started and not ended.",
      type: "gauge",
      samples: () => rows.values().map((row) => jobSample(row, row.record ? activeRuns(row.record).length : 0)),
    },
    {
      name: "shipbell_run_started_timestamp_seconds",
      help: "Start of the oldest active run, in seconds since 1970.",
      type: "gauge",
      samples: () => rows.values().flatMap((row) => known(row, seconds(row.record && oldestStart(row.record)))),
    },
    timeFamily(["declared", "Since when a source declares the job"], rows, ({ record }) => record?.declaredAt),
    limitFamily(["expected_duration", "Duration that runs are expected not to exceed"], rows, "expectedDurationMs"),
    limitFamily(["timeout", "Duration after which an attempt is stopped"], rows, "timeoutMs"),
    limitFamily(["max_success_age", "Age that the last success may reach"], rows, "maxSuccessAgeMs"),
    timeFamily(["next_run", "Next time at which the job is due and started"], rows, ({ job, record }) =>
      record?.paused && record.paused.until === undefined ? undefined : job?.nextRunAt,
    ),
    timeFamily(["last_start", "Last start of a run"], rows, ({ record }) => record && lastStartOf(record)),
    timeFamily(["last_completion", "Last end of a run, whatever its outcome"], rows, lastAt("lastCompletionAt")),
    timeFamily(["last_success", "Last success of a run"], rows, lastAt("lastSuccessAt")),
    timeFamily(["last_failure", "Last failure of a run"], rows, lastAt("lastFailureAt")),
    {
      name: "shipbell_job_last_exit_code",
      help: "Exit code of the last run whose exit code is known.",
      type: "gauge",
      samples: () => rows.values().flatMap((row) => known(row, row.record?.totals.lastExitCode)),
    },
    usageFamily(["cpu_seconds", "CPU time that the last ended run used at least, in seconds"], rows, ({ cpuMs }) =>
      cpuMs === undefined ? undefined : cpuMs / 1000,
    ),
    usageFamily(
      ["peak_memory_bytes", "Peak memory that the last ended run used at least, in bytes"],
      rows,
      ({ peakMemoryBytes }) => peakMemoryBytes,
    ),
    {
      // A summary without quantiles is how the formats write a sum and a count that belong together.
      name: "shipbell_job_run_seconds",
      help: "Durations of the last attempts of ended runs.",
      type: "summary",
      samples: () => rows.values().flatMap(durationSamples),
    },
  ];
}

function infoSample({ name, job }: JobRow): Sample[] {
  if (job === undefined) return [];
  const labels = {
    job_name: name,
    schedule: unique(job.schedules.map(({ pattern }) => pattern)),
    ...(job.after && { after: job.after.job }),
    timezone: unique(job.schedules.map(({ timezone }) => timezone)),
    source: job.origin.source,
    unit: job.origin.unit,
    suspended: String(job.suspended),
    ...(job.node && { node: job.node.name }),
  };
  return [{ labels, value: 1 }];
}

/**
 * Success and failure by schedule, and after another job where one starts it, are there from the start, at 0, so that the first
 * failure is a rise that alerts see.
 */
function* runSamples({ name, job, record }: JobRow): Iterable<Sample> {
  const ended: Totals["ended"] = record?.totals.ended ?? {};
  const first: readonly Trigger[] = job?.after === undefined ? ["schedule"] : ["schedule", "after"];
  for (const outcome of ["succeeded", "failed"] as const)
    for (const trigger of first) yield runSample(name, { outcome, trigger }, ended[outcome]?.[trigger] ?? 0);
  for (const [outcome, byTrigger] of Object.entries(ended)) {
    const isFirst = outcome === "succeeded" || outcome === "failed";
    for (const [trigger, count] of Object.entries(byTrigger)) {
      if (!(isFirst && first.includes(trigger as Trigger))) yield runSample(name, { outcome, trigger }, count);
    }
  }
}

function runSample(name: string, how: { outcome: string; trigger: string }, value: number): Sample {
  return { labels: { job_name: name, ...how }, value };
}

function reasonSamples({ name }: JobRow, counts: Readonly<Record<string, number>> = {}): Sample[] {
  return Object.entries(counts).map(([reason, value]) => ({ labels: { job_name: name, reason }, value }));
}

function durationSamples(row: JobRow): Sample[] {
  const { sum, count } = row.record?.totals.runSeconds ?? { sum: 0, count: 0 };
  return [
    { ...jobSample(row, sum), metricName: "shipbell_job_run_seconds_sum" },
    { ...jobSample(row, count), metricName: "shipbell_job_run_seconds_count" },
  ];
}

function timeFamily(
  [name, help]: readonly [name: string, help: string],
  rows: readonly JobRow[],
  timeOf: (row: JobRow) => Date | undefined,
): Family {
  return {
    name: `shipbell_job_${name}_timestamp_seconds`,
    help: `${help}, in seconds since 1970.`,
    type: "gauge",
    samples: () => rows.values().flatMap((row) => known(row, seconds(timeOf(row)))),
  };
}

/** What a run is measured against, as the job's definition says it. */
function limitFamily(
  [name, help]: readonly [name: string, help: string],
  rows: readonly JobRow[],
  limit: "expectedDurationMs" | "timeoutMs" | "maxSuccessAgeMs",
): Family {
  const secondsOf = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return {
    name: `shipbell_job_${name}_seconds`,
    help: `${help}, in seconds.`,
    type: "gauge",
    samples: () => rows.values().flatMap((row) => known(row, secondsOf(row.job?.[limit]))),
  };
}

/** Of a run of which it is not known, there is no figure: not that of an earlier one either. */
function usageFamily(
  [name, help]: readonly [name: string, help: string],
  rows: readonly JobRow[],
  figureOf: (usage: Usage) => number | undefined,
): Family {
  return {
    name: `shipbell_job_last_${name}`,
    help: `${help}.`,
    type: "gauge",
    samples: () =>
      rows.values().flatMap((row) => known(row, figureOf((row.record && usageOfLastRun(row.record)) ?? {}))),
  };
}

/**
 * When the oldest active run was started: the first of its attempts that had a process. Undefined when no run is active, or
 * none of its attempts has been started.
 */
function oldestStart(record: JobRecord): Date | undefined {
  const starts = activeRuns(record).flatMap(({ attempts }) => attempts.map(startOf).find((start) => start) ?? []);
  return starts.length === 0 ? undefined : new Date(Math.min(...starts.map((start) => start.getTime())));
}

type LastTime = "lastCompletionAt" | "lastSuccessAt" | "lastFailureAt";

function lastAt(name: LastTime): (row: JobRow) => Date | undefined {
  return ({ record }) => record?.totals[name];
}

function seconds(date: Date | undefined): number | undefined {
  return date === undefined ? undefined : date.getTime() / 1000;
}

function known(row: JobRow, value: number | undefined): Sample[] {
  return value === undefined ? [] : [jobSample(row, value)];
}

function jobSample({ name }: JobRow, value: number): Sample {
  return { labels: { job_name: name }, value };
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join("; ");
}
