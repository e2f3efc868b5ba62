import { describe, expect, it } from "vitest";
import { type Tracing, traceOf } from "../../../src/job/trace.ts";
import { recordEnd } from "../../../src/ledger/changes/attempts.ts";
import type { JobRecord, Outcome, Run } from "../../../src/ledger/record.ts";
import type { Span } from "../../../src/observe/traces/span.ts";
import { Traces } from "../../../src/observe/traces/traces.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const sampler = { ratio: 1, heedsParent: true };
const ID = "backup-20261118t120000z";
const PARENT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

function start(tracing: Tracing = { instance: "shipbell", sampler }, records = new Map<string, JobRecord>()) {
  const clock = new FakeClock(at("12:00"));
  const spans: Span[] = [];
  const jobs = () => new Map([["backup", aJob()]]);
  const add = (more: readonly Span[]) => spans.push(...more);
  const faults: unknown[] = [];
  const onFault = (cause: unknown) => faults.push(cause);
  return {
    clock,
    spans,
    faults,
    traces: new Traces({ onFault, clock, tracing, objectKind: "container", records: () => records, jobs, add }),
  };
}

function running(change: Partial<Run> = {}): JobRecord {
  const attempts = [{ number: 1, objectName: "backup-1", objectId: "o1", boundAt: at("12:00:01") }];
  return aRecord(at("12:00"), { runs: [aRun(at("12:00"), { id: ID, attempts, ...change })] });
}

const SUCCEEDED: Outcome = { kind: "succeeded", exitCode: 0 };

function ended(before: JobRecord, outcome: Outcome = SUCCEEDED): JobRecord {
  const end = { outcome, startedAt: at("12:00:02"), finishedAt: at("12:05") };
  const after = recordEnd(before, { run: ID, number: 1 }, end);
  if (after === undefined) throw new Error("it has not ended");
  return after;
}

const without = (record: JobRecord): JobRecord => ({ ...record, runs: [] });
const names = (spans: readonly Span[]) => spans.map(({ name }) => name);

describe("a swap makes spans", () => {
  it("where it ends a run, and then only", () => {
    const { traces, spans } = start();
    const before = running();
    traces.recordWon(undefined, before);
    traces.recordWon(aRecord(at("11:55")), before);
    expect(spans).toEqual([]);
    const after = ended(before);
    traces.recordWon(before, after);
    expect(names(spans)).toEqual(["RUN backup", "wait", "attempt 1"]);
    traces.recordWon(after, { ...after, cursor: at("12:05") });
    expect(spans).toHaveLength(3);
  });

  it("not where an attempt ends that is followed by another one", () => {
    const { traces, spans } = start();
    const before = running();
    const failed = { outcome: { kind: "failed", exitCode: 1, oom: false }, finishedAt: at("12:01") } as const;
    traces.recordWon(
      before,
      recordEnd(before, { run: ID, number: 1 }, { ...failed, retryAt: at("12:02") }) as JobRecord,
    );
    expect(spans).toEqual([]);
  });

  it("also of a run that it starts and ends at once, as one that was rejected", () => {
    const { traces, spans } = start();
    const outcome = { kind: "rejected", reason: "image-missing", message: "no such image" } as const;
    traces.recordWon(aRecord(at("11:55")), ended(running(), outcome));
    expect(spans[0]).toMatchObject({ name: "RUN backup", error: "was rejected, image-missing: no such image" });
  });

  it.each<[Outcome, string | undefined]>([
    [SUCCEEDED, undefined],
    [{ kind: "failed", exitCode: 2, oom: false }, "failed"],
    [{ kind: "lost", reason: "node-down" }, "lost"],
  ])("also of a run that the history does not keep: %j", (outcome, error) => {
    const { traces, spans } = start();
    const before = running();
    traces.recordWon(before, without(ended(before, outcome)));
    expect(names(spans)).toEqual(["RUN backup", "wait", "attempt 1"]);
    expect(spans.map((span) => span.endAt)).toEqual([at("12:05"), at("12:00:01"), at("12:05")]);
    expect(spans.map((span) => span.error)).toEqual([error, undefined, error]);
    expect(spans[2]?.events).toMatchObject([{ at: at("12:00:02") }]);
  });

  it("not of a run whose trace is not kept", () => {
    const { traces, spans } = start({ instance: "shipbell", sampler: { ratio: 0, heedsParent: true } });
    traces.recordWon(running(), ended(running()));
    expect(spans).toEqual([]);
  });

  it("with the whole trace of the caller, of which an ended run keeps less", () => {
    const { traces, spans } = start();
    const before = running({ trace: { parent: PARENT, state: "k=v", baggage: "b=1" } });
    const after = ended(before);
    expect(after.runs[0]?.trace).toEqual({ parent: PARENT });
    traces.recordWon(before, after);
    expect(spans[0]).toMatchObject({ traceId: "a".repeat(32), parentSpanId: "b".repeat(16), state: "k=v" });
  });

  it("with a link to the run that it came after, in whatever trace that is", () => {
    const dump = {
      ...aRecord(at("12:00")),
      job: "dump",
      runs: [aRun(at("11:55"), { id: "dump-1", trace: { parent: PARENT } })],
    };
    const { traces, spans } = start(undefined, new Map([["dump", dump]]));
    const before = running({ trigger: "after", after: { job: "dump", run: "dump-1" } });
    traces.recordWon(before, ended(before));
    const { spanId } = traceOf({ instance: "shipbell", sampler }, { id: "dump-1" });
    expect(spans[0]?.links).toEqual([{ traceId: "a".repeat(32), spanId }]);
  });

  it.each<[string, readonly Run[]]>([
    ["has left its record, as nobody knows its trace then", []],
    [
      "is in a trace that is not kept",
      [aRun(at("11:55"), { id: "dump-1", trace: { parent: `${PARENT.slice(0, -1)}0` } })],
    ],
  ])("without a link to a run that %s", (_, runs) => {
    const { traces, spans } = start(undefined, new Map([["dump", { ...aRecord(at("12:00")), job: "dump", runs }]]));
    const before = running({ trigger: "after", after: { job: "dump", run: "dump-1" } });
    traces.recordWon(before, ended(before));
    expect(spans[0]?.links).toEqual([]);
  });

  it("of the run that has ended, where another one ended later by the clocks and the digest had to give way", () => {
    const { traces, spans } = start();
    const later = aRun(at("11:55"), { id: "backup-0", outcome: SUCCEEDED, finishedAt: at("12:10") });
    const before = { ...running(), runs: [later, ...running().runs] };
    const { past: _past, ...after } = ended(before);
    traces.recordWon(before, after);
    expect(names(spans)).toEqual(["RUN backup", "wait", "attempt 1"]);
    expect(spans[0]?.attributes).toMatchObject({ "cicd.pipeline.run.id": ID });
  });
});

