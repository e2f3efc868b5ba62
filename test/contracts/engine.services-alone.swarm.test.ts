import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Service } from "../../src/engines/docker/services.ts";
import { writeRunLabels } from "../../src/engines/docker/specs/run-labels.ts";
import type { AttemptOrder, ObjectState } from "../../src/engines/engine.ts";
import type { ComposeTemplate, StoredFile } from "../../src/job/job.ts";
import { meetsConstraints } from "../../src/job/placement.ts";
import { AWKWARD_VALUE, bytesOf, printBytes } from "../fixtures/inputs.ts";
import { until } from "../lab/machine/until.ts";
import { type RegistryLogin, startRegistry } from "../lab/registry.ts";
import { openSwarm, type SwarmHost } from "../lab/swarm.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import {
  anOrder,
  mustPrepare,
  mustStart,
  rejectionOf,
  runToEnd,
  stateOf,
  untilEnded,
  untilItPrints,
  untilRunning,
} from "./engine/harness.ts";
import { type SwarmTestHost, swarmHost } from "./engine/swarm-host.ts";

/** What only a real Swarm can show. */
const swarm = openSwarm(inject("swarm"));
const [m1, w1, w2] = ["m1", "w1", "w2"].map((name) => swarm.hosts.find((host) => host.name === name)) as [
  SwarmHost,
  SwarmHost,
  SwarmHost,
];
let host: SwarmTestHost;
beforeEach(() => {
  host = swarmHost(m1.dockerHost, randomUUID().slice(0, 8));
});
afterEach(() => host.close());

const on = (node: SwarmHost) => ({ constraints: [`node.hostname==${node.name}`], spread: [] });

function script(text: string, change: Partial<ComposeTemplate> = {}): ComposeTemplate {
  return { ...host.template({ does: "exit", code: 0 }), command: ["sh", "-c", text], ...change };
}

const order = (template: AttemptOrder["template"], change: Partial<AttemptOrder> = {}) =>
  anOrder(host, { does: "exit", code: 0 }, { template, ...change });

async function linesOf(id: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of host.engine.logs(id, { tail: "all" }, new AbortController().signal)) lines.push(line);
  return lines;
}

async function outputOf(template: ComposeTemplate): Promise<string[]> {
  return linesOf(await mustStart(host.engine, order(template)));
}

async function inspect(id: string): Promise<Service> {
  return (await host.docker.call({ method: "GET", path: `/services/${id}` })).body as Service;
}

/** A secret, a config or a network; answers with its ID, and how to remove it. */
async function make(path: string, body: object): Promise<{ id: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const answer = await host.docker.call({ method: "POST", path: `${path}/create`, body });
  const { ID, Id = ID } = answer.body as { ID?: string; Id?: string };
  if (answer.status !== 201 || Id === undefined) throw new Error(JSON.stringify(answer.body));
  const remove = async () => {
    // It is in use until the tasks are gone.
    await host.close();
    const gone = async () => (await host.docker.call({ method: "DELETE", path: `${path}/${Id}` })).status < 400;
    await until(gone, AbortSignal.timeout(PATIENCE_MS), 100);
  };
  return { id: Id, [Symbol.asyncDispose]: remove };
}

const data = (text: string) => Buffer.from(text).toString("base64");
const file = (source: string, target: string): StoredFile => ({ source, target, uid: "1000", gid: "0", mode: 0o400 });

