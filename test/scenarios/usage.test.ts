import { describe, expect, it } from "vitest";
import type { ObjectKind } from "../../src/job/job.ts";
import { readPast } from "../../src/ledger/past.ts";
import { latestAttempt } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { type Fate, Scene } from "./scene.ts";

const hourly = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });

/** A job whose runs take so long. */
function takes(ms: number, kind: ObjectKind = "container"): Scene {
  const scene: Scene = new Scene(at("12:59:50"), ({ exit }) => void scene.clock.after(ms, () => exit(0)), kind);
  return scene;
}

const usageOf = (scene: Scene) => scene.record("backup").runs.map((run) => latestAttempt(run).usage);

describe.each<ObjectKind>(["container", "service"])("what a run used (%s)", (kind) => {
  it("is recorded and told with its end, as it was last read", async () => {
    const scene = takes(6000, kind);
    await scene.startScheduler([hourly]);
    await scene.clock.advance(30_000);
    const [object] = scene.world.everMade.values();
    const usage = object && scene.world.usageOf(object);
    expect(usage?.cpuMs).toBeGreaterThanOrEqual(300);
    expect(usageOf(scene)).toEqual([usage]);
    expect(readPast(scene.record("backup"))).toMatchObject([{ usage }]);
    expect(scene.events.filter(({ event }) => event === "run-finished")).toMatchObject([{ usage }]);
  });

  it("is not known of a run that ends before it is read, and then the record is as it was before there was such a thing", async () => {
    const scene = takes(500, kind);
    await scene.startScheduler([hourly]);
    await scene.clock.advance(30_000);
    expect(usageOf(scene)).toEqual([undefined]);
    expect(scene.store.texts.get("backup")).not.toContain("usage");
    expect(scene.events.find(({ event }) => event === "run-finished")).not.toHaveProperty("usage");
  });

  it("is read on by the scheduler that takes the run up", async () => {
    const scene = takes(60_000, kind);
    const first = await scene.startScheduler([hourly]);
    await scene.clock.advance(30_000);
    first.kill();
    const [object] = scene.world.everMade.values();
    const before = object && scene.world.usageOf(object);
    await scene.startScheduler([hourly]);
    await scene.clock.advance(60_000);
    const [usage] = usageOf(scene);
    expect(usage?.cpuMs).toBeGreaterThan(before?.cpuMs ?? Number.NaN);
  });
});

describe("what a run of a Swarm used", () => {
  /** The first scheduler has started it; it is not on that one's node, but on the other one's. */
  async function onTheOtherNode(whenEnded: Fate = "go-on") {
    const scene = takes(6000, "service");
    scene.knowsUsage = false;
    await scene.startScheduler([hourly]);
    await scene.clock.advance(12_000);
    scene.knowsUsage = true;
    const hasEnded = () => scene.record("backup").runs.every(({ outcome }) => outcome !== undefined);
    await scene.startScheduler([hourly], ({ what }) => (what === "swap" && hasEnded() ? whenEnded : "go-on"));
    await scene.clock.advance(30_000);
    const [object] = scene.world.everMade.values();
    return { scene, usage: object && scene.world.usageOf(object) };
  }

  it("is added by the scheduler on its node, when another one has recorded its end, and to the digest, too", async () => {
    const { scene, usage } = await onTheOtherNode();
    expect(usage?.cpuMs).toBeGreaterThan(0);
    expect(usageOf(scene)).toEqual([usage]);
    expect(readPast(scene.record("backup"))).toMatchObject([{ outcome: "succeeded", usage }]);
    scene.expectPromisesKept(hourly);
  });

  it("stays unknown when the swap that would add it fails", async () => {
    const { scene } = await onTheOtherNode("no-answer");
    expect(usageOf(scene)).toEqual([undefined]);
    scene.expectPromisesKept(hourly);
  });
});
