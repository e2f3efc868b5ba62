import { expect, it } from "vitest";
import { createRunEvents, type RunEvent } from "../../../src/observe/run-events.ts";
import type { Span } from "../../../src/observe/traces/span.ts";
import { SpanQueue, type SpansSent } from "../../../src/observe/traces/span-queue.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const TAKEN: SpansSent = { result: "taken", refused: 0 };
const GRACE_MS = 1500;

function aSpan(spanId: string): Span {
  const times = { startAt: at("12:00"), endAt: at("12:01") };
  return { traceId: "t", spanId, name: "wait", kind: "internal", ...times, attributes: {}, events: [], links: [] };
}

const spans = (count: number, name = "s") => Array.from({ length: count }, (_, i) => aSpan(`${name}${i}`));

function start() {
  const clock = new FakeClock(at("12:00"));
  const told: RunEvent[] = [];
  const events = createRunEvents();
  events.on((event) => told.push(event));
  const tries: { readonly at: number; readonly ids: readonly string[] }[] = [];
  const world: { answer: (signal: AbortSignal) => SpansSent | Promise<SpansSent> } = { answer: () => TAKEN };
  const queue = new SpanQueue({
    clock,
    events,
    send: async (batch, signal) => {
      tries.push({
        at: (clock.now().getTime() - at("12:00").getTime()) / 1000,
        ids: batch.map(({ spanId }) => spanId),
      });
      return world.answer(signal);
    },
  });
  const stopping = new AbortController();
  let hasEnded = false;
  const ended = queue.run(stopping.signal, GRACE_MS).then(() => {
    hasEnded = true;
  });
  return { clock, told, tries, world, queue, stop: () => stopping.abort(), ended, hasEnded: () => hasEnded };
}

const none = { "queue-full": 0, refused: 0, unanswered: 0 };

it("sends what has come within a second together, and nothing while there is nothing", async () => {
  const { clock, tries, queue } = start();
  await clock.advance(60_000);
  queue.add(spans(2, "a"));
  queue.add(spans(1, "b"));
  await clock.advance(60_000);
  expect(tries).toEqual([{ at: 61, ids: ["a0", "a1", "b0"] }]);
  expect(queue.counts).toEqual({ sent: 3, dropped: none });
});

it("sends many in batches of 512, at once", async () => {
  const { clock, tries, queue } = start();
  queue.add(spans(1200));
  await clock.advance(1000);
  expect(tries.map(({ ids }) => ids.length)).toEqual([512, 512, 176]);
  expect(new Set(tries.flatMap(({ ids }) => ids)).size).toBe(1200);
});

it("tries again what was certainly not taken, later and later, and says so once", async () => {
  const { clock, tries, told, world, queue } = start();
  world.answer = () => ({ result: "not-sent", because: "connection refused" });
  queue.add(spans(1));
  await clock.advance(170_000);
  expect(tries.map(({ at }) => at)).toEqual([1, 7, 23, 84, 145]);
  world.answer = () => TAKEN;
  await clock.advance(100_000);
  expect(queue.counts).toEqual({ sent: 1, dropped: none });
  expect(told).toEqual([{ event: "traces-failed", cause: "connection refused" }, { event: "traces-recovered" }]);
});

it.each([
  ["longer, where the receiver asks for it", 30_000, [1, 32]],
  ["no less, where the receiver asks for less", 1000, [1, 7, 23]],
  ["no less, where the receiver asks for nothing at all", 0, [1, 7, 23]],
])("waits %s", async (_, waitMs, times) => {
  const { clock, tries, world, queue } = start();
  world.answer = () => ({ result: "not-sent", because: "429", waitMs });
  queue.add(spans(1));
  await clock.advance(33_000);
  expect(tries.map(({ at }) => at)).toEqual(times);
});

it("goes on after a fault in sending, with the next spans, and says so once", async () => {
  const { clock, tries, told, world, queue } = start();
  world.answer = () => {
    throw new Error("broken");
  };
  queue.add(spans(3, "a"));
  await clock.advance(5000);
  queue.add(spans(3, "b"));
  await clock.advance(5000);
  world.answer = () => TAKEN;
  queue.add(spans(1, "c"));
  await clock.advance(5000);
  expect(tries.map(({ ids }) => ids.length)).toEqual([3, 3, 1]);
  expect(queue.counts).toEqual({ sent: 1, dropped: { ...none, unanswered: 6 } });
  const cause = "spans cannot be sent: broken";
  expect(told).toEqual([{ event: "traces-failed", cause }, { event: "traces-recovered" }]);
});

it.each(["refused", "unanswered"] as const)("never sends again what was %s, and counts it", async (result) => {
  const { clock, tries, world, queue } = start();
  world.answer = () => ({ result, because: "timeout" });
  queue.add(spans(3, "a"));
  await clock.advance(5000);
  world.answer = () => TAKEN;
  queue.add(spans(1, "b"));
  await clock.advance(5000);
  expect(tries.map(({ ids }) => ids)).toEqual([["a0", "a1", "a2"], ["b0"]]);
  expect(queue.counts).toEqual({ sent: 1, dropped: { ...none, [result]: 3 } });
});

it("counts what a receiver refuses of its batches, and says once that it does", async () => {
  const { clock, told, world, queue } = start();
  for (const refused of [2, 1, 9]) {
    world.answer = () => ({ result: "taken", refused });
    queue.add(spans(5));
    await clock.advance(5000);
  }
  expect(queue.counts).toEqual({ sent: 7, dropped: { ...none, refused: 8 } });
  expect(told).toEqual([{ event: "traces-failed", cause: "some spans are refused" }]);
});

it("keeps at most 2,048 while a receiver hangs, and takes none of a run whose spans do not all fit", async () => {
  const { clock, tries, world, queue } = start();
  world.answer = () => new Promise(() => {});
  queue.add(spans(3));
  await clock.advance(2000);
  for (let i = 0; i < 10_000; i++) queue.add(spans(3));
  await clock.advance(3600_000);
  expect(tries).toHaveLength(1);
  expect(queue.waiting).toBeLessThanOrEqual(2048);
  expect(queue.waiting % 3).toBe(0);
  expect(queue.counts.dropped["queue-full"]).toBe(30_003 - queue.waiting);
});

it("sends what there is when it is stopped, once", async () => {
  const { clock, tries, queue, stop, ended } = start();
  queue.add(spans(700));
  stop();
  await clock.advance(0);
  await ended;
  expect(tries.map(({ ids }) => ids.length)).toEqual([512, 188]);
});

it("ends when it is stopped though a receiver hangs", async () => {
  const { clock, world, queue, stop, hasEnded } = start();
  world.answer = (signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ result: "unanswered", because: "stopped" }));
    });
  queue.add(spans(1));
  await clock.advance(1000);
  stop();
  await clock.advance(GRACE_MS - 1);
  expect(hasEnded()).toBe(false);
  await clock.advance(1);
  expect(hasEnded()).toBe(true);
});

it("does not wait for a receiver that is away when it is stopped", async () => {
  const { clock, tries, world, queue, stop, hasEnded } = start();
  world.answer = () => ({ result: "not-sent", because: "connection refused" });
  queue.add(spans(1));
  await clock.advance(2000);
  stop();
  await clock.advance(0);
  expect(hasEnded()).toBe(true);
  expect(tries).toHaveLength(2);
});
