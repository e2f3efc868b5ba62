import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { connectDocker } from "../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../src/engines/docker/docker-events.ts";
import { openConfigLedger } from "../../src/engines/swarm/ledger/ledger.ts";
import type { JobRecord, LostReason, Outcome } from "../../src/ledger/record.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { openSwarm, type SwarmHost } from "../lab/swarm.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { eventually } from "./eventually.ts";
import { type ExpectedEnd, expectTold } from "./expect-outcome.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";

/** A job that runs once, and how that ends. */
interface Case extends ExpectedEnd {
  /** Its keys in the schedule file; `$$` is a `$`. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** What happens to it while it runs. */
  readonly meddle?: (running: Running) => Promise<unknown>;
  /** Where its process ran. */
  readonly node?: string;
  /** How long it was there, at least, whether its process ran or not. */
  readonly lastedMs?: number;
}

/** A run's service, and its container, which is on w1. */
interface Running {
  readonly service: string;
  readonly container: string;
}

const INSTANCE = "swarm-outcomes";
const swarm = openSwarm(inject("swarm"));
const manager = hostCalled("m1");
const w1 = hostCalled("w1");

function hostCalled(name: string): SwarmHost {
  const host = swarm.hosts.find((host) => host.name === name);
  if (host === undefined) throw new Error(`the Swarm has no host ${name}`);
  return host;
}

const on = (node: string) => ({ deploy: { placement: { constraints: [`node.hostname == ${node}`] } } });
const sh = (script: string) => ["sh", "-c", script];
const rejected = (reason: (Outcome & { kind: "rejected" })["reason"]): Outcome => ({
  kind: "rejected",
  reason,
  message: expect.any(String),
});
const lost = (reason: LostReason): Outcome => ({ kind: "lost", reason, message: expect.any(String) });

