import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runId } from "../../src/job/names.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { cancelRun } from "../../src/ledger/changes/operators.ts";
import {
  appendPast,
  type PastRun,
  pastOf,
  RUNS_IN_PAST,
  readPast,
  shortenPast,
  withUsage,
} from "../../src/ledger/past.ts";
import type { Outcome, Past, Run, Usage } from "../../src/ledger/record.ts";
import { aRecord, aRun, at, succeeded } from "../support/a-job.ts";

type EndedRun = Parameters<typeof appendPast>[1];

const later = (from: Date, ms: number) => new Date(from.getTime() + ms);

/** A run that started `delayMs` after it was due, ran for `durationMs`, and has ended like this. */
function ended(
  scheduledAt: Date,
  change: Partial<Run> & { node?: string; usage?: Usage; delayMs?: number; durationMs?: number } = {},
) {
  const { node, usage, delayMs = 300, durationMs = 60_000, outcome = succeeded, ...rest } = change;
  const startedAt = later(scheduledAt, delayMs);
  const finishedAt = later(startedAt, durationMs);
  const attempt = { number: 1, objectName: "a", boundAt: scheduledAt, startedAt, outcome, finishedAt };
  return aRun(scheduledAt, {
    outcome,
    finishedAt,
    attempts: [{ ...attempt, ...(node !== undefined && { node }), ...(usage && { usage }) }],
    ...rest,
  }) as EndedRun;
}

const pastWith = (runs: readonly EndedRun[]): Past | undefined =>
  runs.reduce<Past | undefined>((past, run) => appendPast(past, run), undefined);
const read = (past: Past | undefined) => readPast(aRecord(at("12:00"), { ...(past && { past }) }));
const minutes = (count: number) => later(at("00:00"), count * 60_000);

