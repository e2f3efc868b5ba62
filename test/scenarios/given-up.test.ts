import { describe, expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { settled } from "../support/fake-clock.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { type Effect, type Fate, Scene } from "./scene.ts";

/** Due once; five minutes are what it may take to start. */
const job = aJob({ schedules: [{ pattern: "1 12 * * *", timezone: "UTC" }], run: { pendingTimeoutMs: 300_000 } });
const PENDING_TIMEOUT = { kind: "rejected", reason: "pending-timeout" };
const never = new AbortController().signal;

/** A scene whose first request to start the run arrives when the test says so, long after the scheduler gave it up. */
function sceneOf(kind: "container" | "service") {
  const scene: Scene = new Scene(at("12:00:30"), () => {}, kind);
  const engine = new FakeEngine({ world: scene.world, kind });
  const object = () => [...scene.world.everMade.values()].find(({ order }) => order?.job === job.name);
  const startedAs: { id: string; name: string }[] = [];
  return {
    scene,
    object,
    /** All requests to start it get no answer, and do not arrive. */
    loseStarts: ({ what, moment }: Effect): Fate => {
      if (what !== "activate" || moment !== "before") return "go-on";
      const made = object();
      if (made !== undefined) startedAs.push({ id: made.id, name: made.name });
      return "no-answer";
    },
    /** The first one does arrive. */
    startArrives: async () => {
      const [first] = startedAs;
      if (first !== undefined) await engine.activate(first);
      await settled();
    },
  };
}

const runOf = (scene: Scene) => scene.record(job.name).runs[0];

describe.each(["container", "service"] as const)(
  "the start of a %s that comes when its pending_timeout is over",
  (kind) => {
    it("runs nothing once its end is recorded, also while the removal of its object is held up", async () => {
      const { scene, object, loseStarts, startArrives } = sceneOf(kind);
      await scene.startScheduler([job], async (effect): Promise<Fate> => {
        if (effect.what === "remove" && effect.moment === "before") await scene.clock.wait(3000, never);
        return loseStarts(effect);
      });
      await scene.clock.advanceTo(at("12:01"));
      scene.clock.set(at("12:11"));
      // The late request comes in the first moment in which the end is recorded.
      while (runOf(scene)?.outcome === undefined && scene.clock.now() < at("12:20")) await scene.clock.advance(1000);
      await startArrives();
      expect(runOf(scene)?.outcome).toMatchObject(PENDING_TIMEOUT);
      expect(scene.world.executions).toEqual([]);
      expect(scene.world.objects.has(object()?.id ?? "")).toBe(false);
      await scene.clock.advance(60_000);
      scene.expectPromisesKept(job);
    });

    it("runs it when it comes before its object is removed; then it is stopped, and has timed out", async () => {
      const { scene, loseStarts, startArrives } = sceneOf(kind);
      await scene.startScheduler([job], async (effect): Promise<Fate> => {
        if (effect.what === "remove" && effect.moment === "before") await startArrives();
        return loseStarts(effect);
      });
      await scene.clock.advanceTo(at("12:01"));
      scene.clock.set(at("12:11"));
      await scene.clock.advance(60_000);
      expect(scene.world.executions).toHaveLength(1);
      expect(runOf(scene)?.outcome).toEqual({ kind: "timed-out", exitCode: 143 });
      scene.expectPromisesKept(job);
    });

    it.each([
      ["before it is noted that it is given up", "swap", "before"],
      ["when that is noted", "swap", "after"],
      ["before its object is removed", "remove", "before"],
      ["when its object is removed, and nothing is recorded yet", "remove", "after"],
    ] as const)("is rejected and not lost where the scheduler is killed %s", async (_, what, moment) => {
      const { scene, loseStarts, startArrives } = sceneOf(kind);
      const first = await scene.startScheduler([job], (effect) => {
        const isKilled = scene.clock.now() >= at("12:11") && effect.what === what && effect.moment === moment;
        return isKilled ? "kill" : loseStarts(effect);
      });
      await scene.clock.advanceTo(at("12:01"));
      scene.clock.set(at("12:11"));
      await scene.clock.advance(20_000);
      expect(first.isAlive).toBe(false);
      expect(runOf(scene)?.outcome).toBeUndefined();
      await scene.startScheduler([job], loseStarts);
      await scene.clock.advance(60_000);
      await startArrives();
      expect(runOf(scene)?.outcome).toMatchObject(PENDING_TIMEOUT);
      expect(scene.world.executions).toEqual([]);
      scene.expectPromisesKept(job);
    });

    it("is rejected also where its object cannot be removed for minutes", async () => {
      const { scene, loseStarts } = sceneOf(kind);
      await scene.startScheduler([job], (effect) => (effect.what === "remove" ? "trouble" : loseStarts(effect)));
      await scene.clock.advanceTo(at("12:15"));
      expect(runOf(scene)?.outcome).toMatchObject(PENDING_TIMEOUT);
      const finishedAt = runOf(scene)?.finishedAt?.getTime();
      expect(finishedAt, "when it was given up").toBeGreaterThanOrEqual(at("12:06").getTime());
      expect(finishedAt).toBeLessThan(at("12:06:15").getTime());
    });
  },
);
