import { describe, expect, it } from "vitest";
import { childSpanId, type Tracing, traceOf } from "../../../src/job/trace.ts";
import type { Attempt, Outcome, Verdict } from "../../../src/ledger/record.ts";
import { type EndedRun, type RunFacts, runSpans } from "../../../src/observe/traces/run-spans.ts";
import type { Span } from "../../../src/observe/traces/span.ts";
import { aRun, at } from "../../support/a-job.ts";

const tracing: Tracing = { instance: "shop", sampler: { ratio: 1, heedsParent: true } };
const ID = "backup-20261118t120000z";
const CONTAINER = "c".repeat(64);
const attempt = (number: number, change: Partial<Attempt> = {}): Attempt => ({
  number,
  objectName: `shop--${ID}-${number}`,
  objectId: CONTAINER,
  boundAt: at("12:00:01"),
  startedAt: at("12:00:02"),
  finishedAt: at("12:05"),
  outcome: { kind: "succeeded", exitCode: 0 },
  ...change,
});

function ended(change: Partial<EndedRun> = {}): EndedRun {
  const { outcome: _outcome, finishedAt: _finishedAt, ...run } = aRun(at("12:00"), { id: ID, attempts: [attempt(1)] });
  return { ...run, outcome: { kind: "succeeded", exitCode: 0 }, finishedAt: at("12:05"), ...change };
}

function spansOf(change: Partial<EndedRun> = {}, facts: Partial<RunFacts> = {}): readonly Span[] {
  const run = ended(change);
  const trace = traceOf(tracing, { id: run.id, trace: run.trace });
  const record = { job: "backup", runs: [], verdicts: [] };
  return runSpans(tracing, run, { trace, record, objectKind: "container", ...facts });
}

const named = (spans: readonly Span[], name: string) => spans.find((span) => span.name === name) as Span;
const rootOf = (spans: readonly Span[]) => named(spans, "RUN backup");

