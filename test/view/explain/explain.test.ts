import { describe, expect, test } from "vitest";
import { EngineTrouble } from "../../../src/engines/engine.ts";
import type { Attempt, JobRecord, Outcome, Run, Verdict } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { explainJob } from "../../../src/view/explain/explain.ts";
import type { ObjectStates } from "../../../src/view/runs/run-view.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { answerOf, declaredJob, silent } from "../../support/scheduler-answer.ts";

const now = at("12:02");
const job = aJob({ schedules: [{ pattern: "*/5 * * * *", timezone: "UTC" }] });
const failed: Outcome = { kind: "failed", exitCode: 2, oom: false };

function explain(change: Partial<JobRecord>, states: ObjectStates = new Map()): string[] {
  const record = aRecord(at("12:00"), change, job);
  const answer = change.removedAt === undefined ? answerOf() : answerOf({ jobs: new Map() });
  return explainJob(record, { now, states, timetables: createTimetables(), answer }).map(({ text }) => text);
}

function anAttempt(change: Partial<Attempt> = {}): Attempt {
  return { number: 1, objectName: "o-1", objectId: "o1", boundAt: at("12:00"), ...change };
}

function endedRun(outcome: Outcome, change: Partial<Attempt> = {}): Run {
  const end = { outcome, finishedAt: at("12:00:30") };
  return aRun(at("12:00"), { id: "r1", ...end, attempts: [anAttempt({ startedAt: at("12:00"), ...end, ...change })] });
}

function active(change: Partial<Attempt> = {}, run: Partial<Run> = {}): Partial<JobRecord> {
  return { runs: [aRun(at("12:00"), { id: "r1", attempts: [anAttempt(change)], ...run })] };
}

const skipped = (reason: "still-running" | "queue-full" | "superseded" | "paused" | "suspended"): Verdict => ({
  kind: "skipped",
  reason,
  scheduledAt: at("11:55"),
  decidedAt: at("11:55"),
});
const missed = (reason: "gap" | "too-late"): Verdict => ({
  kind: "missed",
  reason,
  scheduledAt: at("10:00"),
  through: at("11:00"),
  count: 13,
  decidedAt: at("11:55"),
});
const started = (time: string): Verdict => ({ kind: "started", scheduledAt: at(time), decidedAt: at(time) });

const onceStarted = { ...aRecord(now).totals, lastStartAt: at("12:00") };

test("a job that was never started says what it is, and what comes next", () => {
  expect(explain({})).toEqual([
    'backup is due by "*/5 * * * *" in UTC.',
    "Its definition is h1, from generation 1 of the definitions.",
    "It is due next at 2026-11-18 12:05:00+00:00 (in 3 min), 2026-11-18 12:10:00+00:00 (in 8 min), 2026-11-18 12:15:00+00:00 (in 13 min).",
    "It was never started.",
  ]);
});

test("a planned run says when, who asked, and how it is taken back", () => {
  const planned = [{ id: "p1", startAt: at("14:02"), askedAt: at("12:00"), reason: "the move" }];
  expect(explain({ planned }).find((text) => text.includes("planned"))).toBe(
    'A manual start is planned for 2026-11-18 14:02:00+00:00, in 2 h, asked for at 2026-11-18 12:00:00+00:00 (the move); "shipbell cancel backup-20261118t140200z-p1" takes it back.',
  );
});

test("a job whose schedules have no further times is done", () => {
  const over = aJob({ schedules: [{ pattern: "0 0 9 1 1 * 2026", timezone: "UTC" }] });
  const record = aRecord(at("12:00"), {}, over);
  const says = explainJob(record, { now, states: new Map(), timetables: createTimetables(), answer: answerOf() });
  expect(says.map(({ text }) => text)).toContain("It is done: no further time starts it.");
});