describe("a service from Compose keys", () => {
  it("finds its environment, its user, its folder, its attempt and its limits", async () => {
    const template = script("echo $GREETING, $SHIPBELL_JOB $SHIPBELL_ATTEMPT $SHIPBELL_TRIGGER, $(id -u), $(pwd)", {
      environment: { GREETING: "a=b $HOME" },
      user: "1000",
      workingDir: "/tmp",
      limits: { cpus: 0.5, memoryBytes: 64 * 1024 * 1024, pids: 50 },
      reservations: { memoryBytes: 8 * 1024 * 1024 },
      placement: { ...on(w1), spread: ["node.labels.zone"] },
    });
    const id = await mustStart(host.engine, order(template));
    expect(await linesOf(id)).toEqual(["a=b $HOME, backup 1 schedule, 1000, /tmp"]);
    expect((await inspect(id)).Spec.TaskTemplate).toMatchObject({
      Resources: { Limits: { NanoCPUs: 5e8, MemoryBytes: 67108864, Pids: 50 }, Reservations: { MemoryBytes: 8388608 } },
      Placement: { Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }] },
    });
  });

  it("finds its inputs as they are, over its own variables and below those of the run and the scheduler", async () => {
    const values = ["INPUT", "OWN", "RUN", "SHIPBELL_JOB"].map(printBytes).join("; echo; ");
    const inputs = { INPUT: AWKWARD_VALUE, OWN: "input", RUN: "input" };
    const template = script(`${values}; echo; ls /tmp`, { environment: { OWN: "template" } });
    const id = await mustStart(host.engine, order(template, { inputs, environment: { RUN: AWKWARD_VALUE } }));
    expect(await linesOf(id)).toEqual([AWKWARD_VALUE, "input", AWKWARD_VALUE, "backup"].map(bytesOf));
  });

  it("reads its secrets and configs, by their very names", async () => {
    const name = `${host.prefix}key`;
    await using _longer = await make("/secrets", { Name: `${name}-longer`, Data: data("wrong") });
    await using _secret = await make("/secrets", { Name: name, Data: data("precious") });
    await using _config = await make("/configs", { Name: name, Data: data("plain") });
    const template = script("cat /run/secrets/key /etc/plain; ls -ln /run/secrets/key | cut -c1-20", {
      secrets: [file(name, "/run/secrets/key")],
      configs: [file(name, "/etc/plain")],
    });
    expect((await outputOf(template)).join()).toMatch(/^preciousplain-r--------.*1000/);
  });

  it("is refused with a secret that there is not, though one begins so", async () => {
    const name = `${host.prefix}key`;
    await using _longer = await make("/secrets", { Name: `${name}-longer`, Data: data("wrong") });
    expect(await host.engine.prepare(order(script("true", { secrets: [file(name, "/run/x")] })))).toEqual({
      kind: "rejected",
      reason: "bad-definition",
      message: `the Swarm has no secret "${name}"`,
    });
  });

  it("is refused on a network that is not the Swarm's", async () => {
    await using _network = await make("/networks", { Name: `${host.prefix}local` });
    const prepared = await host.engine.prepare(order(script("true", { networks: [`${host.prefix}local`] })));
    expect(prepared).toMatchObject({
      reason: "bad-definition",
      message: expect.stringContaining("cannot be used with services"),
    });
  });

  it("has no entrypoint where it says so, though its image has one", async () => {
    const container = await w1.docker("create", "busybox");
    await w1.docker("commit", "--change", 'ENTRYPOINT ["/bin/echo", "entry"]', container, "with-entry:1");
    const template = script("echo ran", { image: "with-entry:1", placement: on(w1) });
    expect(await outputOf({ ...template, entrypoint: [] })).toEqual(["ran"]);
    const attempt = order(template, { attempt: 2 });
    expect(await linesOf(await mustStart(host.engine, attempt))).toEqual(["entry sh -c echo ran"]);
    await w1.docker("rm", container);
  });

  it("is rejected when an init process does not find the command", async () => {
    const state = await runToEnd(host.engine, order(script("", { command: ["shipbell-no-such-command"] })));
    const message = "exec shipbell-no-such-command failed: No such file or directory";
    expect(state).toMatchObject({ end: { kind: "rejected", reason: "start-failed", message } });
  });
});

