import { describe, expect, it } from "vitest";
import { emptyReading } from "../../src/definition/reading.ts";
import type { Job, Retries } from "../../src/job/job.ts";
import { nodeJobs } from "../../src/runs/definitions.ts";
import { expandEachNode, type SwarmNode } from "../../src/sources/each-node.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { aJob, at } from "../support/a-job.ts";
import { aNode } from "../support/a-node.ts";
import { Scene, type Scheduler } from "./scene.ts";

const HOUR_MS = 3600_000;

const clean = aJob({
  name: "clean",
  schedules: [{ pattern: "*/10 * * * *", timezone: "UTC" }],
  eachNode: { constraints: [] },
});
const declaredOf = (job: Job) =>
  mergeReadings(emptySnapshot, [{ source: "files", reading: { ...emptyReading, jobs: [job] } }]);
const declared = declaredOf(clean);

function swarm(): Scene {
  const scene: Scene = new Scene(
    at("12:01"),
    (process) => void scene.clock.wait(5000, new AbortController().signal).then(() => process.exit(0)),
    "service",
  );
  return scene;
}

/** The scheduler sees these nodes from now on. */
async function see(
  scheduler: Scheduler,
  scene: Scene,
  nodes: readonly SwarmNode[] | string,
  snapshotOf = declared,
): Promise<void> {
  const seen = typeof nodes === "string" ? { unreadable: nodes } : nodes;
  const known = nodeJobs(scheduler.loop.book.records);
  const { snapshot } = expandEachNode(snapshotOf, { nodes: seen, known, now: scene.clock.now() });
  await scheduler.declare([...snapshot.jobs.values()], snapshot.unread);
}

async function begin(nodes: readonly SwarmNode[] | string, count = 2) {
  const scene = swarm();
  const schedulers: Scheduler[] = [];
  for (let i = 0; i < count; i++) schedulers.push(await beginOne(scene, nodes));
  await scene.clock.advance(1000);
  return { scene, schedulers };
}

async function beginOne(scene: Scene, nodes: readonly SwarmNode[] | string): Promise<Scheduler> {
  const known = nodeJobs(new Map([...scene.store.texts.keys()].map((job) => [job, scene.record(job)])));
  const seen = typeof nodes === "string" ? { unreadable: nodes } : nodes;
  const { snapshot } = expandEachNode(declared, { nodes: seen, known, now: scene.clock.now() });
  return scene.startScheduler([...snapshot.jobs.values()], undefined, snapshot.unread);
}

/** Starts and skips of each record. */
function counted(scene: Scene): Record<string, unknown> {
  const jobs = [...scene.store.texts.keys()].sort();
  return Object.fromEntries(
    jobs.map((job) => {
      const { started, skipped, missed } = scene.record(job).totals;
      return [job, { ...started, ...skipped, ...missed }];
    }),
  );
}

function expectPromisesKept(scene: Scene): void {
  for (const job of scene.store.texts.keys()) scene.expectPromisesKept({ ...clean, name: job });
}

const both = [aNode("host-1"), aNode("host-2")];
const [one] = both as [SwarmNode];

