import { describe, expect, it } from "vitest";
import { noteStopping, recordEnd } from "../../src/ledger/attempt-changes.ts";
import type { Outcome, Stopping } from "../../src/ledger/page.ts";
import { aPage, aRun, at } from "../support/a-job.ts";

const run = aRun(at("12:00"));
const key = { run: run.id, number: 1 };
const running = aPage(at("12:00"), { runs: [run] });
const stopping: Stopping = { reason: "timed-out", since: at("12:05") };
const failed: Outcome = { kind: "failed", exitCode: 143, oom: false };

describe("an end", () => {
  it("is not recorded by who did not know that the attempt is being stopped: it would be another outcome", () => {
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