test("a job with a value of its own says which", () => {
  const own = aJob({ schedules: [{ pattern: "17 4 * * *", written: "H H * * *", timezone: "Europe/Berlin" }] });
  const record = aRecord(at("12:00"), {}, own);
  const says = explainJob(record, { now, states: new Map(), timetables: createTimetables(), answer: answerOf() });
  expect(says[0]?.text).toBe('backup is due by "H H * * *", which is "17 4 * * *" for it, in Europe/Berlin.');
});

test("a start that is prepared ahead of its time is told, where it is the next one", () => {
  const sentences = (preparedFor: Date, change: Partial<JobRecord> = {}) => {
    const answer = answerOf({ jobs: new Map([["backup", declaredJob({ preparedFor }, job)]]) });
    const parts = { now: at("12:04:55"), states: new Map(), timetables: createTimetables(), answer };
    return explainJob(aRecord(at("12:00"), change, job), parts).filter(({ about }) => about === "prepared");
  };
  expect(sentences(at("12:05"))).toEqual([
    {
      about: "prepared",
      occurrence: at("12:05"),
      text: "The start at 2026-11-18 12:05:00+00:00 is prepared: what runs then is created already, and does not run before.",
    },
  ]);
  expect(sentences(at("12:00"))).toEqual([]);
  expect(sentences(at("12:05"), { paused: { since: at("12:04") } })).toEqual([]);
});

test("a job that Docker's own scheduler starts, too, says under which name", () => {
  const origin = { source: "files", unit: "shop.yml", at: "shop.yml:3:3" } as const;
  const sentences = (project?: string) => {
    const composeJob = project === undefined ? {} : { project };
    const both = declaredJob({ origin: { ...origin, composeJob }, dockerJobs: ["shop.backup"] }, job);
    const answer = answerOf({ jobs: new Map([["backup", both]]) });
    const parts = { now, states: new Map(), timetables: createTimetables(), answer };
    return explainJob(aRecord(at("12:00"), {}, job), parts).filter(({ about }) => about === "also-engine-job");
  };
  expect(sentences("shop")).toEqual([
    {
      about: "also-engine-job",
      dockerJobs: ["shop.backup"],
      text: "Docker's own scheduler starts this job, too, as shop.backup: it runs twice.",
    },
  ]);
  expect(sentences()).toMatchObject([
    {
      text: "Docker's own scheduler starts a job of this name, too, as shop.backup: if it is this one, it runs twice.",
    },
  ]);
});

test("times are those of the job's zone; @every has none", () => {
  const schedules = [
    { pattern: "0 9 * * *", timezone: "Asia/Seoul" },
    { pattern: "@every 24h", timezone: "Asia/Seoul" },
  ];
  const sentences = explain({ definition: { ...aRecord(now).definition, schedules } });
  expect(sentences[0]).toBe('backup is due by "0 9 * * *" in Asia/Seoul and by "@every 24h".');
  expect(sentences[2]).toMatch(/^It is due next at 2026-11-19 09:00:00\+09:00 \(in 11 h 58 min\)/);
});

describe("a job that only people start", () => {
  const manual = aJob({ schedules: [] });
  const definition = { ...aRecord(now).definition, schedules: [] };
  const explained = (change: Partial<JobRecord> = {}) => {
    const answer = answerOf({ jobs: new Map([["backup", declaredJob({}, manual)]]) });
    const record = aRecord(at("12:00"), { definition, ...change }, manual);
    return explainJob(record, { now, states: new Map(), timetables: createTimetables(), answer }).map(
      ({ text }) => text,
    );
  };

  test("says how it is started, and that it never was", () => {
    expect(explained()).toEqual([
      'backup has no schedule: only "shipbell run backup" starts it.',
      "Its definition is h1, from generation 1 of the definitions.",
      "It was never started.",
    ]);
  });

  test("says in UTC how its run ended, and what that was given", () => {
    const inputs = { DAY: "2026-11-17", NOTE: `two "words" ${"x".repeat(100)}` };
    expect(explained({ runs: [{ ...endedRun(succeeded), trigger: "manual", inputs }], totals: onceStarted })[2]).toBe(
      `r1, started manually 2026-11-18 12:00:00+00:00, succeeded after 30 s; its inputs: DAY=2026-11-17, NOTE="two \\"words\\" ${"x".repeat(48)}…".`,
    );
  });
});

