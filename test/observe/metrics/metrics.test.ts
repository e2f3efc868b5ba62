import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Job } from "../../../src/job/job.ts";
import { runId } from "../../../src/job/names.ts";
import type { Attempt, JobRecord, Run, Totals } from "../../../src/ledger/record.ts";
import { createMetrics, type Metrics, type MetricsFacts } from "../../../src/observe/metrics/metrics.ts";
import type { AttemptRef } from "../../../src/observe/run-events.ts";
import type { DeclaredJob } from "../../../src/view/scheduler/scheduler-view.ts";

const openMetrics = "application/openmetrics-text;version=1.0.0";
const at = new Date("2026-11-18T03:00:00.500Z");
const ref: AttemptRef = {
  job: "a",
  run: "r",
  attempt: 1,
  trigger: "schedule",
  scheduledAt: at,
  objectKind: "container",
  objectName: "o",
} as const;

function job(name: string, changes: Partial<Job> = {}): Job {
  return {
    name,
    origin: { source: "files", unit: "nightly.yml", at: "nightly.yml:3:5" },
    schedules: [{ pattern: "0 3 * * *", timezone: "Asia/Seoul" }],
    template: { kind: "clone", of: { kind: "container", name: "x", version: "1" } },
    policies: {
      overlap: "forbid",
      queueLimit: 10,
      catchUp: "last",
      catchUpLimit: 100,
      history: { succeeded: 1, failed: 1 },
      run: { pendingTimeoutMs: 1, stopGracePeriodMs: 1, successExitCodes: [0] },
    },
    suspended: false,
    hash: "h",
    ...changes,
  };
}

function record(totals: Partial<Totals>, runs: Run[] = []): JobRecord {
  const none = { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } };
  const definition = { hash: "h", generation: 1, schedules: [], suspended: false };
  return {
    schema: 2,
    job: "a",
    cursor: at,
    definition,
    runs,
    verdicts: [],
    totals: { ...none, ...totals },
    requests: [],
  };
}

/** A job as the test gives it; without `job`, it is not sure that a source still declares it. */
interface JobGiven {
  readonly name: string;
  readonly job?: Job;
  readonly record?: JobRecord;
  readonly nextRunAt?: Date;
  readonly limits?: Pick<DeclaredJob, "timeoutMs" | "expectedDurationMs" | "maxSuccessAgeMs">;
}

function factsOf(given: readonly JobGiven[]): MetricsFacts {
  const jobs = given.flatMap(({ name, job, nextRunAt, limits }) =>
    job === undefined ? [] : [[name, { ...job, isKept: false, ...(nextRunAt && { nextRunAt }), ...limits }] as const],
  );
  const problem = { source: "files", at: "nightly.yml:3:5", message: "unknown key" } as const;
  return {
    isPaused: false,
    scheduler: {
      version: "0.1.0",
      instance: "shipbell",
      role: { kind: "active" },
      jobs: new Map(jobs),
      unsure: new Set(given.flatMap(({ name, job }) => (job === undefined ? name : []))),
      problems: [
        problem,
        { ...problem, at: "nightly.yml:5:5" },
        { ...problem, severity: "warning" },
        { ...problem, source: "containers", refused: "image-not-allowed" },
      ],
    },
    records: new Map(given.flatMap(({ name, record }) => (record === undefined ? [] : [[name, record]]))),
    sources: ["files", "containers"],
    startsWaiting: 3,
    startsHanging: 2,
    startsPrepared: { used: 5, unused: 1 },
  };
}

function metricsOf(...given: JobGiven[]): Metrics {
  return createMetrics(() => factsOf(given), { version: "0.1.0", nodeVersion: "v24.0.0" });
}

async function scrape(metrics: Metrics, accept?: string): Promise<string> {
  let text = "";
  for await (const chunk of metrics.scrape(accept).chunks) text += chunk;
  return text;
}

/** The lines of the series of these jobs. */
async function series(...rows: JobGiven[]): Promise<string[]> {
  const lines = (await scrape(metricsOf(...rows))).split("\n");
  return lines.filter((line) => line.includes("job_name="));
}

const busy: JobGiven = {
  name: "a",
  job: job("a"),
  record: record(
    {
      skipped: { "still-running": 3 },
      missed: { gap: 5 },
      ended: { succeeded: { schedule: 7, manual: 1 }, rejected: { "catch-up": 2 } },
      runSeconds: { sum: 12.5, count: 8 },
      lastStartAt: at,
      lastCompletionAt: at,
      lastSuccessAt: at,
      lastExitCode: 0,
    },
    [{ id: "r", trigger: "schedule", scheduledAt: at, definition: "h", policies: job("a").policies.run, attempts: [] }],
  ),
  nextRunAt: new Date("2026-11-19T03:00:00Z"),
};

