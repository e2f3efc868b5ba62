import { describe, expect, it, test } from "vitest";
import { appearanceOf } from "../../src/cli/terminal/appearance.ts";
import { formatJobs } from "../../src/cli/terminal/job-table.ts";
import { formatRuns } from "../../src/cli/terminal/run-table.ts";
import { type AttemptEnd, recordEnd, startAttempt } from "../../src/ledger/changes/attempts.ts";
import { startRun } from "../../src/ledger/changes/occurrences.ts";
import { type JobRecord, lastStartOf, latestAttempt, type Outcome } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { explainJob } from "../../src/view/explain/explain.ts";
import { jobViews } from "../../src/view/jobs/job-view.ts";
import { runViews } from "../../src/view/runs/run-view.ts";
import { aRecord, aRun, at } from "../support/a-job.ts";
import { answerOf, silent } from "../support/scheduler-answer.ts";

const run = aRun(at("12:00"));
const key = { run: run.id, number: 1 };
const rejected: Outcome = { kind: "rejected", reason: "image-missing", message: "no such image" };
const before = { ...aRecord(at("11:55")).totals, lastStartAt: at("11:00") };

/** The record of a job whose run has just begun. */
function begun(change: Partial<JobRecord> = {}): JobRecord {
  const { attempts, ...keys } = run;
  const record = startRun(aRecord(at("11:55"), change), {
    ...keys,
    overlap: "forbid",
    attempt: latestAttempt({ ...run, attempts }),
  });
  if (record === undefined) throw new Error("it may start");
  return record;
}

function ended(end: Omit<AttemptEnd, "finishedAt">, change: Partial<JobRecord> = {}): JobRecord {
  const record = recordEnd(begun(change), key, { ...end, finishedAt: at("12:01") });
  if (record === undefined) throw new Error("it may end");
  return record;
}

describe("the last start of a job", () => {
  it("is that of the run that begins, until its end is known", () => {
    expect(lastStartOf(begun({ totals: before }))).toEqual(at("12:00"));
  });

  it("is that of the process, if there was one", () => {
    const startedAt = at("12:00:20");
    expect(lastStartOf(ended({ outcome: { kind: "failed", exitCode: 1, oom: false }, startedAt }))).toEqual(startedAt);
  });

  const withoutProcess: readonly Outcome[] = [
    rejected,
    { kind: "cancelled" },
    { kind: "timed-out" },
    { kind: "replaced" },
  ];
  it.each(withoutProcess)("is an earlier one, or none, after a run that never had a process: $kind", (outcome) => {
    expect(lastStartOf(ended({ outcome }, { totals: before }))).toEqual(at("11:00"));
    expect(lastStartOf(ended({ outcome }))).toBeUndefined();
  });

  const withProcess: readonly Outcome[] = [
    { kind: "succeeded", exitCode: 0 },
    { kind: "cancelled", exitCode: 143 },
    { kind: "lost", reason: "node-down" },
  ];
  it.each(withProcess)("is when its object was bound, if the engine gives no time: $kind", (outcome) => {
    expect(lastStartOf(ended({ outcome }))).toEqual(at("12:00"));
  });

  it("stays the first attempt's when the second is rejected", () => {
    const first = recordEnd(begun(), key, {
      outcome: { kind: "failed", exitCode: 1, oom: false },
      startedAt: at("12:00"),
      finishedAt: at("12:01"),
      retryAt: at("12:02"),
    });
    const second = startAttempt(first, run.id, { number: 2, objectName: "o-2", objectId: "o2", boundAt: at("12:02") });
    expect(second && lastStartOf(second)).toEqual(at("12:02"));
    const end = recordEnd(second, { run: run.id, number: 2 }, { outcome: rejected, finishedAt: at("12:03") });
    expect(end && lastStartOf(end)).toEqual(at("12:00"));
  });

  it("in a record that an older scheduler wrote is not that of a rejected run", () => {
    const record = ended({ outcome: rejected });
    expect(lastStartOf({ ...record, totals: { ...record.totals, lastStartAt: at("12:00") } })).toBeUndefined();
  });
});

test("ls, runs and explain agree about a run that was rejected and never ran", () => {
  const record = ended({ outcome: rejected });
  const now = at("12:05");
  const parts = { now, times: { kind: "relative" }, appearance: appearanceOf({ env: {}, isTerminal: false }) } as const;
  const timetables = createTimetables();
  const jobs = jobViews(new Map([[record.job, record]]), { answer: silent, timetables, now });
  expect(formatJobs(jobs, parts).split("\n")[1]).toMatch(/ - {2,}rejected/);
  expect(formatRuns(record.job, runViews(record, { states: new Map(), now }), parts).split("\n")[1]).toMatch(
    / - {2,}- {2,}rejected/,
  );
  const sentences = explainJob(record, { now, states: new Map(), timetables, answer: answerOf() }).map(
    ({ text }) => text,
  );
  expect(sentences.at(-1)).toBe("None of its runs was ever started.");
  expect(sentences.at(-2)).toContain("no such image");
});
