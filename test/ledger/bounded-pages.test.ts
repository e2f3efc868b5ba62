import { describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import { retain } from "../../src/decide/retention.ts";
import { retryAt } from "../../src/decide/retry.ts";
import type { Job, RunPolicies } from "../../src/job/job.ts";
import { noteStopping, recordEnd, startAttempt } from "../../src/ledger/changes/attempt-changes.ts";
import { noteGap } from "../../src/ledger/changes/mark-changes.ts";
import { admit, passOver, startRun } from "../../src/ledger/changes/page-changes.ts";
import { fitPage } from "../../src/ledger/changes/size-changes.ts";
import { type Attempt, activeRuns, latestAttempt, type Outcome, type Page } from "../../src/ledger/page.ts";
import { writePage } from "../../src/ledger/page-json.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aPage, at, succeeded } from "../support/a-job.ts";

const LARGEST = 64 * 1024;
const timetables = createTimetables();
const longest = (length: number) => "x".repeat(length);
const second = (count: number) => new Date(at("00:00").getTime() + count * 1000);
/** A line of quotes takes twice its length as JSON: the most that the tail of an output keeps. */
const outputOf2Kb = '"'.repeat(1023);

/** The longest names that there are, and all policies. */
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

function sizeOf(page: Page): number {
  return Buffer.byteLength(writePage(page));
}

function changed(page: Page | undefined): Page {
  if (page === undefined) throw new Error("nothing to change");
  return fitPage(page);
}

/** Does what is due, once; and no further than the swaps of the scheduler would. */
function decide(page: Page, job: Job, now: Date): Page {
  const found = due(job, timetables.of(job.schedules), page, now);
  let decided = (found.gap && noteGap(page, found.gap)) ?? page;
  for (const stretch of found.passedOver) decided = changed(passOver(decided, stretch, stretch.verdict, now));
  if (found.admit) decided = admit(decided, found.admit) ?? decided;
  if (!found.start) return decided;
  const { trigger, scheduledAt } = found.start;
  const id = longest(38) + scheduledAt.toISOString();
  const { run: policies, overlap } = job.policies;
  const run = { id, trigger, scheduledAt, definition: job.hash, policies, overlap };
  return changed(startRun(decided, { ...run, attempt: attemptOf(1, now) }));
}

function end(page: Page, job: Job, outcome: Outcome, now: Date): Page {
  const [run] = activeRuns(page);
  if (run === undefined) return page;
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
  const recorded = changed(recordEnd(page, { run: run.id, number }, { ...ended, ...(again && { retryAt: again }) }));
  const kept = { ...recorded, runs: retain(recorded.runs, job.policies.history) };
  return changed(again ? startAttempt(kept, run.id, attemptOf(number + 1, now)) : kept);
}

describe("a page stays below 64 KB", () => {
  it("of a job each second for a month: no larger than after a minute, but for digits of its counters", () => {
    const job = everySecond();
    let page = aPage(second(0), {}, job);
    const sizes = new Map<number, number>();
    for (let count = 1; count <= 2000; count++) {
      page = end(decide(page, job, second(count)), job, succeeded, second(count));
      sizes.set(count, sizeOf(page));
    }
    expect(page.totals.started.schedule).toBe(2000);
    expect((sizes.get(2000) ?? 0) - (sizes.get(60) ?? 0)).toBeLessThan(20);
    // From here to the end of the month in one step: nothing that a page keeps depends on what came between.
    const { totals } = page;
    const month = { ...totals, started: { schedule: 2_678_400 }, runSeconds: { sum: 2_678_400.5, count: 2_678_400 } };
    expect(sizeOf({ ...page, totals: month }) - (sizes.get(2000) ?? 0)).toBeLessThan(30);
    expect(sizeOf(page)).toBeLessThan(16 * 1024);
  });

  it("of a job whose every attempt is refused at length, tried a hundred times, with all the history there may be", () => {
    const job = everySecond({ run: generous, policies: { history: { succeeded: 50, failed: 50 } } });
    const refused: Outcome = { kind: "rejected", reason: "start-failed", message: longest(100_000) };
    let page = aPage(second(0), {}, job);
    for (let count = 1; count <= 505; count++) {
      page = end(decide(page, job, second(count)), job, refused, second(count));
      expect(sizeOf(page)).toBeLessThan(LARGEST);
    }
    expect(page.totals).toMatchObject({ ended: { rejected: { schedule: 5 } }, retries: 500 });
    expect(page.runs.length).toBeGreaterThan(3);
    expect(latestAttempt(page.runs.at(-1) as never).number).toBe(101);
  });

  it("of a job whose every run fails, with the most output, and all the history there may be", () => {
    const job = everySecond({ policies: { history: { succeeded: 50, failed: 50 } } });
    let page = aPage(second(0), {}, job);
    for (let count = 1; count <= 150; count++) {
      const outcome: Outcome = count % 2 === 0 ? succeeded : { kind: "failed", exitCode: 255, oom: "unknown" };
      page = end(decide(page, job, second(count)), job, outcome, second(count));
      expect(sizeOf(page)).toBeLessThan(LARGEST);
    }
    expect(page.runs.length).toBeGreaterThan(40);
  });

  it("while a hundred are caught up", () => {
    const job = aJob({ policies: { catchUp: "all", history: { succeeded: 50, failed: 50 } } });
    const now = at("23:00");
    let page = aPage(at("00:00"), {}, job);
    for (let count = 0; count < 100; count++) page = end(decide(page, job, now), job, succeeded, now);
    expect(page.totals).toMatchObject({ started: { "catch-up": 100 }, missed: { gap: 176 } });
    expect(sizeOf(page)).toBeLessThan(LARGEST);
  });

  it("while a thousand wait in a queue: they are a mark on it, and nothing else", () => {
    const job = everySecond({ policies: { overlap: "queue", queueLimit: 1000 } });
    let page = decide(aPage(second(0), {}, job), job, second(1));
    const before = sizeOf(page);
    for (let count = 2; count <= 1001; count++) page = decide(page, job, second(count));
    expect(page).toMatchObject({ admittedThrough: second(1001), totals: { started: { schedule: 1 }, skipped: {} } });
    expect(sizeOf(page) - before).toBeLessThan(100);
  });

  it("with overlap allow, when runs never end: as many are active as fit, more are skipped; and all can be stopped, and end", () => {
    const job = everySecond({ run: generous, policies: { overlap: "allow" } });
    let page = aPage(second(0), {}, job);
    for (let count = 1; count <= 300; count++) page = decide(page, job, second(count));
    const started = page.totals.started.schedule ?? 0;
    expect(started).toBeGreaterThan(30);
    expect(page.totals).toMatchObject({ skipped: { "still-running": 300 - started } });
    expect(sizeOf(page)).toBeLessThan(LARGEST);
    const stopping = { reason: "cancelled", since: second(301) } as const;
    for (const { id } of activeRuns(page)) page = changed(noteStopping(page, { run: id, number: 1 }, stopping));
    expect(sizeOf(page)).toBeLessThan(LARGEST);
    for (let count = 0; count < started; count++) page = end(page, job, { kind: "cancelled" }, second(302));
    expect(page.totals.ended).toEqual({ cancelled: { schedule: started } });
  });

  it("with overlap allow, when all are given up before they started, and the engine says much of each", () => {
    const job = everySecond({ run: generous, policies: { overlap: "allow" } });
    let page = aPage(second(0), {}, job);
    for (let count = 1; count <= 300; count++) page = decide(page, job, second(count));
    const active = activeRuns(page);
    const stopping = { reason: "timed-out", since: second(301), notStarted: longest(100_000) } as const;
    for (const { id } of active) page = changed(noteStopping(page, { run: id, number: 1 }, stopping));
    expect(sizeOf(page)).toBeLessThan(LARGEST);
    expect(activeRuns(page)).toHaveLength(active.length);
  });

  it("with overlap allow and policies of common length, 64 are active", () => {
    const job = everySecond({ run: { timeoutMs: 3_600_000 }, policies: { overlap: "allow" } });
    let page = aPage(second(0), {}, job);
    for (let count = 1; count <= 300; count++) page = decide(page, job, second(count));
    expect(page.totals).toMatchObject({ started: { schedule: 64 }, skipped: { "still-running": 236 } });
  });
});
