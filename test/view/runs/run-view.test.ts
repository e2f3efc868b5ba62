import { expect, test } from "vitest";
import type { Attempt, Run } from "../../../src/ledger/record.ts";
import { activeRunsOf } from "../../../src/view/runs/active-runs.ts";
import { activeObjects, type ObjectStates, runViews } from "../../../src/view/runs/run-view.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";

const now = at("12:30");

function attempt(change: Partial<Attempt> = {}): Attempt {
  return { number: 1, objectName: "o-1", objectId: "o1", boundAt: at("12:00"), ...change };
}

function list(runs: readonly Run[], states: ObjectStates = new Map()) {
  return runViews(aRecord(now, { runs }), { states, now });
}

test.each<[string, ObjectStates, string]>([
  ["starting", new Map([["o1", { phase: "pending" }]]), "starting"],
  ["ending, when its object is gone", new Map(), "ending"],
  ["active, when the engine does not answer", "unknown", "active"],
])("an active run is %s", (_, states, expected) => {
  const [run] = list([aRun(at("12:00"), { attempts: [attempt()] })], states);
  expect(run?.state).toBe(expected);
});

test("a run that has ended has the facts of its last attempt", () => {
  const image = { name: "busybox", digest: "sha256:01", id: "sha256:02" };
  const usage = { cpuMs: 2100, peakMemoryBytes: 1024 };
  const end = { outcome: succeeded, finishedAt: at("12:01:05") };
  const attempts = [attempt({ startedAt: at("12:00:01"), node: "w1", image, usage, ...end })];
  const ended = aRun(at("12:00"), { id: "a", ...end, attempts });
  expect(list([ended])).toEqual([
    {
      run: "a",
      trigger: "schedule",
      scheduledAt: at("12:00"),
      state: "ended",
      startedAt: at("12:00:01"),
      finishedAt: at("12:01:05"),
      durationMs: 64_000,
      attempts: 1,
      outcome: { kind: "succeeded", exitCode: 0 },
      node: "w1",
      image,
      usage,
    },
  ]);
});

test("of a run of which the engine does not know when it started, nothing is said to have begun in 1970", () => {
  const states = new Map([["o1", { phase: "running" } as const]]);
  const run = aRun(at("12:00"), { attempts: [attempt({ boundAt: at("12:00:01") })] });
  const [view] = list([run], states);
  expect(view).toMatchObject({ state: "running" });
  expect(view).not.toHaveProperty("startedAt");
  expect(view).not.toHaveProperty("durationMs");
  expect(activeRunsOf([run], { past: { runs: [] }, states, now })).toMatchObject([{ since: at("12:00:01") }]);
});

test("the engine is asked about the objects of attempts that have not ended", () => {
  const retrying = attempt({ objectId: "o2", outcome: { kind: "failed", exitCode: 2, oom: false }, retryAt: now });
  const runs = [
    aRun(at("12:00"), { id: "ended", outcome: succeeded, finishedAt: at("12:01") }),
    aRun(at("12:05"), { id: "active", attempts: [attempt()] }),
    aRun(at("12:10"), { id: "retrying", attempts: [retrying] }),
  ];
  expect(activeObjects(aRecord(now, { runs }))).toEqual(["o1"]);
});
