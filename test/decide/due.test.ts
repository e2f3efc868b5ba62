import { describe, expect, it } from "vitest";
import { due, MOST_AT_ONCE } from "../../src/decide/due.ts";
import type { Job, Policies } from "../../src/job/job.ts";
import { noteGap } from "../../src/ledger/changes/marks.ts";
import { passOver } from "../../src/ledger/changes/occurrences.ts";
import type { InstanceRecord, JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { dueInWords } from "./due-in-words.ts";

const timetables = createTimetables();

/** The job runs each five minutes unless the case says otherwise. */
interface Case {
  readonly pattern?: string;
  readonly timezone?: string;
  readonly policies?: Partial<Policies>;
  readonly suspended?: boolean;
  readonly cursor: Date;
  readonly record?: Partial<JobRecord>;
  readonly instance?: Omit<InstanceRecord, "schema">;
  readonly now: Date;
  /** `start schedule 12:05:00`, `missed gap 11:00:00..11:55:00 (12)`, `skipped …`, `refused w1 …`, `wake 12:10:00`. */
  readonly expected: readonly string[];
}

const active = { runs: [aRun(at("12:00"))] };
const ended = { runs: [aRun(at("12:00"), { outcome: succeeded })] };
const request = (id: string, askedAt: Date) => ({ id, kind: "run", askedAt }) as const;

const cases: Record<string, Case> = {
  "@at, in the future": {
    pattern: "@at 2026-11-18T12:05Z",
    cursor: at("12:01"),
    now: at("12:03"),
    expected: ["wake 12:05:00"],
  },
  "@at, in the past when it was first seen": {
    pattern: "@at 2026-11-18T12:00Z",
    cursor: at("12:01"),
    now: at("12:03"),
    expected: [],
  },
  "@at, now": {
    pattern: "@at 2026-11-18T12:05Z",
    cursor: at("12:01"),
    now: at("12:05"),
    expected: ["start schedule 12:05:00"],
  },
  "@at, while no scheduler was there": {
    pattern: "@at 2026-11-18T12:05Z",
    cursor: at("12:01"),
    now: at("14:00"),
    expected: ["start catch-up 12:05:00"],
  },
  "@at, while no scheduler was there, and nothing is caught up": {
    pattern: "@at 2026-11-18T12:05Z",
    policies: { catchUp: "none" },
    cursor: at("12:01"),
    now: at("14:00"),
    expected: ["missed gap 12:05:00"],
  },
  "a year that is over, before it was first seen": {
    pattern: "0 0 12 1 1 * 2026",
    cursor: at("12:01"),
    now: at("12:03"),
    expected: [],
  },
  "never ran, nothing due yet": { cursor: at("12:01"), now: at("12:03"), expected: ["wake 12:05:00"] },
  "never ran, due this instant": {
    cursor: at("12:01"),
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "never ran, due a moment ago": {
    cursor: at("12:01"),
    now: at("12:05:02"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "ran before, nothing due since": {
    cursor: at("12:05"),
    record: ended,
    now: at("12:06"),
    expected: ["wake 12:10:00"],
  },
  "the occurrence at the cursor itself is decided": {
    cursor: at("12:05"),
    now: at("12:05"),
    expected: ["wake 12:10:00"],
  },
  "due exactly 60 s ago is not a gap": {
    cursor: at("12:01"),
    now: at("12:06"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "due 61 s ago is a gap of one, and the last of a gap is caught up": {
    cursor: at("12:01"),
    now: at("12:06:01"),
    expected: ["start catch-up 12:05:00", "wake 12:10:00"],
  },
  "down for an hour: all but the last are missed, the last is caught up": {
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["missed gap 11:05:00..11:55:00 (11)", "start catch-up 12:00:00", "wake 12:05:00"],
  },
  "down for an hour, catch_up none: all are missed": {
    policies: { catchUp: "none" },
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["missed gap 11:05:00..12:00:00 (12)", "wake 12:05:00"],
  },
  "down for an hour, catch_up none: what is due now starts all the same": {
    policies: { catchUp: "none" },
    cursor: at("11:00"),
    now: at("12:00:30"),
    expected: ["missed gap 11:05:00..11:55:00 (11)", "start schedule 12:00:00", "wake 12:05:00"],
  },
  "down, and one is due now: it is the newest, and makes up for the others": {
    cursor: at("11:40"),
    now: at("12:00:30"),
    expected: ["missed gap 11:45:00..11:55:00 (3)", "start catch-up 12:00:00", "wake 12:05:00"],
  },
  "down while the last run is still active: the last of the gap is skipped": {
    cursor: at("12:00"),
    record: active,
    now: at("12:17"),
    expected: ["missed gap 12:05:00..12:10:00 (2)", "skipped still-running 12:15:00", "wake 12:20:00"],
  },
  "still running, forbid: skipped": {
    cursor: at("12:00"),
    record: active,
    now: at("12:05"),
    expected: ["skipped still-running 12:05:00", "wake 12:10:00"],
  },
  "still running, allow: started": {
    policies: { overlap: "allow" },
    cursor: at("12:00"),
    record: active,
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "as many still running as a record has room for, allow: skipped": {
    policies: { overlap: "allow" },
    cursor: at("12:00"),
    record: { runs: Array.from({ length: 64 }, () => aRun(at("12:00"))), requests: [request("w1", at("12:02"))] },
    now: at("12:05"),
    expected: ["skipped still-running 12:05:00", "refused w1 still-running", "wake 12:10:00"],
  },
  "the run before has ended: started": {
    cursor: at("12:00"),
    record: ended,
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "several due within a minute: the oldest first": {
    pattern: "*/10 * * * * *",
    cursor: at("12:00"),
    now: at("12:00:35"),
    expected: ["start schedule 12:00:10", "wake 12:00:40"],
  },
  "several due within a minute while one runs: all skipped at once": {
    pattern: "*/10 * * * * *",
    cursor: at("12:00"),
    record: active,
    now: at("12:00:35"),
    expected: ["skipped still-running 12:00:10..12:00:30 (3)", "wake 12:00:40"],
  },
  "suspended: skipped": {
    suspended: true,
    cursor: at("12:01"),
    now: at("12:05"),
    expected: ["skipped suspended 12:05:00", "wake 12:10:00"],
  },
  "suspended through a gap: skipped, not missed": {
    suspended: true,
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["skipped suspended 11:05:00..12:00:00 (12)", "wake 12:05:00"],
  },
  "requested manually: started, and the schedule goes on": {
    cursor: at("12:01"),
    record: { requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["start manual 12:02:00 for w1", "wake 12:05:00"],
  },
  "requested manually while suspended: started": {
    suspended: true,
    cursor: at("12:01"),
    record: { requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["start manual 12:02:00 for w1", "wake 12:05:00"],
  },
  "requested manually while a run is active: refused": {
    cursor: at("12:00"),
    record: { ...active, requests: [request("w1", at("12:02")), request("w2", at("12:03"))] },
    now: at("12:03:01"),
    expected: ["refused w1 still-running", "refused w2 still-running", "wake 12:05:00"],
  },
  "requested manually while a run is active, allow: started": {
    policies: { overlap: "allow" },
    cursor: at("12:00"),
    record: { ...active, requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["start manual 12:02:00 for w1", "wake 12:05:00"],
  },
  "a refused request is not looked at again": {
    cursor: at("12:01"),
    record: { requests: [{ ...request("w1", at("12:02")), refused: { reason: "still-running", at: at("12:02") } }] },
    now: at("12:03"),
    expected: ["wake 12:05:00"],
  },
  "the clock went back: waits for the cursor": { cursor: at("14:00"), now: at("12:00"), expected: ["wake 14:05:00"] },
  "the clock went back, and the record was reset: what was started before has its verdict": {
    cursor: at("11:58"),
    record: ended,
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "never again: nothing to wake for": {
    pattern: "0 0 29 2 *",
    cursor: new Date("2996-03-01T00:00:00Z"),
    now: new Date("2996-03-01T00:00:00Z"),
    expected: [],
  },
  "paused: skipped": {
    cursor: at("12:01"),
    record: { paused: { since: at("12:00"), reason: "maintenance" } },
    now: at("12:05"),
    expected: ["skipped paused 12:05:00", "wake 12:10:00"],
  },
  "paused until later: skipped": {
    cursor: at("12:01"),
    record: { paused: { since: at("12:00"), until: at("12:30") } },
    now: at("12:05"),
    expected: ["skipped paused 12:05:00", "wake 12:10:00"],
  },
  "paused until this instant, and due at it: started": {
    cursor: at("12:01"),
    record: { paused: { since: at("12:00"), until: at("12:05") } },
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "a pause that ended by itself while no scheduler was there, in a longer gap": {
    cursor: at("11:01"),
    record: { paused: { since: at("11:20"), until: at("11:40") } },
    now: at("12:03"),
    policies: { catchUp: "last" },
    expected: [
      "missed gap 11:05:00..11:15:00 (3)",
      "skipped paused 11:20:00..11:35:00 (4)",
      "missed gap 11:40:00..11:55:00 (4)",
      "start catch-up 12:00:00",
      "wake 12:05:00",
    ],
  },
  "all paused: skipped": {
    cursor: at("12:01"),
    instance: { paused: { since: at("12:00") } },
    now: at("12:05"),
    expected: ["skipped paused 12:05:00", "wake 12:10:00"],
  },
  "all paused, and requested manually: started": {
    cursor: at("12:01"),
    record: { requests: [request("w1", at("12:02"))] },
    instance: { paused: { since: at("12:00") } },
    now: at("12:02:01"),
    expected: ["start manual 12:02:00 for w1", "wake 12:05:00"],
  },
  "all paused until this instant, and due at it: started": {
    cursor: at("12:01"),
    instance: { paused: { since: at("12:00"), until: at("12:05") } },
    now: at("12:05"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "all paused and resumed while no scheduler was there, in a longer gap": {
    cursor: at("11:01"),
    instance: { holds: [{ reason: "paused", since: at("11:20"), until: at("11:40") }] },
    policies: { catchUp: "all" },
    now: at("11:52"),
    expected: ["start catch-up 11:05:00", "wake 11:55:00"],
  },
  "all paused, resumed and paused once more: what is undecided is skipped": {
    cursor: at("11:46"),
    instance: {
      holds: [{ reason: "paused", since: at("11:40"), until: at("11:52") }],
      paused: { since: at("11:58") },
    },
    now: at("12:00"),
    expected: ["skipped paused 11:50:00..12:00:00 (3)", "wake 12:05:00"],
  },
  "all paused, and the job until later still: skipped": {
    cursor: at("12:01"),
    record: { paused: { since: at("11:00"), until: at("13:00") } },
    instance: { paused: { since: at("11:00"), until: at("12:05") } },
    now: at("12:05"),
    expected: ["skipped paused 12:05:00", "wake 12:10:00"],
  },
  "paused and requested manually: started": {
    cursor: at("12:01"),
    record: { paused: { since: at("12:00") }, requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["start manual 12:02:00 for w1", "wake 12:05:00"],
  },
  "a deadline that is not over: started": {
    policies: { startingDeadlineMs: 30_000 },
    cursor: at("12:01"),
    now: at("12:05:30"),
    expected: ["start schedule 12:05:00", "wake 12:05:30"],
  },
  "a deadline shorter than a minute, over: too late, though it is no gap yet": {
    policies: { startingDeadlineMs: 30_000 },
    cursor: at("12:01"),
    now: at("12:05:31"),
    expected: ["missed too-late 12:05:00", "wake 12:10:00"],
  },
  "down for an hour, with a deadline: what is later is too late, and the last of the others is caught up": {
    policies: { startingDeadlineMs: 20 * 60_000 },
    cursor: at("11:00"),
    now: at("12:03"),
    expected: [
      "missed too-late 11:05:00..11:40:00 (8)",
      "missed gap 11:45:00..11:55:00 (3)",
      "start catch-up 12:00:00",
      "wake 12:05:00",
    ],
  },
  "down for long, all past the deadline: none is caught up": {
    policies: { startingDeadlineMs: 60_000 },
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["missed too-late 11:05:00..12:00:00 (12)", "wake 12:05:00"],
  },
  "catch_up all: the oldest of a gap first": {
    policies: { catchUp: "all" },
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["start catch-up 11:05:00", "wake 12:05:00"],
  },
  "catch_up all, more than the limit: the newest are run": {
    policies: { catchUp: "all", catchUpLimit: 3 },
    cursor: at("11:00"),
    now: at("12:03"),
    expected: ["missed gap 11:05:00..11:45:00 (9)", "start catch-up 11:50:00", "wake 12:05:00"],
  },
  "catch_up all, one of them being worked off: the others wait, and are not skipped": {
    policies: { catchUp: "all" },
    cursor: at("12:00"),
    record: active,
    now: at("12:17"),
    expected: ["wake 12:20:00"],
  },
  "catch_up all with allow: they wait for each other, but not for a run of the schedule": {
    policies: { catchUp: "all", overlap: "allow" },
    cursor: at("12:00"),
    record: active,
    now: at("12:17"),
    expected: ["start catch-up 12:05:00", "wake 12:20:00"],
  },
  "catch_up all, and what came due since the gap ended: it waits, and is no part of the backlog": {
    policies: { catchUp: "all" },
    cursor: at("11:50"),
    record: {
      runs: [aRun(at("11:50"), { trigger: "catch-up" })],
      gaps: [{ after: at("11:00"), through: at("12:00:10") }],
    },
    now: at("12:15"),
    expected: ["wake 12:20:00"],
  },
  "catch_up all, the last of the gap is active: what came due since is skipped, as at any other time": {
    policies: { catchUp: "all" },
    cursor: at("12:00"),
    record: { runs: [aRun(at("12:00"), { trigger: "catch-up" })], admittedThrough: at("12:15") },
    now: at("12:20"),
    expected: ["skipped still-running 12:05:00..12:20:00 (4)", "wake 12:25:00"],
  },
  "catch_up all, the last of the gap has ended: the newest that waited for it starts": {
    policies: { catchUp: "all" },
    cursor: at("12:00"),
    record: { ...ended, admittedThrough: at("12:15") },
    now: at("12:17"),
    expected: ["skipped superseded 12:05:00..12:10:00 (2)", "start schedule 12:15:00", "wake 12:20:00"],
  },
  "catch_up all, and another gap behind what waits: each in its turn": {
    policies: { catchUp: "all" },
    cursor: at("11:50"),
    record: {
      gaps: [
        { after: at("11:00"), through: at("11:57") },
        { after: at("12:00"), through: at("12:11") },
      ],
      admittedThrough: at("12:00"),
    },
    now: at("12:12"),
    expected: ["start catch-up 11:55:00", "wake 12:15:00"],
  },
  "queue, and a gap behind what waits: all of it in its turn": {
    policies: { overlap: "queue" },
    cursor: at("11:50"),
    record: { ...active, gaps: [{ after: at("12:00"), through: at("12:16") }], admittedThrough: at("12:00") },
    now: at("12:22"),
    expected: ["admit 12:20:00", "wake 12:25:00"],
  },
  "fell into a pause that is over: skipped, whenever it is decided": {
    policies: { catchUp: "all" },
    cursor: at("11:40"),
    record: { holds: [{ reason: "paused", since: at("11:45"), until: at("12:00") }] },
    now: at("12:12"),
    expected: ["skipped paused 11:45:00..11:55:00 (3)", "start catch-up 12:00:00", "wake 12:15:00"],
  },
  "fell into a gap and then into a pause: the newest of the gap stands for what did not fall into the pause": {
    cursor: at("11:30"),
    record: { holds: [{ reason: "suspended", since: at("11:45"), until: at("11:55") }] },
    now: at("12:12"),
    expected: [
      "missed gap 11:35:00..11:40:00 (2)",
      "skipped suspended 11:45:00..11:50:00 (2)",
      "missed gap 11:55:00..12:05:00 (3)",
      "start catch-up 12:10:00",
      "wake 12:15:00",
    ],
  },
  "all that was late fell into a pause: what is due now is no gap": {
    cursor: at("11:40"),
    record: { holds: [{ reason: "paused", since: at("11:00"), until: at("11:59") }] },
    now: at("12:00:30"),
    expected: ["skipped paused 11:45:00..11:55:00 (3)", "start schedule 12:00:00", "wake 12:05:00"],
  },
  "queue: waits while a run is active": {
    policies: { overlap: "queue" },
    cursor: at("12:00"),
    record: active,
    now: at("12:05"),
    expected: ["admit 12:05:00", "wake 12:10:00"],
  },
  "queue: what has waited for long starts all the same, the oldest first": {
    policies: { overlap: "queue" },
    cursor: at("12:00"),
    record: { ...ended, admittedThrough: at("12:15") },
    now: at("12:17"),
    expected: ["start schedule 12:05:00", "wake 12:20:00"],
  },
  "queue: more than its limit wait, so the oldest are skipped": {
    policies: { overlap: "queue", queueLimit: 2 },
    cursor: at("12:00"),
    record: { ...active, admittedThrough: at("12:10") },
    now: at("12:15"),
    expected: ["skipped queue-full 12:05:00", "admit 12:15:00", "wake 12:20:00"],
  },
  "queue: what has waited past its deadline is too late": {
    policies: { overlap: "queue", startingDeadlineMs: 600_000 },
    cursor: at("12:00"),
    record: { ...active, admittedThrough: at("12:15") },
    now: at("12:15:01"),
    expected: ["missed too-late 12:05:00", "wake 12:20:00"],
  },
  "queue, requested manually: waits, too": {
    policies: { overlap: "queue" },
    cursor: at("12:00"),
    record: { ...active, requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["wake 12:05:00"],
  },
  "replace: the active run is stopped for it": {
    policies: { overlap: "replace" },
    cursor: at("12:00"),
    record: active,
    now: at("12:05"),
    expected: ["replace", "admit 12:05:00", "wake 12:10:00"],
  },
  "replace: the run is gone, and it starts, however long that took": {
    policies: { overlap: "replace" },
    cursor: at("12:00"),
    record: { ...ended, admittedThrough: at("12:05") },
    now: at("12:07"),
    expected: ["start schedule 12:05:00", "wake 12:10:00"],
  },
  "replace: a later one takes the place of one that waits": {
    policies: { overlap: "replace" },
    cursor: at("12:00"),
    record: { ...active, admittedThrough: at("12:05") },
    now: at("12:10"),
    expected: ["skipped superseded 12:05:00", "replace", "admit 12:10:00", "wake 12:15:00"],
  },
  "replace, requested manually: the active run is stopped for it": {
    policies: { overlap: "replace" },
    cursor: at("12:00"),
    record: { ...active, requests: [request("w1", at("12:02"))] },
    now: at("12:02:01"),
    expected: ["replace", "wake 12:05:00"],
  },
  "clocks go forward: a job fixed in the gap runs once, right after it": {
    pattern: "30 2 * * *",
    timezone: "America/New_York",
    cursor: new Date("2026-03-08T06:00:00Z"),
    now: new Date("2026-03-08T07:00:10Z"),
    expected: ["start schedule 07:00:00", "wake 06:30:00"],
  },
  "clocks go back: a fixed job that ran in the first pass does not run in the second": {
    pattern: "30 1 * * *",
    timezone: "America/New_York",
    cursor: new Date("2026-11-01T05:30:00Z"),
    now: new Date("2026-11-01T06:31:00Z"),
    expected: ["wake 06:30:00"],
  },
};

describe("due", () => {
  it.each(Object.entries(cases))("%s", (_, one) => {
    const job: Job = aJob({
      schedules: [{ pattern: one.pattern ?? "*/5 * * * *", timezone: one.timezone ?? "UTC" }],
      suspended: one.suspended ?? false,
      ...(one.policies && { policies: one.policies }),
    });
    const found = due(job, timetables.of(job.schedules), {
      record: aRecord(one.cursor, one.record, job),
      instance: one.instance && { schema: 1, ...one.instance },
      now: one.now,
    });
    expect(dueInWords(found)).toEqual(one.expected);
  });

  describe.each([
    ["last", 1],
    ["all", 100],
    ["none", 0],
  ] as const)(
    "catch_up %s, with as many undecided as one look decides, one less, one more, and many more",
    (catchUp, kept) => {
      const job = aJob({ schedules: [{ pattern: "* * * * * *", timezone: "UTC" }], policies: { catchUp } });
      const timetable = timetables.of(job.schedules);
      const counts = [MOST_AT_ONCE - 1, MOST_AT_ONCE, MOST_AT_ONCE + 1, MOST_AT_ONCE + 50, 3 * MOST_AT_ONCE];
      it.each(counts)("%i: the newest are left to be run", (count) => {
        const now = at("12:00");
        let record = aRecord(new Date(now.getTime() - count * 1000), {}, job);
        let found = due(job, timetable, { record, now });
        const { gap } = found;
        record = noteGap(record, { after: record.cursor, through: now, ...gap }) ?? record;
        for (let looks = 0; found.passedOver.length > 0; looks++) {
          expect(looks).toBeLessThan(5);
          if (found.start !== undefined) break;
          for (const stretch of found.passedOver) record = passOver(record, stretch, { now }) ?? record;
          found = due(job, timetable, { record, now });
        }
        for (const stretch of found.passedOver) record = passOver(record, stretch, { now }) ?? record;
        const isFresh = catchUp === "none";
        // Of the last minute each is started for itself where nothing is caught up.
        const left = isFresh ? 61 : kept;
        expect(record.totals.missed).toEqual({ gap: count - left });
        expect(found.start).toEqual({
          trigger: isFresh ? "schedule" : "catch-up",
          scheduledAt: new Date(now.getTime() - (left - 1) * 1000),
        });
        expect(gap).toMatchObject({ through: isFresh ? at("11:58:59.999") : now });
      });
    },
  );

  it("does not look again at once while nothing of a long backlog can be decided", () => {
    const job = aJob({ schedules: [{ pattern: "* * * * * *", timezone: "UTC" }], policies: { catchUp: "all" } });
    const gaps = [{ after: at("08:00"), through: at("08:01:00") }];
    const record = aRecord(at("08:00:30"), { gaps, admittedThrough: at("11:59:59"), ...active }, job);
    expect(dueInWords(due(job, timetables.of(job.schedules), { record, now: at("12:00") }))).toEqual([
      "admit 12:00:00",
      "wake 12:00:01",
    ]);
  });
});

describe("why an occurrence fell into a pause", () => {
  const job = aJob();
  const pausesOf = (record: Partial<JobRecord>, instance: Omit<InstanceRecord, "schema">) => {
    const seen = { record: aRecord(at("11:46"), record), instance: { schema: 1, ...instance }, now: at("12:00") };
    return due(job, timetables.of(job.schedules), seen).passedOver.map(({ verdict, count }) => [count, verdict.pause]);
  };

  it("is the operator's text, and whether all jobs were paused; other pauses are other stretches", () => {
    const own = { since: at("11:50"), until: at("11:55"), reason: "new disk" };
    expect(pausesOf({ paused: own }, { paused: { since: at("11:54"), reason: "new switches" } })).toEqual([
      [1, { why: "new disk" }],
      [2, { why: "new switches", all: true }],
    ]);
  });

  it("is nothing for a job's own pause without a text", () => {
    expect(pausesOf({ paused: { since: at("11:50") } }, {})).toEqual([[3, undefined]]);
  });

  it("is cut where it is long, for every verdict keeps it", () => {
    const [[, pause]] = pausesOf({ paused: { since: at("11:50"), reason: "x".repeat(1000) } }, {}) as [
      [number, { why: string }],
    ];
    expect(Buffer.byteLength(JSON.stringify(pause.why))).toBeLessThanOrEqual(200);
  });
});

describe("when it is started next", () => {
  const nextOf = (record: Partial<JobRecord>, instance: Omit<InstanceRecord, "schema">, suspended = false) => {
    const job = aJob({ suspended });
    const seen = { record: aRecord(at("12:00"), record), instance: { schema: 1, ...instance }, now: at("12:01") };
    return due(job, timetables.of(job.schedules), seen).nextStartAt;
  };
  const until = (time: string) => ({ paused: { since: at("11:00"), until: at(time) } });

  it.each<[string, Date | undefined, Date | undefined]>([
    ["not paused", nextOf({}, {}), at("12:05")],
    ["at the end of its pause", nextOf(until("12:30"), {}), at("12:30")],
    ["after the end of its pause", nextOf(until("12:31"), {}), at("12:35")],
    ["after the pause of all", nextOf({}, until("12:31")), at("12:35")],
    ["after the longer of two pauses", nextOf(until("12:31"), until("12:41")), at("12:45")],
    ["not known: one of two pauses has no end", nextOf(until("12:31"), { paused: { since: at("11:00") } }), undefined],
    ["not while it is suspended", nextOf(until("12:31"), {}, true), undefined],
  ])("%s", (_, next, expected) => expect(next).toEqual(expected));
});