test("a job that has never run has counters at 0, and no times", async () => {
  expect(await series({ name: "a", job: job("a") })).toEqual([
    'shipbell_job_info{job_name="a",schedule="0 3 * * *",timezone="Asia/Seoul",source="files",unit="nightly.yml",suspended="false"} 1',
    'shipbell_runs_total{job_name="a",outcome="succeeded",trigger="schedule"} 0',
    'shipbell_runs_total{job_name="a",outcome="failed",trigger="schedule"} 0',
    'shipbell_runs_active{job_name="a"} 0',
    'shipbell_job_run_seconds_sum{job_name="a"} 0',
    'shipbell_job_run_seconds_count{job_name="a"} 0',
  ]);
});

test("a job whose only run was rejected has no last start", async () => {
  const outcome = { kind: "rejected", reason: "image-missing", message: "no such image" } as const;
  const end = { outcome, finishedAt: at };
  const attempts = [{ number: 1, objectName: "o", objectId: "o", boundAt: at, ...end }];
  const policies = job("a").policies.run;
  const run = { id: "r", trigger: "schedule", scheduledAt: at, definition: "h", policies, attempts, ...end } as const;
  const rejected = { name: "a", job: job("a"), record: record({ lastStartAt: at, lastCompletionAt: at }, [run]) };
  expect((await series(rejected)).join()).not.toContain("last_start");
});

test("a job's series are what its record says", async () => {
  expect((await series(busy)).slice(1)).toEqual([
    'shipbell_runs_total{job_name="a",outcome="succeeded",trigger="schedule"} 7',
    'shipbell_runs_total{job_name="a",outcome="failed",trigger="schedule"} 0',
    'shipbell_runs_total{job_name="a",outcome="succeeded",trigger="manual"} 1',
    'shipbell_runs_total{job_name="a",outcome="rejected",trigger="catch-up"} 2',
    'shipbell_occurrences_skipped_total{job_name="a",reason="still-running"} 3',
    'shipbell_occurrences_missed_total{job_name="a",reason="gap"} 5',
    'shipbell_runs_active{job_name="a"} 1',
    'shipbell_job_next_run_timestamp_seconds{job_name="a"} 1795057200',
    'shipbell_job_last_start_timestamp_seconds{job_name="a"} 1794970800.5',
    'shipbell_job_last_completion_timestamp_seconds{job_name="a"} 1794970800.5',
    'shipbell_job_last_success_timestamp_seconds{job_name="a"} 1794970800.5',
    'shipbell_job_last_exit_code{job_name="a"} 0',
    'shipbell_job_run_seconds_sum{job_name="a"} 12.5',
    'shipbell_job_run_seconds_count{job_name="a"} 8',
  ]);
});

test("what a job's last run used is known of that one alone", async () => {
  const record = (...runs: string[]) => ({
    ...busy,
    record: { ...busy.record, past: { runs: runs.join(" ") } } as JobRecord,
  });
  const used = async (given: JobGiven) => (await series(given)).filter((line) => /cpu|memory/.test(line));
  expect(await used(record("ssa.1.1", "ss.1.1......1mc.2w"))).toEqual([
    'shipbell_job_last_cpu_seconds{job_name="a"} 2.1',
    'shipbell_job_last_peak_memory_bytes{job_name="a"} 106496',
  ]);
  expect(await used(record("ssa.1.1......1mc.2w", "ss.1.1"))).toEqual([]);
  expect(await used(record("ssa.1.1......1mc"))).toEqual(['shipbell_job_last_cpu_seconds{job_name="a"} 2.1']);
});

test("a job that may no longer be declared says so, and a paused one has no next run", async () => {
  const paused = { ...record({}), paused: { since: at } };
  const text = (await series({ name: "a" }, { ...busy, name: "b", record: paused })).join("\n");
  expect(text).toContain('shipbell_job_unsure{job_name="a"} 1');
  expect(text).not.toContain('shipbell_job_unsure{job_name="b"}');
  expect(text).not.toContain("next_run");
});