describe("a copy of a labelled service", () => {
  it("has all that its template has but its place in the world, and leaves that alone", async () => {
    const name = `${host.prefix}template`;
    await using secret = await make("/secrets", { Name: `${name}-s`, Data: data("precious") });
    await using config = await make("/configs", { Name: `${name}-c`, Data: data("plain") });
    await using network = await make("/networks", { Name: `${name}-n`, Driver: "overlay" });
    const File = { UID: "0", GID: "0", Mode: 0o444 };
    const id = await host.create(name, {
      Labels: { "shipbell.schedule": "@hourly", "com.docker.stack.namespace": "shop", team: "blue" },
      TaskTemplate: {
        ContainerSpec: {
          Image: "busybox",
          Args: ["sh", "-c", "echo $COLOUR $SHIPBELL_JOB $(cat /run/secrets/s /c) $(hostname -i | wc -w)"],
          Env: ["COLOUR=green", "SHIPBELL_JOB=mine"],
          Labels: { "com.docker.stack.namespace": "shop", team: "blue" },
          Healthcheck: { Test: ["CMD", "false"] },
          Secrets: [{ SecretID: secret.id, SecretName: `${name}-s`, File: { ...File, Name: "s" } }],
          Configs: [{ ConfigID: config.id, ConfigName: `${name}-c`, File: { ...File, Name: "/c" } }],
        },
        Resources: { Limits: { MemoryBytes: 64 * 1024 * 1024 } },
        Placement: { Constraints: ["node.role==worker"] },
        Networks: [{ Target: network.id, Aliases: ["db"] }],
        RestartPolicy: { Condition: "any", MaxAttempts: 5 },
      },
      UpdateConfig: { Parallelism: 1, Order: "start-first" },
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishMode: "host" }] },
    });
    // Swarm itself changes it once more, soon after it was made: it gets its addresses.
    const isSettled = async () => JSON.stringify(await inspect(id)).includes("VirtualIPs");
    await until(isSettled, AbortSignal.timeout(PATIENCE_MS), 50);
    const before = await inspect(id);
    const of = { kind: "service", name, version: "1", id } as const;
    const clone = await mustPrepare(host.engine, order({ kind: "clone", of }));
    const { Spec } = await inspect(clone);
    expect(Spec).toMatchObject({
      Mode: { Replicated: { Replicas: 0 } },
      EndpointSpec: { Mode: "dnsrr" },
      TaskTemplate: {
        ContainerSpec: { Healthcheck: { Test: ["NONE"] }, StopGracePeriod: 10e9 },
        RestartPolicy: { Condition: "none", MaxAttempts: 0 },
        Resources: { Limits: { MemoryBytes: 67108864 } },
        Placement: { Constraints: ["node.role==worker"] },
      },
    });
    expect(Spec.TaskTemplate.Networks).toEqual([{ Target: network.id }]);
    expect(Spec.UpdateConfig).toBeUndefined();
    expect(Spec.TaskTemplate.ContainerSpec?.Labels).toMatchObject({ team: "blue", "shipbell.job": "backup" });
    const labels = [Spec.Labels, Spec.TaskTemplate.ContainerSpec?.Labels].flatMap((each) => Object.keys(each ?? {}));
    expect(labels.filter((key) => key.startsWith("com.docker.") || key === "shipbell.schedule")).toEqual([]);
    expect(await host.engine.activate({ id: clone, name: "any" })).toEqual({ kind: "activated" });
    expect(await linesOf(clone)).toEqual(["green backup preciousplain 1"]);
    expect(await untilEnded(host.engine, clone)).toMatchObject({ end: { exitCode: 0 }, node: /^w/ });
    expect(await inspect(id)).toEqual(before);
  });

  it("is refused when the service declares no job, or is a container", async () => {
    await host.makeForeign(`${host.prefix}foreign`);
    const clone = (kind: "service" | "container") => {
      const of = { kind, name: `${host.prefix}foreign`, version: "1" };
      return host.engine.prepare(order({ kind: "clone", of }));
    };
    expect(await clone("service")).toMatchObject({ reason: "template-missing" });
    expect(await clone("container")).toMatchObject({ reason: "bad-definition" });
  });
});

describe("a copy of a service that another one has taken the name of", () => {
  it("is made if that declares this very job, and refused if it does not", async () => {
    const name = `${host.prefix}taken`;
    await host.create(name, { Labels: { "shipbell.schedule": "@daily", "shipbell.command": "true" } });
    const prepare = (job: string, command: string) => {
      const of = { kind: "service", name, version: "1", id: "another" } as const;
      return host.engine.prepare({ ...order({ kind: "clone", of, command: [command] }), job });
    };
    expect(await prepare(name, "true")).toMatchObject({ kind: "prepared" });
    expect(await prepare(name, "false")).toMatchObject({ reason: "template-missing" });
    expect(await prepare(`${name}.other`, "true")).toMatchObject({ reason: "template-missing" });
  });
});

describe("a service that has the name and all labels of a run that is to come", () => {
  it("is not used for it: the run is another service, and this one is left alone", async () => {
    const ordered = order(script("exit 7"));
    const Labels = writeRunLabels(`${host.prefix}ours`, ordered);
    const imitation = await host.create(ordered.objectName, { Labels });
    const prepared = await host.engine.prepare(ordered);
    if (prepared.kind !== "prepared") throw new Error(JSON.stringify(prepared));
    expect(prepared.objectId).not.toBe(imitation);
    expect(await host.engine.prepare(ordered)).toEqual(prepared);
    await host.engine.activate({ id: prepared.objectId, name: prepared.objectName });
    expect(await untilEnded(host.engine, prepared.objectId)).toMatchObject({ end: { exitCode: 7 } });
    expect(await host.exists(ordered.objectName)).toBe(true);
  });
});

