import { describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import type { Exclusions } from "../../src/job/exclusions/exclusions.ts";
import type { EndWanted, Policies } from "../../src/job/job.ts";
import { runId } from "../../src/job/names.ts";
import { beginEnds, followEnds } from "../../src/ledger/changes/ends.ts";
import { passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import type { InstanceRecord, JobRecord, Outcome } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";
import { upstreamRun, upstreamWith } from "../support/an-upstream.ts";
import { dueInWords } from "./due-in-words.ts";

const timetables = createTimetables();
const failed = { kind: "failed", exitCode: 1, oom: false } as const;
const lost = { kind: "lost", reason: "node-down" } as const;
const cancelled = { kind: "cancelled" } as const;

/** `report` starts after `dump`, and was declared at 12:00; it is 12:10 unless the case says otherwise. */
interface Case {
  readonly on?: EndWanted;
  readonly pattern?: string;
  readonly policies?: Partial<Policies>;
  readonly suspended?: boolean;
  readonly exclusions?: Exclusions;
  /** What ended before the job was declared. */
  readonly before?: readonly Date[];
  readonly ends: readonly (Date | { readonly at: Date; readonly outcome: Outcome })[];
  readonly record?: Partial<JobRecord>;
  readonly instance?: Omit<InstanceRecord, "schema">;
  readonly now?: Date;
  readonly expected: readonly string[];
}

const active = { runs: [aRun(at("12:00"))] };
const end = (time: string, outcome: Outcome) => ({ at: at(time), outcome });

const cases: Record<string, Case> = {
  "nothing has ended since it was declared": { before: [at("11:50")], ends: [], expected: [] },
  "a run has succeeded": { ends: [at("12:09:50")], expected: ["start after 12:09:50"] },
  "a run has failed, and success is wanted": { ends: [end("12:09:50", failed)], expected: [] },
  "a run has failed, and that is wanted": {
    on: "failed",
    ends: [at("12:09:40"), end("12:09:50", failed)],
    expected: ["start after 12:09:50"],
  },
  "a lost run counts as failed": { on: "failed", ends: [end("12:09:50", lost)], expected: ["start after 12:09:50"] },
  "a cancelled run has not failed": { on: "failed", ends: [end("12:09:50", cancelled)], expected: [] },
  "a cancelled run has ended": { on: "ended", ends: [end("12:09:50", cancelled)], expected: ["start after 12:09:50"] },
  "an end from hours ago, while no scheduler was there: it is in no gap": {
    ends: [at("12:01")],
    now: at("17:00"),
    expected: ["start after 12:01:00"],
  },
  "catch_up: none says nothing about ends": {
    policies: { catchUp: "none" },
    ends: [at("12:01")],
    now: at("17:00"),
    expected: ["start after 12:01:00"],
  },
  "an end from longer ago than starting_deadline": {
    policies: { startingDeadlineMs: 60_000 },
    ends: [at("12:01"), at("12:09:30")],
    expected: ["missed too-late 12:01:00", "start after 12:09:30", "wake 12:10:30"],
  },
  "forbid, two ends: the first starts": {
    ends: [at("12:09:40"), at("12:09:50")],
    expected: ["start after 12:09:40"],
  },
  "forbid, several ends from more than a minute ago: the newest starts": {
    ends: [at("12:01"), at("12:02"), at("12:03")],
    expected: ["skipped superseded 12:01:00..12:02:00 (2)", "start after 12:03:00"],
  },
  "two ends that were recorded in another order than they came: the first that was recorded starts": {
    ends: [at("12:09:50"), at("12:09:40")],
    expected: ["start after 12:09:50"],
  },
  "forbid, while a run is active": {
    record: active,
    ends: [at("12:09:40"), at("12:09:50")],
    expected: ["skipped still-running 12:09:40..12:09:50 (2)"],
  },
  "allow, while a run is active": {
    policies: { overlap: "allow" },
    record: active,
    ends: [at("12:09:40")],
    expected: ["start after 12:09:40"],
  },
  "queue, while a run is active: what fits waits": {
    policies: { overlap: "queue", queueLimit: 1 },
    record: active,
    ends: [at("12:09:30"), at("12:09:40"), at("12:09:50")],
    expected: ["skipped queue-full 12:09:30..12:09:40 (2)"],
  },
  "queue, no run is active: the oldest starts": {
    policies: { overlap: "queue" },
    ends: [at("12:01"), at("12:02")],
    expected: ["start after 12:01:00"],
  },
  "replace, while a run is active": {
    policies: { overlap: "replace" },
    record: active,
    ends: [at("12:09:30"), at("12:09:40")],
    expected: ["skipped superseded 12:09:30", "replace"],
  },
  suspended: { suspended: true, ends: [at("12:09:50")], expected: ["skipped suspended 12:09:50"] },
  paused: {
    record: { paused: { since: at("12:00") } },
    ends: [at("12:09:50")],
    expected: ["skipped paused 12:09:50"],
  },
  "in a pause that is over, while no scheduler was there": {
    record: { holds: [{ reason: "paused", since: at("12:00"), until: at("12:05") }] },
    ends: [at("12:04"), at("12:06")],
    expected: ["skipped paused 12:04:00", "start after 12:06:00"],
  },
  "all jobs were paused": {
    instance: { holds: [{ reason: "paused", since: at("12:00"), until: at("12:05") }] },
    ends: [at("12:04")],
    expected: ["skipped paused 12:04:00"],
  },
  "the record of the upstream is lost, and built again: what ended before it was declared starts nothing": {
    ends: [at("11:40"), at("11:50")],
    expected: [],
  },
  "on a day that is left out: the end is skipped, whatever day the start would be on": {
    exclusions: { timezone: "UTC", except: "2026-11-18" },
    ends: [at("12:09:50")],
    expected: ["skipped excepted 12:09:50"],
  },
  "on a day that is not among those it may start on": {
    exclusions: { timezone: "UTC", only: "2026-11-19" },
    ends: [at("12:09:50")],
    expected: ["skipped excepted 12:09:50"],
  },
  "before a day that is left out, while no scheduler was there": {
    exclusions: { timezone: "UTC", except: "2026-11-19" },
    ends: [at("23:59:50")],
    now: new Date(at("23:59:50").getTime() + 20_000),
    expected: ["start after 23:59:50"],
  },
  "in a quiet window": {
    exclusions: { timezone: "UTC", quiet: ["12:05-12:30"] },
    ends: [at("12:04"), at("12:09:50")],
    now: at("12:31"),
    expected: ["start after 12:04:00"],
  },
  "in a quiet window, of which the last one would wait: each end waits": {
    exclusions: { timezone: "UTC", quiet: ["12:05-12:30"], defers: {} },
    policies: { overlap: "queue" },
    ends: [at("12:09:40"), at("12:09:50")],
    expected: ["wake 12:30:00"],
  },
  "after such a window: the first that waited starts": {
    exclusions: { timezone: "UTC", quiet: ["12:05-12:30"], defers: {} },
    policies: { overlap: "queue" },
    ends: [at("12:09:40"), at("12:09:50")],
    now: at("12:30"),
    expected: ["start after 12:09:40"],
  },
  "what is excluded and in a pause is excluded: the reason does not depend on what an operator did": {
    exclusions: { timezone: "UTC", except: "2026-11-18" },
    record: { paused: { since: at("12:00") } },
    ends: [at("12:09:50")],
    expected: ["skipped excepted 12:09:50"],
  },
  "with a schedule too, what is due first starts": {
    pattern: "*/5 * * * *",
    record: { cursor: at("12:05") },
    ends: [at("12:09:50")],
    expected: ["start after 12:09:50", "wake 12:15:00"],
  },
  "with a schedule too, and replace, the newest of both starts": {
    pattern: "*/5 * * * *",
    policies: { overlap: "replace" },
    record: { cursor: at("12:05") },
    ends: [at("12:09:50")],
    expected: ["skipped superseded 12:09:50", "start schedule 12:10:00", "wake 12:15:00"],
  },
  "after a gap in the schedule, the newest of both starts": {
    pattern: "*/5 * * * *",
    record: { cursor: at("11:00") },
    ends: [at("12:01")],
    now: at("12:03"),
    expected: [
      "missed gap 11:05:00..11:55:00 (11)",
      "skipped superseded 12:00:00",
      "start after 12:01:00",
      "wake 12:05:00",
    ],
  },
};

function caseOf({ on = "succeeded", before = [], ends, now = at("12:10"), ...given }: Omit<Case, "expected">) {
  const job = aJob({
    name: "report",
    schedules: given.pattern === undefined ? [] : [{ pattern: given.pattern, timezone: "UTC" }],
    after: { job: "dump", on },
    suspended: given.suspended ?? false,
    ...(given.exclusions && { exclusions: given.exclusions }),
    policies: given.policies ?? {},
  });
  const ofTime = (each: Date | { readonly at: Date }) => (each instanceof Date ? { at: each } : each);
  const was = upstreamWith(before.map(ofTime));
  const upstream = upstreamWith([...before, ...ends].map(ofTime));
  const base = aRecord(at("12:00"), given.record, job);
  const record = { ...base, ...followEnds(undefined, job, { upstream: was, now: at("12:00") }) };
  const instance = given.instance && { schema: 1, ...given.instance };
  const found = due(job, timetables.of(job.schedules, job.exclusions), { record, instance, upstream, now });
  return { job, record, upstream, instance, found, now };
}

/** Without what stands in the place of a request: it is a hash. */
function inWords(found: ReturnType<typeof due>): string[] {
  return dueInWords(found).map((line) => line.replace(/ for after\w+$/, ""));
}

describe("what ends of another job's runs start", () => {
  it.each(Object.entries(cases))("%s", (_name, one) => {
    expect(inWords(caseOf(one).found)).toEqual(one.expected);
  });

  it("is named after that run, and starts once, however often it is decided", () => {
    const { job, record, upstream, found, now } = caseOf({ ends: [at("12:09:40"), at("12:09:50")] });
    const { start } = found;
    if (start?.after === undefined || start.ends === undefined) throw new Error("nothing starts");
    expect(start.after).toEqual({ job: "dump", run: upstreamRun(at("12:09:40")) });
    expect(runId("report", start)).toMatch(/^report-20261118t120940z-after[0-9a-f]{8}$/);
    const { trigger, scheduledAt, after, ends } = start;
    const begin = (before: JobRecord) =>
      startRun(before, {
        ...{ id: runId("report", start), definition: job.hash, policies: job.policies.run, overlap: "allow" },
        ...{ trigger, scheduledAt, after, ends },
        attempt: { number: 1, objectName: "a", objectId: "o", boundAt: now },
      });
    const started = begin(record);
    expect(started).toMatchObject({
      cursor: record.cursor,
      after: { ended: 1, matched: 1, at: at("12:09:40") },
      runs: [{ trigger: "after", after: { run: upstreamRun(at("12:09:40")) } }],
      totals: { started: { after: 1 } },
      verdicts: [{ kind: "started", after: upstreamRun(at("12:09:40")) }],
    });
    expect(started && begin({ ...started, runs: [] }), "the other scheduler, or the same again").toBeUndefined();
    const next = due(job, timetables.of([]), { record: { ...record, ...started, runs: [] }, upstream, now });
    expect(inWords(next)).toEqual(["start after 12:09:50"]);
  });

  it("is missed where so many have ended that the upstream's record no longer says which", () => {
    const ends = Array.from({ length: 70 }, (_, index) => new Date(at("12:01").getTime() + 1000 * index));
    const policies = { overlap: "allow", catchUp: "all" } as const;
    const { job, record, upstream, found, now } = caseOf({ policies, ends });
    expect(inWords(found)).toEqual(["missed gap 12:00:00..12:01:10 (10)", "start after 12:01:10"]);
    const [forgotten] = found.passedOver;
    const decided = forgotten && passOver(record, forgotten, { now });
    expect(decided).toMatchObject({ after: { ended: 10, matched: 10 }, totals: { missed: { gap: 10 } } });
    expect(inWords(due(job, timetables.of([]), { record: decided ?? record, upstream, now }))).toEqual([
      "start after 12:01:10",
    ]);
  });

  it("is counted by what is wanted: of other ends that are forgotten, none is missed", () => {
    const ends = Array.from({ length: 70 }, (_, index) => ({
      at: new Date(at("12:01").getTime() + 1000 * index),
      outcome: index < 15 ? failed : ({ kind: "succeeded", exitCode: 0 } as const),
    }));
    const { found } = caseOf({ policies: { overlap: "queue", queueLimit: 100 }, ends });
    expect(inWords(found)).toEqual(["start after 12:01:15"]);
  });

  it("goes on where it was when anything else of the job changes, and begins again with another upstream", () => {
    const { job, record } = caseOf({ ends: [] });
    const was = { ...record, after: { ...record.after, ended: 5, matched: 4 } } as JobRecord;
    const seen = { upstream: upstreamWith([{ at: at("11:00") }]), now: at("12:30") };
    expect(followEnds(was, { ...job, hash: "h2" }, seen).after).toMatchObject({
      definition: "h2",
      ended: 5,
      matched: 4,
    });
    const other = { ...job, hash: "h2", after: { job: "other", on: "ended" } as const };
    expect(followEnds(was, other, seen).after).toMatchObject({
      job: "other",
      ended: 1,
      matched: 1,
      since: at("12:30"),
    });
    const { after: _after, ...without } = job;
    expect(followEnds(was, without, seen)).toEqual({});
  });

  it("counts from nothing again when an older version has followed another definition in between", () => {
    const { job, record } = caseOf({ ends: [] });
    const byOlder = { ...record, definition: { ...record.definition, hash: "older" } };
    const upstream = upstreamWith([{ at: at("12:20") }]);
    expect(followEnds(byOlder, job, { upstream, now: at("12:30") }).after).toMatchObject({
      since: at("12:30"),
      ended: 1,
    });
  });

  it("begins again with the record of an upstream that was lost, and starts nothing twice", () => {
    const { job, record } = caseOf({ ends: [] });
    const was = { ...record, after: { ...record.after, ended: 9, matched: 9, at: at("12:08") } } as JobRecord;
    const old = upstreamWith([{ at: at("12:07") }, { at: at("12:08") }, { at: at("12:09:50") }]);
    expect(beginEnds(was, job, { upstream: old, now: at("12:10") }), "another scheduler has seen more").toBeUndefined();
    const upstream = { ...old, declaredAt: at("12:09") };
    const begun = beginEnds(was, job, { upstream, now: at("12:10") });
    expect(begun).toMatchObject({ after: { ended: 0, matched: 0, since: at("12:08") } });
    const found = due(job, timetables.of([]), { record: begun ?? was, upstream, now: at("12:10") });
    expect(inWords(found)).toEqual(["start after 12:09:50"]);
    expect(beginEnds(begun, job, { upstream, now: at("12:10") })).toBeUndefined();
  });
});