test("a job has what its runs are measured against, as far as its definition says it", async () => {
  const limits = { timeoutMs: 3_600_000, expectedDurationMs: 1_200_000, maxSuccessAgeMs: 93_600_000 };
  const lines = await series({ name: "a", job: job("a"), limits }, { name: "b", job: job("b") });
  expect(lines.filter((line) => /_(duration|timeout|age)_seconds\{/.test(line))).toEqual([
    'shipbell_job_expected_duration_seconds{job_name="a"} 1200',
    'shipbell_job_timeout_seconds{job_name="a"} 3600',
    'shipbell_job_max_success_age_seconds{job_name="a"} 93600',
  ]);
});

describe("when the oldest active run was started", () => {
  const policies = job("a").policies.run;
  const second = (n: number) => new Date(at.getTime() + n * 1000);
  const run = (id: string, attempts: Run["attempts"], ended: Partial<Run> = {}): Run => ({
    ...{ id, trigger: "schedule", scheduledAt: at, definition: "h", policies, attempts },
    ...ended,
  });
  const attempt = (number: number, times: Partial<Attempt>): Attempt => ({
    ...{ number, objectName: "o", objectId: "o", boundAt: second(number) },
    ...times,
  });
  const startedIn = async (...runs: Run[]) => {
    const lines = await series({ name: "a", job: job("a"), record: record({}, runs) });
    return lines.find((line) => line.startsWith("shipbell_run_started_timestamp_seconds"))?.split(" ")[1];
  };

  test("is the start of its first process, also while a later attempt runs or waits", async () => {
    const failed = { outcome: { kind: "failed", exitCode: 1, oom: false }, finishedAt: second(60) } as const;
    const first = attempt(1, { startedAt: second(10), ...failed });
    expect(await startedIn(run("r", [first, attempt(2, { startedAt: second(70) })]))).toBe("1794970810.5");
    expect(await startedIn(run("r", [{ ...first, retryAt: second(90) }]))).toBe("1794970810.5");
  });

  test("leaves out an attempt that had no process", async () => {
    const outcome = { kind: "rejected", reason: "image-missing", message: "" } as const;
    const rejected = attempt(1, { outcome, finishedAt: second(5) });
    expect(await startedIn(run("r", [rejected, attempt(2, { startedAt: second(70) })]))).toBe("1794970870.5");
    expect(await startedIn(run("r", [{ ...rejected, retryAt: second(90) }]))).toBeUndefined();
  });

  test("is that of the oldest of several, and of none that has ended", async () => {
    const outcome = { kind: "succeeded", exitCode: 0 } as const;
    const ended = run("r1", [attempt(1, { startedAt: second(1), outcome })], { outcome, finishedAt: second(2) });
    const older = run("r2", [attempt(1, { startedAt: second(20) })]);
    const newer = run("r3", [attempt(1, { startedAt: second(30) })]);
    expect(await startedIn(ended, older, newer)).toBe("1794970820.5");
    expect(await startedIn(ended)).toBeUndefined();
  });
});

test("several schedules share one label, and label values are escaped", async () => {
  const schedules = [
    { pattern: "@daily", timezone: "UTC" },
    { pattern: "0 3 * * *", timezone: "UTC" },
  ];
  const origin = { source: "files", unit: 'C:\\"x"\n.yml', at: "" } as const;
  expect((await series({ name: "a", job: job("a", { schedules, origin, suspended: true }) }))[0]).toBe(
    'shipbell_job_info{job_name="a",schedule="@daily; 0 3 * * *",timezone="UTC",source="files",unit="C:\\\\\\"x\\"\\n.yml",suspended="true"} 1',
  );
});

test("the series of a job that is removed are gone at the next scrape", async () => {
  const rows = [busy];
  const metrics = createMetrics(() => factsOf(rows), { version: "1", nodeVersion: "v24" });
  expect(await scrape(metrics)).toContain('job_name="a"');
  rows.pop();
  expect(await scrape(metrics)).not.toContain("job_name=");
});

test("the scheduler exposes its build, its problems, and whether the engine answers", async () => {
  const text = await scrape(metricsOf());
  expect(text).toContain('\nshipbell_build_info{version="0.1.0",node_version="v24.0.0"} 1\n');
  expect(text).toContain("\nshipbell_engine_up 1\n");
  expect(text).toContain("\nshipbell_jobs 0\n");
  expect(text).toContain('\nshipbell_problems{source="files"} 2\n');
  expect(text).toContain('\nshipbell_problems{source="scheduler"} 0\n');
  expect(text).toContain('\nshipbell_warnings{source="files"} 1\n');
  expect(text).toContain('\nshipbell_labels_refused{source="containers",reason="image-not-allowed"} 1\n');
  expect(text).toContain("\nshipbell_starts_waiting 3\n");
  expect(text).toContain("\nshipbell_starts_hanging 2\n");
  expect(text).toContain('\nshipbell_starts_prepared_total{used="true"} 5\n');
  expect(text).toContain('\nshipbell_starts_prepared_total{used="false"} 1\n');
  expect(text).toMatch(/\nprocess_cpu_seconds_total \d/);
});

test("slots of pools are counted where there are pools", async () => {
  const facts = factsOf([]);
  const shown = (jobs: string) => [...jobs].map((job) => ({ job, run: `${job}-1`, attempt: 1 }));
  const pools = [
    { name: "db", limit: 3, holders: shown("a"), waiting: [] },
    { name: "lowered", limit: 1, holders: shown("bc"), waiting: shown("defg") },
  ];
  const build = { version: "1", nodeVersion: "v24" };
  const text = await scrape(createMetrics(() => ({ ...facts, scheduler: { ...facts.scheduler, pools } }), build));
  const lines = text.split("\n").filter((line) => line.startsWith("shipbell_pool_slots{"));
  expect(lines.map((line) => line.replace(/^.*pool="(\w+)",state="(\w+)"\} /, "$1 $2 "))).toEqual([
    ...["db used 1", "db free 2", "db waiting 0"],
    ...["lowered used 2", "lowered free 0", "lowered waiting 4"],
  ]);
  expect(await scrape(metricsOf())).not.toContain("shipbell_pool_slots");
});

