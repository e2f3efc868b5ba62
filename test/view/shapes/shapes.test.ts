import { expect, test } from "vitest";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { jobView } from "../../../src/view/jobs/job-view.ts";
import type { SchedulerAnswer, ViewProblem } from "../../../src/view/scheduler/scheduler-view.ts";
import { shapeJob } from "../../../src/view/shapes/job-shape.ts";
import { shapeScheduler } from "../../../src/view/shapes/scheduler-shape.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { answerOf, declaredJob, silent } from "../../support/scheduler-answer.ts";

const now = at("12:00");
const schedules = [{ pattern: "0 3 * * *", timezone: "UTC" }];
const run = aRun(at("03:00"), { outcome: { kind: "failed", exitCode: 2, oom: false }, finishedAt: at("03:01") });
const record = aRecord(now, { runs: [run] }, aJob({ schedules }));
const problem: ViewProblem = { source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' };

function json(answer: SchedulerAnswer): unknown {
  const view = jobView("backup", record, { answer, timetables: createTimetables(), now });
  return JSON.parse(JSON.stringify(view && shapeJob(view)));
}

test("a job has its standing by name, and its last outcome in words", () => {
  expect(json(silent)).toEqual({
    job: "backup",
    standing: "unknown",
    schedules,
    suspended: false,
    activeRuns: 0,
    waitingForRetry: 0,
    nextRunAt: "2026-11-19T03:00:00.000Z",
    lastOutcome: "failed (2)",
  });
});

test("a job that is kept has the problems of its definition", () => {
  const jobs = new Map([["backup", declaredJob({ isKept: true })]]);
  expect(json(answerOf({ jobs, problems: [problem] }))).toMatchObject({
    standing: "kept",
    problems: [{ severity: "error", source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' }],
  });
});

test("a scheduler has its role, its jobs as a number, and every problem", () => {
  const role = { kind: "standby", because: "another has the lock" } as const;
  const { view } = answerOf({ role, engineDownBecause: "connect ENOENT", problems: [problem], unsure: new Set(["b"]) });
  expect(shapeScheduler(view)).toEqual({
    version: "1.2.3",
    role: "standby",
    because: "another has the lock",
    engineDownBecause: "connect ENOENT",
    jobs: 1,
    kept: [],
    unsure: ["b"],
    problems: [{ severity: "error", source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' }],
  });
});