it("a fault in making spans is told, and stops nobody", () => {
  const { traces, faults } = start();
  const after = ended(running());
  Object.defineProperty(after, "verdicts", {
    get: () => {
      throw new Error("broken");
    },
  });
  traces.recordWon(running(), after);
  expect(faults).toEqual([new Error("broken")]);
});

describe("what was seen of a start", () => {
  it("is the pull of its image, and the wait for its pool", async () => {
    const { clock, traces, spans } = start();
    traces.onEvent({ event: "waits-for-pool", job: "backup", run: ID, attempt: 1, pool: "db", limit: 1 });
    traces.onEvent({ event: "pull-started", job: "backup", run: ID, image: "db:1" });
    await clock.advance(3000);
    traces.onEvent({ event: "pull-finished", job: "backup", run: ID, image: "db:1", durationMs: 3000 });
    traces.recordWon(running(), ended(running()));
    expect(names(spans)).toEqual(["RUN backup", "wait", "pull", "attempt 1"]);
    expect(spans[1]?.attributes).toEqual({ "shipbell.wait.reason": "pool" });
    expect(spans[2]).toMatchObject({ startAt: at("12:00"), endAt: at("12:00:03") });
  });

  it("is at most the last ten pulls", () => {
    const { traces, spans } = start();
    for (let i = 1; i <= 25; i++)
      traces.onEvent({ event: "pull-finished", job: "backup", run: ID, image: `db:${i}`, durationMs: 1000 });
    traces.recordWon(running(), ended(running()));
    const pulls = spans.filter(({ name }) => name === "pull");
    expect(pulls.map(({ attributes }) => attributes["container.image.name"])).toEqual(
      Array.from({ length: 10 }, (_, i) => `db:${i + 16}`),
    );
  });

  it("of other runs is not told of this one", () => {
    const { traces, spans } = start();
    traces.onEvent({ event: "pull-started", job: "backup", run: "backup-2", image: "db:1" });
    traces.onEvent({ event: "pull-finished", job: "backup", run: "backup-2", image: "db:1", durationMs: 3000 });
    traces.recordWon(running(), ended(running()));
    expect(names(spans)).toEqual(["RUN backup", "wait", "attempt 1"]);
  });

  it("is forgotten of runs that never end here: the oldest first", () => {
    const { traces, spans } = start();
    const pull = (run: string) => {
      traces.onEvent({ event: "pull-finished", job: "backup", run, image: "db:1", durationMs: 3000 });
    };
    pull(ID);
    for (let i = 0; i < 1000; i++) pull(`run-${i}`);
    traces.recordWon(running(), ended(running()));
    expect(names(spans)).not.toContain("pull");
  });
});
