import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Job } from "../../../src/job/job.ts";
import { recordEnd } from "../../../src/ledger/changes/attempts.ts";
import { noteBoot } from "../../../src/ledger/changes/boot.ts";
import { bootsOf, type InstanceRecord, type JobRecord, type Run } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { JobRows, type JobTableParts, type JobTableQuery, ROWS_OF_A_PAGE } from "../../../src/view/jobs/job-row.ts";
import { jobView } from "../../../src/view/jobs/job-view.ts";
import type { DeclaredJob, SchedulerView } from "../../../src/view/scheduler/scheduler-view.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { anActiveScheduler } from "../../support/an-active-scheduler.ts";
import { declaredJob } from "../../support/scheduler-answer.ts";
import { type EndedRun, failed, withPast } from "../../support/with-past.ts";
import "../../support/same-seed.ts";

const now = at("12:00:30");
const MINUTE = 60_000;
const timetables = createTimetables();
/** Due each hour, and last at twelve. */
const hourly = (change: Partial<Job> = {}) =>
  aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }], ...change });

const succeededAt = (time: string, tookMs = 10 * MINUTE): EndedRun => ({ scheduledAt: at(time), tookMs });
const failedAt = (time: string): EndedRun => ({ scheduledAt: at(time), outcome: failed });

interface Situation {
  readonly job?: Job;
  readonly record?: Partial<JobRecord>;
  readonly past?: readonly EndedRun[];
  readonly declared?: Partial<DeclaredJob> | "not";
  readonly scheduler?: Partial<SchedulerView>;
  readonly states?: JobTableParts["states"];
  readonly instance?: InstanceRecord;
}

/** The row of a job whose record is decided up to now, unless it says otherwise. */
function row({ job = hourly(), record = {}, past = [], states = new Map(), ...more }: Situation = {}) {
  const jobs = more.declared === "not" ? [] : [[job.name, declaredJob(more.declared, job)] as const];
  const scheduler = anActiveScheduler([], { jobs: new Map(jobs), ...more.scheduler });
  const records = new Map([[job.name, withPast(aRecord(now, record, job), past)]]);
  const found = new JobRows(timetables).row(job.name, { records, instance: more.instance, scheduler, states, now });
  if (found === undefined) throw new Error("there is no such row");
  return found;
}

/** A run that is active since then. */
function active(time: string, change: Partial<Run> = {}): Run {
  return aRun(at(time), change);
}

const objectOf = (run: Run) => run.attempts[0]?.objectId ?? "";
const runningSince = (time: string) =>
  new Map([[objectOf(active(time)), { phase: "running", startedAt: at(time) } as const]]);
const paused = { since: at("11:00"), until: at("18:00"), reason: "disk change" };