describe("the spans of a run", () => {
  it("are the run, its wait and its attempt, end to end, with IDs that follow from the run", () => {
    const { traceId, spanId } = traceOf(tracing, { id: ID });
    const seen = spansOf().map(({ name, kind, spanId, parentSpanId, startAt, endAt }) => ({
      ...{ name, kind, spanId, parentSpanId },
      ...{ startAt, endAt },
    }));
    const below = { kind: "internal", parentSpanId: spanId };
    expect(seen).toEqual([
      { name: "RUN backup", kind: "server", spanId, parentSpanId: undefined, startAt: at("12:00"), endAt: at("12:05") },
      { name: "wait", ...below, spanId: childSpanId(tracing, ID, "wait"), startAt: at("12:00"), endAt: at("12:00:01") },
      { name: "attempt 1", ...below, spanId: childSpanId(tracing, ID, 1), startAt: at("12:00:01"), endAt: at("12:05") },
    ]);
    expect(new Set(spansOf().map((span) => span.traceId))).toEqual(new Set([traceId]));
  });

  it("have one for each attempt", () => {
    const failed = { kind: "failed", exitCode: 3, oom: false } as const;
    const attempts = [
      attempt(1, { outcome: failed, finishedAt: at("12:01") }),
      attempt(2, { boundAt: at("12:02"), startedAt: at("12:02:01") }),
    ];
    const spans = spansOf({ attempts });
    expect(named(spans, "attempt 1")).toMatchObject({ endAt: at("12:01"), error: "failed with exit code 3" });
    expect(named(spans, "attempt 2")).toMatchObject({ startAt: at("12:02"), endAt: at("12:05") });
    expect(named(spans, "attempt 2").error).toBeUndefined();
    expect(rootOf(spans).error).toBeUndefined();
    expect(rootOf(spans).attributes).toMatchObject({ "shipbell.attempts": 2 });
  });

  it("have no wait where the first attempts have left the record", () => {
    const spans = spansOf({ attempts: [attempt(12)] });
    expect(spans.map(({ name }) => name)).toEqual(["RUN backup", "attempt 12"]);
  });

  it("have each pull, and its failure", () => {
    const pulls = [
      { image: "db:1", startAt: at("12:00"), endAt: at("12:00:01"), failed: "registry-unreachable" },
      { image: "db:1", startAt: at("12:00:02"), endAt: at("12:00:03") },
    ];
    const found = spansOf({}, { pulls }).filter(({ name }) => name === "pull");
    expect(found).toMatchObject([
      {
        error: "registry-unreachable",
        attributes: { "error.type": "registry-unreachable", "container.image.name": "db:1" },
      },
      { startAt: at("12:00:02"), endAt: at("12:00:03"), attributes: { "container.image.name": "db:1" } },
    ]);
    expect(new Set(found.map(({ spanId }) => spanId)).size).toBe(2);
  });

  it("are below the caller's span, with the caller's state", () => {
    const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const spans = spansOf({ trigger: "manual", trace: { parent, state: "k=v" } });
    expect(rootOf(spans)).toMatchObject({ traceId: "a".repeat(32), parentSpanId: "b".repeat(16), state: "k=v" });
    expect(spans.every(({ traceId }) => traceId === "a".repeat(32))).toBe(true);
  });

  it("are linked to the run whose end started it", () => {
    const upstream = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
    expect(rootOf(spansOf({ trigger: "after" }, { upstream })).links).toEqual([upstream]);
  });

  it("never end before they begin, whatever the clocks of nodes say", () => {
    const spans = spansOf({ attempts: [attempt(1, { finishedAt: at("11:59") })], finishedAt: at("11:59") });
    expect(spans.filter(({ startAt, endAt }) => endAt < startAt)).toEqual([]);
  });

  it.each([
    ["before", "11:59", "12:00:01"],
    ["after", "12:06", "12:05"],
  ])("have started neither before nor after they are there, whatever the engine's clock says: %s", (_, time, seen) => {
    const [event] = named(spansOf({ attempts: [attempt(1, { startedAt: at(time) })] }), "attempt 1").events;
    expect(event).toMatchObject({ name: "shipbell.started", at: at(seen) });
  });

  it("name what was skipped because of the run, as events", () => {
    const verdicts: Verdict[] = [
      {
        kind: "skipped",
        reason: "still-running",
        scheduledAt: at("12:01"),
        count: 3,
        active: { count: 1, run: ID },
        decidedAt: at("12:01"),
      },
      {
        kind: "skipped",
        reason: "still-running",
        scheduledAt: at("11:01"),
        active: { count: 1, run: "other" },
        decidedAt: at("11:01"),
      },
      { kind: "started", scheduledAt: at("12:00"), decidedAt: at("12:00") },
    ];
    expect(rootOf(spansOf({}, { record: { job: "backup", runs: [], verdicts } })).events).toEqual([
      {
        name: "shipbell.skipped",
        at: at("12:01"),
        attributes: { "shipbell.reason": "still-running", "shipbell.count": 3 },
      },
    ]);
  });
});

