import { describe, expect, it } from "vitest";
import { attemptHeaders } from "../../src/job/trace.ts";
import { aJob, at } from "../support/a-job.ts";
import { type Effect, type Fault, Scene } from "./scene.ts";

const START = at("12:00:30");
const everyMinute = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });
const tracing = { instance: "shipbell", sampler: { ratio: 1, heedsParent: true } };

function sceneOf(kind: "container" | "service"): Scene {
  const scene: Scene = new Scene(
    START,
    (process) => void scene.clock.wait(5000, new AbortController().signal).then(() => process.exit(0)),
    kind,
  );
  scene.tracing = tracing;
  return scene;
}

const effects: Omit<Effect, "subject">[] = (["prepare", "activate", "look", "remove", "list", "swap"] as const).flatMap(
  (what) => (["before", "after"] as const).map((moment) => ({ what, moment })),
);
const points = effects.flatMap((effect) => [1, 3].map((nth) => ({ ...effect, nth })));

function killAt({ what, moment, nth }: Omit<Effect, "subject"> & { readonly nth: number }): Fault {
  let seen = 0;
  return (effect) => (effect.what === what && effect.moment === moment && ++seen === nth ? "kill" : "go-on");
}

/** Each span is there at most once, and whole runs are: only those that the kill cut off are missing. */
function expectSpansOnce(scene: Scene, mostMissing: number): void {
  const ids = scene.spans.map(({ spanId }) => spanId);
  expect(ids).toEqual([...new Set(ids)]);
  const runs = scene.spans.filter(({ name }) => name === "RUN backup");
  expect(ids).toHaveLength(3 * runs.length);
  const { succeeded = {} } = scene.record("backup").totals.ended;
  const ended = Object.values(succeeded).reduce((sum, count) => sum + count, 0);
  expect(ended).toBeGreaterThanOrEqual(5);
  expect(runs.length).toBeGreaterThanOrEqual(ended - mostMissing);
  expect(runs.length).toBeLessThanOrEqual(ended);
}

describe("no span is made twice", () => {
  it.each(points)(
    "by a scheduler that is killed $moment $what, the time number $nth, and the next one",
    async (point) => {
      const scene = sceneOf("container");
      const first = await scene.startScheduler([everyMinute], killAt(point));
      await scene.clock.advance(4 * 60_000);
      first.kill();
      await scene.startScheduler([everyMinute]);
      await scene.clock.advance(5 * 60_000);
      scene.expectPromisesKept(everyMinute);
      expectSpansOnce(scene, 1);
    },
  );

  it.each(points)("by two schedulers, of which one is killed $moment $what, the time number $nth", async (point) => {
    const scene = sceneOf("service");
    await scene.startScheduler([everyMinute], killAt(point));
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(9 * 60_000);
    expectSpansOnce(scene, 1);
  });
});

it("each attempt is told the span that is made of it, also one that was prepared ahead", async () => {
  const scene = sceneOf("container");
  scene.aheadMs = 10_000;
  await scene.startScheduler([everyMinute]);
  await scene.clock.advance(5 * 60_000);
  const orders = scene.world.executions.flatMap(({ object: { order } }) => order ?? []);
  expect(orders).toHaveLength(5);
  for (const { run, attempt, trace } of orders) {
    expect(trace).toEqual(attemptHeaders(tracing, { id: run }, attempt));
    const [, traceId, spanId] = trace?.traceparent.split("-") ?? [];
    const made = scene.spans.find((span) => span.spanId === spanId);
    expect([made?.traceId, made?.name]).toEqual([traceId, "attempt 1"]);
  }
});

it("without traces, an attempt is told of none, and its definition is the same", async () => {
  const [on, off] = [sceneOf("container"), sceneOf("container")];
  off.tracing = undefined;
  for (const scene of [on, off]) {
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(2 * 60_000);
  }
  const firstOrder = ({ world }: Scene) => world.executions[0]?.object.order;
  const [withTrace, withoutTrace] = [firstOrder(on), firstOrder(off)];
  expect(withoutTrace).toBeDefined();
  expect(withoutTrace).not.toHaveProperty("trace");
  expect(withTrace).toEqual({ ...withoutTrace, trace: withTrace?.trace });
  expect(on.store.texts).toEqual(off.store.texts);
});
