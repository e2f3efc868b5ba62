import { describe, expect, it } from "vitest";
import { overdueAt } from "../../src/decide/definition.ts";
import { due, passOverUndecided } from "../../src/decide/due.ts";
import type { Exclusions } from "../../src/job/exclusions/exclusions.ts";
import type { Policies } from "../../src/job/job.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { dueInWords } from "./due-in-words.ts";

const timetables = createTimetables();

/** 2026-11-18 is a Wednesday. The job is due each half hour unless the case says otherwise. */
interface Case {
  readonly pattern?: string;
  readonly exclusions: Partial<Exclusions>;
  readonly policies?: Partial<Policies>;
  readonly suspended?: boolean;
  readonly cursor: Date;
  readonly record?: Partial<JobRecord>;
  readonly now: Date;
  readonly expected: readonly string[];
  readonly nextStartAt?: Date;
}

const noon = { quiet: ["Wed 12:00-14:00"] };
const deferring = { ...noon, defers: {} };
const today = { except: "2026-11-18" };
const tomorrow = (clock: string) => new Date(`2026-11-19T${clock}:00Z`);
const yesterday = (clock: string) => new Date(`2026-11-17T${clock}:00Z`);

const cases: Record<string, Case> = {
  "on an excepted day it is skipped when it is due": {
    exclusions: today,
    cursor: at("11:30"),
    now: at("12:00"),
    expected: ["skipped excepted 12:00:00", "wake 12:30:00"],
    nextStartAt: tomorrow("00:00"),
  },
  "only the days that only names are started": {
    exclusions: { only: "2026-11-18" },
    cursor: at("11:30"),
    now: at("12:00"),
    expected: ["start schedule 12:00:00", "wake 12:30:00"],
    nextStartAt: at("12:30"),
  },
  "a gap that lies within an excepted day is none": {
    exclusions: today,
    cursor: at("08:00"),
    now: at("10:10"),
    expected: ["skipped excepted 08:30:00..10:00:00 (4)", "wake 10:30:00"],
  },
  "of a gap over an excepted day the newest that is not excepted is caught up": {
    pattern: "0 */6 * * *",
    exclusions: { except: "2026-11-17" },
    cursor: new Date("2026-11-16T12:00:00Z"),
    now: at("07:00"),
    expected: [
      "missed gap 18:00:00",
      "skipped excepted 00:00:00..18:00:00 (4)",
      "missed gap 00:00:00",
      "start catch-up 06:00:00",
      "wake 12:00:00",
    ],
  },
  "of a gap that ends on an excepted day one before it is caught up": {
    pattern: "0 */6 * * *",
    exclusions: today,
    cursor: yesterday("06:00"),
    now: at("07:00"),
    expected: ["missed gap 12:00:00", "start catch-up 18:00:00", "wake 12:00:00"],
  },
  "excepted times take no place of catch_up_limit": {
    pattern: "0 */6 * * *",
    exclusions: { except: "2026-11-17" },
    policies: { catchUp: "all", catchUpLimit: 2 },
    cursor: new Date("2026-11-16T12:00:00Z"),
    now: at("01:00"),
    expected: ["start catch-up 18:00:00", "wake 06:00:00"],
  },
  "a suspended job excepts all the same": {
    exclusions: today,
    suspended: true,
    cursor: at("11:30"),
    now: at("12:00"),
    expected: ["skipped excepted 12:00:00", "wake 12:30:00"],
  },
  "a manual start goes on an excepted day": {
    exclusions: today,
    cursor: at("12:00"),
    record: { requests: [{ id: "w1", kind: "run", askedAt: at("12:01") }] },
    now: at("12:02"),
    expected: ["start manual 12:01:00 for w1", "wake 12:30:00"],
  },
  "in a quiet window it is skipped when it is due": {
    exclusions: noon,
    cursor: at("11:30"),
    now: at("12:00"),
    expected: ["skipped quiet 12:00:00", "wake 12:30:00"],
    nextStartAt: at("14:00"),
  },
  "the last of a quiet window waits for its end": {
    pattern: "15,45 * * * *",
    exclusions: deferring,
    cursor: at("13:15"),
    now: at("13:45"),
    expected: ["wake 14:00:00"],
    nextStartAt: at("14:00"),
  },
  "and is started then": {
    pattern: "15,45 * * * *",
    exclusions: deferring,
    cursor: at("13:15"),
    now: at("14:00"),
    expected: ["start schedule 13:45:00", "wake 14:15:00"],
    nextStartAt: at("14:15"),
  },
  "those before it are skipped when they are due": {
    pattern: "15,45 * * * *",
    exclusions: deferring,
    cursor: at("11:45"),
    now: at("12:15"),
    expected: ["skipped quiet 12:15:00", "wake 12:45:00"],
    nextStartAt: at("14:00"),
  },
  "it is no part of a gap that ends before the window does, and the gap's own waits for the end, too": {
    pattern: "45 * * * *",
    exclusions: deferring,
    cursor: at("10:45"),
    now: at("13:50"),
    expected: ["admit 11:45:00", "wake 14:00:00"],
    nextStartAt: at("14:00"),
  },
  "it is part of a gap in which the window ended": {
    pattern: "45 * * * *",
    exclusions: deferring,
    cursor: at("12:45"),
    now: at("14:50"),
    expected: ["missed gap 13:45:00", "start catch-up 14:45:00", "wake 15:45:00"],
  },
  "it is caught up where it is the newest of such a gap": {
    pattern: "45 * * * *",
    exclusions: deferring,
    cursor: at("12:45"),
    now: at("14:02"),
    expected: ["start catch-up 13:45:00", "wake 14:45:00"],
  },
  "with catch_up none it is not missed where only its due time was": {
    pattern: "45 * * * *",
    exclusions: deferring,
    policies: { catchUp: "none" },
    cursor: at("12:45"),
    now: at("13:59"),
    expected: ["wake 14:00:00"],
  },
  "a pause that it falls into skips it": {
    pattern: "45 * * * *",
    exclusions: deferring,
    cursor: at("12:45"),
    record: { paused: { since: at("13:40"), until: at("13:50") } },
    now: at("13:46"),
    expected: ["skipped paused 13:45:00", "wake 14:45:00"],
    nextStartAt: at("14:45"),
  },
  "what is caught up is not started in a quiet window, but at its end": {
    exclusions: noon,
    cursor: at("11:00"),
    now: at("12:10"),
    expected: ["admit 11:30:00", "wake 12:30:00"],
  },
  "what waited for a run is not started in a quiet window": {
    exclusions: noon,
    policies: { overlap: "queue" },
    cursor: at("11:00"),
    record: { runs: [aRun(at("11:00"), { outcome: succeeded })], admittedThrough: at("11:30") },
    now: at("12:10"),
    expected: ["wake 12:30:00"],
  },
  "an active run is not replaced for what may not start in a quiet window": {
    exclusions: noon,
    policies: { overlap: "replace" },
    cursor: at("11:00"),
    record: { runs: [aRun(at("11:00"))], admittedThrough: at("11:30") },
    now: at("12:10"),
    expected: ["wake 12:30:00"],
  },
  "what waited is started at the end of the window, before what was skipped in it is": {
    exclusions: noon,
    policies: { overlap: "queue" },
    cursor: at("11:00"),
    record: { runs: [aRun(at("11:00"), { outcome: succeeded })], admittedThrough: at("11:30") },
    now: at("14:00"),
    expected: ["start schedule 11:30:00", "wake 14:30:00"],
  },
  "a manual start goes in a quiet window": {
    exclusions: noon,
    cursor: at("12:00"),
    record: { requests: [{ id: "w1", kind: "run", askedAt: at("12:01") }] },
    now: at("12:02"),
    expected: ["start manual 12:01:00 for w1", "wake 12:30:00"],
  },
  "a deadline ends the waiting for the end of a window": {
    exclusions: noon,
    policies: { startingDeadlineMs: 45 * 60_000 },
    cursor: at("11:00"),
    record: { admittedThrough: at("11:30") },
    now: at("12:20"),
    expected: ["missed too-late 11:30:00", "skipped quiet 12:00:00", "wake 12:30:00"],
  },
};

