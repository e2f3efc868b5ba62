import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type {
  Delivery,
  JobRecord,
  LostReason,
  MissReason,
  Notice,
  Outcome,
  RejectReason,
  SkipReason,
  ToldOnce,
  Usage,
} from "../../src/ledger/record.ts";
import { readRecord, writeRecord, writeRecordOfSchema1 } from "../../src/ledger/record-json.ts";
import { aRecord, aRun, at } from "../support/a-job.ts";

/** All words of a type: the compiler makes sure that none is missing. */
const words = <T extends string>(all: Record<T, true>) => Object.keys(all) as T[];

const skipped = words<SkipReason>({
  "still-running": true,
  suspended: true,
  paused: true,
  "queue-full": true,
  superseded: true,
  rescheduled: true,
  removed: true,
  "container-not-running": true,
  excepted: true,
  quiet: true,
});
const refused = skipped.filter((reason) => reason !== "excepted" && reason !== "quiet");
const missed = words<MissReason>({ gap: true, "too-late": true });
const rejected = words<RejectReason>({
  "name-taken": true,
  "image-missing": true,
  "image-tag-missing": true,
  "registry-unauthorized": true,
  "registry-unreachable": true,
  "pull-failed": true,
  "template-missing": true,
  "not-allowed": true,
  "bad-definition": true,
  "start-failed": true,
  "container-not-running": true,
  forbidden: true,
  "engine-trouble": true,
  "pending-timeout": true,
});
const lost = words<LostReason>({
  "object-removed": true,
  "node-down": true,
  "shut-down": true,
  "exit-unknown": true,
  "out-of-sight": true,
});

const outcomes: readonly Outcome[] = [
  { kind: "succeeded", exitCode: 0 },
  { kind: "failed", exitCode: 137, oom: "unknown" },
  { kind: "failed", exitCode: 22, oom: false, message: "status 503" },
  { kind: "timed-out", exitCode: 143 },
  { kind: "replaced" },
  { kind: "cancelled" },
  ...rejected.map((reason) => ({ kind: "rejected", reason, message: "so it is" }) as const),
  ...lost.map((reason) => ({ kind: "lost", reason, message: "so it is" }) as const),
];

type Whole<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
type WholeRun = Whole<JobRecord["runs"][number]> & {
  readonly attempts: readonly Whole<JobRecord["runs"][number]["attempts"][number]>[];
};

/** With every field that a record may have, which the compiler checks, too. */
const run: WholeRun = {
  id: "backup-20261118t120000z",
  trigger: "after",
  scheduledAt: at("12:00"),
  after: { job: "dump", run: "dump-20261118t115500z" },
  trace: { parent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, state: "a=1", baggage: "b=2" },
  definition: "h1",
  policies: {
    timeoutMs: 1000,
    pendingTimeoutMs: 1000,
    nodeGraceMs: 1000,
    stopGracePeriodMs: 1000,
    successExitCodes: [0],
    retries: { limit: 1, delayMs: 1, maxDelayMs: 1, on: ["failed", 3] },
    endsWithTemplate: true,
    pool: "db",
  } satisfies Whole<JobRecord["runs"][number]["policies"]>,
  attempts: [
    {
      number: 1,
      objectName: "backup-1",
      objectId: "o1",
      boundAt: at("12:00"),
      startedAt: at("12:00"),
      node: "n1",
      image: { name: "busybox:1.36", digest: "sha256:aa", id: "sha256:bb" },
      stopping: {
        reason: "cancelled",
        since: at("12:01"),
        signalledAt: at("12:01"),
        notStarted: "no node",
        by: { via: "cli" },
        why: "wrong day",
      },
      outcome: { kind: "cancelled", exitCode: 1 },
      finishedAt: at("12:01"),
      usage: { cpuMs: 2100, peakMemoryBytes: 107_479_040 } satisfies Whole<Usage>,
      retryAt: at("12:02"),
      output: "done",
      outputLines: 2,
      logged: { from: "", stdout: { time: "a", lines: 1 }, stderr: { time: "b", lines: 2 } },
    },
  ],
  outcome: { kind: "cancelled", exitCode: 1 },
  finishedAt: at("12:01"),
  request: "w1",
  environment: { A: "1" },
  inputs: { DAY: "2026-11-18" },
  by: { via: "page", name: "ops" },
  reason: "the night's dump is broken",
};