describe("the inputs of a job", () => {
  const inputs = {
    DAY: { type: "date", required: true, description: "the day to export" },
    SIZE: { type: "choice", options: ["small", "large"], default: "small" },
    NOTE: { type: "string", maxLength: 20 },
  } as const;
  const record = aRecord(at("12:00"), {}, job);
  const parts = { now, states: new Map(), timetables: createTimetables() };

  test("are listed with what they may be, as the running scheduler has them", () => {
    const answer = answerOf({ jobs: new Map([["backup", declaredJob({ inputs })]]) });
    const sentences = explainJob(record, { ...parts, answer }).filter(({ about }) => about === "input");
    expect(sentences).toMatchObject([
      {
        name: "DAY",
        input: inputs.DAY,
        text: "Its input DAY (the day to export) is a date such as 2026-11-18, required.",
      },
      { name: "SIZE", text: "Its input SIZE is small or large, and small where nothing is given." },
      { name: "NOTE", text: "Its input NOTE is a line of at most 20 characters, or nothing." },
    ]);
  });

  test("are not known where no scheduler answers", () => {
    const sentences = explainJob(record, { ...parts, answer: silent });
    expect(sentences.map(({ about }) => about)).not.toContain("input");
  });
});

describe("the sentence about what", () => {
  test.each<[string, Partial<JobRecord>, string]>([
    [
      "pauses it",
      { paused: { since: at("11:00"), reason: "new disk" } },
      'It is paused since 2026-11-18 11:00:00+00:00, 1 h 2 min ago (new disk): what is due is skipped, and only "shipbell run backup" starts it, until "shipbell resume backup".',
    ],
    [
      "suspends it",
      { definition: { ...aRecord(now).definition, suspended: true } },
      'Its definition suspends it: what is due is skipped, and only "shipbell run backup" starts it.',
    ],
    [
      "removed it",
      { removedAt: at("12:00") },
      "No source declares it since 2026-11-18 12:00:00+00:00, 2 min ago: it is not started, and forgotten a day later.",
    ],
    [
      "is due, and will be skipped while it is paused",
      { paused: { since: now } },
      "It is due next, and skipped unless that changes, at 2026-11-18 12:05:00+00:00 (in 3 min), 2026-11-18 12:10:00+00:00 (in 8 min), 2026-11-18 12:15:00+00:00 (in 13 min).",
    ],
    [
      "mends a record of the future",
      { cursor: at("14:02") },
      'Its record is decided up to 2026-11-18 14:02:00+00:00, in 2 h: a clock was set back. Until then nothing is started by schedule; "shipbell reset backup" mends it.',
    ],
    [
      "is due only after what a record of the future has decided",
      { cursor: at("14:02") },
      "It is due next at 2026-11-18 14:05:00+00:00 (in 2 h 3 min), 2026-11-18 14:10:00+00:00 (in 2 h 8 min), 2026-11-18 14:15:00+00:00 (in 2 h 13 min).",
    ],
    [
      "waits for the active run",
      { ...active(), cursor: at("11:45"), admittedThrough: at("12:00") },
      "Waiting for the active run to end: 3 occurrences, from 2026-11-18 11:50:00+00:00 to 2026-11-18 12:00:00+00:00.",
    ],
    [
      "nobody has decided",
      { cursor: at("11:57") },
      "Not decided yet: the occurrence of 2026-11-18 12:00:00+00:00; its start is being prepared.",
    ],
    [
      "nobody has decided since a year",
      { cursor: new Date("2025-11-18T12:00:00Z") },
      "Not decided yet: more than 1000 occurrences, from 2025-11-18 12:05:00+00:00 on; its start is being prepared.",
    ],
    [
      "was asked for manually",
      { requests: [{ id: "w", kind: "run", askedAt: at("12:01") }] },
      "A manual start was asked for at 2026-11-18 12:01:00+00:00, 1 min ago; it is being started: its image may have to be pulled, or other starts come first. The request lapses at 2026-11-18 12:06:00+00:00, in 4 min.",
    ],
    [
      "was asked for manually while a run is active",
      { ...active(), requests: [{ id: "w", kind: "run", askedAt: at("12:01") }] },
      "A manual start was asked for at 2026-11-18 12:01:00+00:00, 1 min ago; it waits for r1 to end. The request lapses at 2026-11-18 12:06:00+00:00, in 4 min.",
    ],
    [
      "was asked for manually while no scheduler was there",
      { requests: [{ id: "w", kind: "run", askedAt: at("11:56") }] },
      "A manual start was asked for at 2026-11-18 11:56:00+00:00, 6 min ago, and lapsed at 2026-11-18 12:01:00+00:00: no scheduler has started it in time (expired).",
    ],
    [
      "was asked for manually, and refused",
      {
        requests: [
          { id: "w", kind: "run", askedAt: at("12:01"), refused: { reason: "still-running", at: at("12:01") } },
        ],
      },
      "A manual start was asked for at 2026-11-18 12:01:00+00:00, 1 min ago, and refused: a run is still active, and the job's overlap does not allow another one (still-running).",
    ],
  ])("%s", (_, change, sentence) => expect(explain(change)).toContain(sentence));

  test("was removed says nothing of times to come", () => {
    expect(explain({ removedAt: now }).filter((sentence) => sentence.includes("due next"))).toEqual([]);
  });

  test("came a moment ago is not said to be late", () => {
    const record = aRecord(at("11:57"), {}, job);
    const parts = { now: at("12:00:05"), states: new Map(), timetables: createTimetables(), answer: answerOf() };
    expect(explainJob(record, parts).filter(({ about }) => about === "undecided")).toEqual([]);
  });
});

