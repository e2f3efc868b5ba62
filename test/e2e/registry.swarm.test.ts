import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { dockerConfig, type LabRegistry, type RegistryLogin, startRegistry } from "../lab/registry.ts";
import { openSwarm } from "../lab/swarm.ts";
import type { LogLine } from "./scheduler-log.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";

const swarm = openSwarm(inject("swarm"));
const manager = swarm.managers[0] ?? swarm.hosts[0];
if (manager === undefined) throw new Error("this test needs a manager");
const { docker, dockerHost } = manager;

const right = { user: "robot", password: "right-secret" };
const wrong = { user: "robot", password: "wrong-secret" };
const renewed = { user: "robot", password: "renewed-secret" };

/** Not in the life of this test: its runs are started manually. */
const NEVER = onceAt(new Date(Date.now() - 24 * 3600_000));

/** A registry that knows one login, a folder whose config.json has this one, and an image that only the registry has. */
async function set(instance: string, login: RegistryLogin = right) {
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry(right, swarm.gateway));
  const folder = stack.use(await TestFolder.make());
  const image = `${registry.address}/${instance}:1`;
  stack.defer(() => removeObjects(instance));
  await writeConfig(folder, registry, right);
  const digest = await push(folder, image);
  stack.defer(() => removeImage(image, digest));
  await writeConfig(folder, registry, login);
  const start = (sources: "files" | "services") => {
    const args = ["--engine", "swarm", "--instance", instance, "--sources", sources];
    const config = ["--registry-config", configPath(folder)];
    return stack.use(new SchedulerProcess({ dockerHost, folder, args: [...args, ...config] }));
  };
  return { instance, registry, folder, image, digest, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const configPath = ({ path }: TestFolder) => join(path, "config.json");

function writeConfig(folder: TestFolder, { address }: LabRegistry, login: RegistryLogin): Promise<void> {
  return writeFile(configPath(folder), dockerConfig(address, login));
}

/** Busybox under that name, which the manager then has no more; answers with the digest that the registry gave it. */
async function push(folder: TestFolder, image: string): Promise<string> {
  await docker("tag", "busybox", image);
  const pushed = await docker("--config", folder.path, "push", image);
  await docker("image", "rm", image);
  return /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? pushed;
}

/** The hosts that have one of its repository: what is pulled by its digest has no tag. */
async function holdersOf(image: string): Promise<string[]> {
  const asked = swarm.hosts.map(async ({ name, docker }) =>
    (await docker("image", "ls", "--quiet", repositoryOf(image))) === "" ? [] : [name],
  );
  return (await Promise.all(asked)).flat();
}

/** From every host, also where a container of it is still there. By its ID it would be busybox itself. */
async function removeImage(image: string, digest: string): Promise<void> {
  const holders = await holdersOf(image);
  const hosts = swarm.hosts.filter(({ name }) => holders.includes(name));
  const remove = (host: (typeof hosts)[number]) =>
    Promise.allSettled(
      [image, `${repositoryOf(image)}@${digest}`].map((name) => host.docker("image", "rm", "--force", name)),
    );
  await Promise.all(hosts.map(remove));
}

const repositoryOf = (image: string) => image.replace(/:1$/, "");

/** Whatever the instance has left on the Swarm. */
async function removeObjects(instance: string): Promise<void> {
  for (const what of ["service", "config"]) {
    const ids = await docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${instance}`);
    if (ids !== "") await docker(what, "rm", ...ids.split("\n"));
  }
}

const onNode = (name: string) => ({ deploy: { placement: { constraints: [`node.hostname == ${name}`] } } });

/** Starts a run manually and returns its end. */
async function runNow(scheduler: SchedulerProcess, instance: string, job: string): Promise<LogLine> {
  const after = scheduler.log.length;
  const asked = await shipbell(["run", job, "--engine", "swarm", "--instance", instance, "--docker-host", dockerHost]);
  if (asked.code !== 0) throw new Error(asked.stderr);
  return scheduler.until("run-finished", { job }, { after });
}

const rejected = (reason: string, words: string) => ({
  outcome: "rejected",
  reason,
  detail: expect.stringContaining(words),
});
const unauthorized = rejected("registry-unauthorized", "unauthorized: authentication required");

describe.concurrent("an image that no node has, in a registry with a password", () => {
  it("is pulled by each node that runs it, and by no other, with the credentials of config.json", async () => {
    await using test = await set("private-right");
    const job = { schedule: NEVER, image: test.image, command: "echo pulled" };
    const jobs = Object.fromEntries(swarm.workers.map(({ name }) => [`on-${name}`, { ...job, ...onNode(name) }]));
    await test.folder.writeSchedules(scheduleFile(jobs));
    const scheduler = test.start("files");
    await scheduler.until("jobs-changed");
    expect(await holdersOf(test.image)).toEqual([]);
    const ends = await Promise.all(Object.keys(jobs).map((name) => runNow(scheduler, test.instance, name)));
    const pinned = `${test.image}@${test.digest}`;
    const fields = { outcome: "succeeded", image: pinned, imageDigest: test.digest };
    const succeeded = (node: string) => expect.objectContaining({ ...fields, node });
    expect(ends).toEqual([succeeded("w1"), succeeded("w2")]);
    expect(scheduler.all("job-output").map(({ line }) => line)).toEqual(["pulled", "pulled"]);
    expect(await holdersOf(test.image)).toEqual(["w1", "w2"]);
  });

  it("is missing for a reason, and each reason has words of its own", async () => {
    await using test = await set("private-reasons", wrong);
    const { image, registry } = test;
    // Unlike a port that was free a moment ago, this one is taken by no registry of another test.
    const nowhere = `${swarm.gateway}:1`;
    const job = { schedule: NEVER, command: "true", ...onNode("w1") };
    const jobs = {
      "wrong-password": { ...job, image },
      "not-there": { ...job, image: image.replace(/:1$/, ":2") },
      "other-name": { ...job, image: `${registry.address}/team/nothing:1` },
      "no-registry": { ...job, image: image.replace(registry.address, nowhere) },
      "always-asked": { ...job, image, pull_policy: "always" },
    };
    await test.folder.writeSchedules(scheduleFile(jobs));
    const scheduler = test.start("files");
    await scheduler.until("jobs-changed");
    const run = (...names: readonly (keyof typeof jobs)[]) =>
      Promise.all(names.map((name) => runNow(scheduler, test.instance, name)));
    expect(await run("wrong-password", "always-asked", "no-registry")).toMatchObject([
      unauthorized,
      unauthorized,
      rejected("registry-unreachable", "connection refused"),
    ]);
    await writeConfig(test.folder, registry, right);
    expect(await run("not-there", "other-name", "always-asked")).toMatchObject([
      rejected("image-tag-missing", 'but no tag "2" of it'),
      rejected("image-missing", "has no repository team/nothing"),
      { outcome: "succeeded", imageDigest: test.digest },
    ]);
    expectNoSecrets(scheduler);
  });

  it("is pulled with the credentials that the file has then, when they are renewed while the scheduler runs", {
    tags: "full",
  }, async () => {
    await using test = await set("private-renewed");
    const { image, instance } = test;
    const job = { schedule: NEVER, image, command: "true", ...onNode("w2") };
    await test.folder.writeSchedules(scheduleFile({ renewed: job }));
    const scheduler = test.start("files");
    await scheduler.until("jobs-changed");
    expect(await runNow(scheduler, instance, "renewed")).toMatchObject({ outcome: "succeeded" });
    await test.registry.setLogin(renewed);
    await removeImage(image, test.digest);
    expect(await runNow(scheduler, instance, "renewed")).toMatchObject(unauthorized);
    await writeConfig(test.folder, test.registry, renewed);
    expect(await runNow(scheduler, instance, "renewed")).toMatchObject({ outcome: "succeeded", node: "w2" });
    expect(await holdersOf(image)).toEqual(["w2"]);
    expectNoSecrets(scheduler);
  });

  it.for([
    { of: "by its tag", resolve: ["--no-resolve-image"], name: /:1$/ },
    { of: "by the digest that the CLI found", resolve: [], name: /:1@sha256:[0-9a-f]{64}$/ },
  ])("is pulled for the runs of a labelled service that names it $of", { tags: "full" }, async ({ resolve, name }) => {
    const service = `labelled-${randomUUID().slice(0, 6)}`;
    await using test = await set(service, wrong);
    await using template = await createTemplate(test, service, resolve);
    expect(await template.image()).toMatch(name);
    const scheduler = test.start("services");
    await scheduler.until("jobs-changed");
    expect(await runNow(scheduler, test.instance, service)).toMatchObject(unauthorized);
    await writeConfig(test.folder, test.registry, right);
    expect(await runNow(scheduler, test.instance, service)).toMatchObject({ outcome: "succeeded", node: "w2" });
    expect(scheduler.all("job-output").map(({ line }) => line)).toEqual(["from a label"]);
    expectNoSecrets(scheduler);
  });
});

/** As `docker service create` makes it of its user's login: with no tasks, and a schedule. */
async function createTemplate(
  { registry, image }: Awaited<ReturnType<typeof set>>,
  service: string,
  options: readonly string[],
) {
  const home = await TestFolder.make();
  await writeConfig(home, registry, right);
  const fixed = ["--detach", "--quiet", "--with-registry-auth", "--name", service, "--replicas", "0"];
  const own = ["--constraint", "node.hostname == w2", "--label", `shipbell.schedule=${NEVER}`];
  await docker("--config", home.path, "service", "create", ...fixed, ...own, ...options, image, "echo", "from a label");
  return {
    image: () => docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", service),
    [Symbol.asyncDispose]: async () => {
      await docker("service", "rm", service);
      await home[Symbol.asyncDispose]();
    },
  };
}

function expectNoSecrets(scheduler: SchedulerProcess): void {
  const log = JSON.stringify(scheduler.log);
  for (const { user, password } of [right, wrong, renewed]) {
    expect(log).not.toContain(password);
    expect(log).not.toContain(Buffer.from(`${user}:${password}`).toString("base64"));
  }
}
