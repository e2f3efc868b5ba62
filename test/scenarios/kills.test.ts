import { describe, expect, it } from "vitest";
import type { Job } from "../../src/job/job.ts";
import { aJob, at } from "../support/a-job.ts";
import type { FakeProcess } from "../support/fake-world.ts";
import { type Effect, type Fault, Scene } from "./scene.ts";

const START = at("12:00:30");
const everyMinute = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });

/** A scene whose processes run for so long, then exit with 0. */
function sceneOf(runsForMs: number): Scene {
  const scene: Scene = new Scene(START, (process: FakeProcess) => {
    process.print("working");
    void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0));
  });
  return scene;
}

/** Kills the scheduler at the nth time that it comes to this effect. */
function killAt(point: Omit<Effect, "subject">, nth = 1): Fault {
  let seen = 0;
  return ({ what, moment }) => (what === point.what && moment === point.moment && ++seen === nth ? "kill" : "go-on");
}

const effects: Omit<Effect, "subject">[] = (["prepare", "activate", "look", "remove", "list", "swap"] as const).flatMap(
  (what) => (["before", "after"] as const).map((moment) => ({ what, moment })),
);

async function killAndRestart(job: Job, runsForMs: number, fault: Fault, downMs: number, aheadMs = 0): Promise<Scene> {
  const scene = sceneOf(runsForMs);
  scene.aheadMs = aheadMs;
  const first = await scene.startScheduler([job], fault);
  while (first.isAlive && scene.clock.now() < at("12:20")) await scene.clock.advance(1000);
  first.kill();
  await scene.clock.advance(downMs);
  await scene.startScheduler([job]);
  await scene.clock.advance(10 * 60_000 - runsForMs);
  return scene;
}

describe("a scheduler killed at any effect, and another one started", () => {
  const points = effects.flatMap((effect) => [1, 2, 3, 5].map((nth) => ({ ...effect, nth })));

  it.each(points)("$moment $what, the time number $nth", async ({ nth, ...effect }) => {
    const scene = await killAndRestart(everyMinute, 5000, killAt(effect, nth), 5000);
    scene.expectPromisesKept(everyMinute);
    const { ended, started } = scene.record("backup").totals;
    expect(Object.keys(ended)).toEqual(["succeeded"]);
    expect(started.schedule).toBeGreaterThanOrEqual(9);
  });

  it.each(points)(
    "$moment $what, the time number $nth, with starts that are prepared ahead",
    async ({ nth, ...effect }) => {
      const scene = await killAndRestart(everyMinute, 5000, killAt(effect, nth), 5000, 10_000);
      scene.expectPromisesKept(everyMinute);
      const { ended, started } = scene.record("backup").totals;
      expect(Object.keys(ended)).toEqual(["succeeded"]);
      expect(started.schedule).toBeGreaterThanOrEqual(9);
    },
  );
});