describe("a service whose specification was copied from a run", () => {
  it("is none of ours, and is left alone", async () => {
    const run = await mustPrepare(host.engine, order(script("exit 0")));
    const { Spec } = await inspect(run);
    await host.create(`${host.prefix}copied`, { ...Spec, Name: `${host.prefix}copied` });
    expect((await host.engine.list()).map(({ id }) => id)).toEqual([run]);
  });
});

describe("a service that waits", () => {
  it("is pending, and the Swarm says why", async () => {
    const placement = { constraints: ["node.labels.moon == full"], spread: [] };
    const id = await mustStart(host.engine, order(script("true", { placement })));
    const detail = "no suitable node (scheduling constraints not satisfied on 5 nodes)";
    await untilIt(id, (state) => state?.phase === "pending" && state.detail === detail);
    await host.engine.stop(id, 1000);
    expect(await stateOf(host.engine, id)).toMatchObject({ end: { kind: "shut-down" } });
  });
});

describe("a service that must never run again", () => {
  it("does not when it was stopped and is activated late", async () => {
    const { engine } = host;
    const id = await mustStart(
      engine,
      order(script("trap 'echo bye; exit 42' TERM; echo hi; while :; do sleep 0.1; done")),
    );
    await untilItPrints(engine, id);
    await engine.stop(id, 10_000);
    const ended = await stateOf(engine, id);
    expect(ended).toMatchObject({ phase: "ended", end: { kind: "exited", exitCode: 42 } });
    const { Version } = await inspect(id);
    expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
    expect((await inspect(id)).Version).toEqual(Version);
    expect(await stateOf(engine, id)).toEqual(ended);
    expect(await linesOf(id)).toEqual(["hi", "bye"]);
  });

  it("does not when an operator has scaled it to nothing", async () => {
    const { engine } = host;
    const attempt = anOrder(host, { does: "wait" });
    const id = await mustStart(engine, attempt);
    await untilRunning(engine, id);
    await m1.docker("service", "scale", "--detach", `${attempt.objectName}=0`);
    const isGone = async () => (await m1.docker("service", "ps", "--quiet", attempt.objectName)) === "";
    await until(isGone, AbortSignal.timeout(PATIENCE_MS), 100);
    const scaled = { phase: "ended", end: { kind: "shut-down", message: expect.stringContaining("scaled") } };
    expect(await stateOf(engine, id)).toMatchObject(scaled);
    expect(await engine.activate({ id, name: attempt.objectName })).toEqual({ kind: "activated" });
    expect(await stateOf(engine, id)).toMatchObject(scaled);
    expect(await engine.prepare(attempt)).toMatchObject({ reason: "name-taken" });
  });
});

describe("a node", () => {
  afterEach(() => swarm.whole());

  it("that is drained shuts its service down", { tags: "full" }, async () => {
    const id = await mustStart(host.engine, order({ ...host.template({ does: "wait" }), placement: on(w1) }));
    await untilItPrints(host.engine, id);
    await w1.drain();
    expect(await untilEnded(host.engine, id)).toMatchObject({
      end: { kind: "shut-down", message: "node w1 was drained", exitCode: 143 },
      node: "w1",
    });
  });

  it("that loses power may come back, and its name is said; then it is known that its service has ended", {
    tags: "full",
  }, async () => {
    const id = await mustStart(host.engine, order({ ...host.template({ does: "wait" }), placement: on(w2) }));
    const following = linesOf(id);
    await untilItPrints(host.engine, id);
    await w2.kill();
    const isUnreachable = async () => (await stateOf(host.engine, id))?.phase === "unreachable";
    await until(isUnreachable, AbortSignal.timeout(PATIENCE_MS), 250);
    expect(await stateOf(host.engine, id)).toMatchObject({ message: expect.stringContaining("w2"), node: "w2" });
    await w2.start();
    expect(await untilEnded(host.engine, id)).toMatchObject({ phase: "ended", node: "w2" });
    // A node that is back sends its logs from the beginning.
    expect(new Set(await following)).toEqual(new Set(["waiting"]));
  });

  it("keeps nothing of a service that was removed while it ran", async () => {
    const id = await mustStart(host.engine, order({ ...host.template({ does: "wait" }), placement: on(w1) }));
    await untilItPrints(host.engine, id);
    await host.engine.remove(id);
    const isGone = async () =>
      (await w1.docker("ps", "--all", "--quiet", "--filter", `label=com.docker.swarm.service.id=${id}`)) === "";
    await until(isGone, AbortSignal.timeout(PATIENCE_MS), 100);
  });
});

