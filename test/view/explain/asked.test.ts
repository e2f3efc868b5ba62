import { expect, test } from "vitest";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { explainJob } from "../../../src/view/explain/explain.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";
import { silent } from "../../support/scheduler-answer.ts";

const now = at("12:02");
const ops = { via: "page", name: "ops" } as const;

/** The sentences about these things. */
function explained(change: Partial<JobRecord>, ...about: readonly string[]): readonly string[] {
  const record = aRecord(at("12:00"), change);
  const parts = { states: "unknown", timetables: createTimetables(), now, answer: silent } as const;
  return explainJob(record, parts).flatMap((sentence) => (about.includes(sentence.about) ? sentence.text : []));
}

test("a request names who asked, and why", () => {
  const request = { id: "w1", kind: "run", askedAt: now, by: ops, reason: "deploy of 4.2" } as const;
  expect(explained({ requests: [request] }, "request")[0]).toMatch(
    /^A manual start was asked for by ops at 2026-11-18 12:02:00\+00:00, now \(deploy of 4\.2\); it /,
  );
});

test("an active run names who started it, and why", () => {
  const run = aRun(at("12:01"), { id: "backup-1", trigger: "manual", by: ops, reason: "deploy of 4.2" });
  expect(explained({ runs: [run] }, "active-run")).toEqual([
    "backup-1 has been active since 2026-11-18 12:01:00+00:00, 1 min ago, started by ops (deploy of 4.2); its progress is unknown (the engine does not answer).",
  ]);
});

test("a run that is being stopped names who cancelled it, and why", () => {
  const stopping = { reason: "cancelled", since: now, by: ops, why: "wrong day" } as const;
  const attempt = { number: 1, objectName: "backup-1-1", objectId: "o1", boundAt: at("12:01"), stopping };
  expect(explained({ runs: [aRun(at("12:01"), { id: "backup-1", attempts: [attempt] })] }, "active-run")).toEqual([
    "backup-1 has been stopping since 2026-11-18 12:02:00+00:00, now (cancelled by ops: wrong day).",
  ]);
});

test("an ended run names both", () => {
  const stopping = { reason: "cancelled", since: now, by: ops, why: "wrong day" } as const;
  const end = { outcome: { kind: "cancelled" }, finishedAt: now } as const;
  const attempt = { number: 1, objectName: "backup-1-1", objectId: "o1", boundAt: at("12:01"), stopping, ...end };
  const asked = { trigger: "manual", by: { via: "cli", name: "ada" }, reason: "a test" } as const;
  const run = aRun(at("12:01"), { id: "backup-1", ...asked, attempts: [attempt], ...end });
  expect(explained({ runs: [run] }, "ended-run")).toEqual([
    "backup-1, started by ada 2026-11-18 12:01:00+00:00 (a test), was cancelled by ops (wrong day).",
  ]);
});

test("where no name is known, it was started manually", () => {
  const end = { outcome: { kind: "succeeded", exitCode: 0 }, finishedAt: now } as const;
  const run = aRun(at("12:01"), { id: "backup-1", trigger: "manual", by: { via: "cli" }, ...end });
  expect(explained({ runs: [run] }, "ended-run")[0]).toMatch(/^backup-1, started manually 2026-11-18 /);
});
