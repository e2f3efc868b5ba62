import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { connectDocker, type Docker } from "../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../src/engines/docker/docker-events.ts";
import { LabelledServices } from "../../src/engines/swarm/labelled-services.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { serviceLabels } from "../../src/sources/labelled-objects.ts";
import { checkSchedule } from "../definition/parse.ts";
import { openSwarm, type SwarmHost } from "../lab/swarm.ts";

const never = new AbortController().signal;
let manager: SwarmHost;
let docker: Docker;
let labelled: LabelledServices;
let folder: string;
/** Of this test: the Swarm may have others. */
let stack: string;

beforeEach(async () => {
  const [first] = openSwarm(inject("swarm")).managers;
  if (first === undefined) throw new Error("the Swarm has no manager");
  manager = first;
  docker = connectDocker({ host: manager.dockerHost });
  labelled = new LabelledServices(docker, new DockerEvents(docker, systemClock), DEFAULT_LABEL_RULES);
  folder = await mkdtemp(join(tmpdir(), "shipbell-labels-"));
  stack = `t${randomUUID().slice(0, 8)}`;
});
afterEach(async () => {
  await manager.docker("stack", "rm", stack);
  for (const id of (await services()).map(({ ID }) => ID))
    await docker.call({ method: "DELETE", path: `/services/${id}` });
  await rm(folder, { recursive: true });
});

/** `services:` and what stands at the same level, as in a stack's file. */
async function deploy(...lines: string[]): Promise<void> {
  const file = join(folder, "stack.yml");
  await writeFile(file, ['version: "3.8"', ...lines, ""].join("\n"));
  await manager.docker("stack", "deploy", "--resolve-image", "never", "--compose-file", file, stack);
}

async function services() {
  const { body } = await docker.call({ method: "GET", path: "/services" });
  return (body as { ID: string; Spec: { Name: string }; Version: { Index: number } }[]).filter(({ Spec }) =>
    Spec.Name.startsWith(stack),
  );
}

/** `POST /services/create`, in Docker's own words; answers with the ID. */
async function create(name: string, labels: Record<string, string>): Promise<string> {
  const TaskTemplate = { ContainerSpec: { Image: "busybox", Command: ["true"] } };
  const body = { Name: name, Labels: labels, TaskTemplate, Mode: { Replicated: { Replicas: 0 } } };
  const answer = await docker.call({ method: "POST", path: "/services/create", body });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return (answer.body as { ID: string }).ID;
}

const list = async () => (await labelled.list(never)).filter(({ name }) => name.startsWith(stack));

async function read() {
  const settings = { defaultTimezone: "UTC", checkSchedule, instance: "shipbell" };
  const { jobs, problems, broken } = await serviceLabels({
    ...settings,
    listLabelled: list,
    watchObjects: () => {},
  }).load(never);
  return { jobs: jobs.map(({ name }) => name), says: problems.map(formatProblem), broken };
}