describe("a job is", () => {
  const running = active("11:50");
  const fiveRuns = ["06:00", "07:00", "08:00", "09:00", "10:00"].map((time) => succeededAt(time));
  const retrying = active("11:00", {
    attempts: [
      {
        number: 1,
        objectName: "o",
        boundAt: at("11:00"),
        outcome: failed,
        finishedAt: at("11:01"),
        retryAt: at("12:10"),
      },
    ],
  });
  const request = { id: "r1", kind: "run", askedAt: at("12:00") } as const;
  it.each<[string, Situation, readonly string[]]>([
    ["never-run, when nothing has happened", {}, ["never-run"]],
    ["never-run, when it is new to the scheduler", { record: { closedAt: at("11:00") } }, ["never-run"]],
    ["ok, when its last run succeeded", { past: [failedAt("10:00"), succeededAt("11:00")] }, ["ok"]],
    ["failing, when its last run did not", { past: [succeededAt("10:00"), failedAt("11:00")] }, ["failing"]],
    [
      "failing, when the last one that came to a result did not succeed",
      { past: [failedAt("10:00"), { scheduledAt: at("11:00"), outcome: { kind: "cancelled" } }] },
      ["failing"],
    ],
    [
      "not failing, when its runs were only replaced",
      { past: [{ scheduledAt: at("11:00"), outcome: { kind: "replaced" } }] },
      ["ok"],
    ],
    [
      "failing and running, while it is tried again",
      { past: [failedAt("11:00")], record: { runs: [running] } },
      ["failing", "running"],
    ],
    ["running", { record: { runs: [running] } }, ["running"]],
    [
      "running long, past what is usual",
      { past: fiveRuns, record: { runs: [active("11:40")] }, states: runningSince("11:40") },
      ["running-long", "running"],
    ],
    [
      "running, and not long, when nobody knows whether its process still runs",
      { past: fiveRuns, record: { runs: [active("11:40")] }, states: "unknown" },
      ["running"],
    ],
    [
      "running, within what is usual",
      { past: fiveRuns, record: { runs: [active("11:46")] }, states: runningSince("11:46") },
      ["running"],
    ],
    ["waiting and running, between two attempts", { record: { runs: [retrying] } }, ["waiting", "running"]],
    ["waiting, for a run that was asked for", { record: { requests: [request] } }, ["waiting"]],
    [
      "not waiting for a request that has expired",
      { record: { requests: [{ ...request, askedAt: at("11:00") }] } },
      ["never-run"],
    ],
    [
      "waiting, when its queue waits for the run before it",
      { record: { cursor: at("11:30"), runs: [running] } },
      ["waiting", "running"],
    ],
    ["overdue, when nothing is decided about what was due", { record: { cursor: at("11:30") } }, ["overdue"]],
    [
      "not overdue within ten seconds",
      { record: { cursor: at("11:30") }, job: hourly({ schedules: [{ pattern: "25 0 12 * * *", timezone: "UTC" }] }) },
      ["never-run"],
    ],
    [
      "paused, and then neither overdue nor failing",
      { record: { cursor: at("11:30"), paused }, past: [failedAt("11:00")] },
      ["paused"],
    ],
    ["suspended", { job: hourly({ suspended: true }), record: { cursor: at("11:30") } }, ["suspended"]],
    ["kept", { declared: { isKept: true }, past: [succeededAt("11:00")] }, ["kept"]],
    [
      "unsure, and never overdue",
      { declared: "not", record: { cursor: at("11:30") }, scheduler: { unsure: new Set(["backup"]) } },
      ["unsure"],
    ],
    ["removed", { declared: "not", record: { removedAt: at("11:00") }, past: [failedAt("10:00")] }, ["removed"]],
    [
      "removed, and running to its end",
      { declared: "not", record: { removedAt: at("11:00"), runs: [running] } },
      ["running", "removed"],
    ],
  ])("%s", (_, situation, states) => {
    const found = row(situation);
    expect(found.states).toEqual(states);
    expect(found.state).toBe(states[0]);
  });
});