describe("a verdict is told with its reason", () => {
  test.each<[Verdict, string]>([
    [started("12:00"), "Started for the occurrence of 2026-11-18 12:00:00+00:00."],
    [
      skipped("still-running"),
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (still-running): a run was still active, and overlap is forbid.",
    ],
    [
      { ...skipped("still-running"), active: { count: 1, run: "backup-20261118t115000z" } },
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (still-running): the run backup-20261118t115000z was still active, and overlap is forbid.",
    ],
    [
      { ...skipped("still-running"), active: { count: 64, run: "backup-20261118t105000z" } },
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (still-running): 64 runs were still active, and no more may be at once.",
    ],
    [
      skipped("queue-full"),
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (queue-full): as many as queue_limit allows were waiting already.",
    ],
    [
      { ...skipped("queue-full"), active: { count: 1, run: "backup-20261118t105000z" } },
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (queue-full): as many as queue_limit allows were waiting for the run backup-20261118t105000z already.",
    ],
    [
      { ...skipped("paused"), reason: "rescheduled", ended: "reset" },
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (rescheduled): the job was reset before it was decided.",
    ],
    [
      { ...skipped("paused"), reason: "rescheduled", ended: "changed" },
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (rescheduled): the job was given another schedule before it was decided.",
    ],
    [
      skipped("superseded"),
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (superseded): a later one came while it waited to start.",
    ],
    [skipped("paused"), "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (paused): the job was paused."],
    [
      skipped("suspended"),
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (suspended): the definition suspended the job.",
    ],
    [
      missed("gap"),
      "Missed 13 occurrences, from 2026-11-18 10:00:00+00:00 to 2026-11-18 11:00:00+00:00 (gap): nothing could decide it within a minute, and catch_up did not choose it.",
    ],
    [
      missed("too-late"),
      "Missed 13 occurrences, from 2026-11-18 10:00:00+00:00 to 2026-11-18 11:00:00+00:00 (too-late): its starting_deadline was over before it could start.",
    ],
  ])("%o", (verdict, sentence) => expect(explain({ verdicts: [verdict] })).toContain(sentence));

  const absence = { because: "no-scheduler", from: at("09:58:30"), to: at("11:00:20") } as const;
  const gap = (leftToCatchUp: number) => ({ ...missed("gap"), absence, leftToCatchUp });
  const wasDown = "no scheduler was running from 2026-11-18 09:58:30+00:00 to 2026-11-18 11:00:20+00:00";
  test.each<[string, Verdict[], string]>([
    [
      "the run that made up for a gap",
      [gap(1), started("11:05")],
      `${wasDown}; the run of 2026-11-18 11:05:00+00:00 made up for it.`,
    ],
    ["one that is still to come", [gap(1)], `${wasDown}; the one after it is to make up for it.`],
    [
      "one that was to make up for a gap, and did not",
      [gap(1), { ...skipped("still-running"), active: { count: 1, run: "r1" } }],
      `${wasDown}; the one of 2026-11-18 11:55:00+00:00, which was to make up for it, was skipped (still-running).`,
    ],
    ["that nothing is to be caught up", [gap(0)], `${wasDown}, and catch_up is none.`],
    ["how many are caught up", [gap(100)], `${wasDown}, and catch_up_limit left the newest 100 to be run.`],
    [
      "that the engine was away",
      [{ ...gap(0), absence: { ...absence, because: "engine-down" } }],
      "the engine did not answer from 2026-11-18 09:58:30+00:00 to 2026-11-18 11:00:20+00:00, and catch_up is none.",
    ],
    [
      "that what is named was over before the last of them was due, as when its definition cannot be read afterwards",
      [{ ...gap(1), through: at("11:01:21") }, started("11:05")],
      `${wasDown}, and what was due after that could not be decided either; the run of 2026-11-18 11:05:00+00:00 made up for it.`,
    ],
    [
      "no more of what came due less than a minute after it",
      [{ ...gap(1), through: at("11:01:20") }, started("11:05")],
      `${wasDown}; the run of 2026-11-18 11:05:00+00:00 made up for it.`,
    ],
  ])("a miss tells %s", (_, verdicts, reason) => {
    const sentences = explain({ verdicts }).filter((sentence) => sentence.startsWith("Missed"));
    expect(sentences).toEqual([expect.stringContaining(`(gap): ${reason}`)]);
  });

  test("the newest first, and those that are alike in one", () => {
    const verdicts = [started("11:40"), started("11:45"), skipped("paused"), started("12:00")];
    expect(explain({ verdicts }).filter((sentence) => /^(Started|Skipped)/.test(sentence))).toEqual([
      "Started for the occurrence of 2026-11-18 12:00:00+00:00.",
      "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (paused): the job was paused.",
      "Started for 2 occurrences, from 2026-11-18 11:40:00+00:00 to 2026-11-18 11:45:00+00:00.",
    ]);
  });
});