describe("a job for each node, with two schedulers", () => {
  it("has a verdict of each node for each occurrence", async () => {
    const { scene } = await begin(both);
    await scene.clock.advance(HOUR_MS);
    expect(counted(scene)).toEqual({ "clean.host-1": { schedule: 6 }, "clean.host-2": { schedule: 6 } });
    expectPromisesKept(scene);
  });

  it("gives a node that joins a record, which no scheduler takes away that sees it later", async () => {
    const { scene, schedulers } = await begin([one]);
    const [first, second] = schedulers as [Scheduler, Scheduler];
    await scene.clock.advance(HOUR_MS);
    await see(first, scene, both);
    await scene.clock.advance(HOUR_MS);
    await see(second, scene, both);
    await scene.clock.advance(HOUR_MS);
    expect(counted(scene)).toEqual({ "clean.host-1": { schedule: 18 }, "clean.host-2": { schedule: 12 } });
    expectPromisesKept(scene);
  });

  it("skips what is due on a node that is drained, and starts again when it is active", async () => {
    const { scene, schedulers } = await begin(both);
    await scene.clock.advance(HOUR_MS);
    for (const each of schedulers) await see(each, scene, [one, aNode("host-2", { availability: "drain" })]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-2").definition).toMatchObject({
      suspended: true,
      node: { awaySince: at("13:01:01") },
    });
    for (const each of schedulers) await see(each, scene, both);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-2").definition.node).toEqual({ of: "clean", id: "id-host-2", name: "host-2" });
    expect(counted(scene)).toEqual({
      "clean.host-1": { schedule: 18 },
      "clean.host-2": { schedule: 12, suspended: 6 },
    });
    expectPromisesKept(scene);
  });

  it.each<[what: string, back: SwarmNode[], Record<string, unknown>]>([
    ["has its next attempt when a node is back that was drained for a minute", both, { succeeded: { schedule: 1 } }],
    ["has no next attempt on a node that stays away", [one], { failed: { schedule: 1 } }],
  ])("%s", async (_, back, ended) => {
    let exitCode = 1;
    const scene: Scene = new Scene(at("12:09"), (process) => process.exit(exitCode), "service");
    const retries: Retries = { limit: 1, delayMs: 30_000, maxDelayMs: 30_000, on: ["failed"] };
    const retried = aJob({ ...clean, run: { retries } });
    const seeAll = async (nodes: readonly SwarmNode[]) => {
      for (const each of schedulers) await see(each, scene, nodes, declaredOf(retried));
    };
    const schedulers = [await scene.startScheduler([]), await scene.startScheduler([])];
    await seeAll(both);
    await scene.clock.advanceTo(at("12:10:05"));
    exitCode = 0;
    await seeAll([one, aNode("host-2", { availability: "drain" })]);
    await scene.clock.advanceTo(at("12:11:05"));
    expect(scene.record("clean.host-2").runs).toMatchObject([{ attempts: [{ outcome: { kind: "failed" } }] }]);
    expect(scene.record("clean.host-2").runs[0]?.outcome).toBeUndefined();
    await seeAll(back);
    await scene.clock.advance(back === both ? 25_000 : 25 * HOUR_MS);
    await seeAll(back);
    await scene.clock.advance(1000);
    expect(scene.record("clean.host-2").totals.ended).toEqual(ended);
  });

  it("follows the newer view while the schedulers see a drain at different moments, without going back and forth", async () => {
    const { scene, schedulers } = await begin(both);
    const [first, second] = schedulers as [Scheduler, Scheduler];
    const drained = [one, aNode("host-2", { availability: "drain" })];
    await see(first, scene, drained);
    await scene.clock.advance(30_000);
    await see(second, scene, drained);
    const { definition } = scene.record("clean.host-2");
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-2").definition).toEqual(definition);
    expect(definition.node?.awaySince).toEqual(at("12:01:01"));
    expect(counted(scene)).toEqual({ "clean.host-1": { schedule: 6 }, "clean.host-2": { suspended: 6 } });
  });

  it("removes the job of a node that has left after a day, whichever scheduler is there then", async () => {
    const { scene, schedulers } = await begin(both);
    for (const each of schedulers) await see(each, scene, [one]);
    await scene.clock.advance(23 * HOUR_MS);
    for (const each of schedulers) each.kill();
    const last = await beginOne(scene, [one]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-2").removedAt).toBeUndefined();
    await see(last, scene, [one]);
    await scene.clock.advance(1000);
    expect(scene.record("clean.host-2").removedAt).toBeDefined();
    expect(scene.record("clean.host-1").removedAt).toBeUndefined();
  });

  it("notes on the record of a job that is suspended anyway that its node goes and is back, whichever scheduler is there", async () => {
    const suspended = declaredOf(aJob({ ...clean, suspended: true, hash: "suspended" }));
    const drained = [one, aNode("host-2", { availability: "drain" })];
    const { scene, schedulers } = await begin(both);
    const [first, second] = schedulers as [Scheduler, Scheduler];
    const since = () => scene.record("clean.host-2").definition.node?.awaySince;
    await see(first, scene, both, suspended);
    await see(second, scene, both, suspended);
    await see(second, scene, drained, suspended);
    await see(first, scene, drained, suspended);
    await scene.clock.advance(1000);
    expect(since()).toEqual(at("12:01:01"));
    second.kill();
    await scene.clock.advance(1000);
    await see(first, scene, both, suspended);
    await scene.clock.advance(1000);
    expect(since()).toBeUndefined();
  });

  it("goes on under its name on a node that left and joined again", async () => {
    const { scene, schedulers } = await begin(both);
    await scene.clock.advance(HOUR_MS);
    const again = [one, aNode("host-2", { state: "down" }), aNode("host-2", { id: "new-id" })];
    for (const each of schedulers) await see(each, scene, again);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-2").definition.node?.id).toBe("new-id");
    expect(counted(scene)).toEqual({ "clean.host-1": { schedule: 12 }, "clean.host-2": { schedule: 12 } });
    expectPromisesKept(scene);
  });

  it("takes no record for that of a removed job while the nodes cannot be listed", async () => {
    const { scene, schedulers } = await begin(both);
    await scene.clock.advance(HOUR_MS);
    for (const each of schedulers) each.kill();
    const next = await beginOne(scene, "no leader");
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-1").removedAt).toBeUndefined();
    await see(next, scene, both);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("clean.host-1").totals).toMatchObject({ started: { schedule: 12, "catch-up": 1 } });
    expectPromisesKept(scene);
  });
});