describe("it says why", () => {
  const running = active("11:40");
  const pending = (detail?: string) =>
    new Map([[objectOf(running), { phase: "pending", ...(detail && { detail }) } as const]]);
  const start = (change: object) => ({ declared: { start: { since: at("12:00"), ...change } as never } });
  it.each<[string, Situation, string | undefined]>([
    ["nothing of a job that is well", {}, undefined],
    [
      "which attempt it waits for",
      {
        record: {
          runs: [
            active("11:00", { attempts: [{ number: 2, objectName: "o", boundAt: at("11:00"), outcome: failed }] }),
          ],
        },
      },
      "waits for attempt 3",
    ],
    [
      "what the engine waits for",
      { record: { runs: [running] }, states: pending("no suitable node (1 node)") },
      "is not running yet: no suitable node (1 node)",
    ],
    [
      "that its node is away",
      {
        record: { runs: [running] },
        states: new Map([[objectOf(running), { phase: "unreachable", message: "node w1 is down" } as const]]),
      },
      "waits for its node to come back: node w1 is down",
    ],
    [
      "that it waits for the run before it",
      { record: { cursor: at("11:30"), runs: [running] } },
      "waits for the run before it",
    ],
    [
      "that it waits for several",
      { record: { cursor: at("11:30"), runs: [running, active("11:41", { id: "other" })] } },
      "waits for the 2 runs before it",
    ],
    [
      "that its image is being pulled",
      start({ for: "image", image: "busybox:1" }),
      "waits for its image: busybox:1 is being pulled",
    ],
    [
      "that other starts come first",
      { ...start({ for: "turn" }), scheduler: { starts: { taken: 4, all: 4 } } },
      "waits for its turn (4 of 4 starts under way)",
    ],
    [
      "nothing of a start that has only begun",
      { declared: { start: { since: at("12:00:25"), for: "engine" } } },
      undefined,
    ],
    [
      "what keeps an overdue job from starting",
      {
        record: { cursor: at("11:30") },
        declared: { troubles: [{ cause: "the engine refuses", since: at("12:00") }] },
      },
      "the engine refuses",
    ],
    [
      "that the engine is away, before all else",
      {
        record: { cursor: at("11:30") },
        scheduler: { engineDownBecause: "ECONNREFUSED" },
      },
      "the engine does not answer: ECONNREFUSED",
    ],
    [
      "that nothing has been decided, when nothing more is known",
      { record: { cursor: at("11:30") } },
      "nothing has been decided about it yet",
    ],
    ["the reason of a pause", { record: { paused } }, "disk change"],
    [
      "what cannot be read",
      {
        declared: { isKept: true },
        scheduler: { problems: [{ source: "files", at: "jobs.yml:3:1", message: "is no job" }] },
      },
      "jobs.yml:3:1: is no job",
    ],
  ])("%s", (_, situation, why) => {
    expect(row(situation).why).toBe(why);
  });

  it("until when it is paused", () => {
    expect(row({ record: { paused } }).until).toEqual(paused.until);
  });
});

