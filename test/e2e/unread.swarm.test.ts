import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";

/** A mistake in the labels of one service holds up nothing of another one. */
const swarm = openSwarm(inject("swarm"));
const id = randomUUID().slice(0, 8);
const [instance, prefix] = [`u${id}`, `com.example.u${id}`];
const [shop, blog] = [`u${id}-shop`, `u${id}-blog`];

let folder: TestFolder;
beforeAll(async () => {
  folder = await TestFolder.make();
});
afterAll(async () => {
  const manager = await swarm.leader();
  await manager.docker("service", "rm", blog);
  for (const what of ["service", "config"]) {
    const ids = await manager.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
    for (const each of ids.split("\n").filter((line) => line !== "")) await manager.docker(what, "rm", each);
  }
  await folder[Symbol.asyncDispose]();
});

it("a service that is removed has its run stopped, though the labels of another one could never be read", async () => {
  const manager = await swarm.leader();
  const create = async (name: string, labels: Record<string, string>) => {
    const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${prefix}.${key}=${value}`]);
    const stopped = ["--detach", "--replicas", "0", "--network", "host", "--stop-grace-period", "1s"];
    await manager.docker("service", "create", "--name", name, ...stopped, ...flags, "busybox", "sleep", "600");
  };
  await create(blog, { schedul: "@daily" });
  await create(shop, { schedule: EVERY_SECOND });
  const args = ["--engine", "swarm", "--instance", instance, "--sources", "services", "--label-prefix", prefix];
  await using scheduler = new SchedulerProcess({ dockerHost: manager.dockerHost, folder, args });
  await scheduler.until("problem", { at: `service ${blog}, label ${prefix}.schedul` });
  const { run } = await scheduler.until("run-started", { job: shop });
  await manager.docker("service", "rm", shop);
  expect(await scheduler.until("run-finished", { run })).toMatchObject({ outcome: "cancelled" });
  await eventually("the run's service is gone", async () => {
    const left = await manager.docker("service", "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
    return left === "" || undefined;
  });
});