describe("output of a worker", () => {
  afterEach(() => swarm.whole());

  it("is whole also when Swarm cannot reach the worker as it is asked for", { tags: "full" }, async () => {
    const id = await mustStart(host.engine, order(script("echo one; echo two >&2; echo three", { placement: on(w1) })));
    await untilEnded(host.engine, id);
    await w1.killEngine();
    const reading = linesOf(id);
    await w1.start();
    expect((await reading).sort()).toEqual(["one", "three", "two"]);
  });

  it("comes line by line while it runs", async () => {
    const { engine } = host;
    const template = script("trap 'exit 0' TERM; echo one; echo two >&2; while :; do sleep 0.1; done");
    const id = await mustStart(engine, order({ ...template, placement: on(w1) }));
    const lines: string[] = [];
    for await (const { line, stream } of engine.logs(id, { tail: "all" }, new AbortController().signal)) {
      lines.push(`${stream} ${line}`);
      if (lines.length < 2) continue;
      expect(await untilRunning(engine, id)).toMatchObject({ phase: "running", node: "w1" });
      void engine.stop(id, 10_000);
    }
    expect(lines.toSorted()).toEqual(["stderr two", "stdout one"]);
  });

  it("is followed from before its task is there", async () => {
    const { engine } = host;
    const attempt = order(script("echo one; sleep 0.3; echo two", { placement: on(w1) }));
    const id = await mustPrepare(engine, attempt);
    const following = linesOf(id);
    await engine.activate({ id, name: attempt.objectName });
    expect(await following).toEqual(["one", "two"]);
  });
});

describe("an image of a private registry", () => {
  const login = { user: "robot", password: "one: twö" };
  const as = ({ user: username, password }: RegistryLogin, address: string) => ({
    headerFor: () => btoaUrl({ username, password, serveraddress: address }),
  });

  it("is pulled by the node with the credentials that were given", { tags: "full" }, async () => {
    await using registry = await startRegistry(login, swarm.gateway);
    const image = await push(registry.address);
    host = swarmHost(m1.dockerHost, host.prefix.slice(0, 8), { credentials: as(login, registry.address) });
    const state = await runToEnd(host.engine, order(script("exit 7", { image, placement: on(w1) })));
    expect(state).toMatchObject({ end: { kind: "exited", exitCode: 7 } });
    await host.close();
  });

  it("is missing where they are wrong, and the registry says so", { tags: "full" }, async () => {
    await using registry = await startRegistry(login, swarm.gateway);
    const image = await push(registry.address);
    const wrong = as({ ...login, password: "wrong" }, registry.address);
    host = swarmHost(m1.dockerHost, host.prefix.slice(0, 8), { credentials: wrong });
    const rejection = await rejectionOf(host.engine, order(script("exit 7", { image, placement: on(w2) })));
    expect(rejection).toMatchObject({
      reason: "registry-unauthorized",
      message: expect.stringContaining("unauthorized"),
    });
  });

  async function push(address: string): Promise<string> {
    const image = `${address}/ours:1`;
    await m1.docker("tag", "busybox", image);
    await m1.docker("login", "--username", login.user, "--password", login.password, address);
    await m1.docker("push", "--quiet", image);
    await m1.docker("logout", address);
    return image;
  }
});