describe("a row", () => {
  it("has the schedule in words, and when it is due next", () => {
    const job = hourly({
      schedules: [
        { pattern: "CRON_TZ=Asia/Tokyo 0 3 * * 1-5", timezone: "UTC" },
        { pattern: "@every 1h", timezone: "UTC" },
      ],
    });
    expect(row({ job })).toMatchObject({
      schedules: [
        { pattern: "CRON_TZ=Asia/Tokyo 0 3 * * 1-5", words: "At 03:00, Monday through Friday", timezone: "Asia/Tokyo" },
        { pattern: "@every 1h", words: expect.stringContaining("Every 1h") },
      ],
      next: at("13:00"),
    });
    expect(row({ job }).schedules[1]).not.toHaveProperty("timezone");
  });

  it("is due next when a list of the jobs says so", () => {
    const records = new Map([["backup", aRecord(now, {}, hourly())]]);
    const scheduler = anActiveScheduler([hourly()]);
    const view = jobView("backup", records.get("backup"), {
      answer: { kind: "answers", view: scheduler },
      timetables,
      now,
    });
    const later = at("13:00");
    const rows = new JobRows(timetables);
    expect(rows.row("backup", { records, scheduler, states: "unknown", now })?.next).toEqual(view?.nextRunAt);
    // The record is the same, and the time is not.
    expect(rows.row("backup", { records, scheduler, states: "unknown", now: later })?.next).toEqual(at("14:00"));
  });

  it("has its next time at the end of its pause, or after it", () => {
    expect(row({ record: { paused } })?.next).toEqual(paused.until);
    const instance = { schema: 1, paused: { since: at("11:30"), until: at("19:30"), reason: "new switches" } };
    expect(row({ record: { paused }, instance })).toMatchObject({
      next: at("20:00"),
      state: "paused",
      until: at("19:30"),
      why: "all jobs are paused: new switches",
      paused: { scope: "all", ...instance.paused },
      alsoPaused: { scope: "job", ...paused },
    });
  });

  it("has no next time while it is paused without an end, suspended or unsure", () => {
    expect(row({ record: { paused: { since: at("11:00") } } })).not.toHaveProperty("next");
    expect(row({ job: hourly({ suspended: true }) })).not.toHaveProperty("next");
    expect(row({ declared: "not", scheduler: { unsure: new Set(["backup"]) } })).not.toHaveProperty("next");
  });

  it("is never due nor overdue without a schedule: only people start it", () => {
    const { next, overdueSince, schedules, states } = row({
      job: hourly({ schedules: [] }),
      record: { cursor: at("09:30") },
    });
    expect([next, overdueSince, schedules, states]).toEqual([undefined, undefined, [], ["never-run"]]);
  });

  it("says since when it is overdue, and when it is due after that", () => {
    expect(row({ record: { cursor: at("09:30") } })).toMatchObject({ overdueSince: at("10:00"), next: at("13:00") });
  });

  it("has the last run, with its outcome in full as long as the record has it", () => {
    const { last, past } = row({ past: [succeededAt("10:00"), failedAt("11:00")] });
    expect(last).toMatchObject({ kind: "failed", outcome: failed, finishedAt: at("11:01"), durationMs: MINUTE });
    expect(past.runs).toHaveLength(2);
  });

  it("has what is active next to what is usual", () => {
    const running = active("11:55");
    const states = new Map([[objectOf(running), { phase: "running", startedAt: at("11:55:30"), node: "w1" } as const]]);
    const past = ["07:00", "08:00", "09:00"].map((time) => succeededAt(time));
    expect(row({ record: { runs: [running] }, states, past })).toMatchObject({
      active: [
        { run: running.id, state: "running", since: at("11:55:30"), node: "w1", shareOfTypical: 0.5, isLong: false },
      ],
      nodes: ["w1"],
    });
  });

  it("does not take a run for gone that the engine was not asked about", () => {
    const running = active("12:00:29");
    const states = new Map([[objectOf(running), "unknown"]] as const);
    expect(row({ record: { runs: [running] }, states }).active).toMatchObject([{ state: "active" }]);
  });

  it("has the node on which it ran last", () => {
    expect(row({ past: [{ scheduledAt: at("11:00"), node: "w2" }] }).nodes).toEqual(["w2"]);
  });

  it.each<[string, Job["origin"], string | undefined]>([
    ["stack", { source: "services", unit: "shop_db", at: "service shop_db", stack: "shop" }, "shop"],
    ["schedule file", { source: "files", unit: "nightly.yml", at: "nightly.yml:3:1" }, "nightly.yml"],
    ["nothing, of an object that belongs to none", { source: "containers", unit: "db", at: "container db" }, undefined],
  ])("belongs to its %s", (_, origin, stack) => {
    expect(row({ job: hourly({ origin }) })).toMatchObject({ source: origin.source, at: origin.at });
    expect(row({ job: hourly({ origin }) }).stack).toBe(stack);
  });

  it("is none for a job that nothing knows", () => {
    const parts = { records: new Map(), scheduler: anActiveScheduler([]), states: "unknown", now } as const;
    expect(new JobRows(timetables).row("backup", parts)).toBeUndefined();
  });
});

