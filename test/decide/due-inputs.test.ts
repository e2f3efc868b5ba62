import { describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import type { Inputs } from "../../src/job/inputs/inputs.ts";
import type { JobRecord, RunRequest } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { INPUT_CASES } from "../fixtures/inputs.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";

const timetables = createTimetables();
const inputs: Inputs = {
  SIZE: { type: "choice", options: ["small", "large"], default: "small" },
  DRY: { type: "boolean" },
};
const askedAt = at("12:01");
const request = (id: string, change: Partial<RunRequest> = {}): RunRequest => ({ id, kind: "run", askedAt, ...change });

function dueOf(record: Partial<JobRecord>, now: string, change: Parameters<typeof aJob>[0] = { inputs }) {
  const job = aJob(change);
  return due(job, timetables.of(job.schedules), { record: aRecord(at("12:00"), record, job), now: at(now) });
}

describe("what a run is given as its inputs", () => {
  it.each(INPUT_CASES)("by request: $name", ({ declared, given, values, problems }) => {
    const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const found = dueOf(
      { requests: [request("w1", { inputs: texts })] },
      "12:02",
      declared ? { inputs: declared } : {},
    );
    if (values !== undefined) {
      expect(found.start?.inputs ?? {}).toEqual(values);
      expect(found.refused).toEqual([]);
    } else {
      const why = Object.entries(problems ?? {}).map((problem) => problem.join(" "));
      expect(found.start).toBeUndefined();
      expect(found.refused).toMatchObject([{ request: { id: "w1" }, reason: "bad-input", why: why.join("; ") }]);
    }
  });

  it("are the defaults where the schedule starts it", () => {
    expect(dueOf({}, "12:05").start).toEqual({
      trigger: "schedule",
      scheduledAt: at("12:05"),
      inputs: { SIZE: "small" },
    });
  });

  it("are the defaults where it is caught up", () => {
    expect(dueOf({}, "12:59").start).toMatchObject({ trigger: "catch-up", inputs: { SIZE: "small" } });
  });

  it("are nothing where the job has none", () => {
    expect(dueOf({ requests: [request("w1")] }, "12:02", {}).start).toEqual({
      trigger: "manual",
      scheduledAt: askedAt,
      request: "w1",
    });
  });

  it("are what was given, next to who asked for it, why, and the free variables", () => {
    const asked = {
      inputs: { DRY: "TRUE" },
      environment: { A: "1" },
      by: { via: "api", name: "ci" },
      reason: "test",
    } as const;
    expect(dueOf({ requests: [request("w1", asked)] }, "12:02").start).toEqual({
      trigger: "manual",
      scheduledAt: askedAt,
      request: "w1",
      ...asked,
      inputs: { SIZE: "small", DRY: "true" },
    });
  });
});

describe("a request whose inputs do not fit", () => {
  const bad = request("bad", { inputs: { SIZE: "huge" } });
  const good = request("good", { inputs: { SIZE: "large" } });

  it("keeps no other from being started", () => {
    const found = dueOf({ requests: [bad, good] }, "12:02");
    expect(found.start).toMatchObject({ request: "good", inputs: { SIZE: "large" } });
    expect(found.refused).toMatchObject([{ request: bad, reason: "bad-input" }]);
  });

  it("is refused for that, also while a run is active", () => {
    const found = dueOf({ requests: [bad, good], runs: [aRun(at("12:00"))] }, "12:02");
    expect(found.refused).toMatchObject([
      { request: bad, reason: "bad-input" },
      { request: good, reason: "still-running" },
    ]);
  });

  it("replaces no active run", () => {
    const runs = [aRun(at("12:00"))];
    const change = { inputs, policies: { overlap: "replace" } } as const;
    expect(dueOf({ requests: [bad], runs }, "12:02", change).replacesActive).toBe(false);
    expect(dueOf({ requests: [bad, good], runs }, "12:02", change).replacesActive).toBe(true);
  });
});