function btoaUrl(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Waits for the engine's wakes until its state is as it should be. */
async function untilIt(id: string, isSo: (state: ObjectState | undefined) => boolean): Promise<void> {
  const watching = new AbortController();
  await new Promise<void>((resolve, reject) => {
    const check = async () => {
      if (isSo(await stateOf(host.engine, id))) resolve();
    };
    host.engine.watch(() => void check().catch(reject), watching.signal);
  });
  watching.abort();
}

describe("nodes", () => {
  const label = `each-${randomUUID().slice(0, 8)}`;
  const setLabel = async (change: readonly string[]) => m1.docker("node", "update", ...change, w1.name);
  afterEach(() => setLabel(["--label-rm", label]).catch(() => {}));

  it("wake when one of them changes", async () => {
    const stop = new AbortController();
    let isWoken = false;
    host.engine.watchNodes(() => {
      isWoken = true;
    }, stop.signal);
    const seen = async () => {
      const nodes = await host.engine.nodes(stop.signal);
      return nodes.find(({ name }) => name === w1.name)?.traits?.labels[label];
    };
    // The stream's beginning wakes, too.
    await until(async () => isWoken, AbortSignal.timeout(PATIENCE_MS), 20);
    isWoken = false;
    await setLabel(["--label-add", `${label}=yes`]);
    await until(async () => isWoken && (await seen()) === "yes", AbortSignal.timeout(PATIENCE_MS), 20);
    stop.abort();
  });

  it("meet the constraints by which Swarm itself chooses them", { tags: ["full"] }, async () => {
    await setLabel(["--label-add", `${label}=Yes`]);
    const constraints = [
      ...[
        "node.role==manager",
        "node.role!=MANAGER",
        `node.hostname==${w1.name.toUpperCase()}`,
        `node.id==${await w2.nodeId()}`,
      ],
      ...[`node.labels.${label}==yes`, `node.labels.${label}!=yes`, `node.labels.${label.toUpperCase()}!=yes`],
      ...["node.platform.os==linux", "engine.labels.none!=a", `node.ip==${w1.address}`, `node.ip!=${w1.address}/30`],
    ];
    const nodes = await host.engine.nodes(new AbortController().signal);
    for (const constraint of constraints) {
      const name = `${label}-${constraints.indexOf(constraint)}`;
      const flags = ["--detach", "--mode", "global", "--no-resolve-image", "--constraint", constraint];
      await m1.docker("service", "create", "--name", name, ...flags, "busybox", "true");
      const expected = nodes.filter(({ id, traits }) => traits && meetsConstraints(id, traits, [constraint]));
      const chosen = async () => {
        const listed = await m1.docker("service", "ps", "--format", "{{.Node}}", name).catch(() => "");
        return [...new Set(listed.split("\n").filter((line) => line !== ""))].sort();
      };
      const wanted = expected.map(({ name }) => name).sort();
      await until(async () => (await chosen()).join() === wanted.join(), AbortSignal.timeout(PATIENCE_MS), 100).catch(
        async () => expect({ constraint, nodes: await chosen() }).toEqual({ constraint, nodes: wanted }),
      );
      await m1.docker("service", "rm", name);
    }
  });
});

describe("a service that is prepared, and that somebody changes before it is started", () => {
  it("is not what runs: another one is made in its place", async () => {
    const prepared = order(script("echo $WORDS", { environment: { WORDS: "as declared" } }));
    const first = await mustPrepare(host.engine, prepared);
    const { Spec, Version } = await inspect(first);
    const { ContainerSpec } = Spec.TaskTemplate;
    const edited = {
      ...Spec,
      TaskTemplate: { ...Spec.TaskTemplate, ContainerSpec: { ...ContainerSpec, Env: ["WORDS=edited"] } },
    };
    const path = `/services/${first}/update`;
    const answer = await host.docker.call({
      method: "POST",
      path,
      query: { version: `${Version.Index}` },
      body: edited,
    });
    expect(answer.status).toBe(200);
    const again = await host.engine.prepare(prepared);
    if (again.kind !== "prepared") throw new Error(JSON.stringify(again));
    expect(again.objectId).not.toBe(first);
    expect(await host.engine.prepare(prepared)).toEqual(again);
    expect(await host.engine.activate({ id: again.objectId, name: again.objectName })).toEqual({ kind: "activated" });
    expect(await untilEnded(host.engine, again.objectId)).toMatchObject({ end: { exitCode: 0 } });
    expect(await linesOf(again.objectId)).toEqual(["as declared"]);
    expect((await host.engine.list()).find(({ id }) => id === first)).toMatchObject({ inert: false, running: false });
  });
});

describe("a service that is prepared by a scheduler that traces", () => {
  it("is used by one that does not, also where the name is taken by another definition", async () => {
    const other = swarmHost(m1.dockerHost, host.prefix.slice(0, 8)).engine;
    const untold = order(script("true"));
    const told = { ...untold, trace: { traceparent: "00-a-b-01", baggage: "b={{.ID}}" } };
    await mustPrepare(host.engine, { ...untold, definition: "an earlier one" });
    const prepared = await host.engine.prepare(told);
    expect(prepared).toMatchObject({ kind: "prepared" });
    expect(await other.prepare(untold)).toEqual(prepared);
  });
});
