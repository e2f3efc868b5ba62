import { eventually } from "../e2e/eventually.ts";
import type { World } from "./break.ts";
import type { Finding } from "./finding.ts";
import { listOwn } from "./own-objects.ts";
import type { RecordObserver } from "./record-observer.ts";

/** Retries, stops and grace periods are all shorter. */
const LONGEST_MS = 240_000;
/** What Swarm may take to clean up after a service that was removed. */
const CLEAN_UP_MS = 60_000;

/** What is refused is tried again after five minutes at most, for as long as faults of the receiver last. */
const LONGEST_NOTICE_MS = 420_000;

/** Waits until no run is active, no service is there and no notice waits. What is left after some minutes is a finding. */
export async function settle({ stage, swarm }: World, observer: RecordObserver): Promise<readonly Finding[]> {
  const isAtRest = async () => {
    await observer.look();
    if (observer.activeRuns > 0) return undefined;
    const services = await listOwn(await swarm.leader(), stage.instance).services();
    return services?.length === 0 || undefined;
  };
  const isAllTold = async () => {
    await observer.look();
    return observer.waitingNotices === 0 || undefined;
  };
  return [
    ...(await orFinding("all runs ended, and their services gone", LONGEST_MS, isAtRest)),
    ...(await orFinding("all notices delivered", LONGEST_NOTICE_MS, isAllTold)),
  ];
}

/** What there is, and should not be, when all schedulers have stopped. */
export async function findRemains(world: World): Promise<readonly Finding[]> {
  const { stage, swarm } = world;
  const configs = (await listOwn(await swarm.leader(), stage.instance).configs()) ?? [];
  const services = (await listOwn(await swarm.leader(), stage.instance).services()) ?? [];
  const strange = configs.filter(
    ({ Spec }) => !("shipbell.page" in Spec.Labels || "shipbell.generation" in Spec.Labels),
  );
  const isNothingLeft = async () => (await containersOf(world)).length === 0 || undefined;
  await eventually("no container of a run", isNothingLeft, CLEAN_UP_MS).catch(() => {});
  const running = (await containersOf(world)).filter(({ State }) => State === "running");
  return [
    ...strange.map(({ Spec }) => ({ what: `config ${Spec.Name} is left, which is no record` })),
    ...services.map(({ Spec }) => ({ what: `service ${Spec.Name} is left`, run: Spec.Labels["shipbell.run"] ?? "" })),
    ...running.map(({ host, Labels }) => ({
      what: `a container still runs on ${host}`,
      run: Labels["shipbell.run"] ?? "",
      at: new Date(),
    })),
  ];
}

/** Those of all hosts. One that has ended, and that Swarm has forgotten, is none of shipbell's. */
export async function containersOf({ stage, swarm }: World) {
  const lists = await Promise.all(
    swarm.hosts.map(async (host) => {
      const list = await listOwn(host, stage.instance).containers();
      return (list ?? []).map((container) => ({ ...container, host: host.name }));
    }),
  );
  return lists.flat();
}

async function orFinding(what: string, withinMs: number, ask: () => Promise<true | undefined>): Promise<Finding[]> {
  try {
    await eventually(what, ask, withinMs);
    return [];
  } catch (error) {
    return [{ what: (error as Error).message, at: new Date() }];
  }
}
