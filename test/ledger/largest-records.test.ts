import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retain } from "../../src/decide/retention.ts";
import { retryAt } from "../../src/decide/retry.ts";
import type { After, Job, Overlap, Retries } from "../../src/job/job.ts";
import { MOST_NOTIFY_RULES, NOTICE_KINDS, type NotifyRule } from "../../src/job/notify.ts";
import { isFull } from "../../src/ledger/changes/active-runs.ts";
import { endWaiting, noteStopping, recordEnd, startAttempt } from "../../src/ledger/changes/attempts.ts";
import { followDefinition, noteRemoval } from "../../src/ledger/changes/definitions.ts";
import { withHold } from "../../src/ledger/changes/marks.ts";
import { passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { cancelRun } from "../../src/ledger/changes/operators.ts";
import { pauseAll, pauseJob, resumeJob } from "../../src/ledger/changes/pauses.ts";
import { askForRun, hasRoomFor, keepRequest, refuseRequest } from "../../src/ledger/changes/requests.ts";
import { cutText } from "../../src/ledger/changes/size.ts";
import { finishChange } from "../../src/ledger/finish-change.ts";
import { LARGEST_RECORD_BYTES } from "../../src/ledger/fit-record.ts";
import {
  type Attempt,
  activeRuns,
  type JobRecord,
  latestAttempt,
  type Outcome,
  waitsForRetry,
} from "../../src/ledger/record.ts";
import { readRecord, writeRecord } from "../../src/ledger/record-json.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import "../support/same-seed.ts";

const LONG = 100 * 365 * 86_400_000;
const second = (count: number) => new Date(at("00:00").getTime() + count * 1000);
const name = "n".repeat(63);
const runNameOf = (count: number) => `${"r".repeat(50)}${String(count).padStart(8, "0")}`;
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

/** Texts that an engine or an operator may send: their sizes as JSON differ by a factor of six. */
const text = fc.record({
  of: fc.constantFrom("x", "\n", "\u0000", '"', "ü", "漢", "🛳", "\ud800"),
  length: fc.constantFrom(1, 99, 500, 20_000),
});

const written = ({ of, length }: { of: string; length: number }) => of.repeat(length);

const retries: fc.Arbitrary<Retries | undefined> = fc.option(
  fc.record({
    limit: fc.constantFrom(1, 100),
    delayMs: fc.constant(LONG),
    maxDelayMs: fc.constant(LONG),
    on: fc
      .constantFrom(0, 1, 255)
      .map((codes) => [...(["failed", "rejected", "timed-out", "lost"] as const), ...many(codes, (code) => code + 1)]),
  }),
  { nil: undefined },
);

/** With the longest name that a channel may have. */
function ruleOf(index: number): NotifyRule {
  const to = `${"c".repeat(30)}${String(index).padStart(2, "0")}`;
  return { to, on: NOTICE_KINDS, after: 1000, remindMs: LONG, output: 1000 };
}

/** Every channel has been told of everything, several times, and waits for its end. */
function withAllOpen(record: JobRecord): JobRecord {
  const { telling } = record.definition;
  if (telling === undefined) return record;
  const [since, at] = [second(1), second(2)];
  const open = (kind: string) => ({ id: `${runNameOf(1)}/${kind}`, since, at, times: 1000, heard: true as const });
  const ofChannel = { failed: open("failed"), longRunning: open("long-running"), notRun: open("not-run") };
  const counts = Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, 1_000_000]));
  const each = <T>(value: T) => Object.fromEntries(telling.notify.map(({ to }) => [to, value]));
  return {
    ...record,
    told: { ...record.told, looked: record.told?.looked ?? { ended: 0, missed: 0, skipped: 0 }, open: each(ofChannel) },
    totals: { ...record.totals, notices: each({ delivered: counts, dropped: counts }) },
  };
}

/** How much a definition contains. */
interface Extent {
  readonly hash: string;
  readonly overlap: Overlap;
  readonly history: number;
  readonly startingDeadlineMs: number | undefined;
  readonly codes: number;
  readonly schedules: number;
  readonly retries: Retries | undefined;
  readonly timeoutMs: number | undefined;
  readonly rules: number;
  readonly after: After | undefined;
}

