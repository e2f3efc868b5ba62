import { expect, test } from "vitest";
import { readinessOf } from "../../src/view/readiness.ts";
import type { SchedulerView, ViewProblem } from "../../src/view/scheduler-view.ts";
import { answerOf, declaredJob } from "../support/scheduler-answer.ts";

const readiness = (change: Partial<SchedulerView>) => readinessOf(answerOf(change).view);
const error: ViewProblem = { source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' };
const warning: ViewProblem = { source: "files", at: "jobs.yml:7:5", message: "never due", severity: "warning" };
const ofScheduler: ViewProblem = { source: "scheduler", at: "job backup", message: "is stuck: 403" };

test("an active scheduler whose engine and ledger work is ready", () =>
  expect(readiness({})).toEqual({
    role: { ok: true, reason: "active" },
    engine: { ok: true },
    ledger: { ok: true },
    sources: { ok: true, reason: "1 job, 0 problems" },
  }));

test("one that waits for its sources, its engine and its ledger is not, and says why", () =>
  expect(
    readiness({
      role: { kind: "starting" },
      jobs: new Map(),
      engineDownBecause: "connect ENOENT",
      ledgerDownBecause: "disk is full",
    }),
  ).toEqual({
    role: { ok: true, reason: "active" },
    engine: { ok: false, reason: "connect ENOENT" },
    ledger: { ok: false, reason: "disk is full" },
    sources: { ok: false, reason: "not read yet" },
  }));

test("one that stands by is not ready", () =>
  expect(readiness({ role: { kind: "standby", because: "another has the lock" }, jobs: new Map() })).toMatchObject({
    role: { ok: false, reason: "standby: another has the lock" },
    sources: { ok: false, reason: "not read yet" },
  }));

test("broken definitions do not keep it from being ready; their places are named, and not what is written there", () => {
  const jobs = new Map([
    ["report", declaredJob({ isKept: true })],
    ["backup", declaredJob({ isKept: true })],
  ]);
  expect(readiness({ jobs, problems: [error, warning, ofScheduler] }).sources).toEqual({
    ok: true,
    reason: "2 jobs, 1 problem, 1 warning",
    problems: ["jobs.yml:3:5"],
    kept: ["backup", "report"],
  });
});