describe("due times that a definition excludes", () => {
  it.each(Object.entries(cases))("%s", (_, one) => {
    const job = aJob({
      schedules: [{ pattern: one.pattern ?? "*/30 * * * *", timezone: "UTC" }],
      exclusions: { timezone: "UTC", ...one.exclusions },
      suspended: one.suspended ?? false,
      ...(one.policies && { policies: one.policies }),
    });
    const seen = { record: aRecord(one.cursor, one.record, job), now: one.now };
    const found = due(job, timetables.of(job.schedules, job.exclusions), seen);
    expect(dueInWords(found)).toEqual(one.expected);
    if (one.nextStartAt) expect(found.nextStartAt).toEqual(one.nextStartAt);
  });

  it("are skipped for that reason, too, when the schedule or the job ends", () => {
    const job = aJob({ exclusions: { timezone: "UTC", quiet: ["12:04-12:11"] } });
    const timetable = timetables.of(job.schedules, job.exclusions);
    const record = aRecord(at("12:00"), {}, job);
    const passedOver = passOverUndecided(timetable, { record, now: at("12:16") }, "changed");
    expect(passedOver.map(({ verdict, count }) => [verdict.reason, count])).toEqual([
      ["quiet", 2],
      ["rescheduled", 1],
    ]);
  });

  it("are overdue only two minutes after a window for whose end they wait", () => {
    const job = aJob({
      schedules: [{ pattern: "45 * * * *", timezone: "UTC" }],
      exclusions: { timezone: "UTC", ...deferring },
    });
    const timetable = timetables.of(job.schedules, job.exclusions);
    expect(overdueAt(aRecord(at("12:45"), {}, job), timetable, at("12:45"))).toEqual(at("14:02"));
  });
});
