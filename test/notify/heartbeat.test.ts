import { expect, it } from "vitest";
import { keepHeartbeat } from "../../src/notify/heartbeat.ts";
import type { Sent } from "../../src/notify/sent.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import { FakeClock } from "../support/fake-clock.ts";

const BEAT = { instance: "shipbell", version: "1.2.3", host: "host-1", jobs: 12, problems: 1 };

function start() {
  const clock = new FakeClock(new Date("2026-11-18T03:00:00Z"));
  const told: RunEvent[] = [];
  const events = createRunEvents();
  events.on((event) => told.push(event));
  const beats: { at: string; body: unknown }[] = [];
  const world = { works: true, answer: { result: "delivered", because: "200" } as Sent };
  const stopping = new AbortController();
  const ended = keepHeartbeat(
    {
      clock,
      events,
      url: "https://hc.example/canary",
      look: () => (world.works ? BEAT : undefined),
      deliver: async ({ body }) => {
        beats.push({ at: clock.now().toISOString().slice(11, 19), body: JSON.parse(body) });
        return world.answer;
      },
    },
    stopping.signal,
  );
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  return { clock, told, beats, world, stop };
}

it("beats at once and then each minute, with what there is to know of the scheduler", async () => {
  const { clock, beats, stop } = start();
  await clock.advance(120_000);
  expect(beats).toEqual(["03:00:00", "03:01:00", "03:02:00"].map((at) => ({ at, body: BEAT })));
  await stop();
});

it("is silent while the scheduler does not work, and beats within seconds when it does again", async () => {
  const { clock, beats, world, stop } = start();
  await clock.advance(30_000);
  world.works = false;
  await clock.advance(600_000);
  expect(beats).toHaveLength(1);
  world.works = true;
  await clock.advance(5000);
  expect(beats).toHaveLength(2);
  await stop();
});

it("tells of a cause once, and once that it is over", async () => {
  const { clock, told, world, stop } = start();
  world.answer = { result: "again", because: "connection refused" };
  await clock.advance(180_000);
  world.answer = { result: "final", because: "404" };
  await clock.advance(120_000);
  world.answer = { result: "delivered", because: "200" };
  await clock.advance(60_000);
  expect(told).toEqual([
    { event: "heartbeat-failed", cause: "connection refused" },
    { event: "heartbeat-failed", cause: "404" },
    { event: "heartbeat-recovered" },
  ]);
  await stop();
});