describe("an active run", () => {
  const begun = "2026-11-18 12:00:00+00:00, 2 min ago";
  const retrying = { outcome: failed, finishedAt: at("12:01"), retryAt: at("12:03") };
  const timeout = { policies: { ...aJob().policies.run, timeoutMs: 600_000 } };
  test.each<[string, Partial<JobRecord>, ObjectStates, string]>([
    [
      "runs",
      active(),
      seen({ phase: "running", startedAt: at("12:01"), node: "w1" }),
      "has been running on w1 since 2026-11-18 12:01:00+00:00, 1 min ago.",
    ],
    [
      "runs, since when is not known",
      active(),
      seen({ phase: "running" }),
      `has been running since ${begun} or soon after (the engine does not know when it started).`,
    ],
    [
      "runs until its timeout",
      active({}, timeout),
      seen({ phase: "running", startedAt: at("12:01") }),
      "has been running since 2026-11-18 12:01:00+00:00, 1 min ago; its timeout stops it at 2026-11-18 12:11:00+00:00, in 9 min.",
    ],
    [
      "waits for a node",
      active(),
      seen({ phase: "pending", detail: "no suitable node" }),
      `has been starting since ${begun} (no suitable node).`,
    ],
    ["is not activated yet", active(), seen({ phase: "inert" }), `has been starting since ${begun}.`],
    ["is over", active(), new Map(), `began at ${begun}, and has ended; its outcome is not recorded yet.`],
    [
      "is not to be seen",
      active(),
      "unknown",
      `has been active since ${begun}; its progress is unknown (the engine does not answer).`,
    ],
    [
      "only its scheduler sees",
      active(),
      seen({ phase: "unclear", trouble: new EngineTrouble("only another process knows more") }),
      `has been active since ${begun}; its progress is unknown (only another process knows more).`,
    ],
    [
      "is being stopped",
      active({ stopping: { reason: "timed-out", since: at("12:01") } }),
      new Map(),
      "has been stopping since 2026-11-18 12:01:00+00:00, 1 min ago (timed-out).",
    ],
    [
      "waits for its next attempt",
      active(retrying),
      new Map(),
      "failed with exit code 2, and waits for its next attempt, at 2026-11-18 12:03:00+00:00, in 1 min.",
    ],
    [
      "waits in vain, its definition being another",
      active(retrying, { definition: "h0" }),
      new Map(),
      "failed with exit code 2, and gets no other attempt: the definition that it began with holds no more.",
    ],
  ])("%s", (_, change, states, sentence) => expect(explain(change, states)).toContain(`r1 ${sentence}`));

  test("in a later attempt says so", () => {
    const attempts = [anAttempt(retrying), anAttempt({ number: 2, stopping: { reason: "cancelled", since: now } })];
    expect(explain(active({}, { attempts }))).toContain(
      "r1 (attempt 2) has been stopping since 2026-11-18 12:02:00+00:00, now (cancelled).",
    );
  });

  function seen(
    state: Exclude<ObjectStates, "unknown"> extends ReadonlyMap<string, infer S> ? S : never,
  ): ObjectStates {
    return new Map([["o1", state]]);
  }
});