describe("the table of jobs", () => {
  const situations: Readonly<Record<string, Situation>> = {
    "a-ok": { past: [succeededAt("11:00")], job: hourly({ schedules: [{ pattern: "30 * * * *", timezone: "UTC" }] }) },
    "b-paused": { record: { paused } },
    "c-waiting": { record: { requests: [{ id: "r", kind: "run", askedAt: at("12:00") }] } },
    "d-long": {
      past: ["06:00", "07:00", "08:00", "09:00", "10:00"].map((time) => succeededAt(time)),
      record: { runs: [active("11:00")] },
    },
    "e-unsure": { declared: "not" },
    "f-overdue": { record: { cursor: at("11:30") } },
    "g-failing": {
      past: [failedAt("11:00")],
      job: hourly({ origin: { source: "services", unit: "shop_x", at: "service shop_x", stack: "shop" } }),
    },
    "h-soon": {
      past: [{ ...succeededAt("11:30"), node: "w1" }],
      job: hourly({ schedules: [{ pattern: "5 * * * *", timezone: "UTC" }] }),
    },
    "i-suspended": { job: hourly({ suspended: true }) },
    "j-removed": { declared: "not", record: { removedAt: at("11:00") } },
    "k-running": { record: { runs: [active("11:59")] } },
  };

  function table(query: JobTableQuery = {}) {
    const jobs = Object.entries(situations).map(
      ([name, { job = hourly(), ...rest }]) => [{ ...job, name }, rest] as const,
    );
    const records = new Map(
      jobs.map(([job, { record, past = [] }]) => [job.name, withPast(aRecord(now, record, job), past)]),
    );
    const sure = jobs.flatMap(([job, rest]) => (rest.declared === "not" ? [] : job));
    const scheduler = anActiveScheduler(sure, { unsure: new Set(["e-unsure"]) });
    const states = new Map([...runningSince("11:00"), ...runningSince("11:59")]);
    return new JobRows(timetables).table({ records, scheduler, states, now }, query);
  }

  const names = (query: JobTableQuery) => table(query).rows.map(({ job }) => job);

  it("has the most urgent first, and then what runs next", () => {
    expect(names({})).toEqual([
      "g-failing",
      "f-overdue",
      "e-unsure",
      "d-long",
      "c-waiting",
      "b-paused",
      "h-soon",
      "a-ok",
      "k-running",
      "i-suspended",
      "j-removed",
    ]);
  });

  it("is sorted by names, next times or last ends on demand", () => {
    expect(names({ sort: "name" })).toEqual(Object.keys(situations));
    expect(names({ sort: "next" }).slice(0, 3)).toEqual(["f-overdue", "h-soon", "a-ok"]);
    expect(names({ sort: "last" }).slice(0, 3)).toEqual(["h-soon", "a-ok", "g-failing"]);
  });

  it.each<[string, JobTableQuery, readonly string[]]>([
    ["a state", { state: "running" }, ["d-long", "k-running"]],
    ["a stack", { stack: "shop" }, ["g-failing"]],
    ["a schedule file", { stack: "jobs.yml", text: "soon" }, ["h-soon"]],
    ["a node", { node: "w1" }, ["h-soon"]],
    ["a source", { source: "services" }, ["g-failing"]],
    ["words of the name, of whatever case", { text: "FAIL" }, ["g-failing"]],
    ["words of the schedule", { text: "5 minutes past" }, ["h-soon"]],
    ["the object", { text: "shop_x" }, ["g-failing"]],
    ["several words, in any order", { text: "  hour long " }, ["d-long"]],
    ["several things at once", { state: "failing", stack: "shop", text: "g" }, ["g-failing"]],
    ["what is not there", { text: "nothing" }, []],
  ])("shows what is found by %s", (_, query, expected) => {
    expect(names(query)).toEqual(expected);
    expect(table(query).found).toBe(expected.length);
  });

  it("counts all jobs by state, whatever is shown, and says what there is to choose from", () => {
    const { counts, total, stacks, nodes, sources } = table({ text: "nothing" });
    expect([total, counts.failing, counts.running, counts.ok, counts.kept]).toEqual([11, 1, 2, 2, 0]);
    expect([stacks, nodes, sources]).toEqual([["jobs.yml", "shop"], ["w1"], ["files", "services"]]);
  });

  it("has a hundred rows on a page, and the nearest page there is", () => {
    const jobs = Array.from({ length: 250 }, (_, index) => hourly({ name: `job-${1000 + index}` }));
    const parts = { records: new Map(), scheduler: anActiveScheduler(jobs), states: "unknown", now } as const;
    const rows = new JobRows(timetables);
    const pages = [1, 2, 3].map((page) => rows.table(parts, { page }).rows);
    expect(pages.map(({ length }) => length)).toEqual([ROWS_OF_A_PAGE, ROWS_OF_A_PAGE, 50]);
    expect(pages.flat().map(({ job }) => job)).toEqual(jobs.map(({ name }) => name));
    expect([0, 2.7, 99].map((page) => rows.table(parts, { page }).page)).toEqual([1, 2, 3]);
    expect(rows.table({ ...parts, scheduler: anActiveScheduler([]) })).toMatchObject({ rows: [], page: 1, pages: 1 });
  });
});

