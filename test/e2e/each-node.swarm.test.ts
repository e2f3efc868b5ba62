// @module-tag full
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { onceAt } from "./schedules.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));
const names = swarm.hosts.map(({ name }) => name);
const worker = swarm.workers.at(-1);
if (worker === undefined) throw new Error("this test needs a worker");

/** What both schedulers have logged of an event, by the node that the job is for. */
function nodesOf(schedulers: readonly SchedulerProcess[], event: string, fields = {}): readonly string[] {
  const lines = schedulers.flatMap((scheduler) => scheduler.all(event, fields));
  return lines.map(({ job }) => String(job).split(".")[1] ?? "").sort();
}

it("two schedulers give each occurrence a verdict on each node: with one that is drained, and when it is back", async () => {
  await using stage = await SwarmStage.on("each", swarm);
  const first = new Date(Math.ceil(Date.now() / 1000) * 1000 + 40_000);
  const second = new Date(first.getTime() + 60_000);
  const third = new Date(second.getTime() + 60_000);
  await stage.declare({ schedule: [first, second, third].map(onceAt), policies: { nodes: "each" } });
  await using one = stage.openScheduler();
  await using other = stage.openOtherScheduler();
  const both = [one, other];
  const finished = () => nodesOf(both, "run-finished", { outcome: "succeeded" });
  try {
    await eventually("a run on each node", () => finished().length === names.length || undefined);
    expect(finished()).toEqual(names.toSorted());

    await worker.drain();
    await eventually("the runs on the others", () => finished().length === 2 * names.length - 1 || undefined);
    const skipped = () => nodesOf(both, "occurrence-skipped", { reason: "suspended" });
    await eventually("the verdict on the one that is drained", () => skipped().length > 0 || undefined);
    expect(skipped()).toEqual([worker.name]);

    await worker.activate();
    await eventually("the runs on all of them", () => finished().length === 3 * names.length - 1 || undefined);
    expect(finished().filter((name) => name === worker.name)).toHaveLength(2);
    expect(skipped()).toEqual([worker.name]);
  } finally {
    await worker.activate();
  }
});
