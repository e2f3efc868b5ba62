import { expect, it } from "vitest";
import { EngineTrouble } from "../../../src/engines/engine.ts";
import type { Usage } from "../../../src/ledger/record.ts";
import { createRunEvents, type RunEvent } from "../../../src/observe/run-events.ts";
import { UsageReadings } from "../../../src/runs/attempts/usage-readings.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const START = at("12:00");

/** Readings of an engine that answers with what the test says, by the number of the question. */
function readings(answer: (question: number) => Usage | undefined | Promise<Usage | undefined>) {
  const clock = new FakeClock(START);
  const told: RunEvent[] = [];
  const events = createRunEvents();
  events.on((event) => told.push(event));
  const askedAfterMs: number[] = [];
  const read = async () => answer(askedAfterMs.push(clock.now().getTime() - START.getTime()));
  return { clock, told, askedAfterMs, usage: new UsageReadings({ engine: { usage: read }, clock, events }) };
}

const busy = (question: number): Usage => ({ cpuMs: 1000 * question, peakMemoryBytes: 100 - question });

it("reads at growing intervals, as long as the attempt runs", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(10_000);
  expect(askedAfterMs).toEqual([1000, 2000, 3000, 4000, 5000, 6250, 7812, 9765]);
  expect(usage.of("c1")).toEqual({ cpuMs: 8000, peakMemoryBytes: 99 });
});

it("knows nothing before its first reading, and nothing of others", async () => {
  const { clock, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(900);
  expect(usage.of("c1")).toBeUndefined();
  expect(usage.of("c2")).toBeUndefined();
});

it("soon reads an attempt that is taken up, however long it has run", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", at("03:00"));
  await clock.advance(120_000);
  expect(askedAfterMs).toEqual([1000, 61_000]);
});

it("follows an attempt once, however often it is seen to run", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  for (let look = 0; look < 3; look++) usage.follow("c1", "backup", START);
  await clock.advance(1500);
  expect(askedAfterMs).toEqual([1000]);
});

it("goes on after trouble with what was known before, and tells nobody", async () => {
  const { clock, told, usage } = readings((question) => {
    if (question === 2) throw new EngineTrouble("no answer");
    return question === 3 ? undefined : busy(question);
  });
  usage.follow("c1", "backup", START);
  await clock.advance(3500);
  expect(usage.of("c1")).toEqual(busy(1));
  await clock.advance(1000);
  expect(usage.of("c1")).toEqual({ cpuMs: 4000, peakMemoryBytes: 99 });
  expect(told).toEqual([]);
});

it("asks an hour later, about any attempt, once a proxy has forbidden it", async () => {
  const { clock, told, askedAfterMs, usage } = readings(() => {
    throw new EngineTrouble("forbidden", { status: 403 });
  });
  usage.follow("c1", "backup", START);
  await clock.advance(60_000);
  usage.follow("c2", "backup", clock.now());
  await clock.advance(3_540_000);
  expect(askedAfterMs).toEqual([1000]);
  await clock.advance(120_000);
  expect(askedAfterMs).toHaveLength(2);
  expect(told).toEqual([]);
});

it("tells of a fault of ours", async () => {
  const { clock, told, usage } = readings(() => {
    throw new TypeError("a fault");
  });
  usage.follow("c1", "backup", START);
  await clock.advance(1000);
  expect(told).toMatchObject([{ event: "pass-failed", job: "backup", cause: expect.any(TypeError) }]);
});

it("forgets an attempt whose end is recorded, also while its reading is on its way", async () => {
  const { promise, resolve } = Promise.withResolvers<Usage>();
  const { clock, askedAfterMs, usage } = readings(() => promise);
  usage.follow("c1", "backup", START);
  await clock.advance(1500);
  usage.forget("c1");
  resolve({ cpuMs: 1 });
  await clock.advance(60_000);
  expect(usage.of("c1")).toBeUndefined();
  expect(askedAfterMs).toEqual([1000]);
});

it("reads nothing any more once it is stopped, and still knows what it knew", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(1500);
  usage.stop();
  usage.follow("c2", "backup", START);
  await clock.advance(60_000);
  expect(askedAfterMs).toEqual([1000]);
  expect(usage.of("c1")).toEqual(busy(1));
});
