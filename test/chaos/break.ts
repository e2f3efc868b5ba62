import { serviceRequests } from "../e2e/engine-requests.ts";
import type { SwarmStage } from "../e2e/swarm-stage.ts";
import type { RequestPattern } from "../lab/proxy/rule.ts";
import type { EngineProxy } from "../lab/proxy.ts";
import type { LabSwarm, SwarmHost } from "../lab/swarm.ts";
import type { ChaosScheduler } from "./chaos-scheduler.ts";
import type { FaultName } from "./fault-kinds.ts";
import type { Mood, MoodyReceiver } from "./moody-receiver.ts";
import { listOwn } from "./own-objects.ts";
import type { PlannedFault } from "./plan.ts";

/** Everything that can be broken. */
export interface World {
  readonly swarm: LabSwarm;
  readonly stage: SwarmStage;
  readonly schedulers: Readonly<Record<"A" | "B", ChaosScheduler>>;
  /** Whom the jobs' notices are sent to. */
  readonly receiver: MoodyReceiver;
  /** Declares the jobs again, each a little different from before. */
  readonly editJobs: () => Promise<void>;
}

/** What was broken, and how to mend it. */
export interface Broken {
  readonly on: string;
  readonly mend: () => Promise<void>;
}

type Break = (world: World, fault: PlannedFault) => Promise<Broken>;

/** Does to the world what the plan says. */
export function breakIt(world: World, fault: PlannedFault): Promise<Broken> {
  return BREAKS[fault.name](world, fault);
}

const BREAKS: Readonly<Record<FaultName, Break>> = {
  "scheduler-killed": (world, { target }) => killSchedulers([schedulerOf(world, target)]),
  "schedulers-killed": ({ schedulers }) => killSchedulers([schedulers.A, schedulers.B]),
  "scheduler-stopped": async (world, { target }) => {
    const scheduler = schedulerOf(world, target);
    await scheduler.stop();
    return { on: target, mend: async () => scheduler.start() };
  },
  "scheduler-stalled": async (world, { target }) => {
    const scheduler = schedulerOf(world, target);
    scheduler.stall();
    return { on: target, mend: async () => scheduler.goOn() };
  },
  "manager-killed": onHost((host) => host.kill()),
  "worker-killed": onHost((host) => host.kill()),
  "manager-engine-killed": onHost((host) => host.killEngine()),
  "worker-engine-killed": onHost((host) => host.killEngine()),
  "manager-frozen": onHost(async (host) => host.freeze()),
  "worker-frozen": onHost(async (host) => host.freeze()),
  "manager-cut": onHost((host) => host.cut()),
  "worker-cut": onHost((host) => host.cut()),
  "watch-cut": async (world, { target }) => {
    const proxy = proxyOf(world, target);
    const rule = proxy.when({ path: /^\/events/, times: Number.POSITIVE_INFINITY }).cutRequest();
    await proxy.down();
    await proxy.up();
    return { on: target, mend: async () => rule.remove() };
  },
  "engine-away": async (world, { target }) => {
    const proxy = proxyOf(world, target);
    await proxy.down();
    return { on: target, mend: () => proxy.up() };
  },
  "answers-broken": async (world, { target, choice }) => {
    const [what, pattern] = chosen(Object.entries<RequestPattern>(serviceRequests), choice);
    const [how, rule] = breakAnswers(proxyOf(world, target), pattern, Math.floor(choice / 64));
    const mend = async () => {
      rule.remove();
      rule.release();
    };
    return { on: `${target}: ${what}, ${how}`, mend };
  },
  "receiver-fails": put("fails"),
  "receiver-hangs": put("hangs"),
  "service-removed": async ({ stage, swarm }, { choice }) => {
    const leader = await swarm.leader();
    const services = (await listOwn(leader, stage.instance).services()) ?? [];
    if (services.length === 0) return { on: "none", mend: async () => {} };
    const { ID, Spec } = chosen(services, choice);
    await leader.api("DELETE", `/services/${ID}`);
    return { on: Spec.Name, mend: async () => {} };
  },
  "jobs-edited": async ({ editJobs }) => {
    await editJobs();
    return { on: "all jobs", mend: async () => {} };
  },
};

async function killSchedulers(killed: readonly ChaosScheduler[]): Promise<Broken> {
  await Promise.all(killed.map((scheduler) => scheduler.kill()));
  const mend = async () => {
    for (const scheduler of killed) scheduler.start();
  };
  return { on: killed.map(({ name }) => name).join(" and "), mend };
}

function onHost(hurt: (host: SwarmHost) => Promise<void>): Break {
  return async ({ swarm }, { target }) => {
    const leader = target.startsWith("w") ? undefined : await swarm.leader();
    const host = target === "leader" ? leader : swarm.hosts.find(({ name }) => name === target);
    if (host === undefined) throw new Error(`there is no host ${target}`);
    await hurt(host);
    const mend = async () => {
      host.thaw();
      await host.mend();
      await host.start();
    };
    return { on: host === leader ? `${host.name}, which led` : host.name, mend };
  };
}

function put(mood: Mood): Break {
  return async ({ receiver }, { target }) => {
    receiver.mood = mood;
    const mend = async () => {
      receiver.mood = "well";
    };
    return { on: target, mend };
  };
}

/** The first few such requests that come. */
function breakAnswers(proxy: EngineProxy, pattern: RequestPattern, choice: number) {
  const requests = proxy.when({ ...pattern, times: 1 + (choice % 4) });
  const ways = {
    "requests lost": requests.cutRequest,
    "answers lost": requests.cutAnswer,
    "requests late": requests.holdRequest,
    "answers late": requests.holdAnswer,
    "requests doubled": requests.double,
  };
  const [how, way] = chosen(Object.entries(ways), Math.floor(choice / 4));
  return [how, way()] as const;
}

function schedulerOf({ schedulers }: World, target: string): ChaosScheduler {
  return target === "A" ? schedulers.A : schedulers.B;
}

function proxyOf({ stage }: World, target: string): EngineProxy {
  return target === "proxy A" ? stage.proxy : stage.otherProxy;
}

function chosen<T>(choices: readonly T[], choice: number): T {
  const found = choices[choice % choices.length];
  if (found === undefined) throw new Error("there is nothing to choose from");
  return found;
}
