import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Engine, OwnObject } from "../engines/engine.ts";
import type { KeptRemains } from "../engines/swarm/kept-remains.ts";
import type { LedgerConfigs } from "../engines/swarm/ledger/config-ledger-remains.ts";
import type { RemainingItem, Remains } from "./purge.ts";

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
