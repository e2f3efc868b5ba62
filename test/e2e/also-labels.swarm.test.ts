import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { deployStack } from "./stack.ts";

const swarm = openSwarm(inject("swarm"));
const id = randomUUID().slice(0, 8);
const stack = `s${id}`;
const instances = [`d${id}`, `i${id}`] as const;

/** A stack as swarm-cronjob has it. Ten of its tasks are due at once: much more often is more than two processors can start. */
function service(labels: Record<string, string>, command: string, deploy: object = {}) {
  const own = { enable: "true", schedule: "*/10 * * * * *", ...labels };
  return {
    image: "busybox",
    command: ["sh", "-c", command],
    deploy: {
      replicas: 0,
      restart_policy: { condition: "none" },
      labels: Object.fromEntries(Object.entries(own).map(([key, value]) => [`swarm.cronjob.${key}`, value])),
      ...deploy,
    },
  };
}

const services = {
  skip: service({ "skip-running": "true" }, "sleep 600"),
  replace: service({ "skip-running": "false" }, "sleep 600"),
  auth: service({ "registry-auth": "true" }, "echo authorized"),
  several: service({ replicas: "2" }, "echo one of them"),
  // swarm-cronjob leaves replicas behind; Swarm starts nothing by them.
  ran: service({}, "echo ran", { replicas: 1 }),
  each: service({}, "echo on a node", { mode: "global", replicas: undefined }),
};

let folder: TestFolder;
let file: string;

beforeAll(async () => {
  folder = await TestFolder.make();
  // Not a network of its own, which each node would first have to set up.
  const networks = { default: { external: true, name: "host" } };
  file = join(folder.path, "stack.json");
  await writeFile(file, JSON.stringify({ version: "3.8", services, networks }));
});

afterAll(async () => {
  const manager = await swarm.leader();
  for (const instance of instances)
    for (const what of ["service", "config"]) {
      const ids = await manager.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
      for (const each of ids.split("\n").filter((line) => line !== "")) await manager.docker(what, "rm", each);
    }
  await manager.docker("stack", "rm", stack);
  await folder[Symbol.asyncDispose]();
});

/** What tells that each of the six has run under its policies. */
async function untilAllRan(scheduler: SchedulerProcess, nameOf: (service: string) => string): Promise<void> {
  await scheduler.until("job-output", { job: nameOf("auth"), line: "authorized" });
  await scheduler.until("job-output", { job: nameOf("several"), line: "one of them" });
  await scheduler.until("job-output", { job: nameOf("ran"), line: "ran" });
  for (const { name } of swarm.hosts)
    await scheduler.until("job-output", { job: `${nameOf("each")}.${name}`, line: "on a node" });
  await scheduler.until("occurrence-skipped", { job: nameOf("skip"), reason: "still-running" });
  await scheduler.until("run-finished", { job: nameOf("replace"), outcome: "replaced" });
}

const start = (dockerHost: string, instance: string, ...args: readonly string[]) =>
  new SchedulerProcess({ dockerHost, folder, args: ["--engine", "swarm", "--instance", instance, ...args] });

it("six services that swarm-cronjob has started are carried out as they stand, as soon as it is gone", async () => {
  const manager = await swarm.leader();
  await deployStack(manager, stack, file);
  const once = ["--restart-condition", "none", "--entrypoint", "swarm-cronjob"];
  await manager.docker("service", "create", "--detach", "--name", `${stack}-cron`, ...once, "busybox");

  await using scheduler = start(
    manager.dockerHost,
    instances[0],
    ...["--sources", "services", "--also-labels", "swarm-cronjob"],
  );
  expect((await scheduler.until("standby")).reason).toMatch(`swarm-cronjob (service ${stack}-cron) runs`);
  await manager.docker("service", "rm", `${stack}-cron`);
  await scheduler.until("active");
  await untilAllRan(scheduler, (service) => `${stack}_${service}`);
  const problems = scheduler.all("problem").map(({ at, detail }) => `${at}: ${detail}`);
  expect(problems.toSorted()).toEqual([
    expect.stringMatching(/_several, label \S+replicas: swarm-cronjob starts 2 tasks each time; a run here is one$/),
  ]);
});

it("by import from the Swarm itself, and by the commands that this prints, they are carried out the same", async () => {
  const manager = await swarm.leader();
  const env = { SHIPBELL_DOCKER_HOST: manager.dockerHost };
  const read = ["import", "swarm-cronjob", "--timezone", "UTC", "--from-engine"];
  const imported = await shipbell(read, env);
  expect(imported.code).toBe(0);
  expect(imported.stdout.match(/^ {2}\w+:$/gm)).toHaveLength(6 + 1);
  const { stdout } = await shipbell([...read, "--as", "labels"], env);
  const command = stdout.split("\n").find((line) => line.endsWith(`${stack}_ran`)) ?? "";
  expect(command).toMatch(/^docker service update --detach --label-rm swarm.cronjob.enable .* --replicas 0 /);
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  await manager.docker(...words.slice(1));
  await using scheduler = start(manager.dockerHost, instances[1], "--sources", "services");
  await scheduler.until("job-output", { job: `${stack}_ran`, line: "ran" });
  expect(scheduler.all("problem")).toEqual([]);
});

// That these are the same jobs is proven without a Swarm, in test/definition/import/drop-in.test.ts.
it("by import, the same stack becomes jobs that run alike", { tags: "full" }, async () => {
  const manager = await swarm.leader();
  const imported = await shipbell(["import", "swarm-cronjob", "--project", stack, "--timezone", "UTC", file]);
  expect(imported.code).toBe(0);
  await folder.writeSchedules(imported.stdout);
  await using scheduler = start(manager.dockerHost, instances[1], "--sources", "files");
  await untilAllRan(scheduler, (service) => service);
});
