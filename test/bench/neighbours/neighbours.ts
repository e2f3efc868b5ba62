import { RUN_LABELS } from "../../../src/engines/docker/specs/run-labels.ts";
import type { EngineClient } from "../../lab/engine-client.ts";
import type { ProxyRule } from "../../lab/proxy/rule.ts";
import type { EngineProxy } from "../../lab/proxy.ts";
import type { Scheduler } from "../scheduler.ts";
import { nextSecond, untilTime } from "../seconds.ts";

/** Where the neighbours live. */
export interface Street {
  readonly engine: EngineClient;
  /** Stands between the engine and the socket proxy that the scheduler speaks to. */
  readonly proxy: EngineProxy;
  readonly scheduler: Scheduler;
  /** An image whose pull stalls. */
  readonly stalledImage: string;
}

/** What stands next to the healthy jobs for a while. */
export interface Company {
  readonly name: string;
  /** What it adds to the schedule file; all are due at the eighth second of ten, between the healthy jobs' starts. */
  jobs?(street: Street): Readonly<Record<string, object>>;
  readonly networks?: Readonly<Record<string, object>>;
  /** What else it needs; resolves to what takes that away. */
  begin?(street: Street): Promise<() => Promise<unknown>>;
}

/** Something broken. */
export interface Neighbour extends Company {
  /** What `shipbell explain` says of one of its jobs, and what `shipbell check` cannot: labels appear in the log. */
  readonly told: { readonly job: string; readonly says: RegExp } | { readonly problem: RegExp };
  /** What it is judged against, where that is not the healthy jobs alone: the work that no scheduler could spare the engine. */
  readonly against?: Company;
}

const DUE_SECOND = 8;
const SCHEDULE = `${DUE_SECOND}-58/10 * * * * *`;
const QUICK = { image: "busybox", network_mode: "none", command: "true" };
const FOR_EVER = 1_000_000;

/** As the shipped proxy has it, no exec passes: the container runs, and none of the commands does. */
const refusedExec: Neighbour = {
  name: "an exec that the socket proxy refuses",
  jobs: () => ({ "exec-refused": { schedule: SCHEDULE, launch: "exec", container: "target", command: "true" } }),
  begin: ({ engine }) => runTarget(engine, "target"),
  told: { job: "exec-refused", says: /proxy denies|403/ },
};

const unremovable: Neighbour = {
  name: "an ended container that cannot be removed",
  jobs: () => ({ unremovable: { schedule: SCHEDULE, ...QUICK, history: { succeeded: 1, failed: 1 } } }),
  begin: async ({ proxy, scheduler }) => {
    const rules: ProxyRule[] = [];
    const stop = scheduler.listen(({ event, job, containerId }) => {
      if (event !== "run-started" || job !== "unremovable") return;
      const pattern = { method: "DELETE", path: new RegExp(`^/containers/${containerId}`), times: FOR_EVER };
      rules.push(proxy.when(pattern).answer(500, { message: "unable to remove filesystem: device or resource busy" }));
    });
    return async () => {
      stop();
      for (const rule of rules) rule.remove();
    };
  },
  told: { job: "unremovable", says: /busy|cannot be removed/ },
};

const pausedTarget: Neighbour = {
  name: "a paused container as the target of an exec",
  jobs: () => ({ "exec-paused": { schedule: SCHEDULE, launch: "exec", container: "asleep", command: "true" } }),
  begin: async ({ engine }) => {
    const remove = await runTarget(engine, "asleep");
    await engine.api("POST", "/containers/asleep/pause");
    return async () => {
      await engine.api("POST", "/containers/asleep/unpause");
      await remove();
    };
  },
  told: { job: "exec-paused", says: /asleep is paused|did not run/ },
};

const impossibleNetwork: Neighbour = {
  name: "a network that cannot be created",
  jobs: () => ({ "no-network": { schedule: SCHEDULE, image: "busybox", command: "true", networks: ["overlapping"] } }),
  networks: { overlapping: { name: "bench-overlapping", ipam: { config: [{ subnet: "10.254.0.0/24" }] } } },
  begin: async ({ engine }) => {
    const IPAM = { Config: [{ Subnet: "10.254.0.0/16" }] };
    await engine.api("POST", "/networks/create", { Name: "bench-taken", IPAM });
    return () => engine.api("DELETE", "/networks/bench-taken");
  },
  told: { job: "no-network", says: /overlaps/ },
};

const hangingStarts: Neighbour = {
  name: "eight starts that hang",
  jobs: () => {
    const hang = { schedule: SCHEDULE, ...QUICK };
    return Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((number) => [`hang-${number}`, hang]));
  },
  begin: async ({ proxy }) => {
    const rule = proxy
      .when({ method: "POST", path: /^\/containers\/[^/]*hang-\d[^/]*\/start/, times: FOR_EVER })
      .holdRequest();
    return async () => {
      rule.remove();
      rule.cut();
    };
  },
  told: { job: "hang-1", says: /start|answer/ },
};