const absence = { because: "no-scheduler", from: at("12:00"), to: at("12:03") } as const;

const record: Whole<JobRecord> = {
  schema: 2,
  job: "backup",
  cursor: at("12:00"),
  definition: {
    hash: "h1",
    generation: 3,
    schedules: [{ pattern: "17 4 * * *", written: "H H * * *", timezone: "UTC", jitter: { ms: 600_000, seed: 17 } }],
    exclusions: {
      timezone: "UTC",
      except: "2026-12-24..2026-12-26",
      only: "2026-12-01..2026-12-31",
      quiet: ["Mon-Fri 08:00-18:00"],
      defers: { withinMs: 1000 },
    } satisfies Whole<NonNullable<JobRecord["definition"]["exclusions"]>>,
    suspended: true,
    suspendedSince: at("11:00"),
    telling: {
      notify: [{ to: "chat", on: ["failed"], after: 2, remindMs: 14_400_000, output: 20 }],
      expectedDurationMs: 1000,
      maxSuccessAgeMs: 2000,
      pings: true,
    } satisfies Whole<NonNullable<JobRecord["definition"]["telling"]>>,
    pool: "db",
    startingDeadlineMs: 1000,
    origin: { source: "files", unit: "jobs.yml" },
    node: { of: "clean", id: "n1", name: "host-1", awaySince: at("11:00") } satisfies Whole<
      NonNullable<JobRecord["definition"]["node"]>
    >,
  } satisfies Whole<JobRecord["definition"]>,
  admittedThrough: at("12:05"),
  after: {
    definition: "h1",
    job: "dump",
    on: "succeeded",
    since: at("10:00"),
    at: at("12:00"),
    ended: 7,
    matched: 5,
  } satisfies Whole<NonNullable<JobRecord["after"]>>,
  gaps: [{ after: at("12:00"), through: at("12:03"), absence }],
  holds: [
    { reason: "paused", since: at("12:00"), until: at("12:01") },
    { reason: "suspended", since: at("12:02"), until: at("12:04") },
  ],
  paused: {
    since: at("11:00"),
    until: at("15:00"),
    reason: "a disk is being replaced",
    by: { via: "api", name: "ci" },
  },
  runs: [run, ...outcomes.map((outcome) => aRun(at("12:00"), { outcome, finishedAt: at("12:01") }))],
  verdicts: [
    {
      kind: "missed",
      reason: "gap",
      scheduledAt: at("11:00"),
      after: "dump-1",
      through: at("11:45"),
      count: 9,
      decidedAt: at("11:50"),
    },
    { kind: "missed", reason: "gap", scheduledAt: at("11:50"), decidedAt: at("12:00"), absence, leftToCatchUp: 1 },
    {
      kind: "skipped",
      reason: "still-running",
      scheduledAt: at("11:55"),
      decidedAt: at("11:55"),
      active: { count: 1, run: run.id },
    },
    { kind: "skipped", reason: "rescheduled", scheduledAt: at("11:56"), decidedAt: at("11:57"), ended: "reset" },
    ...skipped.map(
      (reason) => ({ kind: "skipped", reason, scheduledAt: at("12:00"), decidedAt: at("12:00") }) as const,
    ),
    ...missed.map((reason) => ({ kind: "missed", reason, scheduledAt: at("12:00"), decidedAt: at("12:00") }) as const),
  ],
  totals: {
    skipped: Object.fromEntries(skipped.map((reason) => [reason, 1])),
    missed: Object.fromEntries(missed.map((reason) => [reason, 1])),
    started: { schedule: 1, "catch-up": 2, manual: 3, after: 4 },
    ended: Object.fromEntries(outcomes.map(({ kind }) => [kind, { schedule: 1, after: 2 }])),
    retries: 1,
    runSeconds: { sum: 1.5, count: 1 },
    lastStartAt: at("12:00"),
    lastCompletionAt: at("12:00"),
    lastSuccessAt: at("12:00"),
    lastFailureAt: at("12:00"),
    lastExitCode: 1,
    notices: { chat: { delivered: { failed: 1 }, dropped: { missed: 2 } } },
  } satisfies Whole<JobRecord["totals"]>,
  planned: [
    {
      id: "p1",
      startAt: at("13:00"),
      askedAt: at("12:00"),
      environment: { A: "1" },
      inputs: { DAY: "2026-11-18" },
      by: { via: "cli" },
      reason: "after the lunch",
    },
  ],
  requests: refused.map((reason) => ({
    id: reason,
    kind: "run",
    askedAt: at("12:00"),
    environment: { A: "1" },
    refused: { reason, at: at("12:01") },
  })),
  past: { runs: "ss0", nodes: ["n1"] },
  notices: [
    {
      id: "backup-1/failed",
      kind: "failed",
      at: at("12:00"),
      run: "backup-1",
      outcome: "failed",
      exitCode: 3,
      since: at("11:00"),
      through: at("11:30"),
      reason: "gap",
      held: "paused",
      count: 2,
      closes: true,
      times: 2,
      to: {
        chat: {
          tries: 1,
          next: at("12:01"),
          last: "timeout",
          until: at("12:02"),
          perhapsHeard: true,
          count: 3,
          since: at("10:00"),
          ends: "backup-0/failed",
          onlyIfHeard: true,
        } satisfies Whole<Delivery>,
      },
    } satisfies Whole<Notice>,
  ],
  told: {
    looked: { ended: 5, missed: 1, skipped: 2 },
    failing: { since: at("11:00"), count: 2 },
    open: {
      chat: {
        failed: { id: "backup-1/failed", since: at("11:00"), at: at("12:00"), times: 2, heard: true },
        longRunning: { id: "backup-2/long-running", since: at("11:00"), at: at("12:00"), times: 1 },
        notRun: { id: "backup-3/not-run", since: at("11:00"), at: at("12:00"), times: 1 },
      },
    },
    last: {
      chat: {
        "long-running": {
          since: at("10:00"),
          at: at("10:20"),
          run: "backup-0",
          count: 1,
          endAt: at("10:30"),
          endRun: "backup-0",
        } satisfies Whole<ToldOnce>,
      },
    },
  },
  pings: [{ kind: "end", run: "backup-1", at: at("12:00"), outcome: "failed", exitCode: 3 }],
  slotsVoidThrough: at("12:00"),
  pulled: { image: "busybox", at: at("12:00") },
  removedAt: at("12:10"),
  declaredAt: at("12:09"),
  closedAt: at("12:11"),
};

