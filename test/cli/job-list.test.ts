import { expect, test } from "vitest";
import { formatJobs, listJobs } from "../../src/cli/job-list.ts";
import type { Outcome, Page, Run } from "../../src/ledger/page.ts";

const now = new Date("2026-11-18T12:00:00Z");
const nextAt = new Date("2026-11-19T03:00:00Z");
const schedules = [{ pattern: "0 3 * * *", timezone: "UTC" }];

function page(job: string, changes: Partial<Page> = {}): Page {
  return {
    schema: 1,
    job,
    cursor: now,
    definition: { hash: "h", generation: 1, schedules, suspended: false },
    runs: [],
    verdicts: [],
    totals: { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } },
    wishes: [],
    ...changes,
  };
}

function run(outcome: Outcome | undefined, finishedAt: string): Run {
  const end = outcome && { outcome, finishedAt: new Date(finishedAt) };
  const attempt = { number: 1, objectName: "backup-1", objectId: "id", boundAt: now };
  const policies = { pendingTimeoutMs: 1, stopGracePeriodMs: 1, successExitCodes: [0] };
  return {
    id: finishedAt,
    trigger: "schedule",
    scheduledAt: now,
    definition: "h",
    policies,
    attempts: [attempt],
    ...end,
  };
}

const failed = run({ kind: "failed", exitCode: 2, oom: false }, "2026-11-18T03:00:02Z");
const succeeded = run({ kind: "succeeded", exitCode: 0 }, "2026-11-18T03:00:01Z");

function table(pages: Page[]): string[] {
  return formatJobs(
    listJobs(pages, () => nextAt, now),
    "table",
  ).split("\n");
}

test("a table has a line a job, by name", () => {
  const lastStartAt = new Date("2026-11-18T03:00:00Z");
  const totals = { ...page("x").totals, lastStartAt };
  expect(
    table([
      page("weekly", { definition: { ...page("x").definition, suspended: true } }),
      page("backup", { runs: [failed, succeeded], totals }),
      page("report", { runs: [run(undefined, "none"), succeeded] }),
    ]),
  ).toEqual([
    "JOB     SCHEDULE       NEXT                  LAST START            LAST OUTCOME",
    "backup  0 3 * * * UTC  2026-11-19 03:00:00Z  2026-11-18 03:00:00Z  failed (2)",
    "report  0 3 * * * UTC  2026-11-19 03:00:00Z  -                     active",
    "weekly  0 3 * * * UTC  suspended             -                     -",
  ]);
});

test("what keeps a job from being started, or waits for its next attempt, is shown in place of times", () => {
  const paused = { since: now };
  const suspended = { ...page("x").definition, suspended: true };
  const attempt = {
    number: 1,
    objectName: "a",
    boundAt: now,
    outcome: { kind: "failed", exitCode: 2, oom: false },
  } as const;
  const waiting = { ...run(undefined, "w"), attempts: [{ ...attempt, retryAt: new Date("2026-11-18T12:05:00Z") }] };
  const running = run(undefined, "r");
  expect(
    table([
      page("both", { paused, definition: suspended, runs: [waiting, running] }),
      page("paused", { paused, runs: [waiting] }),
      page("three", { runs: [running, running, waiting] }),
    ]),
  ).toEqual([
    "JOB     SCHEDULE       NEXT                  LAST START  LAST OUTCOME",
    "both    0 3 * * * UTC  suspended             -           active",
    "paused  0 3 * * * UTC  paused                -           next attempt at 2026-11-18 12:05:00Z",
    "three   0 3 * * * UTC  2026-11-19 03:00:00Z  -           active (2)",
  ]);
});

test("a job that no source declares any more is not listed", () => {
  expect(table([page("gone", { removedAt: now }), page("closed", { closedAt: now })])).toEqual(["no jobs"]);
});

test("JSON has the same, for programs", () => {
  const jobs = listJobs([page("backup", { runs: [failed] })], () => nextAt, now);
  expect(JSON.parse(formatJobs(jobs, "json"))).toEqual([
    {
      job: "backup",
      schedules,
      suspended: false,
      activeRuns: 0,
      waitingForRetry: 0,
      nextRunAt: "2026-11-19T03:00:00.000Z",
      lastOutcome: "failed (2)",
    },
  ]);
});
