// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import { shipbell } from "./scheduler-process.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));
const [, second] = swarm.managers;
if (second === undefined) throw new Error("this test needs two managers");

it("what a run uses on the node of another scheduler than the one that has started it stands in the record in the end", async () => {
  await using stage = await SwarmStage.on(`usage-${randomUUID().slice(0, 4)}`, swarm);
  const deploy = { placement: { constraints: [`node.hostname == ${second.name}`] } };
  const job = { schedule: "0 0 1 1 *", image: "busybox", command: "sleep 1000", deploy };
  await stage.folder.writeSchedules(JSON.stringify({ jobs: { [stage.job]: job } }));
  const at = ["--engine", "swarm", "--instance", stage.instance, "--state-dir", stage.folder.stateDir];
  const command = (...args: readonly string[]) => shipbell([...args, ...at, "--docker-host", stage.proxy.dockerHost]);
  await using starter = stage.openScheduler();
  await starter.until("jobs-changed");
  expect(await command("run", stage.job)).toMatchObject({ code: 0 });
  const { run } = await starter.until("run-started", { job: stage.job });
  await using neighbour = stage.openOtherScheduler();
  await neighbour.until("jobs-changed");
  const isReading = ({ path, status }: { readonly path: string; readonly status?: number | undefined }) =>
    path.includes("/stats") && status === 200;
  await eventually("a reading on its node", () => stage.otherProxy.requests.find(isReading));
  expect(await command("cancel", String(run))).toMatchObject({ code: 0 });
  const used = await eventually("what it used", async () => {
    const { stdout } = await command("runs", stage.job, "--format", "json");
    return (JSON.parse(stdout) as { readonly usage?: { readonly cpuMs: number } }[])[0]?.usage;
  });
  expect(used.cpuMs).toBeGreaterThan(0);
  expect(stage.proxy.requests.filter(isReading)).toEqual([]);
});