test("every field and every reason that can be written can be read again", () => {
  expect(readRecord(writeRecord(record))).toEqual({ kind: "record", record });
});

const stored = (version: string) =>
  readFileSync(join(import.meta.dirname, "../fixtures/released", version, "record.txt"), "utf8").trimEnd();

describe.each(["0.1.0", "0.2.0"])("what version %s has stored", (version) => {
  const read = readRecord(stored(version));
  if (read.kind !== "record") throw new Error(JSON.stringify(read));

  test("is read, with its wishes as requests", () => {
    expect(read.record.requests[0]).toMatchObject({ id: "w2", kind: "run" });
    expect(read.record.runs[0]?.request).toBe("w1");
  });

  test("is written as schema 2, with nothing lost", () => {
    const written = writeRecord(read.record);
    expect(JSON.parse(written).schema).toBe(2);
    expect(readRecord(written)).toEqual(read);
  });

  test("can be written for that version again, to the byte", () => {
    expect(writeRecordOfSchema1(read.record)).toBe(stored(version));
  });
});

test("a record of a newer schema is named, and not read", () => {
  expect(readRecord(JSON.stringify({ ...record, schema: 3 }))).toEqual({
    kind: "newer",
    message: "record schema 3 is newer than ours (2)",
  });
});

/** As a newer shipbell would write it. */
const newer = "never-heard-of" as never;

