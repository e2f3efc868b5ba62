import { describe, expect, it } from "vitest";
import { pastRuns, unusualFromMs } from "../../../src/view/runs/past-runs.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";
import { type EndedRun, failed, withPast } from "../../support/with-past.ts";

const MINUTE = 60_000;

/** Hourly runs that took so many minutes each. */
function hourly(minutes: readonly number[], change: Partial<EndedRun> = {}): readonly EndedRun[] {
  const begin = at("00:00").getTime();
  return minutes.map((took, hour) => ({
    scheduledAt: new Date(begin + hour * 3_600_000),
    tookMs: took * MINUTE,
    ...change,
  }));
}

const past = (runs: readonly EndedRun[], kept?: number) => pastRuns(withPast(aRecord(at("00:00")), runs, kept));

describe("the past of a job", () => {
  it("has the runs that ended, with when they began and how long they took next to the longest", () => {
    const [first, second] = past([
      { scheduledAt: at("03:00"), delayMs: 500, tookMs: 2 * MINUTE, node: "host-1" },
      { scheduledAt: at("04:00"), tookMs: 8 * MINUTE, outcome: failed },
    ]).runs;
    expect(first).toMatchObject({
      outcome: "succeeded",
      trigger: "schedule",
      scheduledAt: at("03:00"),
      startedAt: new Date(at("03:00").getTime() + 500),
      finishedAt: new Date(at("03:02").getTime() + 500),
      durationMs: 2 * MINUTE,
      share: 0.25,
      node: "host-1",
    });
    expect(second).toMatchObject({ outcome: "failed", exitCode: 1, share: 1 });
  });

  it("has at most 60, the last ones", () => {
    const { runs } = past(hourly(Array.from({ length: 70 }, () => 1)));
    expect([runs.length, runs[0]?.scheduledAt]).toEqual([60, new Date(at("00:00").getTime() + 10 * 3_600_000)]);
  });

  it("says of which runs the record still has the details", () => {
    expect(past(hourly([1, 1, 1, 1]), 2).runs.map(({ hasDetails }) => hasDetails)).toEqual([false, false, true, true]);
  });

  it("gives a run that never had a process no duration", () => {
    const rejected = { kind: "rejected", reason: "image-missing", message: "no such image" } as const;
    const [run] = past([{ scheduledAt: at("03:00"), delayMs: null, tookMs: 0, outcome: rejected }]).runs;
    expect(run).not.toHaveProperty("durationMs");
    expect(run).not.toHaveProperty("startedAt");
    expect(run?.share).toBe(0);
  });

  it("leaves out what runs", () => {
    expect(pastRuns(aRecord(at("00:00"), { runs: [aRun(at("03:00"))] })).runs).toEqual([]);
  });

  it("says what is typical of the runs that succeeded", () => {
    const runs = [...hourly([5, 7, 9, 11, 13]), { scheduledAt: at("09:00"), tookMs: 500 * MINUTE, outcome: failed }];
    expect(past(runs).typical).toEqual({ medianMs: 9 * MINUTE, lowMs: 7 * MINUTE, highMs: 11 * MINUTE, count: 5 });
  });

  it("does not know what is typical until one has succeeded", () => {
    expect(past(hourly([5], { outcome: failed })).typical).toBeUndefined();
  });

  it("is known from its begin on as long as no run has been forgotten", () => {
    expect(past(hourly([1, 1, 1])).unknownBefore).toBeUndefined();
  });

  it("is known from the oldest run on that is known, once some have been forgotten", () => {
    const runs = hourly(Array.from({ length: 61 }, () => 1));
    expect(past(runs).unknownBefore).toEqual(at("01:00"));
  });
});

describe("a run is unusually long", () => {
  const from = (minutes: readonly number[]) => {
    const ms = unusualFromMs(past(hourly(minutes)).typical);
    return ms === undefined ? undefined : ms / MINUTE;
  };

  it.each<[string, readonly number[], number | undefined]>([
    ["never, as long as few runs tell what is usual", [9, 9, 9, 9], undefined],
    ["when it takes half as long again as those that always take the same", [10, 10, 10, 10, 10], 15],
    ["when it is past the spread of those that vary", [4, 6, 8, 10, 12], 16],
    ["not for a few seconds more", [0.1, 0.1, 0.1, 0.1, 0.1], 0.6],
    ["whatever one run took that was unusual itself", [10, 10, 10, 10, 10, 10, 10, 600], 15],
  ])("%s", (_, minutes, expected) => {
    expect(from(minutes)).toBe(expected);
  });
});
