import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Docker } from "../engines/docker/connect.ts";
import type { Engine, OwnObject } from "../engines/engine.ts";
import type { EngineKind } from "../engines/kinds.ts";
import type { KeptRemains } from "../engines/swarm/kept-remains.ts";
import type { LedgerConfigs } from "../engines/swarm/ledger/config-ledger-remains.ts";
import type { Refused } from "./operation.ts";
import type { RemainingItem, Remains } from "./purge.ts";

export interface RemainsParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly instance: string;
  readonly stateDir: string;
}

/** What an instance has left behind, in the order in which it is removed. */
export interface FoundRemains {
  readonly kind: "found";
  /** `the Swarm of unix:///…` */
  readonly where: string;
  readonly remains: readonly Remains[];
  /** Lets schedulers use the state directory again. */
  release(): void;
}

/** Looks for what the instance has left behind; no scheduler can use its state directory until `release` is called. */
export function findRemains(kind: EngineKind, parts: RemainsParts): Promise<FoundRemains | Refused> {
  return kind === "swarm" ? findInSwarm(parts) : findInContainers(parts);
}

async function findInSwarm({ docker, clock, instance }: RemainsParts): Promise<FoundRemains> {
  const { DockerEvents } = await import("../engines/docker/docker-events.ts");
  const { keptRemains } = await import("../engines/swarm/kept-remains.ts");
  const { SwarmEngine } = await import("../engines/swarm/swarm-engine.ts");
  const { ledgerConfigs } = await import("../engines/swarm/ledger/config-ledger-remains.ts");
  const engine = new SwarmEngine({ docker, events: new DockerEvents(docker, clock), instance, clock });
  const remains = [
    ...(await remainsOfSwarm(engine, ledgerConfigs(docker, instance))),
    ...(await remainsOfDeclarations(keptRemains({ docker, instance, clock }), true)),
  ];
  return { kind: "found", where: `the Swarm of ${docker.host}`, remains, release: () => {} };
}

/** The lock of the state directory is held until `release`: while a scheduler has it, nothing is looked for. */
async function findInContainers({ docker, clock, instance, stateDir }: RemainsParts): Promise<FoundRemains | Refused> {
  const { DockerEvents } = await import("../engines/docker/docker-events.ts");
  const { keptRemains } = await import("../engines/swarm/kept-remains.ts");
  const { ContainerEngine } = await import("../engines/containers/container-engine.ts");
  const { tryLock } = await import("../ledger/sqlite/instance-lock.ts");
  const isUsed = hasLedger(stateDir);
  // Taking the lock creates its file: not where no scheduler was.
  const lock = isUsed ? tryLock(stateDir, clock.now()) : undefined;
  if (isUsed && lock === undefined) {
    const why = `a scheduler has the lock of ${stateDir}; stop it first`;
    return { kind: "refused", code: "scheduler-active", why };
  }
  try {
    const engine = new ContainerEngine({ docker, events: new DockerEvents(docker, clock), clock, instance });
    const remains = [
      ...(await remainsOfContainers(engine, stateDir)),
      ...(await remainsOfDeclarations(keptRemains({ docker, instance, clock }), false)),
    ];
    return { kind: "found", where: `${docker.host} and ${stateDir}`, remains, release: () => lock?.release() };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** An engine, as far as a purge needs it. */
export type Remover = Pick<Engine, "list" | "remove">;

/** In the order in which they go: the lock last, since it keeps schedulers away as long as it is held. */
const LEDGER_FILES = ["ledger.db-shm", "ledger.db-wal", "ledger.db", "holder.json", "lock.db-journal", "lock.db"];

/** Whether a scheduler has used this state directory, be it that it has just begun to. */
export function hasLedger(stateDir: string): boolean {
  return LEDGER_FILES.some((file) => existsSync(join(stateDir, file)));
}

/** What an instance leaves where jobs run as containers. The ledger goes after the runs that it tells of. */
export async function remainsOfContainers(engine: Remover, stateDir: string): Promise<readonly Remains[]> {
  const removeFiles = async () => {
    for (const file of LEDGER_FILES) rmSync(join(stateDir, file), { force: true });
  };
  const ledgers = hasLedger(stateDir) ? [{ name: stateDir, remove: removeFiles }] : [];
  return [
    { words: ["container", "containers"], items: await objects(engine) },
    { words: ["ledger", "ledgers"], items: ledgers },
  ];
}

/** What an instance leaves in a Swarm. */
export async function remainsOfSwarm(engine: Remover, configs: LedgerConfigs): Promise<readonly Remains[]> {
  const item = ({ id, name }: { readonly id: string; readonly name: string }): RemainingItem => ({
    name,
    remove: () => configs.remove(id),
  });
  const { records, damaged, counters } = await configs.list();
  return [
    { words: ["run service", "run services"], items: await objects(engine) },
    { words: ["record of a job", "records of jobs"], items: records.map(item) },
    { words: ["damaged record that was set aside", "damaged records that were set aside"], items: damaged.map(item) },
    { words: ["counter of generations", "counters of generations"], items: counters.map(item) },
  ];
}

/** What an instance has made because a schedule file declares it. Nothing else holds on to it once the runs are gone. */
export async function remainsOfDeclarations(kept: KeptRemains, isSwarm: boolean): Promise<readonly Remains[]> {
  const networks: Remains = { words: ["network", "networks"], items: await kept.networks() };
  if (!isSwarm) return [networks];
  return [
    { words: ["secret", "secrets"], items: await kept.secrets() },
    { words: ["config", "configs"], items: await kept.configs() },
    networks,
  ];
}

async function objects(engine: Remover): Promise<readonly RemainingItem[]> {
  return (await engine.list()).map(({ id, name, running }: OwnObject) => ({
    name,
    ...(running && { note: "running" }),
    remove: () => engine.remove(id),
  }));
}
