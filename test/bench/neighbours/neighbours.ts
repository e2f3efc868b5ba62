import type { EngineClient } from "../../lab/engine-client.ts";
import type { ProxyRule } from "../../lab/proxy/rule.ts";
import type { EngineProxy } from "../../lab/proxy.ts";
import type { Scheduler } from "../scheduler.ts";

/** Where the neighbours live. */
export interface Street {
  readonly engine: EngineClient;
  /** Stands between the engine and the socket proxy that the scheduler speaks to. */
  readonly proxy: EngineProxy;
  readonly scheduler: Scheduler;
  /** An image whose pull stalls. */
  readonly stalledImage: string;
}

/** Something broken that stands next to the healthy jobs for a while. */
export interface Neighbour {
  readonly name: string;
  /** What it adds to the schedule file; all are due at the eighth second of ten, between the healthy jobs' starts. */
  jobs?(street: Street): Readonly<Record<string, object>>;
  readonly networks?: Readonly<Record<string, object>>;
  /** What else it needs; resolves to what takes that away. */
  begin?(street: Street): Promise<() => Promise<unknown>>;
  /** What `shipbell explain` says of one of its jobs, and what `shipbell check` cannot: labels are told in the log. */
  readonly told: { readonly job: string; readonly says: RegExp } | { readonly problem: RegExp };
}

const SCHEDULE = "8-58/10 * * * * *";
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

/** Its processor is limited, so that what it costs is what the scheduler makes of its lines. */
const flood: Neighbour = {
  name: "a job that floods its output",
  jobs: () => ({
    flood: {
      schedule: SCHEDULE,
      ...QUICK,
      command: "yes a line of output that nobody reads",
      cpus: 0.1,
      timeout: "60s",
    },
  }),
  told: { job: "flood", says: /running|timed out/ },
};

export const neighbours: readonly Neighbour[] = [
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

/** All of them at once. */
export function together(all: readonly Neighbour[]): Neighbour {
  return {
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
  };
}

async function runTarget(engine: EngineClient, name: string): Promise<() => Promise<unknown>> {
  const HostConfig = { NetworkMode: "none", Init: true };
  await engine.api("POST", `/containers/create?name=${name}`, {
    Image: "busybox",
    Cmd: ["sleep", "10000"],
    HostConfig,
  });
  await engine.api("POST", `/containers/${name}/start`);
  return () => engine.api("DELETE", `/containers/${name}?force=1`);
}

async function createLabelled(engine: EngineClient, name: string, Labels: object): Promise<() => Promise<unknown>> {
  await engine.api("POST", `/containers/create?name=${name}`, { Image: "busybox", Cmd: ["true"], Labels });
  return () => engine.api("DELETE", `/containers/${name}?force=1`);
}
