import { describe, expect, it } from "vitest";
import { mayBecomeLeftover, type Standing, standingOf } from "../../src/decide/leftovers.ts";
import type { OwnObject } from "../../src/engines/engine.ts";
import type { JobRecord, Outcome } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aRecord, aRun, at } from "../support/a-job.ts";

const run = aRun(at("12:05"), { id: "run-1" });
const object: OwnObject = {
  id: "object-1",
  name: "backup-1",
  job: "backup",
  run: "run-1",
  attempt: 1,
  trigger: "schedule",
  scheduledAt: at("12:05"),
  definition: "h1",
  inert: false,
  running: false,
};
const inert = { ...object, inert: true };
const running = { ...object, running: true };
const nodeDown: Outcome = { kind: "lost", reason: "node-down", message: "node 1 is down" };

/** A record whose run is carried by the object, and has this outcome. */
function bound(outcome?: Outcome): JobRecord {
  const attempt = { number: 1, objectName: "backup-1", objectId: "object-1", boundAt: at("12:05") };
  const ended = outcome && { outcome, finishedAt: at("12:06") };
  return aRecord(at("12:05"), {
    runs: [{ ...run, attempts: [{ ...attempt, ...ended }], ...(outcome && { outcome }) }],
  });
}

const succeeded = bound({ kind: "succeeded", exitCode: 0 });
const unbound = aRecord(at("12:00"));
const requested = aRecord(at("12:00"), { requests: [{ kind: "run", id: "ab12", askedAt: at("12:04") }] });
const refused = aRecord(at("12:00"), {
  requests: [{ kind: "run", id: "ab12", askedAt: at("12:04"), refused: { reason: "expired", at: at("12:10") } }],
});
const manual: OwnObject = { ...inert, trigger: "manual", run: "backup-20261118t120400z-ab12" };
const retrying = bound({ kind: "failed", exitCode: 1, oom: false });
const waiting: JobRecord = { ...retrying, runs: retrying.runs.map(({ outcome: _outcome, ...run }) => run) };
const second = { ...inert, id: "object-2", attempt: 2 };

const timetables = createTimetables();
const seen = { launching: undefined, timetables, now: at("12:06") };
const keeps = { ...seen, keepsEnded: true };
const keepsNone = { ...seen, keepsEnded: false };
/** Its object's time is over for more than a minute. */
const later = { ...keeps, now: at("12:07") };

/** What is due then: with another definition, which has other schedules or the same ones. */
function changed(...patterns: readonly string[]): JobRecord {
  const schedules = patterns.map((pattern) => ({ pattern, timezone: "UTC" }));
  return { ...unbound, definition: { ...unbound.definition, hash: "h2", schedules } };
}

type Case = readonly [what: string, object: OwnObject, record: JobRecord, Parameters<typeof standingOf>[2], Standing];

describe("an object", () => {
  it.each<Case>([
    ["that carries an attempt without an outcome is wanted", running, bound(), keepsNone, "wanted"],
    ["that has ended, and its engine keeps it, is wanted", object, succeeded, keeps, "wanted"],
    ["that has ended, and its engine keeps none, is a leftover", object, succeeded, keepsNone, "leftover"],
    ["that runs although its outcome is recorded is a leftover", running, succeeded, keeps, "leftover"],
    ["that was lost with its node, and runs, is an orphan", running, bound(nodeDown), keeps, "orphan"],
    [
      "that was lost with its node, and the engine keeps none, is an orphan",
      object,
      bound(nodeDown),
      keepsNone,
      "orphan",
    ],
    ["that was lost with its node, and has ended, stays like any other", object, bound(nodeDown), keeps, "wanted"],
    ["that no record binds is a leftover when it has ended", object, unbound, keeps, "leftover"],
    ["that no record binds is left alone while it runs", running, unbound, keeps, "wanted"],
    ["that is inert may be bound while its occurrence is not decided", inert, unbound, keeps, "wanted"],
    ["that is inert is a leftover once its occurrence is decided", inert, aRecord(at("12:05")), keeps, "leftover"],
    [
      "that is inert is a leftover when its job is gone, and would begin behind it if it came back",
      inert,
      aRecord(at("12:00"), { removedAt: at("12:01") }),
      later,
      "leftover",
    ],
    [
      "that is inert may be bound when its job is gone, and may be back in time",
      inert,
      aRecord(at("12:00"), { removedAt: at("12:01") }),
      keeps,
      "wanted",
    ],
    [
      "of another definition may be bound until its time, as that may be back",
      inert,
      changed("0 3 * * *"),
      keeps,
      "wanted",
    ],
    ["of another definition is a leftover behind its time", inert, changed("0 3 * * *"), later, "leftover"],
    [
      "of another definition may be bound while what was due by both waits",
      inert,
      changed("*/5 * * * *"),
      later,
      "wanted",
    ],
    ["of the definition that holds may be bound however long it waits", inert, unbound, later, "wanted"],
    ["that is inert may be bound while its request is pending", manual, requested, keeps, "wanted"],
    ["that is inert is a leftover when its request was refused", manual, refused, keeps, "leftover"],
    ["that is inert is a leftover when its request was withdrawn", manual, unbound, keeps, "leftover"],
    ["for a next attempt may be bound while its run waits for that", second, waiting, keeps, "wanted"],
    ["for a next attempt is a leftover when its run has ended", second, retrying, keeps, "leftover"],
    [
      "of the run that is just being started is wanted",
      inert,
      aRecord(at("12:05")),
      { ...keeps, launching: "run-1" },
      "wanted",
    ],
  ])("%s", (_what, object, record, seen, standing) => expect(standingOf(object, record, seen)).toBe(standing));

  it.each<readonly [what: string, object: OwnObject, record: JobRecord, may: boolean]>([
    ["is inert and not bound", inert, unbound, true],
    ["runs and is not bound", running, unbound, true],
    ["is bound", running, bound(), false],
    ["has ended and is not bound: it is one already", object, unbound, false],
  ])("that %s: whether it may become a leftover", (_what, object, record, may) =>
    expect(mayBecomeLeftover(object, record)).toBe(may),
  );
});