describe("attributes", () => {
  it("say which run it was, and who asked", () => {
    expect(rootOf(spansOf({ trigger: "manual", by: { via: "api", name: "jo" } })).attributes).toEqual({
      "cicd.pipeline.name": "backup",
      "cicd.pipeline.run.id": ID,
      "cicd.pipeline.action.name": "RUN",
      "cicd.pipeline.result": "success",
      "shipbell.instance": "shop",
      "shipbell.trigger": "manual",
      "shipbell.scheduled_at": "2026-11-18T12:00:00.000Z",
      "shipbell.attempts": 1,
      "shipbell.by": "jo",
      "shipbell.outcome": "succeeded",
      "shipbell.exit_code": 0,
    });
  });

  it("of an attempt say what it ran, and where", () => {
    const image = { name: "reg.example:5000/db:1.2@sha256:aa", digest: "sha256:aa", id: "sha256:bb" };
    const span = named(
      spansOf({ attempts: [attempt(1, { node: "host-1", image, usage: { cpuMs: 1234, peakMemoryBytes: 2048 } })] }),
      "attempt 1",
    );
    expect(span.attributes).toEqual({
      "cicd.pipeline.task.name": "attempt",
      "cicd.pipeline.task.run.id": `shop--${ID}-1`,
      "cicd.pipeline.task.run.result": "success",
      "shipbell.outcome": "succeeded",
      "shipbell.exit_code": 0,
      "shipbell.attempt": 1,
      "container.name": `shop--${ID}-1`,
      "container.id": CONTAINER,
      "container.image.name": image.name,
      "container.image.id": "sha256:bb",
      "container.image.repo_digests": ["reg.example:5000/db@sha256:aa"],
      "shipbell.cpu_seconds": 1.234,
      "shipbell.peak_memory_bytes": 2048,
      "host.name": "host-1",
    });
    expect(span.events).toEqual([{ name: "shipbell.started", at: at("12:00:02"), attributes: {} }]);
  });

  it("of a command in a container name no ID, and those of a service no container", () => {
    const exec = named(spansOf({ attempts: [attempt(1, { objectId: "exec:1" })] }), "attempt 1").attributes;
    expect([exec["container.name"], exec["container.id"]]).toEqual([`shop--${ID}-1`, undefined]);
    const request = named(
      spansOf({ attempts: [attempt(1, { objectId: "http-0123456789ab-1" })] }),
      "attempt 1",
    ).attributes;
    expect(Object.keys(request).filter((name) => name.startsWith("container."))).toEqual([]);
    const service = named(spansOf({}, { objectKind: "service" }), "attempt 1").attributes;
    expect([service["shipbell.service"], service["container.name"]]).toEqual([`shop--${ID}-1`, undefined]);
  });

  it.each<[Outcome, string, string | undefined, string | undefined]>([
    [{ kind: "succeeded", exitCode: 0 }, "success", undefined, undefined],
    [{ kind: "failed", exitCode: 2, oom: false }, "failure", "failed", "failed with exit code 2"],
    [
      { kind: "failed", exitCode: 137, oom: true },
      "failure",
      "out-of-memory",
      "failed with exit code 137 (out of memory)",
    ],
    [
      { kind: "rejected", reason: "image-missing", message: "no such image" },
      "error",
      "image-missing",
      "was rejected, image-missing: no such image",
    ],
    [{ kind: "timed-out", exitCode: 143 }, "timeout", "timed-out", "timed out"],
    [{ kind: "replaced" }, "cancellation", "replaced", "was stopped for a later one"],
    [{ kind: "cancelled" }, "cancellation", "cancelled", "was cancelled"],
    [{ kind: "lost", reason: "node-down" }, "error", "node-down", "was lost, node-down"],
  ])("of the outcome %j: %s", (outcome, result, type, error) => {
    const spans = spansOf({ outcome, attempts: [attempt(1, { outcome })] });
    const root = rootOf(spans);
    expect([root.attributes["cicd.pipeline.result"], root.attributes["error.type"], root.error]).toEqual([
      result,
      type,
      error,
    ]);
    const last = named(spans, "attempt 1");
    expect([last.attributes["cicd.pipeline.task.run.result"], last.error]).toEqual([result, error]);
  });

  it("of a run that has left the record are without the engine's words", () => {
    const { outcome: _outcome, ...open } = attempt(1);
    const spans = spansOf({ outcome: { kind: "rejected" }, attempts: [open] });
    expect(spans.map(({ error }) => error)).toEqual(["rejected", undefined, "rejected"]);
  });
});

describe("the reason of the wait", () => {
  const earlier = aRun(at("11:55"), {
    id: "earlier",
    outcome: { kind: "succeeded", exitCode: 0 },
    finishedAt: at("12:00:01"),
  });
  const record = { job: "backup", runs: [earlier], verdicts: [] };
  const pulls = [{ image: "db:1", startAt: at("12:00"), endAt: at("12:00:01") }];
  it.each<[string, Partial<EndedRun>, Partial<RunFacts>, string | undefined]>([
    ["nothing but its turn", {}, {}, undefined],
    ["a slot of its pool", { trigger: "catch-up" }, { waitedForPool: true, pulls }, "pool"],
    ["a scheduler", { trigger: "catch-up" }, {}, "catch-up"],
    ["its image", {}, { pulls }, "image"],
    [
      "not an image that a later attempt has pulled",
      {},
      { pulls: [{ image: "db:1", startAt: at("12:02"), endAt: at("12:03") }] },
      undefined,
    ],
    ["the end of the run before", {}, { overlap: "queue", record, pulls }, "overlap"],
    ["the end of the run that it replaces", {}, { overlap: "replace", record }, "overlap"],
    ["nothing, where runs may be active at the same time", {}, { overlap: "allow", record }, undefined],
  ])("is %s", (_, run, facts, reason) => {
    expect(named(spansOf(run, facts), "wait").attributes["shipbell.wait.reason"]).toBe(reason);
  });
});