describe("a run that ended", () => {
  test.each<[string, Outcome, Partial<Attempt>, string]>([
    ["succeeded", succeeded, { node: "w1" }, "succeeded after 30 s on w1."],
    ["succeeded with another code", { kind: "succeeded", exitCode: 4 }, {}, "succeeded with exit code 4 after 30 s."],
    ["failed", failed, {}, "failed with exit code 2 after 30 s."],
    [
      "ran out of memory",
      { kind: "failed", exitCode: 137, oom: true },
      {},
      "failed with exit code 137 (out of memory) after 30 s.",
    ],
    [
      "was killed, who knows why",
      { kind: "failed", exitCode: 137, oom: "unknown" },
      {},
      "failed with exit code 137 (killed, perhaps for want of memory) after 30 s.",
    ],
    ["timed out", { kind: "timed-out" }, {}, "timed out after 30 s."],
    ["was replaced", { kind: "replaced" }, {}, "was stopped for a later one after 30 s."],
    ["was cancelled", { kind: "cancelled" }, {}, "was cancelled after 30 s."],
    [
      "lost its node",
      { kind: "lost", reason: "node-down", message: "w1 is down" },
      {},
      "was lost after 30 s, node-down: w1 is down.",
    ],
  ])("%s", (_, outcome, change, sentence) => {
    const runs = [endedRun(outcome, change)];
    expect(explain({ runs, totals: onceStarted })).toContain(`r1, due 2026-11-18 12:00:00+00:00, ${sentence}`);
  });

  test("is one of three, the newest first, and the last success is told when none of them is", () => {
    const runs = ["a", "b", "c", "d"].map((id) => ({ ...endedRun(failed), id }));
    const totals = { ...onceStarted, lastSuccessAt: at("09:02") };
    expect(explain({ runs, totals }).slice(3)).toEqual([
      "d, due 2026-11-18 12:00:00+00:00, failed with exit code 2 after 30 s.",
      "c, due 2026-11-18 12:00:00+00:00, failed with exit code 2 after 30 s.",
      "b, due 2026-11-18 12:00:00+00:00, failed with exit code 2 after 30 s.",
      "It succeeded last at 2026-11-18 09:02:00+00:00, 3 h ago.",
    ]);
  });

  test("of several attempts tells each, and how long they took together", () => {
    const run = endedRun(succeeded, { number: 2, startedAt: at("12:00:26") });
    const attempts = [anAttempt({ outcome: failed }), ...run.attempts];
    expect(explain({ runs: [{ ...run, attempts, trigger: "manual" }], totals: onceStarted })).toContain(
      "r1, started manually 2026-11-18 12:00:00+00:00, succeeded after 30 s in attempt 2, which took 4 s; 2 attempts: failed (2), succeeded.",
    );
  });
});