describe("the digest of a record", () => {
  it("tells of a run when it was due, how late it started, how long it took, where, and how it ended", () => {
    const failed: Outcome = { kind: "failed", exitCode: 3, oom: false };
    const past = pastWith([
      ended(at("03:00"), { node: "host-1", delayMs: 412, durationMs: 1_200_000 }),
      ended(at("04:00"), { node: "host-2", outcome: failed, trigger: "catch-up" }),
    ]);
    expect(read(past)).toEqual<PastRun[]>([
      {
        id: "backup-20261118t030000z",
        scheduledAt: at("03:00"),
        trigger: "schedule",
        outcome: "succeeded",
        exitCode: 0,
        finishedAt: later(at("03:20"), 412),
        delayMs: 412,
        durationMs: 1_200_000,
        node: "host-1",
        attempts: 1,
      },
      {
        id: "backup-20261118t040000z",
        scheduledAt: at("04:00"),
        trigger: "catch-up",
        outcome: "failed",
        exitCode: 3,
        finishedAt: later(at("04:01"), 300),
        delayMs: 300,
        durationMs: 60_000,
        node: "host-2",
        attempts: 1,
      },
    ]);
  });

  it("names a manual start by its request, and has the run itself while the record keeps it", () => {
    const requestedAt = new Date("2026-11-18T09:15:02.123Z");
    const run = ended(requestedAt, { trigger: "manual", request: "k3f", id: "backup-20261118t091502z-k3f" });
    const past = pastWith([run]);
    const digest = { id: run.id, scheduledAt: requestedAt, request: "k3f", trigger: "manual" };
    expect(readPast(aRecord(at("12:00"), { past: past as Past, runs: [run] }))).toMatchObject([
      { ...digest, kept: run },
    ]);
    expect(read(past)).toMatchObject([digest]);
    expect(read(past)[0]).not.toHaveProperty("kept");
  });

  it("cannot name a manual start whose request is not known", () => {
    expect(read(pastWith([ended(at("03:00"), { trigger: "manual" })]))[0]).not.toHaveProperty("id");
  });

  it("tells of the process of the latest attempt, and of the end of the run", () => {
    const run = aRun(at("03:00"));
    const key = { run: run.id, number: 1 };
    const failed = { kind: "failed", exitCode: 1, oom: false } as const;
    const first = { outcome: failed, startedAt: at("03:01"), finishedAt: at("03:03"), node: "host-1" };
    const waiting = recordEnd(aRecord(at("03:00"), { runs: [run] }), key, { ...first, retryAt: at("03:10") });
    expect(waiting).not.toHaveProperty("past");
    const cancelled = cancelRun(waiting, run.id, { since: at("03:07") });
    expect(cancelled && readPast(cancelled)).toMatchObject([
      { outcome: "cancelled", delayMs: 60_000, durationMs: 120_000, finishedAt: at("03:07"), node: "host-1" },
    ]);
  });

  it("has no delay and no duration of a run without a process, but when it ended", () => {
    const refused: Outcome = { kind: "rejected", reason: "image-missing", message: "no such image" };
    const run = aRun(at("03:00"));
    const end = { outcome: refused, finishedAt: at("03:10") };
    const record = recordEnd(aRecord(at("03:00"), { runs: [run] }), { run: run.id, number: 1 }, end);
    const [past] = readPast(record as never);
    expect(past).toMatchObject({ outcome: "rejected", finishedAt: at("03:10"), attempts: 1 });
    for (const key of ["delayMs", "durationMs", "exitCode", "node"]) expect(past).not.toHaveProperty(key);
  });

  it("tells what a run used, as far as that is known, and costs a run of which it is not known nothing", () => {
    const usage = { cpuMs: 2100, peakMemoryBytes: 103 * 2 ** 20 };
    const [run, same] = [ended(at("03:00"), { usage }), ended(at("03:00"))];
    expect(read(pastWith([run]))).toEqual([{ ...read(pastWith([same]))[0], usage }]);
    for (const usage of [{ cpuMs: 1 }, { peakMemoryBytes: 1024 }])
      expect(read(pastWith([ended(at("03:00"), { usage }), same]))).toMatchObject([{ usage }, {}]);
    expect(pastWith([same, ended(at("04:00"))])?.runs).toMatch(/^ss\w+\.8c\.1aao ss\w*\.8c\.1aao$/);
  });

  it("takes up later what a run used, and leaves all other runs as they are", () => {
    const usage = { cpuMs: 2100, peakMemoryBytes: 103 * 2 ** 20 };
    const runs = [at("03:00"), at("04:00"), at("05:00")].map((due) => ended(due, { node: "host-1" }));
    const past = pastWith(runs) as Past;
    const [first, second, third] = read(past);
    const noted = withUsage(past, ended(at("04:00"), { node: "host-1", usage }));
    expect(read(noted)).toEqual([first, { ...second, usage }, third]);
    expect(withUsage(past, ended(at("04:30"), { usage }))).toEqual(past);
    expect(withUsage(past, ended(at("04:00"), { usage, trigger: "manual", request: "a" }))).toEqual(past);
  });

  it("keeps what runs used in as many bytes again, with hours of CPU and gigabytes of memory", () => {
    const usage = (index: number) => ({ cpuMs: 20_000_000 + 977 * index, peakMemoryBytes: 2 ** 34 + 1024 * index });
    const runs = Array.from({ length: RUNS_IN_PAST }, (_, index) =>
      ended(minutes(5 * index), { usage: usage(index), delayMs: 200 + index, durationMs: 42_000 + 17 * index }),
    );
    expect(Buffer.byteLength(JSON.stringify(pastWith(runs)))).toBeLessThan(30 * RUNS_IN_PAST);
  });

  it("keeps the last 60 runs, in a few hundred bytes", () => {
    const runs = Array.from({ length: 100 }, (_, index) =>
      ended(minutes(5 * index), { node: `host-${index % 4}`, delayMs: 200 + index, durationMs: 42_000 + 17 * index }),
    );
    const past = pastWith(runs) as Past;
    expect(read(past).map(({ scheduledAt }) => scheduledAt)).toEqual(
      runs.slice(-RUNS_IN_PAST).map(({ scheduledAt }) => scheduledAt),
    );
    expect(Buffer.byteLength(JSON.stringify(past))).toBeLessThan(14 * RUNS_IN_PAST);
  });

  it("names at most eight nodes: the one that was used longest ago gives way, and its runs have none", () => {
    const runs = Array.from({ length: 10 }, (_, index) => ended(minutes(index), { node: `host-${index}` }));
    const again = [...runs.slice(0, 8), ended(minutes(8), { node: "host-0" }), ...runs.slice(9)];
    const past = pastWith(again) as Past;
    expect(past.nodes).toHaveLength(8);
    expect(read(past).map(({ node }) => node)).toEqual([
      "host-0",
      undefined,
      ...[2, 3, 4, 5, 6, 7, 0, 9].map((index) => `host-${index}`),
    ]);
  });

  it("begins with the ended runs of a record that an older version has written", () => {
    const runs = [ended(at("03:00"), { durationMs: 7_200_000 }), ended(at("04:00")), aRun(at("05:00"))];
    const record = aRecord(at("05:00"), { runs });
    expect(readPast(record).map(({ scheduledAt }) => scheduledAt)).toEqual([at("04:00"), at("03:00")]);
    const [, , active] = runs as [Run, Run, Run];
    const end = { outcome: succeeded, startedAt: at("05:00"), finishedAt: at("05:30") };
    const changed = recordEnd(record, { run: active.id, number: 1 }, end);
    expect(changed && readPast({ ...changed, runs: [] }).map(({ scheduledAt }) => scheduledAt)).toEqual([
      at("04:00"),
      at("03:00"),
      at("05:00"),
    ]);
  });

  it("gives way by halves, the older ones first", () => {
    const past = pastWith(Array.from({ length: 7 }, (_, index) => ended(minutes(index)))) as Past;
    const half = shortenPast(past) as Past;
    expect(read(half).map(({ scheduledAt }) => scheduledAt)).toEqual([minutes(4), minutes(5), minutes(6)]);
    expect(shortenPast(shortenPast(half) as Past)).toBeUndefined();
  });
});