/** A job at the limits of what a definition may contain (`definition/policies.ts`), or below them. */
const job: fc.Arbitrary<Job> = fc
  .record<Extent>({
    hash: fc.constantFrom("a".repeat(16), "b".repeat(16)),
    overlap: fc.constantFrom("forbid", "allow", "allow", "allow", "replace", "queue"),
    history: fc.constantFrom(0, 3, 50),
    startingDeadlineMs: fc.option(fc.constant(LONG), { nil: undefined }),
    codes: fc.constantFrom(1, 2, 256),
    schedules: fc.constantFrom(1, 100),
    retries,
    timeoutMs: fc.option(fc.constant(LONG), { nil: undefined }),
    rules: fc.constantFrom(0, 1, MOST_NOTIFY_RULES),
    after: fc.constantFrom(undefined, { job: name, on: "succeeded" } as const),
  })
  .map(jobOf);

const LARGEST: Extent = {
  hash: "a".repeat(16),
  overlap: "allow",
  history: 50,
  startingDeadlineMs: LONG,
  codes: 1,
  schedules: 100,
  retries: { limit: 1, delayMs: LONG, maxDelayMs: LONG, on: ["failed", "rejected", "timed-out", "lost"] },
  timeoutMs: LONG,
  rules: MOST_NOTIFY_RULES,
  after: { job: name, on: "succeeded" },
};

