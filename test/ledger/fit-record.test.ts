import { describe, expect, it } from "vitest";
import { fitRecord } from "../../src/ledger/fit-record.ts";
import { readPast } from "../../src/ledger/past.ts";
import type { JobRecord, Run } from "../../src/ledger/record.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";

const MOST = 56 * 1024;
const recordOf = (change: Partial<JobRecord>) => aRecord(at("12:00"), change, aJob());
const sizeOf = (record: JobRecord) => Buffer.byteLength(JSON.stringify(record));
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const hasOutput = (run: Run) => run.attempts.some(({ output }) => output !== undefined);

/** Half a KB, plus its output. */
function ended(index: number, output?: string): Run {
  const scheduledAt = new Date(at("00:00").getTime() + index * 60_000);
  const attempt = { number: 1, objectName: "a", boundAt: scheduledAt, outcome: succeeded, ...(output && { output }) };
  return aRun(scheduledAt, { outcome: succeeded, attempts: [attempt] });
}

describe("a record that must fit into 64 KB, with 8 KB to spare", () => {
  it("stays as it is when it fits", () => {
    const record = recordOf({ runs: many(20, (index) => ended(index, "x".repeat(2000))) });
    expect(fitRecord(record).record).toBe(record);
  });

  it("loses the output of its oldest ended runs, and no more than it must", () => {
    const record = recordOf({ runs: many(50, (index) => ended(index, "x".repeat(2000))) });
    const fitted = fitRecord(record).record;
    const first = fitted.runs.findIndex(hasOutput);
    expect(fitted.runs.slice(first)).toEqual(record.runs.slice(first));
    expect(fitted.runs.length).toBe(50);
    expect(sizeOf(fitted)).toBeLessThanOrEqual(MOST);
    expect(sizeOf(fitted) + 2100).toBeGreaterThan(MOST);
  });

  it("loses its digest half by half when the outputs were not enough, and no run before all of it is gone", () => {
    const fitting = Math.floor((MOST - 2000) / (sizeOf(recordOf({ runs: many(100, (index) => ended(index)) })) / 100));
    const runs = many(fitting, (index) => ended(index, "x".repeat(300)));
    const past = { runs: many(60, (index) => `ss${index}.8c.1.0...${"r".repeat(64)}`).join(" "), nodes: ["n"] };
    const fitted = fitRecord(recordOf({ runs, past })).record;
    expect(fitted.runs.some(hasOutput)).toBe(false);
    expect(fitted.runs).toHaveLength(fitting);
    const kept = readPast({ ...fitted, runs: [] }).map(({ scheduledAt }) => scheduledAt);
    const whole = readPast(recordOf({ past })).map(({ scheduledAt }) => scheduledAt);
    expect([30, 15, 7, 3, 1]).toContain(kept.length);
    expect(kept).toEqual(whole.slice(-kept.length));
    expect(fitRecord(recordOf({ runs: many(2 * fitting, (index) => ended(index)), past })).record).not.toHaveProperty(
      "past",
    );
  });

  it("loses its oldest ended runs when the outputs were not enough, and no active one", () => {
    const active = aRun(at("00:00"));
    const record = recordOf({ runs: [active, ...many(200, (index) => ended(index, "x"))] });
    const { runs } = fitRecord(record).record;
    expect(runs[0]).toBe(active);
    expect(runs.slice(1).map(({ id }) => id)).toEqual(record.runs.slice(-(runs.length - 1)).map(({ id }) => id));
    expect(runs.length).toBeGreaterThan(50);
  });

  it("finally loses attempts of active runs, except for the latest of each", () => {
    const attempt = { objectName: "a", boundAt: at("11:00"), node: "n".repeat(400) };
    const attempts = many(80, (index) => ({ ...attempt, number: index + 1 }));
    const { runs } = fitRecord(
      recordOf({ runs: [aRun(at("10:00"), { attempts }), aRun(at("11:00"), { attempts })] }),
    ).record;
    expect(runs.map(({ attempts }) => attempts.map(({ number }) => number))).toEqual([
      [80],
      many(80, (index) => index + 1),
    ]);
  });

  it("stays too large when nothing more can be dropped", () => {
    const record = recordOf({ runs: many(20, () => aRun(at("10:00"), { definition: "d".repeat(4000) })) });
    expect(fitRecord(record).record.runs).toEqual(record.runs);
  });
});
