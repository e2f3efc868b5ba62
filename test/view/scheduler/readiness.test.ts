import { expect, test } from "vitest";
import { type ReadinessFacts, readinessOf } from "../../../src/view/scheduler/readiness.ts";
import type { ViewProblem } from "../../../src/view/scheduler/scheduler-view.ts";

const wellFacts: ReadinessFacts = { role: { kind: "active" }, jobCount: 1, problems: [], keptJobs: new Set() };
const readiness = (change: Partial<ReadinessFacts>) => readinessOf({ ...wellFacts, ...change });
const error: ViewProblem = { source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' };
const warning: ViewProblem = { source: "files", at: "jobs.yml:7:5", message: "never due", severity: "warning" };

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
  expect(readiness({ role: { kind: "standby", because: "another has the lock" } })).toMatchObject({
    role: { ok: false, reason: "standby: another has the lock" },
    sources: { ok: false, reason: "not read yet" },
  }));

test("broken definitions do not keep it from being ready; their places are named, and not what is written there", () => {
  const facts = { jobCount: 2, problems: [error, warning], keptJobs: new Set(["report", "backup"]) };
  expect(readiness(facts).sources).toEqual({
    ok: true,
    reason: "2 jobs, 1 problem, 1 warning",
    problems: ["jobs.yml:3:5"],
    kept: ["backup", "report"],
  });
});
