// @module-tag full
import { afterEach, describe, expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { serviceRequests } from "./engine-requests.ts";
import { expectOneOfEverything } from "./one-of-everything.ts";
import { Stage } from "./stage.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));
const onWorkers = { placement: { constraints: ["node.role == worker"] } };

afterEach(() => swarm.whole());

describe("a leader that is killed and comes back", () => {
  it("while a run is prepared: it runs once", async () => {
    await using stage = await SwarmStage.on("leader-prepared", swarm);
    const scheduledAt = await stage.declareDueOnce({ deploy: onWorkers });
    const held = stage.proxy.when(serviceRequests.create).holdAnswer();
    await using scheduler = stage.openScheduler();
    await stage.reached(held);
    const leader = await swarm.leader();
    await leader.kill();
    held.release();
    await using other = stage.openOtherScheduler();
    await leader.start();
    await swarm.whole();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: other });
    await scheduler.stop();
    expect(await stage.objects()).toEqual([]);
  });

  it("while a run is active: it goes on, and its end is recorded", async () => {
    await using stage = await SwarmStage.on("leader-active", swarm);
    const scheduledAt = await stage.declareDueOnce({ deploy: onWorkers, body: Stage.atTheGate });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    await using other = stage.openOtherScheduler();
    const leader = await swarm.leader();
    await leader.kill();
    await stage.openGate();
    await leader.start();
    await swarm.whole();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: other });
    await scheduler.stop();
    expect(await stage.objects()).toEqual([]);
  });

  it("while a run has finished and is not recorded: it does not run again", async () => {
    await using stage = await SwarmStage.on("leader-finished", swarm);
    const scheduledAt = await stage.declareDueOnce({ deploy: onWorkers, body: Stage.atTheGate });
    await using first = stage.openScheduler();
    await stage.untilExecutions(1);
    await first.kill();
    await stage.openGate();
    await stage.untilAllAre("complete");
    const leader = await swarm.leader();
    await leader.kill();
    await leader.start();
    await swarm.whole();
    await using next = stage.openOtherScheduler();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
    expect(await stage.objects()).toEqual([]);
  });
});

describe("the node of a run", () => {
  it("is killed: the run is lost after its node_grace, with the node's name, and its service goes when the node is back", async () => {
    await using stage = await SwarmStage.on("node-killed", swarm);
    await stage.declareDueOnce({ body: Stage.atTheGate, deploy: onNode("w1"), policies: { node_grace: "5s" } });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    await swarm.workers[0]?.kill();
    const finished = await scheduler.until("run-finished", {}, { withinMs: 90_000 });
    expect(finished).toMatchObject({ outcome: "lost", reason: "node-down", node: "w1" });
    expect(finished.detail).toContain("w1");
    expect((await stage.record()).totals.ended).toEqual({ lost: { schedule: 1 } });
    expect(await stage.objects()).toHaveLength(1);
    await swarm.workers[0]?.start();
    await stage.until("no service", async () => (await stage.objects()).length === 0);
    expect(await stage.witness.executions()).toHaveLength(1);
  });

  it("is cut off: the run is lost, and when the node is back it is stopped, and nothing runs again", async () => {
    await using stage = await SwarmStage.on("node-cut-off", swarm);
    await stage.declareDueOnce({ body: Stage.atTheGate, deploy: onNode("w2"), policies: { node_grace: "5s" } });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    await swarm.workers[1]?.cut();
    const finished = await scheduler.until("run-finished", {}, { withinMs: 90_000 });
    expect(finished).toMatchObject({ outcome: "lost", reason: "node-down", node: "w2" });
    await swarm.workers[1]?.mend();
    const orphan = await scheduler.until("orphan-stopped", {}, { withinMs: 90_000 });
    expect(orphan).toMatchObject({ job: stage.job, node: "w2" });
    await stage.until("no service", async () => (await stage.objects()).length === 0);
    expect(await stage.witness.executions()).toHaveLength(1);
    expect((await stage.record()).totals.ended).toEqual({ lost: { schedule: 1 } });
  });

  it("is drained: the run is lost, and says why", async () => {
    await using stage = await SwarmStage.on("node-drained", swarm);
    await stage.declareDueOnce({ body: Stage.atTheGate, deploy: onNode("w1") });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    await swarm.workers[0]?.drain();
    const finished = await scheduler.until("run-finished", {});
    expect(finished).toMatchObject({ outcome: "lost", reason: "shut-down", detail: "node w1 was drained" });
  });

  it("loses the label that it was placed by: Swarm calls that rejected, and yet the run was executed", async () => {
    await using stage = await SwarmStage.on("node-relabelled", swarm);
    const manager = await swarm.leader();
    await manager.docker("node", "update", "--label-add", "relabelled=yes", "w1");
    await stage.declareDueOnce({
      body: Stage.atTheGate,
      deploy: { placement: { constraints: ["node.labels.relabelled == yes"] } },
      policies: { stop_grace_period: "1s" },
    });
    await using scheduler = stage.openScheduler();
    await stage.untilExecutions(1);
    await manager.docker("node", "update", "--label-rm", "relabelled", "w1");
    const finished = await scheduler.until("run-finished", {});
    expect(finished).toMatchObject({ outcome: "lost", reason: "shut-down", node: "w1" });
    expect(finished.detail).toContain("its node can no longer have it");
  });
});

function onNode(name: string) {
  return { placement: { constraints: [`node.hostname == ${name}`] } };
}
