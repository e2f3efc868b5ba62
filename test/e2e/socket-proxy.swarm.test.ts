import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  allowedRequests,
  documentedRequests,
  ensureHaproxyImage,
  requestsSeen,
  type SocketProxy,
  startSocketProxy,
} from "../lab/haproxy.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { openSwarm } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";
import { deployStack, untilStackIsGone } from "./stack.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const EXAMPLE = join(CHECKOUT, "docs/examples/socket-proxy/haproxy-swarm.cfg");
const STACK = "proxied";
/** The schedule of the job that comes with the stack, which a test need not wait for. */
const EACH_MINUTE = '"* * * * *"';
const ENCRYPTED = 'driver_opts: { encrypted: "true" }';
const INSTANCE = "behind-proxy";
const swarm = openSwarm(inject("swarm"));
const [manager] = swarm.managers;
const [worker] = swarm.workers;
if (manager === undefined || worker === undefined) throw new Error("this test needs a manager and a worker");

/** Started manually, each once. */
const byHand = { schedule: "0 0 1 1 *", image: "busybox" };
const on = (host: { readonly name: string }) => ({ placement: { constraints: [`node.hostname == ${host.name}`] } });
const jobs = {
  "behind-here": { ...byHand, command: "cat /run/secrets/behind-secret /behind-config", deploy: on(manager) },
  "behind-busy": { ...byHand, command: "sleep 1000", deploy: on(manager) },
  "behind-there": { ...byHand, command: "echo there", deploy: on(worker) },
  "behind-timeout": { ...byHand, command: "sleep 120", timeout: "1s", stop_grace_period: "1s" },
  "behind-drained": { ...byHand, command: "sh -c 'echo begun; sleep 120'", deploy: on(worker) },
  "behind-nowhere": { ...byHand, networks: ["behind-nowhere"] },
  "behind-no-image": { ...byHand, image: "127.0.0.1:1/nowhere:1" },
  "behind-nope": { ...byHand, command: "nope" },
  "behind-declared": {
    ...byHand,
    networks: ["behind-own"],
    secrets: [{ source: "behind-text", target: "/text" }],
    command: "cat /text",
    deploy: on(manager),
  },
  // Not so often that the Swarm has little else to do.
  "behind-tick": { schedule: "*/6 * * * * *", image: "busybox", command: "echo tick" },
};
const withFiles = { ...jobs["behind-here"], secrets: ["behind-secret"], configs: ["behind-config"] };

const top = { networks: { "behind-own": {} }, secrets: { "behind-text": { environment: "BEHIND_TEXT" } } };

let folder: TestFolder;
/** Between the socket proxy and the manager: what comes here was let through. */
let recorder: EngineProxy;
let proxy: SocketProxy;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  recorder = await startEngineProxy(manager.socketPath);
  proxy = await startSocketProxy(EXAMPLE, recorder.socketPath);
  for (const kind of ["secret", "config"]) {
    const Data = Buffer.from(`a ${kind}\n`).toString("base64");
    await manager.api("POST", `/${kind}s/create`, { Name: `behind-${kind}`, Data });
  }
  await folder.writeSchedules(scheduleFile({ ...jobs, "behind-here": withFiles }, top));
  const env = { BEHIND_TEXT: "declared\n" };
  scheduler = new SchedulerProcess({ dockerHost: proxy.dockerHost, folder, args: ["--instance", INSTANCE], env });
  await scheduler.until("jobs-changed");
});

afterAll(async () => {
  await scheduler?.[Symbol.asyncDispose]();
  await swarm.whole();
  for (const what of ["services/behind-template", "secrets/behind-secret", "configs/behind-config"])
    await manager.api("DELETE", `/${what}`);
  await proxy?.takeDown();
  await recorder?.close();
  await folder[Symbol.asyncDispose]();
});

/** A command of shipbell through the socket proxy. */
function command(...args: readonly string[]) {
  return shipbell([...args, "--instance", INSTANCE, "--state-dir", folder.stateDir, "--docker-host", proxy.dockerHost]);
}

const runAndWait = (job: string) => command("run", job, "--wait");

