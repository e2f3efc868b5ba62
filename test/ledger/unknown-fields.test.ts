import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retain } from "../../src/decide/retention.ts";
import type { Telling } from "../../src/job/notify.ts";
import { noteLogged, noteSignal, noteStopping, recordEnd, startAttempt } from "../../src/ledger/changes/attempts.ts";
import { followDefinition, noteOrigin, noteRemoval } from "../../src/ledger/changes/definitions.ts";
import { noteDelivered, noteGivenUp, noteTried, waitingDeliveries } from "../../src/ledger/changes/deliveries.ts";
import { endMarks, noteGap } from "../../src/ledger/changes/marks.ts";
import { tellChange } from "../../src/ledger/changes/notices.ts";
import { admit, passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { cancelRun, resetJob } from "../../src/ledger/changes/operators.ts";
import { pauseJob } from "../../src/ledger/changes/pauses.ts";
import { notePinged } from "../../src/ledger/changes/pings.ts";
import {
  askForRun,
  dropRefusedRequests,
  keepRequest,
  planRun,
  refuseRequest,
  releasePlanned,
} from "../../src/ledger/changes/requests.ts";
import { noteTimes } from "../../src/ledger/changes/telling-times.ts";
import { fitRecord } from "../../src/ledger/fit-record.ts";
import { activeRuns, type JobRecord, latestAttempt, pendingRequests } from "../../src/ledger/record.ts";
import { readRecord, writeRecord, writeRecordOfSchema1 } from "../../src/ledger/record-json.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { aRule } from "../support/a-told-job.ts";

const telling: Telling = {
  notify: [aRule("chat", { remindMs: 600_000 }), aRule("pager", { on: ["failed", "recovered", "not-run"], after: 2 })],
  expectedDurationMs: 600_000,
  healthchecks: { url: "https://hc.example.org/ping/a", output: false },
};
const after = { job: "dump", on: "succeeded" } as const;
const node = { of: "clean", id: "n1", name: "host-1", away: { since: at("10:00"), because: "drain" } } as const;
const job = aJob({ policies: { overlap: "allow" }, telling, node, after });
const other = aJob({
  hash: "h2",
  node,
  telling,
  after,
  schedules: [{ pattern: "0 * * * *", timezone: "UTC" }],
  policies: { overlap: "allow" },
});
const failed = { kind: "failed", exitCode: 1, oom: false } as const;
const attempt = { number: 1, objectName: "a", objectId: "o", boundAt: at("12:00") };
const absence = { because: "no-scheduler", from: at("11:00"), to: at("11:30") } as const;

const trace = { parent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, state: "k=v", baggage: "b=1" };

/** The run that is active and lasts long. */
const LONG = aRun(at("11:20")).id;

/** With an object at every level at which a record has one. */
const record: JobRecord = aRecord(
  at("12:00"),
  {
    after: { ...after, definition: "h1", since: at("10:00"), at: at("11:00"), ended: 3, matched: 2 },
    gaps: [{ after: at("12:00"), through: at("12:20"), absence }],
    holds: [{ reason: "paused", since: at("12:00"), until: at("12:10") }],
    paused: { since: at("12:30"), reason: "a disk is being replaced", by: { via: "cli", name: "ops" } },
    runs: [
      aRun(at("11:00"), { outcome: succeeded, finishedAt: at("11:01") }),
      aRun(at("11:10"), {
        attempts: [{ ...attempt, outcome: failed, finishedAt: at("11:12"), usage: { cpuMs: 5 }, retryAt: at("12:00") }],
      }),
      aRun(at("11:20"), {
        policies: {
          ...job.policies.run,
          retries: { limit: 1, delayMs: 1, maxDelayMs: 1, on: ["failed"] },
        },
        attempts: [
          {
            ...attempt,
            image: { name: "busybox" },
            logged: { from: "", stdout: { time: "a", lines: 1 } },
            stopping: { reason: "timed-out", since: at("11:25"), by: { via: "page" } },
          },
        ],
      }),
      aRun(at("11:30"), { trigger: "manual", request: "w0", by: { via: "api", name: "ci" }, trace }),
      aRun(at("11:35"), { trigger: "after", request: "after1", after: { job: "dump", run: "dump-1" } }),
    ],
    verdicts: [
      { kind: "missed", reason: "gap", scheduledAt: at("10:00"), decidedAt: at("11:00"), absence },
      {
        kind: "skipped",
        reason: "still-running",
        scheduledAt: at("11:00"),
        decidedAt: at("11:00"),
        active: { count: 1, run: "r" },
      },
    ],
    past: { runs: "ss0", nodes: [] },
    pulled: { image: "busybox", at: at("11:00") },
    notices: [
      {
        ...{ id: "backup-a/failed", kind: "failed", at: at("11:12"), run: "backup-a", outcome: "failed" },
        to: { chat: { tries: 1, next: at("12:00"), last: "503" }, pager: { tries: 0, next: at("11:12") } },
      },
      { id: "backup-b/missed", kind: "missed", at: at("11:30"), to: { chat: { tries: 0, next: at("11:30") } } },
    ],
    told: {
      looked: { ended: 4, missed: 1, skipped: 1 },
      failing: { since: at("11:12"), count: 3 },
      open: {
        chat: {
          failed: { id: "backup-a/failed", since: at("11:12"), at: at("11:12"), times: 1 },
          longRunning: { id: `${LONG}/long-running`, since: at("11:20"), at: at("11:30"), times: 1, heard: true },
        },
        pager: { notRun: { id: "backup-c/not-run", since: at("11:00"), at: at("11:00"), times: 1, heard: true } },
      },
      last: { chat: { failed: { since: at("11:12"), at: at("11:13"), run: "backup-0" } } },
    },
    pings: [{ kind: "start", run: LONG, at: at("11:20") }],
    totals: {
      skipped: { "still-running": 1 },
      missed: { gap: 1 },
      started: { schedule: 7, after: 1 },
      ended: { failed: { schedule: 3, after: 1 } },
      runSeconds: { sum: 10, count: 3 },
      notices: { chat: { delivered: { failed: 2 }, dropped: { missed: 1 } } },
    },
    planned: [{ id: "p1", startAt: at("12:30"), askedAt: at("12:00"), trace }],
    requests: [
      { id: "w1", kind: "run", askedAt: at("12:00"), by: { via: "page", name: "ops" }, trace },
      { id: "w2", kind: "run", askedAt: at("12:00"), refused: { reason: "paused", at: at("12:01") } },
    ],
  },
  job,
);

type Json = Readonly<Record<string, unknown>>;

/** Objects whose keys are names of other things. */
const MAPS = new Set([
  "skipped",
  "missed",
  "started",
  "ended",
  "schedule",
  "environment",
  "inputs",
  "to",
  "open",
  "last",
  "notices",
  "delivered",
  "dropped",
]);

/** What tells the objects of an array apart, whatever their places are. */
const nameIn = ({ id, number, scheduledAt, pattern, after, since, kind, run }: Json, index: number) =>
  String(id ?? number ?? scheduledAt ?? pattern ?? after ?? since ?? (run === undefined ? index : `${kind} ${run}`));

/** Calls `see` for every object in the record, with the way to it. */
function walk(value: unknown, see: (object: Json, way: string) => Json, way = ""): unknown {
  if (Array.isArray(value)) return value.map((item, index) => walk(item, see, `${way}/${nameIn(item ?? {}, index)}`));
  if (typeof value !== "object" || value === null) return value;
  // What is told of another incident is another thing.
  const isIncident = /^\/told\/(?:last|open)\/[^/]+$/.test(way);
  const which = (key: string, each: Json) => (isIncident && key !== "marks" ? `@${each.id ?? each.since}` : "");
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    walk(each, see, `${way}/${key}${which(key, each)}`),
  ]);
  const walked = Object.fromEntries(entries) as Json;
  const isMap = MAPS.has(way.split("/").at(-1) ?? "") || /^\/(?:totals\/ended|told\/last)\/[^/]+$/.test(way);
  return isMap ? walked : see(walked, way);
}