describe("a reason that only a newer shipbell knows", () => {
  const moment = { scheduledAt: at("12:00"), decidedAt: at("12:00") };
  const { totals } = aRecord(at("12:00"));
  test.each<[string, Partial<JobRecord>]>([
    ["of a rejection", { runs: [aRun(at("12:00"), { outcome: { kind: "rejected", reason: newer, message: "x" } })] }],
    ["of a loss", { runs: [aRun(at("12:00"), { outcome: { kind: "lost", reason: newer } })] }],
    ["of a skipped occurrence", { verdicts: [{ kind: "skipped", reason: newer, ...moment }] }],
    ["of a missed occurrence", { verdicts: [{ kind: "missed", reason: newer, ...moment }] }],
    [
      "of a refused request",
      { requests: [{ id: "w", kind: "run", askedAt: at("12:00"), refused: { reason: newer, at: at("12:01") } }] },
    ],
    ["that is counted", { totals: { ...totals, skipped: { [newer]: 2 }, missed: { [newer]: 1, gap: 1 } } }],
  ])("%s stays as it is written", (_where, change) => {
    const written = aRecord(at("12:00"), change);
    expect(readRecord(writeRecord(written))).toEqual({ kind: "record", record: written });
  });

  test.each(["", "Gap", "a reason", "x".repeat(64), 7, null])("%j is no reason at all", (reason) => {
    const verdict = { kind: "skipped", reason: reason as never, ...moment } as const;
    expect(readRecord(writeRecord(aRecord(at("12:00"), { verdicts: [verdict] })))).toMatchObject({ kind: "damaged" });
  });
});

describe("a run that another job's end has started", () => {
  const after = { job: "dump", run: "dump-20261118t115500z" };
  const ran = aRun(at("12:00"), { trigger: "after", request: "after0a1b2c3d", after });
  const { totals } = aRecord(at("12:00"));
  const counted = {
    ...totals,
    started: { schedule: 2, after: 3 },
    ended: { succeeded: { after: 3 }, failed: { manual: 1 } },
  };
  const written = JSON.parse(writeRecord(aRecord(at("12:00"), { runs: [ran], totals: counted })));

  test("is to older versions, which take an unknown trigger for damage, one of the schedule", () => {
    expect(written.runs).toMatchObject([{ trigger: "schedule", request: "after0a1b2c3d", after }]);
    expect(written.totals).toMatchObject({
      started: { schedule: 5 },
      ended: { succeeded: { schedule: 3 }, failed: { manual: 1 } },
      after: { started: 3, ended: { succeeded: 3 } },
    });
  });

  test("is counted by them as one of the schedule, and what was counted before stays", () => {
    written.totals.ended.succeeded.schedule += 1;
    const read = readRecord(JSON.stringify(written));
    expect(read).toMatchObject({
      record: {
        runs: [{ trigger: "after" }],
        totals: { started: { schedule: 2, after: 3 }, ended: { succeeded: { schedule: 1, after: 3 } } },
      },
    });
    expect(read.kind === "record" && JSON.parse(writeRecord(read.record))).toEqual(written);
  });

  test("changes nothing in a record that has none: it is written byte by byte as before", () => {
    const without = aRecord(at("12:00"), { runs: [aRun(at("12:00"))] });
    expect(writeRecord(without)).toBe(JSON.stringify(without));
  });
});
