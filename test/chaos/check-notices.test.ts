import { describe, expect, it } from "vitest";
import { idOf } from "../../src/ledger/changes/notices.ts";
import type { PastRun } from "../../src/ledger/past.ts";
import type { OutcomeKind, Verdict } from "../../src/ledger/record.ts";
import type { Heard } from "../e2e/heard.ts";
import { checkNotices, type ToldJob } from "./check-notices.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 3, 0, seconds));

/** `r1` fails, then `r2`; `r3` succeeds, and `r4` fails. */
const ends = (["failed", "lost", "succeeded", "timed-out"] as const).map((outcome, index) => anEnd(index + 1, outcome));
const failed = aNotice("failed", "r1");
const recovered = aNotice("recovered", "r3");
const again = aNotice("failed", "r4");
const missed: Verdict = { kind: "missed", reason: "gap", scheduledAt: at(30), decidedAt: at(50), count: 3 };
const miss = aNotice("missed", `job-${idOf(missed.scheduledAt)}`, 3);

describe("what was heard and what has happened", () => {
  it.each<[string, Partial<ToldJob>]>([
    ["each failure that opened something, and its end, were heard", {}],
    [
      "the same was told twice",
      { told: [failed, failed, recovered, again], taken: [failed, failed, recovered, again] },
    ],
    ["what waited together was told as one", { told: [failed, recovered, again], taken: [recovered, again] }],
    ["what was cancelled was not told", { ends: [...ends, anEnd(5, "cancelled")] }],
    [
      "what was missed was heard",
      { ...heard(failed, recovered, again, miss), missed: { verdicts: [missed], count: 3 } },
    ],
  ])("agree where %s", (_, told) => {
    expect(faultsOf(told)).toEqual([]);
  });

  it.each<[string, Partial<ToldJob>, string]>([
    ["a failure that nobody heard of", heard(failed, recovered), "nothing was heard of r4, which failed"],
    ["a failure that was told and not taken", { taken: [failed, recovered] }, "nothing was heard of r4, which failed"],
    ["a failure whose end nobody heard of", heard(failed, again), "no recovery was heard after own/r1/failed"],
    [
      "a recovery without a failure",
      heard(failed, recovered, again, aNotice("recovered", "r4")),
      "was told own/r4/recovered, which has not happened",
    ],
    ["a run that there was not", heard(failed, recovered, again, aNotice("failed", "r9")), "was told own/r9/failed,"],
    [
      "a failure of another ID",
      heard({ ...failed, id: "own/r1/failed/2" }, failed, recovered, again),
      "was told own/r1/failed/2,",
    ],
    ["what nobody asked for", heard(failed, recovered, again, miss), "for which nobody asked"],
    ["what was missed unheard", { missed: { verdicts: [missed], count: 3 } }, "missed 3 occurrences, of which 0 were"],
    [
      "what was told as missed and was not",
      { ...heard(failed, recovered, again, miss), missed: { verdicts: [], count: 0 } },
      "which was not missed",
    ],
    [
      "a job that works, and was last heard to fail",
      { ends: [...ends, anEnd(5, "succeeded")] },
      "it works, and what was heard last is own/r4/failed",
    ],
  ])("disagree over %s", (_, told, text) => {
    expect(faultsOf(told)).toContainEqual(expect.stringContaining(text));
  });
});

function faultsOf(told: Partial<ToldJob>): readonly string[] {
  const all = [failed, recovered, again];
  return checkNotices({ job: "job", instance: "own", ends, told: all, taken: all, ...told }).map(({ what }) => what);
}

function heard(...all: readonly Heard[]): Pick<ToldJob, "told" | "taken"> {
  return { told: all, taken: all };
}

function anEnd(number: number, outcome: OutcomeKind): PastRun {
  const instants = { scheduledAt: at(number), finishedAt: at(number) };
  return { id: `r${number}`, ...instants, trigger: "schedule", outcome, attempts: 1 };
}

function aNotice(kind: "failed" | "recovered" | "missed", of: string, count = 1): Heard {
  return { id: `own/${of}/${kind}`, kind, job: "job", ...(kind !== "missed" && { run: of }), failures: 1, count };
}