/** The record as a newer shipbell may write it: with one more field in each object. */
const newer = walk(JSON.parse(writeRecord(record)), (object, way) => ({
  ...object,
  marks: { of: way, list: [1, null] },
}));

/** The fields that were added, by where they are. */
function marksIn(record: JobRecord): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  walk(JSON.parse(writeRecord(record)), (object, way) => {
    if (!way.split("/").includes("marks")) found.set(way, object.marks);
    return object;
  });
  return found;
}

function readNewer(): JobRecord {
  const read = readRecord(JSON.stringify(newer));
  if (read.kind !== "record") throw new Error(read.message);
  return read.record;
}

const now = at("12:40");
const start = { id: "backup-new", definition: "h1", policies: job.policies.run, overlap: "allow", attempt } as const;
const keyOf = (run: JobRecord["runs"][number]) => ({ run: run.id, number: latestAttempt(run).number });

/** What schedulers and commands do to a record, except for what replaces the very thing that has the field. */
const changes: Readonly<Record<string, (record: JobRecord, which: number) => JobRecord | undefined>> = {
  start: (record) => startRun(record, { ...start, trigger: "manual", scheduledAt: now, request: "w1" }),
  "start again": (record, which) => {
    const run = activeRuns(record)[which];
    return run && startAttempt(record, run.id, { ...attempt, number: latestAttempt(run).number + 1 });
  },
  "end an attempt": (record, which) => {
    const run = activeRuns(record)[which];
    const stopping = run && latestAttempt(run).stopping;
    const end = { outcome: failed, startedAt: at("12:01"), finishedAt: now, node: "n1", ...(stopping && { stopping }) };
    return run && recordEnd(record, keyOf(run), end);
  },
  "end an attempt of several": (record, which) => {
    const run = activeRuns(record)[which];
    const stopping = run && latestAttempt(run).stopping;
    const end = { outcome: failed, finishedAt: now, retryAt: now, ...(stopping && { stopping }) };
    return run && recordEnd(record, keyOf(run), end);
  },
  stop: (record, which) => {
    const run = activeRuns(record)[which];
    return run && noteStopping(record, keyOf(run), { reason: "cancelled", since: now });
  },
  signal: (record, which) => {
    const run = activeRuns(record)[which];
    return run && noteSignal(record, keyOf(run), now);
  },
  log: (record, which) => {
    const run = activeRuns(record)[which];
    return run && latestAttempt(run).logged === undefined ? noteLogged(record, keyOf(run), { from: "x" }) : undefined;
  },
  cancel: (record, which) => {
    const run = activeRuns(record)[which];
    return run && cancelRun(record, run.id, { since: now });
  },
  "keep less": (record) => ({ ...record, runs: retain(record.runs, { succeeded: 1, failed: 1 }) }),
  "pass over": (record) => {
    const verdict = { kind: "missed", reason: "too-late" } as const;
    return passOver(record, { first: at("12:05"), last: at("12:05"), count: 1, verdict }, { now });
  },
  "pass over ends": (record) => {
    const verdict = { kind: "missed", reason: "too-late" } as const;
    const ends = { from: { ended: 3, matched: 2 }, to: { ended: 5, matched: 4 }, run: "dump-2" };
    return passOver(record, { first: at("12:05"), last: at("12:05"), count: 2, verdict, ends }, { now });
  },
  admit: (record) => admit(record, now),
  gap: (record) => noteGap(record, { after: at("12:20"), through: now }),
  "end marks": (record) => endMarks(record, at("12:05")),
  "pause otherwise": (record, which) =>
    pauseJob(record, now, which % 2 === 0 ? { reason: "a move" } : { until: at("14:00") }),
  reset: (record) => resetJob(record, now),
  define: (record, which) => followDefinition(record, which % 2 === 0 ? other : job, { generation: 10 + which, now }),
  "note where": (record) => noteOrigin(record, { ...job, origin: { ...job.origin, unit: "other.yml" } }),
  remove: (record) => noteRemoval(record, 20, now),
  ask: (record, which) => askForRun(record, { id: `new-${which}`, kind: "run", askedAt: now }),
  plan: (record, which) => planRun(record, { id: `plan-${which}`, startAt: at("14:00"), askedAt: now }),
  release: (record) => releasePlanned(record, now),
  "keep a request": (record) => keepRequest(record, "w1", at("14:00")),
  refuse: (record) => refuseRequest(record, pendingRequests(record)[0]?.id ?? "", "expired", now),
  "drop what was refused": (record) => dropRefusedRequests(record, at("13:30")),
  deliver: (record, which) => {
    const head = waitingDeliveries(record)[which];
    return noteDelivered(record, head ?? { id: "", channel: "" }, now);
  },
  "try in vain": (record, which) => {
    const head = waitingDeliveries(record)[which];
    return head && noteTried(record, head, { after: head.delivery.tries, next: now, last: "503" });
  },
  "may be heard": (record, which) => {
    const head = waitingDeliveries(record)[which];
    const tried = { next: now, last: "timeout", perhapsHeard: true } as const;
    return head && noteTried(record, head, { ...tried, after: head.delivery.tries });
  },
  "give up": (record, which) => {
    const head = waitingDeliveries(record)[which];
    return head && noteGivenUp(record, head, now);
  },
  "note what time brings": (record, which) => noteTimes(record, { now: new Date(now.getTime() + which * 3600_000) }),
  ping: (record) => notePinged(record, record.pings?.[0] ?? { kind: "start", run: "" }),
  fit: (record) => fitRecord({ ...record, past: { ...record.past, runs: " ".repeat(60_000) } }).record,
};