const cases: Readonly<Record<string, Case>> = {
  "exit code 0 is a success": {
    job: "well",
    keys: { command: "true", ...on("w2") },
    outcome: { kind: "succeeded", exitCode: 0 },
    node: "w2",
    tookMs: [0, 10_000],
  },
  "exit code 3 is a failure": {
    job: "three",
    keys: { command: sh("exit 3"), ...on("w1") },
    outcome: { kind: "failed", exitCode: 3, oom: false },
    node: "w1",
    tookMs: [0, 10_000],
  },
  "exit code 3 is a success where the job says so": {
    job: "three-is-well",
    keys: { command: sh("exit 3"), success_exit_codes: [0, 3] },
    outcome: { kind: "succeeded", exitCode: 3 },
    tookMs: [0, 10_000],
  },
  "a process that a signal ends is a failure with 128 and the signal's number": {
    job: "kills-itself",
    keys: { command: sh("kill -9 $$$$"), ...on("w2") },
    outcome: { kind: "failed", exitCode: 137, oom: false },
    node: "w2",
    tookMs: [0, 10_000],
  },
  "a process that is killed on its node is a failure": {
    job: "killed",
    keys: { command: "sleep 120", ...on("w1") },
    meddle: ({ container }) => w1.docker("kill", "--signal", "KILL", container),
    outcome: { kind: "failed", exitCode: 137, oom: false },
    node: "w1",
    tookMs: [0, 60_000],
  },
  "a process of a worker that is killed under a memory limit may have wanted for memory: it cannot be known": {
    job: "hungry",
    keys: { command: "tail /dev/zero", mem_limit: "16m", ...on("w2") },
    outcome: { kind: "failed", exitCode: 137, oom: "unknown" },
    node: "w2",
    tookMs: [0, 20_000],
  },
  "a command that does not exist is rejected in the words of the init process": {
    job: "nope",
    keys: { command: "nope", ...on("w1") },
    outcome: rejected("start-failed"),
    words: /^exec nope failed: No such file or directory$/,
  },
  "a command that does not exist is rejected in the engine's words where there is no init process": {
    job: "nope-without-init",
    keys: { command: "nope", init: false, ...on("w2") },
    outcome: rejected("start-failed"),
    words: /exec: "nope": executable file not found in \$PATH/,
  },
  "an image that is nowhere is rejected, and why the registry does not give it": {
    job: "no-image",
    // Nothing listens on port 1.
    keys: { image: "127.0.0.1:1/nowhere:1", command: "true" },
    outcome: rejected("registry-unreachable"),
    words: /^registry 127\.0\.0\.1:1 cannot be reached.*connection refused/,
  },
  "a folder to be mounted that is not there is rejected": {
    job: "no-folder",
    keys: { command: "true", volumes: ["/no/such/folder:/data"], ...on("w1") },
    outcome: rejected("bad-definition"),
    words: /bind source path does not exist: \/no\/such\/folder \(\/no\/such\/folder is a path of the host/,
  },
  "a network that is not there is rejected": {
    job: "no-network",
    keys: { command: "true", networks: ["no-such-network"] },
    outcome: rejected("bad-definition"),
    words: /network no-such-network not found/,
  },
  "a secret that is not there is rejected": {
    job: "no-secret",
    keys: { command: "true", secrets: ["no-such-secret"] },
    outcome: rejected("bad-definition"),
    words: /^the Swarm has no secret "no-such-secret"$/,
  },
  "a config that is not there is rejected": {
    job: "no-config",
    keys: { command: "true", configs: ["no-such-config"] },
    outcome: rejected("bad-definition"),
    words: /^the Swarm has no config "no-such-config"$/,
  },
  "a run for which there is no node is rejected after its time to start, in Swarm's words": {
    job: "no-node",
    keys: { command: "true", pending_timeout: "3s", ...on("nowhere") },
    outcome: rejected("pending-timeout"),
    words: /^no suitable node \(scheduling constraints not satisfied on 5 nodes\)$/,
    lastedMs: 3000,
  },
  "a run for which no node has enough memory is rejected likewise": {
    job: "no-memory",
    keys: { command: "true", pending_timeout: "3s", deploy: { resources: { reservations: { memory: "900g" } } } },
    outcome: rejected("pending-timeout"),
    words: /^no suitable node \(insufficient resources on 5 nodes\)$/,
    lastedMs: 3000,
  },
  "a process that takes too long and obeys the stop signal has timed out": {
    job: "obeys",
    keys: { command: sh("trap 'exit 5' TERM; sleep 120 & wait"), timeout: "2s", stop_grace_period: "60s", ...on("w1") },
    outcome: { kind: "timed-out", exitCode: 5 },
    node: "w1",
    tookMs: [2000, 30_000],
  },
  "one that ignores it is killed after the grace period, and has timed out": {
    job: "stubborn",
    keys: { command: sh("trap '' TERM; sleep 120"), timeout: "1s", stop_grace_period: "3s", ...on("w2") },
    outcome: { kind: "timed-out", exitCode: 137 },
    node: "w2",
    tookMs: [4000, 30_000],
  },
  "a service that is removed while it runs is lost": {
    job: "service-removed",
    keys: { command: "sleep 120", ...on("w1") },
    meddle: ({ service }) => manager.docker("service", "rm", service),
    outcome: { kind: "lost", reason: "object-removed" },
  },
  "a container that is removed while it runs is one that was killed": {
    job: "container-removed",
    keys: { command: "sleep 120", ...on("w1") },
    meddle: ({ container }) => w1.docker("rm", "--force", container),
    outcome: { kind: "failed", exitCode: 137, oom: false },
    node: "w1",
    tookMs: [0, 60_000],
  },
  "a container that is stopped while it runs has ended with its own exit code": {
    job: "container-stopped",
    keys: { command: sh("trap 'exit 5' TERM; sleep 120 & wait"), ...on("w1") },
    meddle: ({ container }) => w1.docker("stop", container),
    outcome: { kind: "failed", exitCode: 5, oom: false },
    node: "w1",
    tookMs: [0, 60_000],
  },
  "a service that is scaled to 0 while it runs is lost": {
    job: "scaled",
    keys: { command: "sleep 120", ...on("w1") },
    meddle: ({ service }) => manager.docker("service", "scale", "--detach", `${service}=0`),
    outcome: lost("shut-down"),
    words: /^its service was scaled to 0$/,
    tookMs: [0, 60_000],
  },
  "a service that is updated by force while it runs is lost": {
    job: "forced",
    keys: { command: "sleep 120", ...on("w1") },
    meddle: ({ service }) => manager.docker("service", "update", "--detach", "--force", service),
    outcome: lost("shut-down"),
    words: /^Swarm shut it down: its service was changed/,
    node: "w1",
    tookMs: [0, 60_000],
  },
};

const LINES = 100;
const TALK = `echo first; while [ ! -e /gate/open ]; do sleep 0.1; done; for i in $$(seq ${LINES}); do echo "line $$i: ${"x".repeat(50)}"; done`;

/** By then the edit that says so is in effect. */
const IN_EFFECT_MS = 5000;

let folder: TestFolder;
let proxy: EngineProxy;
let scheduler: SchedulerProcess;
const docker = connectDocker({ host: manager.dockerHost });
const ledger = openConfigLedger({
  docker,
  events: new DockerEvents(docker, systemClock),
  instance: INSTANCE,
  clock: systemClock,
});

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile({ later: { schedule: "0 0 1 1 *", image: "busybox" } }));
  const args = ["--engine", "swarm", "--instance", INSTANCE, "--sources", "files"];
  proxy = await startEngineProxy(manager.socketPath);
  scheduler = new SchedulerProcess({ dockerHost: proxy.dockerHost, folder, args });
  await scheduler.until("engine-up");
  const schedule = onceAt(new Date(Date.now() + onThisMachine(IN_EFFECT_MS)));
  const jobs = Object.values(cases).map(({ job, keys }) => [job, { schedule, image: "busybox", ...keys }]);
  const talks = { schedule, image: "busybox", command: sh(TALK), volumes: [`${folder.path}:/gate`], ...on("w2") };
  await folder.writeSchedules(scheduleFile({ ...Object.fromEntries(jobs), talks }));
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await proxy.close();
  for (const what of ["service", "config"]) {
    const ids = await manager.docker(what, "ls", "--quiet", "--filter", `label=shipbell.instance=${INSTANCE}`);
    if (ids !== "") await manager.docker(what, "rm", ...ids.split("\n"));
  }
  await folder[Symbol.asyncDispose]();
});