async function left(what: "service" | "config"): Promise<string> {
  return (await manager?.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${INSTANCE}`)) ?? "";
}

describe("behind HAProxy, as our example for a manager has it", () => {
  it("a labelled service's job runs, its lines come while it does, and it is stopped when the service is removed", async () => {
    const labels = { "shipbell.schedule": "*/2 * * * * *" };
    const options = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    const what = ["--replicas", "0", ...options, "--stop-grace-period", "1s"];
    const script = "echo begun; sleep 120";
    const create = ["service", "create", "--detach", "--no-resolve-image", "--name", "behind-template", ...what];
    await manager.docker(...create, "busybox", "sh", "-c", script);
    const line = await scheduler.until("job-output", { job: "behind-template", line: "begun" });
    expect(scheduler.all("run-finished", { run: line.run })).toEqual([]);
    await manager.docker("service", "rm", "behind-template");
    await scheduler.until("run-finished", { job: "behind-template", outcome: "cancelled" });
    await scheduler.until("run-finished", { job: "behind-tick", outcome: "succeeded" });
  });

  it("a run has its secret and its config, on this manager", async () => {
    const { code, stdout } = await runAndWait("behind-here");
    expect([code, stdout]).toEqual([0, "a secret\na config\n"]);
  });

  it("a run has the network and the secret that its file declares", async () => {
    expect(await runAndWait("behind-declared")).toMatchObject({ code: 0, stdout: "declared\n" });
  });

  it("what a run on this manager uses is read while it runs", async () => {
    const readings = () => recorder.requests.filter(({ path, status }) => path.includes("/stats") && status === 200);
    const before = readings().length;
    expect(await command("run", "behind-busy")).toMatchObject({ code: 0 });
    const { run } = await scheduler.until("run-started", { job: "behind-busy" });
    await eventually("a reading of what the run uses", () => readings()[before]);
    expect(await command("cancel", String(run))).toMatchObject({ code: 0 });
    const ended = await scheduler.until("run-finished", { job: "behind-busy", outcome: "cancelled" });
    expect(ended.cpuMs).toBeGreaterThan(0);
  });

  it("a run on another node tells its lines and its node", async () => {
    expect(await runAndWait("behind-there")).toMatchObject({ code: 0, stdout: "there\n" });
    expect(scheduler.all("run-finished", { job: "behind-there" })).toMatchObject([{ node: worker.name }]);
  });

  it("a run that takes too long is stopped", async () => {
    expect(await runAndWait("behind-timeout")).toMatchObject({ code: 124 });
  });

  it("a run whose node is drained is lost, and says so", async () => {
    const ended = runAndWait("behind-drained");
    await scheduler.until("job-output", { job: "behind-drained" });
    await worker.drain();
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([125, expect.stringContaining(`node ${worker.name} was drained`)]);
    await swarm.whole();
  });

  it("a network that does not exist is reported", async () => {
    const { code, stderr } = await runAndWait("behind-nowhere");
    expect([code, stderr]).toEqual([125, expect.stringContaining("network behind-nowhere not found")]);
  });

  it("a missing image is reported in the registry's words", async () => {
    const { code, stderr } = await runAndWait("behind-no-image");
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/registry-unreachable: registry 127\.0\.0\.1:1 cannot be reached/),
    ]);
  });

  it("a command that is not there is rejected in the words of the init process", async () => {
    const { code, stderr } = await runAndWait("behind-nope");
    expect([code, stderr]).toEqual([125, expect.stringContaining("exec nope failed: No such file or directory")]);
  });

  it("the nodes are shown, and twenty who look cost the manager one request", async () => {
    const asked = () => recorder.requests.filter(({ path }) => path.startsWith("/nodes")).length;
    const before = asked();
    const look = async () => JSON.parse((await scheduler.get("/api/v1/nodes")).text) as { items: { name: string }[] };
    const answers = await Promise.all(Array.from({ length: 20 }, look));
    const hosts = swarm.hosts.map(({ name }) => name).toSorted();
    expect(answers.map(({ items }) => items.map(({ name }) => name))).toEqual(answers.map(() => hosts));
    expect(answers[0]?.items.find(({ name }) => name === worker.name)).toMatchObject({
      nodes: [{ state: "ready", availability: "active", role: "worker" }],
      ended: expect.arrayContaining([expect.objectContaining({ job: "behind-there" })]),
    });
    // One for all of them; another one may be of the scheduler itself, which looks after its runs.
    expect(asked() - before).toBeGreaterThanOrEqual(1);
    expect(asked() - before).toBeLessThanOrEqual(2);
  });

  it("commands work, a stopped scheduler leaves no stream open, and a purge removes all", async () => {
    expect((await command("ls")).stdout).toMatch(/behind-there .* succeeded/);
    expect(await scheduler.stop()).toBe(0);
    await expect.poll(() => recorder.requests.filter(({ end }) => end === "open")).toEqual([]);
    expect(await command("purge", "--yes")).toMatchObject({ code: 0 });
    expect([await left("service"), await left("config")]).toEqual(["", ""]);
  });

  it("nothing of all this was denied, and all that is allowed was needed", async () => {
    expect(await proxy.denied()).toEqual([]);
    const documented = await documentedRequests("Swarm");
    expect(requestsSeen(recorder.requests, documented)).toEqual(documented);
    expect((await allowedRequests(EXAMPLE)).toSorted()).toEqual(documented);
  });

  it.each([
    "GET /swarm",
    "GET /swarm/unlockkey",
    "POST /swarm/leave?force=1",
    "POST /swarm/update",
    "POST /swarm/join",
    "GET /nodes/x",
    "POST /nodes/x/update",
    "DELETE /nodes/x",
    "GET /secrets/x",
    "GET /tasks/x/logs",
    "GET /containers/json",
    "POST /containers/create",
    "POST /containers/x/exec",
    "POST /containers/x/stop",
    "DELETE /containers/x",
    "GET /containers/x/logs",
    "POST /exec/x/start",
    "POST /images/create?fromImage=busybox",
    "POST /images/load",
    "POST /build",
    "POST /volumes/create",
    "POST /plugins/x/enable",
    "POST /session",
    "GET /services/x%2F..%2F..%2Fswarm",
    "GET /distribution/../swarm/json",
  ])("%s is denied", (request) => expectDenied(request));
});

describe("our example of a stack with the proxy", { tags: "full" }, () => {
  it("runs jobs with a scheduler that has no socket and no capabilities, and is not root", async () => {
    await using stack = await ProxiedStack.deploy();
    const log = await stack.untilLogged(/"event":"run-finished".*"succeeded"/);
    expect(log).toMatch(/"line":"Hello from hello-/);
    expect(await stack.task("scheduler")).toMatchObject({
      User: "65534:65534",
      CapabilityDrop: ["ALL"],
      ReadOnly: true,
    });
    expect(await stack.logOf("socket-proxy")).not.toContain("denied");
  });
});

/** The files of the example where they are in the checkout, with images that the lab has. */
class ProxiedStack implements AsyncDisposable {
  static async deploy(): Promise<ProxiedStack> {
    await ensureShipbellImage(swarm.hosts);
    const haproxy = await ensureHaproxyImage(swarm.managers, folder.path);
    const place = join(folder.path, "docs/examples/socket-proxy");
    await cp(dirname(EXAMPLE), place, { recursive: true });
    const hello = await readFile(join(CHECKOUT, "schedules/hello.yml"), "utf8");
    if (!hello.includes(EACH_MINUTE)) throw new Error("the stack's job does not run each minute");
    await mkdir(join(folder.path, "schedules"), { recursive: true });
    await writeFile(join(folder.path, "schedules/hello.yml"), hello.replace(EACH_MINUTE, '"*/5 * * * * *"'));
    const text = await readFile(join(place, "stack.yml"), "utf8");
    if (!text.includes(ENCRYPTED)) throw new Error("the stack no longer encrypts its network");
    // Not every kernel that the lab meets knows IPsec's ESP; nothing would pass between the hosts then.
    await writeFile(join(place, "stack.yml"), text.replace(ENCRYPTED, ""));
    const variables = { HAPROXY_IMAGE: haproxy, SHIPBELL_IMAGE };
    await deployStack(await swarm.leader(), STACK, join(place, "stack.yml"), variables);
    return new ProxiedStack();
  }

  logOf(service: string): Promise<string> {
    return swarm.leader().then((leader) => leader.docker("service", "logs", "--raw", `${STACK}_${service}`));
  }

  /** The scheduler's log, as soon as it has this. */
  async untilLogged(pattern: RegExp): Promise<string> {
    const ask = async () => [await this.logOf("scheduler")].find((log) => pattern.test(log));
    return await eventually(`${pattern}`, ask).catch(async (cause) => {
      throw new Error(`no ${pattern} came:\n${await this.#story()}`, { cause });
    });
  }

  async #story(): Promise<string> {
    const tasks = await (await swarm.leader()).docker("stack", "ps", "--no-trunc", STACK);
    return [tasks, await this.logOf("scheduler"), await this.logOf("socket-proxy")].join("\n");
  }

  async task(service: string): Promise<unknown> {
    type Inspected = { Spec: { TaskTemplate: { ContainerSpec: unknown } } };
    const { json } = await (await swarm.leader()).api<Inspected>("GET", `/services/${STACK}_${service}`);
    return json.Spec.TaskTemplate.ContainerSpec;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const leader = await swarm.leader();
    await leader.docker("stack", "rm", STACK);
    await untilStackIsGone(leader, STACK);
    for (const what of ["service", "config"]) {
      const ids = await leader.docker(what, "ls", "--quiet", "--filter", "label=shipbell.instance=shipbell");
      if (ids !== "") await leader.docker(what, "rm", ...ids.split("\n"));
    }
  }
}

async function expectDenied(request: string): Promise<void> {
  const [method = "", path = ""] = request.split(" ");
  expect(await proxy.ask(method, `/v1.41${path}`)).toBe(403);
  expect(await proxy.ask(method, path)).toBe(403);
  expect(recorder.requests.filter((one) => one.method === method && one.path === path)).toEqual([]);
  // The proxy answers first, and then writes its log.
  await expect.poll(() => proxy.denied()).toContain(`${method} /v1.41${path.split("?")[0]}`);
}