test("of a reason that only a newer shipbell knows, no meaning is told", () => {
  const reason = "never-heard-of" as "gap";
  const verdicts: Verdict[] = [{ kind: "missed", reason, scheduledAt: at("11:55"), decidedAt: at("11:55") }];
  expect(explain({ verdicts }).filter((line) => line.startsWith("Missed"))).toEqual([
    expect.stringMatching(/ \(never-heard-of\)\.$/),
  ]);
});

test("each sentence has the facts that it states, as instants and numbers", () => {
  const attempt = anAttempt({ startedAt: at("12:01") });
  const paused = { since: at("11:00"), reason: "new disk" };
  const request = { id: "w", kind: "run", askedAt: at("12:01"), environment: { TOKEN: "secret" } } as const;
  const record = aRecord(
    at("12:00"),
    {
      paused,
      requests: [request],
      verdicts: [skipped("paused"), started("12:00")],
      runs: [endedRun(failed), aRun(at("12:00"), { id: "r2", attempts: [attempt] })],
      totals: onceStarted,
    },
    job,
  );
  const states = new Map([["o1", { phase: "running", startedAt: at("12:01"), node: "w1" } as const]]);
  const sentences = explainJob(record, { now, states, timetables: createTimetables(), answer: answerOf() });
  expect(sentences.map(({ text, ...facts }) => facts)).toEqual([
    { about: "schedules", schedules: job.schedules },
    { about: "definition", hash: "h1", generation: 1 },
    { about: "paused", paused: { scope: "job", ...paused } },
    {
      about: "active-run",
      run: expect.objectContaining({ run: "r2", state: "running", node: "w1", durationMs: 60_000 }),
    },
    { about: "request", request: { id: "w", askedAt: at("12:01"), lapsesAt: at("12:06") } },
    { about: "next", occurrences: [at("12:05"), at("12:10"), at("12:15")] },
    { about: "verdict", verdict: started("12:00"), last: at("12:00"), count: 1 },
    { about: "verdict", verdict: skipped("paused"), last: at("11:55"), count: 1 },
    { about: "ended-run", run: expect.objectContaining({ run: "r1", outcome: failed, durationMs: 30_000 }) },
    { about: "last-success" },
  ]);
});

test("a run that has ended says what it used at least, where that is known", () => {
  const says = (change: Partial<Attempt> = {}) =>
    explain({ runs: [endedRun(succeeded, change)] }).find((text) => text.startsWith("r1, due"));
  expect(says({ usage: { cpuMs: 2100, peakMemoryBytes: 103 * 2 ** 20 } })).toMatch(
    /succeeded after 30 s; it used at least 2\.1 s of CPU and 103 MiB of memory\.$/,
  );
  expect(says()).toMatch(/succeeded after 30 s\.$/);
});