function jobOf(extent: Extent): Job {
  const { hash, overlap, history, startingDeadlineMs, codes, schedules, retries, timeoutMs, rules, after } = extent;
  return aJob({
    ...(after && { after }),
    ...(rules > 0 && { telling: { notify: many(rules, ruleOf), healthchecks: { url: "https://x", output: true } } }),
    name,
    hash,
    // Four thousand characters of days, and as many windows as there may be.
    ...(schedules > 1 && {
      exclusions: {
        timezone: "America/Argentina/ComodRivadavia",
        except: "9".repeat(4000),
        quiet: many(50, () => "x".repeat(80)),
        defers: { withinMs: LONG },
      },
    }),
    schedules: many(schedules, () => ({
      pattern: "0".repeat(20),
      timezone: "America/Argentina/ComodRivadavia",
      jitter: { ms: LONG, seed: 2 ** 48 - 1 },
    })),
    policies: {
      overlap,
      history: { succeeded: history, failed: history },
      ...(startingDeadlineMs !== undefined && { startingDeadlineMs }),
    },
    run: {
      pendingTimeoutMs: LONG,
      nodeGraceMs: LONG,
      stopGracePeriodMs: LONG,
      successExitCodes: many(codes, (code) => code),
      endsWithTemplate: true,
      ...(retries && { retries }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  });
}

const act = fc.record({
  what: fc.constantFrom(
    "start",
    "start",
    "start",
    "start",
    "end",
    "end",
    "again",
    "stop",
    "ask",
    "ask-long",
    "begin",
    "refuse",
    "pause",
    "pass",
    "define",
    "remove",
    "cancel",
    "give-up",
  ),
  which: fc.nat(100),
  text,
  times: fc.constantFrom(1, 1, 10, 70),
});

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** One event in the life of a record, as a change that schedulers and commands make. */
function apply(
  record: JobRecord,
  job: Job,
  other: Job,
  { what, which, ...said }: Act,
  count: number,
): JobRecord | undefined {
  const text = written(said.text);
  const now = second(count);
  const active = activeRuns(record);
  const run = active[which % Math.max(1, active.length)];
  const attempt = (number: number): Attempt => ({
    number,
    objectName: "o".repeat(63),
    // As long as the ID of a command in a container.
    objectId: "d".repeat(143),
    boundAt: now,
  });
  const { run: policies, overlap } = job.policies;
  const inputs = [undefined, { DAY: "2026-11-18" }, { NOTE: "ü".repeat(2041) }][which % 3];
  const start = {
    id: runNameOf(count),
    scheduledAt: now,
    definition: job.hash,
    policies,
    overlap,
    attempt: attempt(1),
  };
  const pending = record.requests.filter(({ refused }) => refused === undefined);
  const request = pending[which % Math.max(1, pending.length)];
  const asked = { id: String(count).padStart(8, "0"), kind: "run", askedAt: now } as const;
  switch (what) {
    case "start": {
      const upstream = "u".repeat(58);
      const given = { ...start, ...(inputs && { inputs }) };
      if (record.after === undefined || which % 2 === 0) return startRun(record, { ...given, trigger: "catch-up" });
      const { ended, matched } = record.after;
      const ends = { from: { ended, matched }, to: { ended: ended + 9999, matched: matched + 9999 }, run: upstream };
      return startRun(record, {
        ...{ ...given, trigger: "after", request: "after12345678", after: { job: name, run: upstream }, ends },
      });
    }
    case "begin":
      return (
        request &&
        startRun(record, {
          ...start,
          trigger: "manual",
          request: request.id,
          ...(inputs && { inputs }),
          ...(request.environment && { environment: request.environment }),
          ...(request.by && { by: request.by }),
          ...(request.reason !== undefined && { reason: request.reason }),
        })
      );
    case "end": {
      if (run === undefined || waitsForRetry(run)) return undefined;
      const { number, stopping } = latestAttempt(run);
      const outcome: Outcome =
        which % 3 === 0
          ? { kind: "failed", exitCode: 255, oom: "unknown" }
          : which % 3 === 1
            ? { kind: "rejected", reason: "container-not-running", message: text }
            : { kind: "lost", reason: "object-removed", message: text };
      const again = retryAt(run, number, outcome, now);
      const recorded = recordEnd(
        record,
        { run: run.id, number },
        {
          outcome,
          startedAt: now,
          finishedAt: now,
          node: text,
          image: { name: text, digest: "d".repeat(71), id: "i".repeat(71) },
          output: text.slice(0, 300),
          usage: { cpuMs: LONG, peakMemoryBytes: 2 ** 48 },
          ...(stopping && { stopping }),
          ...(again && { retryAt: again }),
        },
      );
      return recorded && { ...recorded, runs: retain(recorded.runs, job.policies.history) };
    }
    case "again":
      return run && startAttempt(record, run.id, attempt(latestAttempt(run).number + 1));
    case "stop":
      return (
        run &&
        noteStopping(
          record,
          { run: run.id, number: latestAttempt(run).number },
          { reason: "cancelled", since: now, by: { via: "page", name: "n".repeat(64) }, why: text },
        )
      );
    case "cancel":
      return run && cancelRun(record, run.id, { since: now });
    case "give-up":
      return run && endWaiting(record, run.id, { kind: "lost", reason: "exit-unknown", message: text }, now);
    case "ask":
      return askForRun(record, asked);
    case "ask-long":
      return which % 2 === 0
        ? askForRun(record, { ...asked, environment: { [text]: text } })
        : askForRun(record, {
            ...asked,
            ...(inputs && { inputs }),
            by: { via: "page", name: "n".repeat(64) },
            reason: text.slice(0, 200),
          });
    case "refuse":
      return which % 2 === 0
        ? request && refuseRequest(record, request.id, "container-not-running", now)
        : request && keepRequest(record, request.id, new Date(now.getTime() + LONG));
    case "pause":
      return which % 2 === 0
        ? pauseJob(record, now, { until: new Date(now.getTime() + LONG), reason: text, by: { via: "api", name: text } })
        : resumeJob(record, new Date(now.getTime() + LONG));
    case "pass":
      return which % 2 === 0
        ? passOver(
            record,
            {
              first: now,
              last: now,
              count: 9999,
              verdict: { kind: "skipped", reason: "paused", pause: { all: true, why: cutText(text, 200) } },
            },
            { now, instance: pauseAll(undefined, now) },
          )
        : passOver(
            withLongMarks(record, count),
            { first: now, last: now, count: 9999, verdict: { kind: "missed", reason: "gap", leftToCatchUp: 1000 } },
            { now },
          );
    case "define":
      return followDefinition(record, other, { generation: count, now });
    case "remove":
      return noteRemoval(record, count, now);
  }
}

/** One more gap, apart from those before, and one more pause. */
function withLongMarks(record: JobRecord, count: number): JobRecord {
  const [from, to] = [second(count - 1), second(100_000 + count)];
  const gap = { after: from, through: to, absence: { because: "no-scheduler", from, to } } as const;
  const gaps = [...(record.gaps ?? []).map((gap) => ({ ...gap, through: gap.after })), gap].slice(-4);
  return withHold({ ...record, gaps }, { reason: "suspended", since: from, until: to });
}

describe("a record, whatever a definition within its limits says, an engine answers and an operator asks for", () => {
  it("is never larger than 64 KB, is read as it was written, and has room for a start when nothing is active", () => {
    const definitions = fc.array(job, { minLength: 2, maxLength: 3 });
    const story = fc.tuple(definitions, fc.array(act, { minLength: 20, maxLength: 120 }));
    fc.assert(
      fc.property(story, ([definitions, acts]) => {
        let current = 0;
        let count = 1;
        const jobAt = (index: number) => definitions[index % definitions.length] as Job;
        let record = withAllOpen(aRecord(second(0), {}, jobAt(0)));
        for (const each of acts) {
          for (let time = 0; time < each.times; time++) {
            count += 1;
            const act = { ...each, which: each.which + time };
            const changed = apply(record, jobAt(current), jobAt(current + 1), act, count);
            if (changed === undefined) break;
            if (each.what === "define") current += 1;
            record = finishChange({ before: record, after: changed, now: second(count) }).record;
            const size = Buffer.byteLength(writeRecord(record));
            if (size > LARGEST_RECORD_BYTES) throw new Error(`${size} bytes after ${each.what}`);
          }
        }
        const read = readRecord(writeRecord(record));
        expect(read.kind === "record" && read.record.runs.length).toBe(record.runs.length);
        const { overlap, run } = jobAt(current).policies;
        if (activeRuns(record).length === 0) expect(isFull(record, overlap, { policies: run })).toBe(false);
        // Requests do not take the space of all later ones for ever.
        expect(
          hasRoomFor({ ...record, requests: [], runs: [] }, { id: "12345678", kind: "run", askedAt: at("00:00") }),
        ).toBe(true);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it("holds with everything at its largest at once", () => {
    fc.assert(
      fc.property(job, fc.constantFrom("\n", "\u0000", '"', "x"), fc.nat(2), (largest, character, given) => {
        const job = { ...largest, policies: { ...largest.policies, overlap: "allow" as const } };
        let record = withAllOpen(aRecord(second(0), {}, job));
        let count = 0;
        const make = (change: Partial<Act> & Pick<Act, "what">) => {
          const act = { which: 1, text: { of: character, length: 20_000 }, times: 1, ...change } as Act;
          const changed = apply(record, job, job, act, ++count);
          if (changed !== undefined)
            record = finishChange({ before: record, after: changed, now: second(count) }).record;
          expect(Buffer.byteLength(writeRecord(record))).toBeLessThanOrEqual(LARGEST_RECORD_BYTES);
          return changed !== undefined;
        };
        // First, as nothing is started in what is noted then.
        while (make({ what: "start", which: 3 * count + given }));
        expect(activeRuns(record).length).toBeGreaterThan(1);
        for (let index = 0; index < 20; index++) make({ what: "pass" });
        for (let index = 0; index < 25; index++) make({ what: "ask" });
        for (let index = 0; index < 25; index++) make({ what: "refuse", which: 0 });
        for (let index = 0; index < 25; index++) make({ what: "ask" });
        for (let index = 0; index < 25; index++)
          make({ what: "ask-long", which: index, text: { of: character, length: 500 } });
        make({ what: "pause" });
        record = { ...record, paused: undefined as never };
        for (let index = 0; index < 10; index++) record = withLongMarks(record, index);
        for (let index = 0; index < 70; index++) make({ what: "stop", which: index });
        for (let index = 0; index < 70; index++) make({ what: "end", which: 3 * index + 1 });
        make({ what: "pause" });
      }),
      { numRuns: 6, endOnFailure: true, examples: [0, 1, 2].map((given) => [jobOf(LARGEST), '"', given]) },
    );
  });
});
