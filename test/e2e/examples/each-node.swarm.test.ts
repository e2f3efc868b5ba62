import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openSwarm } from "../../lab/swarm.ts";
import { eventually } from "../eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "../scheduler-process.ts";
import { exampleFile } from "./example.ts";

/** The example as it stands: four of the five nodes have its label, and the fifth gets it later. */
const swarm = openSwarm(inject("swarm"));
const [first, ...others] = swarm.hosts;
const last = others.at(-1);
if (first === undefined || last === undefined) throw new Error("this test needs several hosts");
const four = swarm.hosts.filter((host) => host !== last);

const id = randomUUID().slice(0, 8);
const instance = `n${id}`;
const label = `cache=${id}`;

let folder: TestFolder;
beforeAll(async () => {
  folder = await TestFolder.make();
  await mkdir(join(folder.path, "cache"));
  await setLabel(four.map(({ name }) => name));
});
afterAll(async () => {
  const manager = await swarm.leader();
  // The last one may not have got it.
  for (const { name } of swarm.hosts)
    await manager.docker("node", "update", "--label-rm", "cache", name).catch(() => {});
  for (const what of ["service", "config"]) {
    const ids = await manager.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
    for (const each of ids.split("\n").filter((line) => line !== "")) await manager.docker(what, "rm", each);
  }
  await folder[Symbol.asyncDispose]();
});

async function setLabel(names: readonly string[]): Promise<void> {
  const manager = await swarm.leader();
  for (const name of names) await manager.docker("node", "update", "--label-add", label, name);
}

const jobsOf = (hosts: readonly { readonly name: string }[]) => hosts.map(({ name }) => `prune.${name}`).sort();

it("cleans each node that has the label, each with a verdict of its own; a node that gets it later too", async () => {
  const manager = await swarm.leader();
  await using scheduler = new SchedulerProcess({
    dockerHost: manager.dockerHost,
    folder,
    schedules: exampleFile("each-node/prune.yml"),
    args: ["--engine", "swarm", "--instance", instance, "--sources", "files"],
    env: { PRUNE_SCHEDULE: "0 0 1 1 *", CACHE: join(folder.path, "cache"), CACHE_LABEL: id },
  });
  const added = (names: readonly string[]) =>
    eventually(`${names.join(", ")} in the log`, () =>
      scheduler.all("jobs-changed").find((line) => (line.added as string[]).toSorted().join() === names.join()),
    );
  await added(jobsOf(four));
  const command = (...args: string[]) =>
    shipbell([...args, "--engine", "swarm", "--docker-host", manager.dockerHost, "--instance", instance]);

  expect((await command("run", "prune")).code).toBe(0);
  for (const { name } of four)
    expect(await scheduler.until("run-finished", { job: `prune.${name}` })).toMatchObject({
      node: name,
      outcome: "succeeded",
    });
  const explained = await eventually("all four in the record", async () => {
    const { stdout } = await command("explain", "prune");
    return stdout.includes("4 nodes, 4 succeeded") ? stdout : undefined;
  });
  for (const job of jobsOf(four)) expect(explained).toContain(job);

  // In the lab, all nodes share one folder.
  const old = join(folder.path, "cache", "old");
  await writeFile(old, "");
  await utimes(old, new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T00:00:00Z"));
  expect(await command("run", `prune.${first.name}`, "--wait")).toMatchObject({ code: 0, stdout: "/cache/old\n" });
  expect(existsSync(old)).toBe(false);

  await setLabel([last.name]);
  await added([`prune.${last.name}`]);
});