describe("what a newer shipbell has added to a record, in any of its objects", () => {
  it("is read and written as it stands", () => {
    expect(JSON.parse(writeRecord(readNewer()))).toEqual(newer);
    const where = [...marksIn(readNewer()).keys()];
    expect(where.length).toBeGreaterThan(40);
    expect([...marksIn(readNewer()).values()]).not.toContain(undefined);
  });

  it("is written for a scheduler of schema 1, too", () => {
    const read = readRecord(writeRecordOfSchema1(readNewer()));
    expect(read.kind === "record" && marksIn(read.record)).toEqual(marksIn(readNewer()));
  });

  it("stays, whatever this one changes in the record, for as long as the object is there", () => {
    const done = new Set<string>();
    const act = fc.record({ what: fc.constantFrom(...Object.keys(changes)), which: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 12 }), (acts) => {
        let record = readNewer();
        for (const { what, which } of acts) {
          const changed = changes[what]?.(record, which);
          if (changed === undefined) continue;
          done.add(what);
          // As each ledger writes it: with what is to be told.
          const written = tellChange(record, changed, now);
          const before = marksIn(record);
          for (const [where, marks] of marksIn(written)) {
            if (before.has(where)) expect(marks, `${where} after: ${what}`).toEqual(before.get(where));
          }
          record = written;
        }
      }),
      { numRuns: 200 },
    );
    expect(done).toEqual(new Set(Object.keys(changes)));
  });
});
