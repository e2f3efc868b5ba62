import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";
import { deployStack } from "./stack.ts";

const swarm = openSwarm(inject("swarm"));
const id = randomUUID().slice(0, 8);
const [stack, instance, prefix] = [`t${id}`, `i${id}`, `com.example.t${id}`];

let folder: TestFolder;
beforeAll(async () => {
  folder = await TestFolder.make();
});
afterAll(async () => {
  const manager = await swarm.leader();
  for (const what of ["service", "config"]) {
    const ids = await manager.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
    for (const each of ids.split("\n").filter((line) => line !== "")) await manager.docker(what, "rm", each);
  }
  await manager.docker("service", "rm", `${stack}-lone`);
  await manager.docker("stack", "rm", stack);
  await folder[Symbol.asyncDispose]();
});

const labelled = (keys: Record<string, string>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${prefix}.${key}`, value]));

it("a stack's labels with a prefix of their own are obeyed, what belongs to no stack is refused, and misplaced ones are reported", async () => {
  const often = { schedule: EVERY_SECOND };
  const command = ["sh", "-c", "echo $$WHO $$(pwd)"];
  const deploy = (keys: Record<string, string>) => ({ replicas: 0, labels: labelled(keys) });
  const process = { "environment.WHO": "label", working_dir: "/tmp" };
  const services = {
    backup: { image: "busybox", command, environment: { WHO: "object" }, deploy: deploy({ ...often, ...process }) },
    root: { image: "busybox", user: "1000", deploy: deploy({ ...often, user: "root" }) },
    web: { image: "busybox", labels: labelled(often), deploy: { replicas: 0 } },
  };
  // Not one of its own, which each node would first have to set up.
  const networks = { default: { external: true, name: "host" } };
  await writeFile(join(folder.path, "stack.json"), JSON.stringify({ version: "3.8", services, networks }));
  const manager = await swarm.leader();
  await deployStack(manager, stack, join(folder.path, "stack.json"));
  const lone = ["--detach", "--name", `${stack}-lone`, "--replicas", "0", "--label", `${prefix}.schedule=@daily`];
  await manager.docker("service", "create", ...lone, "busybox", "true");

  await using scheduler = new SchedulerProcess({
    dockerHost: manager.dockerHost,
    folder,
    args: [
      ...["--engine", "swarm", "--instance", instance, "--sources", "services"],
      ...["--label-prefix", prefix, "--allow-stacks", `${stack}*`],
    ],
  });
  await scheduler.until("job-output", { job: `${stack}_backup`, line: "label /tmp" });
  const problems = scheduler.all("problem").map(({ at, refused }) => [at, refused]);
  expect(problems.toSorted()).toEqual([
    [`service ${stack}-lone, label ${prefix}.schedule`, "stack-not-allowed"],
    [`service ${stack}_root, label ${prefix}.user`, "asks-for-more"],
    [`service ${stack}_web`, undefined],
  ]);
  expect(scheduler.all("problem", { at: `service ${stack}_web` })).toMatchObject([
    {
      detail: `${prefix}.schedule is a label of the service's containers, where no scheduler reads it`,
      hint: "in the stack's file, move it from labels: to deploy: labels:",
    },
  ]);
  const series = 'shipbell_labels_refused{source="services",reason="stack-not-allowed"}';
  expect(await scheduler.metric(series)).toBe(1);
});