describe("labelled services", () => {
  it("are those with labels of ours under deploy, whatever their mode, and how they are", async () => {
    const command = ["    image: busybox", "    command: sleep 1000"];
    await deploy(
      ...["services:", "  backup:", ...command, "    stop_grace_period: 2s500ms", "    deploy:"],
      ...["      replicas: 0", '      labels: { shipbell.schedule: "@daily", team: shop }'],
      ...["  web:", ...command, '    ports: ["30080:80"]', "    deploy:"],
      ...["      placement: { max_replicas_per_node: 1 }"],
      ...['      labels: { shipbell.jobs.dump.schedule: "@daily", shipbell.jobs.dump.command: dump }'],
      ...["  agent:", ...command, "    deploy:", "      mode: global"],
      ...['      labels: { shipbell.schedule: "@daily" }'],
      ...["  other:", ...command, "    deploy: { replicas: 0, labels: { team: shop } }"],
    );
    const [agent, backup, web, ...others] = (await list()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(others).toEqual([]);
    expect(backup).toEqual({
      kind: "service",
      id: expect.any(String),
      name: `${stack}_backup`,
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
      labels: expect.objectContaining({ "shipbell.schedule": "@daily", team: "shop" }),
      running: false,
      image: "busybox:latest",
      user: "",
      mayBecomeAnyone: false,
      stopGracePeriodMs: 2500,
      createdAt: expect.any(Date),
    });
    expect(Math.abs((backup?.createdAt.getTime() ?? 0) - systemClock.now().getTime())).toBeLessThan(60_000);
    expect(agent).toMatchObject({ name: `${stack}_agent`, running: true });
    expect(web).toMatchObject({ name: `${stack}_web`, running: true });
    expect(await read()).toMatchObject({
      jobs: expect.toSatisfy((jobs: string[]) => jobs.toSorted().join() === `${stack}_backup,${stack}_web.dump`),
      says: [
        expect.stringMatching(
          /_agent, label shipbell.schedule: this service is running, .*replicas: 0, in mode replicated\)$/,
        ),
      ],
    });
  });

  it("have the version that they had when they are deployed again, and another with another image", async () => {
    const web = (image: string) => [
      ...["services:", "  backup:", `    image: ${image}`, "    command: [sh, -c, 'date && true']"],
      ...["    environment: { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8 }", "    networks: [front, back, side]"],
      ...["    volumes: [one:/one, two:/two]", "    configs: [x, y, z]", "    labels: { a: b, c: d, e: f }"],
      ...["    deploy:", "      replicas: 0", '      labels: { shipbell.schedule: "@daily" }'],
      ...["networks: { front: , back: , side: }", "volumes: { one: , two: }"],
      ...["configs:", ...["x", "y", "z"].map((name) => `  ${name}: { file: ./stack.txt }`)],
    ];
    await writeFile(join(folder, "stack.txt"), "x");
    const look = async () => {
      const [only] = await services();
      const [object] = await list();
      return { index: only?.Version.Index ?? 0, version: object?.version };
    };
    await deploy(...web("busybox"));
    let before = await look();
    for (let again = 1; again <= 4; again++) {
      await deploy(...web("busybox"));
      const after = await look();
      expect(after.version).toBe(before.version);
      // Swarm itself takes it for another version each time.
      expect(after.index).toBeGreaterThan(before.index);
      before = after;
    }
    await manager.docker("service", "update", "--detach", "--force", `${stack}_backup`);
    expect((await look()).version).toBe(before.version);
    await deploy(...web("busybox:1.36"));
    expect((await look()).version).not.toBe(before.version);
  });

  it("that have their labels on their containers instead are reported, and hide nothing", async () => {
    await deploy(
      ...["services:", "  web:", "    image: busybox", "    command: sleep 1000"],
      ...['    labels: { shipbell.schedule: "@daily" }', "    deploy: { replicas: 0 }"],
      ...["  backup:", "    image: busybox", "    deploy:", "      replicas: 0"],
      ...['      labels: { shipbell.schedule: "@daily" }'],
    );
    expect(await read()).toEqual({
      jobs: [`${stack}_backup`],
      says: [
        `service ${stack}_web: warning: shipbell.schedule is a label of the service's containers, where no scheduler reads it (in the stack's file, move it from labels: to deploy: labels:)`,
      ],
      broken: [],
    });
  });

  it("are not those of runs, of whatever instance", async () => {
    await create(`${stack}-run`, { "shipbell.run": "r1", "shipbell.instance": "other", "shipbell.schedule": "@daily" });
    expect(await list()).toEqual([]);
  });

  it("wake when one of them is made, changed or removed, but not for what becomes of a known run", async () => {
    const watching = new AbortController();
    let wakes = 0;
    let hear: (woken: number) => void = () => {};
    const woken = (times: number) =>
      new Promise<void>((resolve) => {
        hear = (count) => count >= times && resolve();
        hear(wakes);
      });
    const run = await create(`${stack}-run`, { "shipbell.run": "r1" });
    await list();
    labelled.watch(() => hear(++wakes), watching.signal);
    await woken(1);
    const update = (id: string) => manager.docker("service", "update", "--detach", "--env-add", "A=1", id);
    await update(run);
    await docker.call({ method: "DELETE", path: `/services/${run}` });
    const template = await create(`${stack}-backup`, { "shipbell.schedule": "@daily" });
    await woken(2);
    await update(template);
    await woken(3);
    await docker.call({ method: "DELETE", path: `/services/${template}` });
    await woken(4);
    expect(wakes).toBe(4);
    watching.abort();
  });
});