/** Instants in whole seconds and others, in any order; as far apart as clocks can be set. */
const instant = fc.oneof(
  fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((seconds) => new Date(1000 * seconds)),
  fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }),
);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constantFrom("succeeded", "timed-out", "replaced", "cancelled"), exitCode: fc.nat(255) }),
  fc.record({ kind: fc.constant("failed"), exitCode: fc.nat(2 ** 31), oom: fc.boolean() }),
  fc.constantFrom<Outcome>(
    { kind: "cancelled" },
    { kind: "lost", reason: "node-down" },
    { kind: "rejected", reason: "forbidden", message: "no" },
  ),
) as fc.Arbitrary<Outcome>;
const anyRun = fc
  .record({
    scheduledAt: instant,
    trigger: fc.constantFrom("schedule", "catch-up", "manual"),
    outcome,
    request: fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), { nil: undefined }),
    node: fc.option(fc.string(), { nil: undefined }),
    number: fc.integer({ min: 1, max: 10_000 }),
    startedAt: fc.option(instant, { nil: undefined }),
    attemptFinishedAt: instant,
    finishedAt: instant,
  })
  .map(({ number, node, startedAt, attemptFinishedAt, ...given }) => {
    const { request, trigger, scheduledAt, ...rest } = given;
    const attempt = {
      number,
      objectName: "a",
      boundAt: scheduledAt,
      finishedAt: attemptFinishedAt,
      outcome: rest.outcome,
      ...(startedAt && { startedAt }),
      ...(node !== undefined && { node }),
    };
    const isManual = trigger === "manual" && request !== undefined;
    return aRun(scheduledAt, {
      trigger: trigger as Run["trigger"],
      ...rest,
      attempts: [attempt],
      ...(isManual && { request }),
    }) as EndedRun;
  });

describe("any digest", () => {
  it("says exactly what was put into it", () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 80 }), (runs) => {
        const said = read(pastWith(runs));
        expect(said).toHaveLength(Math.min(runs.length, RUNS_IN_PAST));
        for (const [index, run] of runs.slice(-RUNS_IN_PAST).entries()) {
          const past = said[index];
          const attempt = run.attempts[0] as Run["attempts"][number] & { finishedAt: Date };
          const { startedAt, finishedAt, number } = attempt;
          const isNamed = run.trigger !== "manual" || run.request !== undefined;
          expect(past).toMatchObject({
            ...(isNamed && { id: runId("backup", run) }),
            scheduledAt: run.scheduledAt,
            trigger: run.trigger,
            outcome: run.outcome.kind,
            finishedAt: run.finishedAt,
            attempts: number,
          });
          expect(past?.exitCode).toBe("exitCode" in run.outcome ? run.outcome.exitCode : undefined);
          expect(past?.request).toBe(run.request);
          expect(past?.delayMs).toBe(startedAt && startedAt.getTime() - run.scheduledAt.getTime());
          expect(past?.durationMs).toBe(startedAt && Math.max(0, finishedAt.getTime() - startedAt.getTime()));
        }
        expect(said.at(-1)?.node).toBe(runs.at(-1)?.attempts[0]?.node);
      }),
    );
  });

  it("is read without an error, whatever its text is, and takes up further runs", () => {
    const noise = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[a-z0-9.~ -]*$/),
      fc
        .tuple(fc.array(anyRun, { minLength: 1, maxLength: 5 }), fc.nat(100), fc.string({ maxLength: 3 }))
        .map(([runs, place, text]) => {
          const { runs: whole } = pastWith(runs) as Past;
          return whole.slice(0, place) + text + whole.slice(place);
        }),
    );
    fc.assert(
      fc.property(noise, anyRun, (text, run) => {
        const past = appendPast({ runs: text }, run);
        read({ runs: text });
        expect(read(past).at(-1)?.scheduledAt).toEqual(run.scheduledAt);
        expect(pastOf({ past, runs: [] })).toBe(past);
      }),
    );
  });

  it("keeps what a newer shipbell has written: letters, fields, and what stands next to it", () => {
    const newer: Past & { readonly marks: string } = {
      runs: "xs3c7n8g ss3c.8c.5.0.....new.er",
      nodes: ["n"],
      marks: "!",
    };
    expect(read(newer)).toHaveLength(1);
    const past = appendPast(newer, ended(at("03:00"), { node: "host-1" }));
    expect(past).toMatchObject({ marks: "!", nodes: ["n", "host-1"] });
    expect(past.runs.split(" ").slice(0, 2)).toEqual(newer.runs.split(" "));
  });
});