test("durations and delays of runs are counted over all jobs; a catch-up is late for another reason", async () => {
  const metrics = metricsOf();
  metrics.onEvent({ event: "run-started", ...ref, delayMs: 300 });
  metrics.onEvent({ event: "run-started", ...ref, trigger: "catch-up", delayMs: 7_200_000 });
  metrics.onEvent({ event: "run-finished", ...ref, outcome: { kind: "succeeded", exitCode: 0 }, durationMs: 90_000 });
  metrics.onEvent({ event: "run-finished", ...ref, outcome: { kind: "lost", reason: "object-removed" } });
  const text = await scrape(metrics);
  expect(text).toContain('\nshipbell_start_delay_seconds_bucket{le="0.25"} 0\n');
  expect(text).toContain('\nshipbell_start_delay_seconds_bucket{le="0.5"} 1\n');
  expect(text).toContain("\nshipbell_start_delay_seconds_count 1\n");
  expect(text).toContain('\nshipbell_run_duration_seconds_bucket{le="300"} 1\n');
  expect(text).toContain("\nshipbell_run_duration_seconds_sum 90\n");
  expect(text).toContain("\nshipbell_run_duration_seconds_count 1\n");
});

describe("OpenMetrics", () => {
  test("is served to scrapers that prefer it, and the text format to all others", () => {
    const { scrape } = metricsOf();
    const prometheus = `${openMetrics},application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`;
    expect(scrape(prometheus).contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    for (const accept of [undefined, "", "*/*", "text/html", `${openMetrics};q=0`, `${openMetrics};q=0.3,text/plain`]) {
      expect(scrape(accept).contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    }
  });

  test("names a counter's family without _total and its series with it, and ends with EOF", async () => {
    const metrics = metricsOf(busy);
    const text = await scrape(metrics, openMetrics);
    expect(text).toContain("\n# TYPE shipbell_runs counter\n");
    expect(text).toContain('\nshipbell_runs_total{job_name="a",outcome="succeeded",trigger="schedule"} 7\n');
    expect(text).toContain("\n# TYPE shipbell_job_run_seconds summary\n");
    expect(text).not.toContain("_total_total");
    expect(text).not.toContain("\n\n");
    expect(text.endsWith("\n# EOF\n")).toBe(true);
  });

  test("names the last run of each bucket, in 128 characters however long the names are; the text format names none", async () => {
    const metrics = metricsOf();
    const runOf = (job: string, day: string) => runId(job, { scheduledAt: new Date(day), request: "0123456789abcdef" });
    const ended = (run: string, durationMs: number) => {
      const outcome = { kind: "succeeded", exitCode: 0 } as const;
      metrics.onEvent({ event: "run-finished", ...ref, run, outcome, durationMs });
    };
    const long = runOf("b".repeat(63), "2026-11-18T03:00:00Z");
    metrics.onEvent({ event: "run-started", ...ref, run: long, delayMs: 300 });
    ended("backup-20261117t030000z", 1_100_000);
    ended("backup-20261118t030000z", 1_210_100);
    ended(long, 90_000_000);
    const exemplars = (await scrape(metrics, openMetrics)).split("\n").filter((line) => line.includes(" # "));
    expect(exemplars.map((line) => line.replace(/ [\d.]+$/, ""))).toEqual([
      'shipbell_run_duration_seconds_bucket{le="1800"} 2 # {run="backup-20261118t030000z"} 1210.1',
      `shipbell_run_duration_seconds_bucket{le="+Inf"} 3 # {run="${long}"} 90000`,
      `shipbell_start_delay_seconds_bucket{le="0.5"} 1 # {run="${long}"} 0.3`,
    ]);
    expect("run".length + long.length).toBeLessThanOrEqual(128);
    expect(await scrape(metrics, openMetrics)).not.toContain("_created");
    expect(await scrape(metrics)).not.toContain(" # {");
  });

  test("names the run's trace, too, where that is kept and there is room for both", async () => {
    const trace = "a".repeat(32);
    const build = { version: "0.1.0", nodeVersion: "v24.0.0" };
    const metrics = createMetrics(
      () => factsOf([]),
      build,
      (_, run) => (run === "left-out" ? undefined : trace),
    );
    const long = "r".repeat(86);
    const ended = (run: string, durationMs: number) => {
      const outcome = { kind: "succeeded", exitCode: 0 } as const;
      metrics.onEvent({ event: "run-finished", ...ref, run, outcome, durationMs });
    };
    ended("backup-1", 400);
    ended("left-out", 900);
    ended(long, 4000);
    const exemplars = (await scrape(metrics, openMetrics)).split("\n").filter((line) => line.includes(" # "));
    expect(exemplars.map((line) => /# (\{.*\})/.exec(line)?.[1])).toEqual([
      `{run="backup-1",trace_id="${trace}"}`,
      '{run="left-out"}',
      `{run="${long}"}`,
    ]);
  });

  test("does not change the text format", async () => {
    const metrics = metricsOf(busy);
    await scrape(metrics, openMetrics);
    const text = await scrape(metrics);
    expect(text).toContain("\n# TYPE shipbell_runs_total counter\n");
    expect(text).not.toContain("# EOF");
  });
});

test("spans are counted where traces are on, from 0 on", async () => {
  const names = async (metrics: Metrics) =>
    (await scrape(metrics)).split("\n").filter((line) => line.startsWith("shipbell_spans"));
  expect(await names(metricsOf())).toEqual([]);
  const spans = { sent: 7, dropped: { "queue-full": 0, refused: 2 } };
  const build = { version: "0.1.0", nodeVersion: "v24.0.0" };
  expect(await names(createMetrics(() => ({ ...factsOf([]), spans }), build))).toEqual([
    "shipbell_spans_sent_total 7",
    'shipbell_spans_dropped_total{reason="queue-full"} 0',
    'shipbell_spans_dropped_total{reason="refused"} 2',
  ]);
});

test("many jobs come in pieces, with one head per metric", async () => {
  const rows = Array.from({ length: 1200 }, (_, i): JobGiven => ({ name: `job-${i}`, job: job(`job-${i}`) }));
  const sizes: number[] = [];
  let text = "";
  for await (const chunk of metricsOf(...rows).scrape(undefined).chunks) {
    sizes.push(chunk.length);
    text += chunk;
  }
  expect(Math.max(...sizes)).toBeLessThan(100_000);
  const lines = text.split("\n");
  expect(lines.filter((line) => line.startsWith("shipbell_runs_total{"))).toHaveLength(2400);
  expect(lines.filter((line) => line === "# TYPE shipbell_runs_total counter")).toHaveLength(1);
  expect(lines.slice(0, -1)).not.toContain("");
});

// In the Debian package `prometheus`; the lab's tests scrape with a real Prometheus in any case.
test.skipIf(!existsSync("/usr/bin/promtool"))("promtool finds nothing to complain about", async () => {
  const metrics = metricsOf(busy, { name: "b", job: job("b") });
  metrics.onEvent({ event: "run-started", ...ref, delayMs: 300 });
  const { stdout, stderr, status } = spawnSync("/usr/bin/promtool", ["check", "metrics"], {
    input: await scrape(metrics),
  });
  expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
});
