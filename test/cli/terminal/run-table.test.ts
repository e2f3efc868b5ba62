import { expect, test } from "vitest";
import { appearanceOf } from "../../../src/cli/terminal/appearance.ts";
import { formatRuns, type RunTableParts } from "../../../src/cli/terminal/run-table.ts";
import type { Attempt, Run } from "../../../src/ledger/record.ts";
import { type ObjectStates, runViews } from "../../../src/view/runs/run-view.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";

const now = at("12:30");
const failed = { kind: "failed", exitCode: 2, oom: false } as const;

const appearance = appearanceOf({ env: {}, isTerminal: false });
const asTable: RunTableParts = { now, times: { kind: "relative" }, appearance };

function attempt(change: Partial<Attempt> = {}): Attempt {
  return { number: 1, objectName: "o-1", objectId: "o1", boundAt: at("12:00"), ...change };
}

function ended(id: string, change: Partial<Run> = {}, ofAttempt: Partial<Attempt> = {}): Run {
  const end = { outcome: succeeded, finishedAt: at("12:01:05") };
  const attempts = [attempt({ startedAt: at("12:00:01"), node: "w1", ...end, ...ofAttempt })];
  return aRun(at("12:00"), { id, ...end, attempts, ...change });
}

function list(runs: readonly Run[], states: ObjectStates = new Map()) {
  return runViews(aRecord(now, { runs }), { states, now });
}

test("a table has a line a run, the newest first", () => {
  const retrying = { outcome: failed, startedAt: at("12:20"), finishedAt: at("12:20:00.450"), retryAt: at("12:31") };
  const runs = [
    ended("a"),
    ended("b", { trigger: "manual", outcome: { kind: "rejected", reason: "image-missing", message: "no such image" } }),
    aRun(at("12:20"), { id: "c", attempts: [attempt(), attempt({ number: 2, ...retrying })] }),
    aRun(at("12:25"), { id: "d", trigger: "catch-up", attempts: [attempt({ objectId: "o9" })] }),
    aRun(at("12:26"), { id: "e", attempts: [attempt({ stopping: { reason: "cancelled", since: now } })] }),
  ];
  const running = { phase: "running", startedAt: at("12:25:01"), node: "w2" } as const;
  const table = formatRuns("backup", list(runs, new Map([["o9", running]])), asTable);
  expect(table.split("\n")).toEqual([
    "RUN  TRIGGER   STARTED     TOOK   NODE  OUTCOME",
    "e    schedule  -           -      -     stopping (cancelled)",
    "d    catch-up  4m59s ago   4m59s  w2    running",
    "c    schedule  10m ago     0.4s   -     retry in 1m, 2 attempts",
    "b    manual    29m59s ago  1m4s   w1    rejected (image-missing)",
    "a    schedule  29m59s ago  1m4s   w1    succeeded",
  ]);
});

test("what runs used has two columns, where it is known of any", () => {
  const runs = [ended("a", {}, { usage: { cpuMs: 2100, peakMemoryBytes: 103 * 2 ** 20 } }), ended("b")];
  expect(formatRuns("backup", list(runs), asTable).split("\n")).toEqual([
    "RUN  TRIGGER   STARTED     TOOK  CPU   MEMORY   OUTCOME",
    "b    schedule  29m59s ago  1m4s  -     -        succeeded",
    "a    schedule  29m59s ago  1m4s  2.1s  103 MiB  succeeded",
  ]);
});

test("a job without runs is one line", () => {
  expect(formatRuns("backup", [], asTable)).toBe("no run of backup is kept");
});