const stalledPull: Neighbour = {
  name: "a pull that stalls",
  jobs: ({ stalledImage }) => ({ stalled: { schedule: SCHEDULE, image: stalledImage, command: "true" } }),
  told: { job: "stalled", says: /pull|stalled/ },
};

const longLabel: Neighbour = {
  name: "a label of 100 KB",
  begin: ({ engine }) =>
    createLabelled(engine, "long-label", { "shipbell.schedule": `@every ${"1".repeat(100_000)}s` }),
  told: { problem: /container long-label/ },
};

const typo: Neighbour = {
  name: "a typo in a label of another stack",
  begin: ({ engine }) => createLabelled(engine, "blog_web", { "shipbell.shedule": "@daily" }),
  told: { problem: /container blog_web/ },
};

/** Its processor is limited, so that the engine's work on its lines, several times as much, leaves something of the machine. */
const FLOOD = { command: ["yes", "a line of output that nobody reads"], cpus: 0.1 };

/**
 * A container that the engine alone knows: it is like the one of the flooding job, starts at the same second, and shipbell does not
 * read it. The engine writes its lines to a log, on the same processors as everything else.
 */
const sameFlood: Company = {
  name: "the same flood, made without shipbell",
  begin: async ({ engine }) => {
    const { Id } = await createContainer(engine, "raw-flood", {
      Cmd: FLOOD.command,
      HostConfig: { NetworkMode: "none", Init: true, NanoCpus: FLOOD.cpus * 1e9 },
    });
    const start = new AbortController();
    const started = untilTime(nextSecond(0, (second) => second % 10 === DUE_SECOND)).then(async () => {
      if (start.signal.aborted) return;
      const { status } = await engine.api("POST", `/containers/${Id}/start`);
      if (status !== 204) throw new Error(`the flood without shipbell does not start: ${status}`);
    });
    return async () => {
      start.abort();
      await started;
      await engine.api("DELETE", `/containers/${Id}?force=1&v=1`);
    };
  },
};

const flood: Neighbour = {
  name: "a job that floods its output",
  jobs: () => ({ flood: { schedule: SCHEDULE, ...QUICK, ...FLOOD, history: { succeeded: 0, failed: 0 } } }),
  // A run goes on when its job leaves the schedule file; this one must not flood what comes next.
  begin:
    async ({ engine }) =>
    () =>
      killRunsOf(engine, "flood"),
  told: { job: "flood", says: /running/ },
  against: sameFlood,
};

const all: readonly Neighbour[] = [
  refusedExec,
  unremovable,
  pausedTarget,
  impossibleNetwork,
  hangingStarts,
  stalledPull,
  longLabel,
  typo,
  flood,
];

const together: Neighbour = {
  name: "all of them together",
  jobs: (street) => Object.assign({}, ...all.map((each) => each.jobs?.(street) ?? {})),
  networks: Object.assign({}, ...all.map((each) => each.networks ?? {})),
  begin: async (street) => {
    const ends: (() => Promise<unknown>)[] = [];
    for (const each of all) if (each.begin !== undefined) ends.push(await each.begin(street));
    return async () => {
      for (const end of ends) await end();
    };
  },
  told: { job: "exec-paused", says: /asleep is paused|did not run/ },
  against: sameFlood,
};

/** The healthy jobs alone. */
export const nothing: Company = { name: "nothing" };

/**
 * Who stands next to the healthy jobs, stretch by stretch. Each trouble stands between two stretches of what it is
 * judged against. Next to a flood starts differ more from one another: those with a flood come twice, in mirrored order, so that
 * a machine that becomes slower or faster does the same to all of them.
 */
export const plan: readonly (Company | Neighbour)[] = [
  nothing,
  ...[refusedExec, unremovable, pausedTarget, impossibleNetwork],
  nothing,
  ...[hangingStarts, stalledPull, longLabel, typo],
  nothing,
  ...[sameFlood, flood, together, sameFlood, together, flood, sameFlood],
  nothing,
];

async function runTarget(engine: EngineClient, name: string): Promise<() => Promise<unknown>> {
  await createContainer(engine, name, { Cmd: ["sleep", "10000"], HostConfig: { NetworkMode: "none", Init: true } });
  await engine.api("POST", `/containers/${name}/start`);
  return () => engine.api("DELETE", `/containers/${name}?force=1`);
}

async function createLabelled(engine: EngineClient, name: string, Labels: object): Promise<() => Promise<unknown>> {
  await createContainer(engine, name, { Cmd: ["true"], Labels });
  return () => engine.api("DELETE", `/containers/${name}?force=1`);
}

async function createContainer(engine: EngineClient, name: string, spec: object): Promise<{ readonly Id: string }> {
  const path = `/containers/create?name=${name}`;
  const { status, json } = await engine.api<{ Id: string }>("POST", path, { Image: "busybox", ...spec });
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
  return json;
}

async function killRunsOf(engine: EngineClient, job: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${RUN_LABELS.job}=${job}`] }));
  const { json } = await engine.api<{ Id: string }[]>("GET", `/containers/json?filters=${filters}`);
  await Promise.all(json.map(({ Id }) => engine.api("POST", `/containers/${Id}/kill`)));
}