async function readRecord(job: string): Promise<JobRecord> {
  const record = await ledger.read(job);
  if (record === undefined) throw new Error(`the ledger has no record of ${job}`);
  return record;
}

describe.concurrent("the outcome of a run on a Swarm", () => {
  for (const [name, one] of Object.entries(cases)) {
    it(name, async () => {
      const { job, node, lastedMs = 0 } = one;
      if (one.meddle) await one.meddle(await untilRunning(job));
      const line = await scheduler.until("run-finished", { job });
      const record = await readRecord(job);
      await expectTold({ line, record, scheduler }, one);
      const attempt = record.runs[0]?.attempts[0];
      if (node !== undefined) expect([line.node, attempt?.node]).toEqual([node, node]);
      expect(Number(attempt?.finishedAt) - Number(attempt?.boundAt)).toBeGreaterThanOrEqual(lastedMs);
      await eventually(`${job}: no service`, async () => ((await servicesOf(job)) === "" ? true : undefined));
    });
  }

  it("what a process on a worker prints is logged while it runs, and its last lines stay in the record", async () => {
    await scheduler.until("job-output", { job: "talks", line: "first" });
    expect(scheduler.all("run-finished", { job: "talks" })).toEqual([]);
    await writeFile(join(folder.path, "open"), "");
    expect(await scheduler.until("run-finished", { job: "talks" })).toMatchObject({ outcome: "succeeded", node: "w2" });
    const told = scheduler.all("job-output", { job: "talks" });
    expect(told).toHaveLength(LINES + 1);
    const output = (await readRecord("talks")).runs[0]?.attempts[0]?.output ?? "";
    const kept = output.split("\n");
    expect(kept).toEqual(told.slice(-kept.length).map(({ line }) => line));
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThanOrEqual(2048);
    expect(Buffer.byteLength(output)).toBeGreaterThan(1500);
  });
});

/** When the process of that job runs, on w1, and the scheduler knows. */
async function untilRunning(job: string): Promise<Running> {
  const { service } = await scheduler.until("run-started", { job });
  const filters = encodeURIComponent(JSON.stringify({ service: [service] }));
  const container = await eventually(`the process of ${job}`, async () => {
    const { json } = await manager.api<RunningTask[]>("GET", `/tasks?filters=${filters}`);
    const status = json[0]?.Status;
    return status?.State === "running" ? status.ContainerStatus.ContainerID : undefined;
  });
  await untilLooked();
  return { service: String(service), container };
}

type RunningTask = { Status: { State: string; ContainerStatus: { ContainerID: string } } };

/** The scheduler has asked how the tasks are, and then once more: what it heard the first time it has taken note of. */
async function untilLooked(): Promise<void> {
  const looks = () => proxy.requests.filter(({ path }) => path.startsWith("/tasks?")).length;
  const before = looks();
  await eventually("two looks at the tasks", () => looks() > before + 1 || undefined);
}

const servicesOf = (job: string) =>
  manager.docker(
    ...["service", "ls", "--quiet"],
    ...["--filter", `label=shipbell.instance=${INSTANCE}`, "--filter", `label=shipbell.job=${job}`],
  );
