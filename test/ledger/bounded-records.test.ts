import { describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import { retain } from "../../src/decide/retention.ts";
import { retryAt } from "../../src/decide/retry.ts";
import type { Job, RunPolicies } from "../../src/job/job.ts";
import { noteStopping, recordEnd, startAttempt } from "../../src/ledger/changes/attempts.ts";
import { noteGap } from "../../src/ledger/changes/marks.ts";
import { admit, passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { fitRecord } from "../../src/ledger/fit-record.ts";
import { type Attempt, activeRuns, type JobRecord, latestAttempt, type Outcome } from "../../src/ledger/record.ts";
import { writeRecord } from "../../src/ledger/record-json.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, at, succeeded } from "../support/a-job.ts";

const LARGEST = 64 * 1024;
const timetables = createTimetables();
const longest = (length: number) => "x".repeat(length);
const second = (count: number) => new Date(at("00:00").getTime() + count * 1000);
/** A line of quotes takes twice its length as JSON: the most that the tail of an output keeps. */
const outputOf2Kb = '"'.repeat(1023);

/** The longest possible names, and all policies. */
const generous: Partial<RunPolicies> = {
  timeoutMs: 86_400_000,
  nodeGraceMs: 86_400_000,
  successExitCodes: [0, 1, 2, 3, 100, 101, 102],
  retries: { limit: 100, delayMs: 0, maxDelayMs: 0, on: ["failed", "rejected", "timed-out", "lost"] },
  endsWithTemplate: true,
};

function everySecond(change: Parameters<typeof aJob>[0] = {}): Job {
  return aJob({ schedules: [{ pattern: "* * * * * *", timezone: "UTC" }], hash: longest(64), ...change });
}

function attemptOf(number: number, boundAt: Date): Attempt {
  return { number, objectName: longest(63), objectId: longest(64), boundAt };
}

function sizeOf(record: JobRecord): number {
  return Buffer.byteLength(writeRecord(record));
}

function changed(record: JobRecord | undefined): JobRecord {
  if (record === undefined) throw new Error("nothing to change");
  return fitRecord(record).record;
}

/** Does what is due, once, and no more than the scheduler's swaps would. */
function decide(record: JobRecord, job: Job, now: Date): JobRecord {
  const found = due(job, timetables.of(job.schedules), { record, now });
  let decided = (found.gap && noteGap(record, found.gap)) ?? record;
  for (const stretch of found.passedOver) decided = changed(passOver(decided, stretch, { now }));
  if (found.admit) decided = admit(decided, found.admit) ?? decided;
  if (!found.start) return decided;
  const { trigger, scheduledAt, inputs } = found.start;
  const id = longest(38) + scheduledAt.toISOString();
  const { run: policies, overlap } = job.policies;
  const run = { id, trigger, scheduledAt, definition: job.hash, policies, overlap, ...(inputs && { inputs }) };
  return changed(startRun(decided, { ...run, attempt: attemptOf(1, now) }));
}

function end(record: JobRecord, job: Job, outcome: Outcome, now: Date): JobRecord {
  const [run] = activeRuns(record);
  if (run === undefined) return record;
  const { number, stopping } = latestAttempt(run);
  const again = retryAt(run, number, outcome, now);
  const ended = {
    outcome,
    startedAt: now,
    finishedAt: now,
    node: longest(63),
    output: outputOf2Kb,
    ...(stopping && { stopping }),
  };
  const recorded = changed(recordEnd(record, { run: run.id, number }, { ...ended, ...(again && { retryAt: again }) }));
  const kept = { ...recorded, runs: retain(recorded.runs, job.policies.history) };
  return changed(again ? startAttempt(kept, run.id, attemptOf(number + 1, now)) : kept);
}

describe("a record stays below 64 KB", () => {
  it("of a job each second for a month: no larger than after a minute, apart from digits of its counters", () => {
    const job = everySecond();
    let record = aRecord(second(0), {}, job);
    const sizes = new Map<number, number>();
    for (let count = 1; count <= 2000; count++) {
      record = end(decide(record, job, second(count)), job, succeeded, second(count));
      sizes.set(count, sizeOf(record));
    }
    expect(record.totals.started.schedule).toBe(2000);
    expect((sizes.get(2000) ?? 0) - (sizes.get(60) ?? 0)).toBeLessThan(20);
    // From here to the end of the month in one step: nothing that a record keeps depends on what came between.
    const { totals } = record;
    const month = { ...totals, started: { schedule: 2_678_400 }, runSeconds: { sum: 2_678_400.5, count: 2_678_400 } };
    expect(sizeOf({ ...record, totals: month }) - (sizes.get(2000) ?? 0)).toBeLessThan(30);
    expect(sizeOf(record)).toBeLessThan(16 * 1024);
  });

  it("of a job whose every attempt is refused at length, tried a hundred times, with the longest history", () => {
    const job = everySecond({ run: generous, policies: { history: { succeeded: 50, failed: 50 } } });
    const refused: Outcome = { kind: "rejected", reason: "start-failed", message: longest(100_000) };
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 505; count++) {
      record = end(decide(record, job, second(count)), job, refused, second(count));
      expect(sizeOf(record)).toBeLessThan(LARGEST);
    }
    expect(record.totals).toMatchObject({ ended: { rejected: { schedule: 5 } }, retries: 500 });
    expect(record.runs.length).toBeGreaterThan(3);
    expect(latestAttempt(record.runs.at(-1) as never).number).toBe(101);
  });

  it("of a job whose every run fails, with the most output and the longest history", () => {
    const job = everySecond({ policies: { history: { succeeded: 50, failed: 50 } } });
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 150; count++) {
      const outcome: Outcome = count % 2 === 0 ? succeeded : { kind: "failed", exitCode: 255, oom: "unknown" };
      record = end(decide(record, job, second(count)), job, outcome, second(count));
      expect(sizeOf(record)).toBeLessThan(LARGEST);
    }
    expect(record.runs.length).toBeGreaterThan(40);
  });

  it("while a hundred occurrences are caught up", () => {
    const job = aJob({ policies: { catchUp: "all", history: { succeeded: 50, failed: 50 } } });
    const now = at("23:00");
    let record = aRecord(at("00:00"), {}, job);
    for (let count = 0; count < 100; count++) record = end(decide(record, job, now), job, succeeded, now);
    expect(record.totals).toMatchObject({ started: { "catch-up": 100 }, missed: { gap: 176 } });
    expect(sizeOf(record)).toBeLessThan(LARGEST);
  });

  it("while a thousand occurrences wait in a queue, as a single mark", () => {
    const job = everySecond({ policies: { overlap: "queue", queueLimit: 1000 } });
    let record = decide(aRecord(second(0), {}, job), job, second(1));
    const before = sizeOf(record);
    for (let count = 2; count <= 1001; count++) record = decide(record, job, second(count));
    expect(record).toMatchObject({ admittedThrough: second(1001), totals: { started: { schedule: 1 }, skipped: {} } });
    expect(sizeOf(record) - before).toBeLessThan(100);
  });

  it("with overlap allow, when runs never end: as many are active as fit, the others are skipped, and all can be stopped", () => {
    const job = everySecond({ run: generous, policies: { overlap: "allow" } });
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 300; count++) record = decide(record, job, second(count));
    const started = record.totals.started.schedule ?? 0;
    expect(started).toBeGreaterThan(30);
    expect(record.totals).toMatchObject({ skipped: { "still-running": 300 - started } });
    expect(sizeOf(record)).toBeLessThan(LARGEST);
    const stopping = { reason: "cancelled", since: second(301) } as const;
    for (const { id } of activeRuns(record)) record = changed(noteStopping(record, { run: id, number: 1 }, stopping));
    expect(sizeOf(record)).toBeLessThan(LARGEST);
    for (let count = 0; count < started; count++) record = end(record, job, { kind: "cancelled" }, second(302));
    expect(record.totals.ended).toEqual({ cancelled: { schedule: started } });
  });

  it("with overlap allow and the longest inputs, when runs never end: fewer are active", () => {
    const inputs = { NOTE: { type: "string", maxLength: 1000, default: "ü".repeat(1000) } } as const;
    const job = everySecond({ run: generous, policies: { overlap: "allow" }, inputs });
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 100; count++) record = decide(record, job, second(count));
    const active = activeRuns(record);
    expect(active.length).toBeGreaterThan(10);
    expect(active.length).toBeLessThan(20);
    expect(record.totals).toMatchObject({ skipped: { "still-running": 100 - active.length } });
    expect(active.every((run) => run.inputs?.NOTE === "ü".repeat(1000))).toBe(true);
    expect(sizeOf(record)).toBeLessThan(LARGEST);
  });

  it("with overlap allow, when all are given up before they started, with long messages from the engine", () => {
    const job = everySecond({ run: generous, policies: { overlap: "allow" } });
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 300; count++) record = decide(record, job, second(count));
    const active = activeRuns(record);
    const stopping = { reason: "timed-out", since: second(301), notStarted: longest(100_000) } as const;
    for (const { id } of active) record = changed(noteStopping(record, { run: id, number: 1 }, stopping));
    expect(sizeOf(record)).toBeLessThan(LARGEST);
    expect(activeRuns(record)).toHaveLength(active.length);
  });

  it("with overlap allow and policies of common length, 64 are active", () => {
    const job = everySecond({ run: { timeoutMs: 3_600_000 }, policies: { overlap: "allow" } });
    let record = aRecord(second(0), {}, job);
    for (let count = 1; count <= 300; count++) record = decide(record, job, second(count));
    expect(record.totals).toMatchObject({ started: { schedule: 64 }, skipped: { "still-running": 236 } });
  });
});