describe("what is remembered of jobs", () => {
  it("is not that something is due, until it is decided or overdue", () => {
    const rows = new JobRows(timetables);
    const records = new Map([["backup", aRecord(at("11:30"), {}, hourly())]]);
    const scheduler = anActiveScheduler([hourly()]);
    const stateAt = (now: Date) => rows.table({ records, scheduler, states: "unknown", now }).rows[0]?.state;
    expect(["12:00:05", "12:00:09", "12:00:11"].map((time) => stateAt(at(time)))).toEqual([
      "never-run",
      "never-run",
      "overdue",
    ]);
  });

  it("is not that no boot was seen, once one is", () => {
    const job = aJob({ schedules: [{ pattern: "@reboot", timezone: "UTC" }] });
    let instance: InstanceRecord = { schema: 1, boot: { id: "first" } };
    const rows = new JobRows(createTimetables({ boots: () => bootsOf(instance) }));
    const records = new Map([[job.name, aRecord(at("11:30"), {}, job)]]);
    const scheduler = anActiveScheduler([job]);
    const rowAt = (now: Date) => rows.table({ records, instance, scheduler, states: "unknown", now }).rows[0];
    expect(rowAt(at("11:59"))).toMatchObject({ state: "never-run" });
    instance = noteBoot(instance, "second", { now: at("12:00") }) ?? instance;
    expect(rowAt(at("12:00:11"))).toMatchObject({ state: "overdue", overdueSince: at("12:00") });
  });

  const jobs = [
    hourly({ name: "a" }),
    hourly({ name: "b", suspended: true }),
    hourly({ name: "c", schedules: [{ pattern: "*/7 * * * *", timezone: "Europe/Berlin" }] }),
  ];
  const anyStep = fc.record({
    job: fc.constantFrom("a", "b", "c"),
    passes: fc.constantFrom(0, 1, 11, 59, 60, 300, 3600, -1800),
    what: fc.constantFrom(
      "nothing",
      "decided",
      "pause",
      "resume",
      "pause all",
      "resume all",
      "begin",
      "end",
      "ask",
      "trouble",
      "start",
      "well",
      "removed",
    ),
  });

  it("is what is read again, whatever happens and however the clock goes", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 5, maxLength: 25 }), (steps) => {
        const rows = new JobRows(timetables);
        const declaredJobs = new Map(jobs.map((job) => [job.name, declaredJob({}, job)]));
        const records = new Map(jobs.map((job) => [job.name, aRecord(now, {}, job)]));
        let [at, instance] = [now, undefined as InstanceRecord | undefined];
        for (const { job, passes, what } of steps) {
          at = new Date(at.getTime() + passes * 1000);
          const record = records.get(job) ?? aRecord(at);
          const put = (change: Partial<JobRecord>) => records.set(job, { ...record, ...change });
          const { paused: _, ...resumed } = record;
          const run = record.runs.find(({ outcome }) => outcome === undefined);
          if (what === "decided") put({ cursor: at });
          if (what === "pause") put({ paused: { since: at, until: new Date(at.getTime() + 1_800_000) } });
          if (what === "resume") records.set(job, resumed);
          if (what === "pause all") instance = { schema: 1, paused: { since: at } };
          if (what === "resume all") instance = { schema: 1 };
          if (what === "begin")
            put({ runs: [...record.runs, aRun(at, { id: `${job}-${at.getTime()}-${record.runs.length}` })] });
          if (what === "end" && run)
            records.set(
              job,
              recordEnd(record, { run: run.id, number: 1 }, { outcome: failed, finishedAt: at }) ?? record,
            );
          if (what === "ask") put({ requests: [{ id: "r", kind: "run", askedAt: at }] });
          if (what === "removed") put({ removedAt: at });
          const of = jobs.find(({ name }) => name === job);
          if (what === "trouble") declaredJobs.set(job, declaredJob({ troubles: [{ cause: "403", since: at }] }, of));
          if (what === "start") declaredJobs.set(job, declaredJob({ start: { since: at, for: "turn" } }, of));
          if (what === "well") declaredJobs.set(job, declaredJob({}, of));
          const scheduler = anActiveScheduler([], { jobs: new Map(declaredJobs) });
          const parts = { records: new Map(records), instance, scheduler, states: "unknown", now: at } as const;
          expect(rows.table(parts)).toEqual(new JobRows(timetables).table(parts));
        }
      }),
      { numRuns: 60 },
    );
  });
});
