import { describe, expect, it } from "vitest";
import { noteStopping, recordEnd } from "../../../src/ledger/changes/attempts.ts";
import { cancelRun } from "../../../src/ledger/changes/operators.ts";
import type { Outcome, Stopping } from "../../../src/ledger/record.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";

const run = aRun(at("12:00"));
const key = { run: run.id, number: 1 };
const running = aRecord(at("12:00"), { runs: [run] });
const stopping: Stopping = { reason: "timed-out", since: at("12:05") };
const failed: Outcome = { kind: "failed", exitCode: 143, oom: false };

describe("an end", () => {
  it("is not recorded by a scheduler that did not know of the stop: the outcome would be wrong", () => {
    const stopped = noteStopping(running, key, stopping);
    expect(recordEnd(stopped, key, { outcome: failed, finishedAt: at("12:06") })).toBeUndefined();
    const end = { outcome: { kind: "timed-out", exitCode: 143 }, finishedAt: at("12:06"), stopping } as const;
    expect(recordEnd(stopped, key, end)?.runs[0]?.outcome).toEqual(end.outcome);
  });

  it("is recorded once", () => {
    const end = { outcome: failed, finishedAt: at("12:06") };
    const ended = recordEnd(running, key, end);
    expect(ended?.runs[0]?.outcome).toEqual(failed);
    expect(recordEnd(ended, key, end)).toBeUndefined();
  });
});

describe("the last failure of a job", () => {
  const outcomes: readonly [Outcome, boolean][] = [
    [failed, true],
    [{ kind: "timed-out", exitCode: 143 }, true],
    [{ kind: "rejected", reason: "image-missing", message: "no such image" }, true],
    [{ kind: "lost", reason: "node-down" }, true],
    [{ kind: "replaced", exitCode: 143 }, true],
    [{ kind: "cancelled", exitCode: 143 }, false],
    [{ kind: "succeeded", exitCode: 0 }, false],
  ];

  it.each(outcomes)("is one of these runs, or is not: %j %s", (outcome, isFailure) => {
    const totals = recordEnd(running, key, { outcome, finishedAt: at("12:06") })?.totals;
    expect(totals?.lastCompletionAt).toEqual(at("12:06"));
    expect(totals?.lastFailureAt).toEqual(isFailure ? at("12:06") : undefined);
  });

  it("is not a run that an operator cancelled while it waited for its next attempt", () => {
    const retryAt = at("12:08");
    const waiting = recordEnd(running, key, { outcome: failed, finishedAt: at("12:06"), retryAt });
    const cancelled = cancelRun(waiting, run.id, { since: at("12:07") });
    expect(cancelled?.runs[0]?.outcome).toEqual({ kind: "cancelled" });
    expect(cancelled?.totals.lastFailureAt).toBeUndefined();
  });
});
