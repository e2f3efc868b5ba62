// @module-tag full
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { runCommand } from "../../lab/machine/run-command.ts";
import { dockerConfig, type LabRegistry, startRegistry } from "../../lab/registry.ts";
import { openSwarm } from "../../lab/swarm.ts";
import { TestFolder } from "../scheduler-process.ts";
import { Example, exampleFile } from "./example.ts";

const swarm = openSwarm(inject("swarm"));
const [first, second] = swarm.workers;
const manager = swarm.managers[0];
if (manager === undefined || first === undefined || second === undefined)
  throw new Error("this test needs a manager and two workers");

const login = { user: "robot", password: "first-secret" };
const renewed = { user: "robot", password: "second-secret" };

let folder: TestFolder;
let registry: LabRegistry;
let image: string;
let example: Example;

beforeAll(async () => {
  folder = await TestFolder.make();
  registry = await startRegistry(login, swarm.gateway);
  image = `${registry.address}/tool:1`;
  await writeFile(join(folder.path, "config.json"), dockerConfig(registry.address, login));
  await manager.docker("tag", "busybox", image);
  await manager.docker("--config", folder.path, "push", "--quiet", image);
  await manager.docker("image", "rm", image);
  example = await Example.start({
    ...{ engine: manager, instance: "private-registry", schedules: "private-registry/tool.yml" },
    args: ["--engine", "swarm", "--sources", "files", "--registry-config", join(folder.path, "config.json")],
    env: { REGISTRY: registry.address, WORKER_1: first.name, WORKER_2: second.name, TOOL_SCHEDULE: "0 0 1 1 *" },
  });
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await removeImage();
  await registry?.takeDown();
  await folder[Symbol.asyncDispose]();
});

/** From the workers, so that it has to be pulled. */
async function removeImage(): Promise<void> {
  for (const { docker } of swarm.workers)
    if ((await docker("image", "ls", "--quiet", image)) !== "") await docker("image", "rm", "--force", image);
}

async function runOnBoth() {
  const ends = await Promise.all(["tool-on-1", "tool-on-2"].map((job) => example.run(job)));
  return ends.map(({ code, stdout, stderr }) => (code === 0 ? stdout : stderr));
}

it("runs an image of a private registry on every worker, also after its password was changed, with no restart", async () => {
  const wasHere = "the tool was here\n";
  expect(await runOnBoth()).toEqual([wasHere, wasHere]);
  const nodes = example.scheduler.all("run-finished").map(({ node }) => node);
  expect(nodes.toSorted()).toEqual([first.name, second.name]);

  await registry.setLogin(renewed);
  await removeImage();
  const refused = expect.stringMatching(/was rejected, registry-unauthorized: .*unauthorized/);
  expect(await runOnBoth()).toEqual([refused, refused]);

  await writeFile(join(folder.path, "config.json"), dockerConfig(registry.address, renewed));
  expect(await runOnBoth()).toEqual([wasHere, wasHere]);
  const log = JSON.stringify(example.scheduler.log);
  for (const { password } of [login, renewed]) expect(log).not.toContain(password);
});

it("has a file that gives the stack of shipbell the folder of the credentials", async () => {
  const files = [join(exampleFile("../.."), "stack.yml"), exampleFile("private-registry/registry.yml")];
  const config = await runCommand("docker", ["stack", "config", ...files.flatMap((file) => ["--compose-file", file])]);
  expect(config).toContain("SHIPBELL_REGISTRY_CONFIG: /run/registry/config.json");
  expect(config).toContain("source: /srv/shipbell/registry\n        target: /run/registry");
  expect(config).toContain("SHIPBELL_ENGINE: swarm");
});
