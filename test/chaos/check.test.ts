import { describe, expect, it } from "vitest";
import { readPast } from "../../src/ledger/past.ts";
import type { Attempt, JobRecord, Outcome, Run, Verdict } from "../../src/ledger/record.ts";
import { aRecord, aRun } from "../support/a-job.ts";
import type { ChaosLine } from "./chaos-scheduler.ts";
import { check } from "./check.ts";
import type { Evidence } from "./evidence.ts";
import type { Execution } from "./executions.ts";
import type { FaultRecord } from "./fault-record.ts";
import { CHAOS_JOBS } from "./jobs.ts";
import type { SeenRecord } from "./record-observer.ts";

const JOB = "short";
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 3, 0, seconds));

/** Three occurrences: one succeeded, one was skipped, one failed and was tried again. */
const story = {
  succeeded: { id: "short-1", due: 6, attempts: [{ kind: "succeeded", exitCode: 0 }] },
  failed: {
    id: "short-3",
    due: 18,
    attempts: [
      { kind: "failed", exitCode: 3, oom: false },
      { kind: "succeeded", exitCode: 0 },
    ],
  },
} satisfies Record<string, { id: string; due: number; attempts: Outcome[] }>;

describe("what ledger, log and witness say", () => {
  it("is no finding where they agree", () => {
    expect(findingsOf({})).toEqual([]);
  });

  it.each<[string, Partial<Lies>, RegExp]>([
    [
      "an attempt that was executed twice",
      { executions: [...executions, anExecution("short-1", 1, 6)] },
      /executed 2 times/,
    ],
    [
      "an execution that no record knows",
      { executions: [...executions, anExecution("short-9", 1, 30)] },
      /no record knows/,
    ],
    ["a success that nobody has seen", { executions: executions.slice(1) }, /is {"kind":"succeeded".*never ran/],
    [
      "a success whose process has failed",
      { executions: executions.with(0, anExecution("short-1", 1, 6, 1)) },
      /attempt 1 is {"kind":"succeeded"/,
    ],
    [
      "an attempt that ran before it was bound",
      { executions: executions.with(0, anExecution("short-1", 1, 5)) },
      /before it was bound/,
    ],
    [
      "two that ran at once",
      { executions: executions.with(0, anExecution("short-1", 1, 6, 0, 30)) },
      /ran next to short-1/,
    ],
    ["an occurrence without a verdict", { verdicts: verdicts.slice(0, 2) }, /has 0 verdicts/],
    [
      "an occurrence that was skipped for no run",
      { verdicts: verdicts.with(1, { ...skipped, decidedAt: at(300) }) },
      /is not true: skipped still-running/,
    ],
    ["totals that miss a skip", { totals: { ...totals, skipped: {} } }, /3 were due, 2 were counted/],
    [
      "totals that count an end twice",
      { totals: { ...totals, ended: { succeeded: { schedule: 3 } } } },
      /counts 3 ended/,
    ],
    ["totals that miss a retry", { totals: { ...totals, retries: 0 } }, /counts 0 retries, and 1/],
    ["a verdict that was logged by both", { log: [...log, ...log.slice(1, 2)] }, /in the log twice: short skipped/],
    ["an end that was not logged", { log: log.slice(0, -1) }, /is not in the log: short-3 succeeded/],
    [
      "a start that is in no record",
      { log: [...log, aLine("run-started", { run: "short-9", attempt: 1, scheduledAt: at(60).toISOString() })] },
      /in no record: short started/,
    ],
    [
      "a fault of shipbell itself",
      { log: [...log, aLine("pass-failed", { stack: "TypeError" })] },
      /pass-failed: TypeError/,
    ],
    ["a record that is too large", { largestBytes: 65 * 1024 }, /66560 bytes/],
  ])("finds %s", (_, lies, text) => {
    expect(findingsOf(lies).map(({ what }) => what)).toContainEqual(expect.stringMatching(text));
  });

  it.each<[string, number, Partial<FaultRecord>]>([
    ["no engine was killed then", 1, { name: "worker-frozen" }],
    ["another engine was killed", 1, { on: "w2" }],
    ["its engine was killed later", 1, { beganAt: at(9) }],
    ["its engine was killed as it began", 0, {}],
  ])("counts what was executed twice where %s: %d", (_, count, change) => {
    const faults = [{ name: "worker-engine-killed", on: "w1", beganAt: at(6.3), activeRuns: 1, ...change } as const];
    const [first, ...others] = executions;
    if (first === undefined) throw new Error("there is no execution");
    const { end: _end, ...cutOff } = anExecution("short-1", 1, 5.9);
    const found = findingsOf({ executions: [{ ...cutOff, startedAt: at(6) }, first, ...others], faults });
    expect(found.filter(({ what }) => /executed 2 times/.test(what))).toHaveLength(count);
  });

  it("lets a line be missing when a scheduler was killed at that time", () => {
    expect(findingsOf({ log: log.slice(0, -1), kills: [at(21)] })).toEqual([]);
  });
});

interface Lies {
  readonly executions: readonly Execution[];
  readonly verdicts: readonly Verdict[];
  readonly totals: JobRecord["totals"];
  readonly log: readonly ChaosLine[];
  readonly largestBytes: number;
  readonly kills: readonly Date[];
  readonly faults: readonly FaultRecord[];
}

const executions = [anExecution("short-1", 1, 6), anExecution("short-3", 1, 18, 3), anExecution("short-3", 2, 20)];

const skipped: Verdict = { kind: "skipped", reason: "still-running", scheduledAt: at(12), decidedAt: at(12) };
const verdicts: readonly Verdict[] = [
  { kind: "started", scheduledAt: at(6), decidedAt: at(6) },
  skipped,
  { kind: "started", scheduledAt: at(18), decidedAt: at(18) },
];

const totals: JobRecord["totals"] = {
  started: { schedule: 2 },
  skipped: { "still-running": 1 },
  missed: {},
  ended: { succeeded: { schedule: 2 } },
  retries: 1,
  runSeconds: { sum: 2, count: 2 },
};

const log = [
  aLine("run-started", { run: "short-1", attempt: 1, scheduledAt: at(6).toISOString() }),
  aLine("occurrence-skipped", { reason: "still-running", scheduledAt: at(12).toISOString(), count: 1 }),
  aLine("run-finished", { run: "short-1", outcome: "succeeded" }),
  aLine("run-started", { run: "short-3", attempt: 1, scheduledAt: at(18).toISOString() }),
  aLine("run-finished", { run: "short-3", outcome: "succeeded" }),
];

function findingsOf(lies: Partial<Lies>) {
  const told: Lies = { executions, verdicts, totals, log, largestBytes: 5000, kills: [], faults: [], ...lies };
  const seen = seenRecord(told);
  const evidence: Evidence = {
    ...told,
    beganAt: at(0),
    endedAt: at(60),
    corpses: [],
    records: new Map([[JOB, seen]]),
    notices: { instance: "shipbell", told: [], taken: [] },
    swaps: { tried: 0, done: 0 },
    findings: [],
  };
  const others = Object.keys(CHAOS_JOBS).length - 1;
  return check(evidence).filter(({ what }) => what !== "never had a record" || others === 0);
}

function seenRecord({ verdicts, totals, largestBytes }: Lies): SeenRecord {
  const runs = Object.values(story).map((run) => runOf(run));
  const record = aRecord(at(20), { job: JOB, totals });
  const definition = { ...record.definition, schedules: [{ pattern: "@every 6s", timezone: "UTC" }] };
  return {
    firstCursor: at(1),
    record: { ...record, definition },
    runs: new Map(runs.map((run) => [run.id, run])),
    ends: readPast({ job: JOB, runs }),
    endSeen: new Map(runs.map(({ id, finishedAt = at(0) }) => [id, { after: finishedAt, by: finishedAt }])),
    verdicts: new Map(verdicts.map((verdict) => [verdict.scheduledAt.toISOString(), verdict])),
    changedVerdicts: [],
    largestBytes,
  };
}

function runOf({ id, due, attempts }: (typeof story)["failed" | "succeeded"]): Run {
  const told = attempts.map((outcome, index): Attempt => {
    const [boundAt, finishedAt] = [at(due + 2 * index), at(due + 2 * index + 1)];
    return { number: index + 1, objectName: `${id}-${index + 1}`, boundAt, startedAt: boundAt, finishedAt, outcome };
  });
  const run = aRun(at(due), { id, attempts: told, finishedAt: at(due + 2 * attempts.length - 1) });
  const outcome = attempts.at(-1);
  const policies = { ...run.policies, retries: { limit: 1, delayMs: 1000, maxDelayMs: 1000, on: ["failed" as const] } };
  return { ...run, policies, ...(outcome && { outcome }) };
}

function anExecution(run: string, attempt: number, seconds: number, exitCode = 0, lastsS = 1): Execution {
  return { run, attempt, node: "w1", startedAt: at(seconds), end: { at: at(seconds + lastsS), exitCode } };
}

function aLine(event: string, fields: Readonly<Record<string, unknown>>): ChaosLine {
  return { scheduler: "A", time: at(20).toISOString(), event, job: JOB, ...fields };
}
