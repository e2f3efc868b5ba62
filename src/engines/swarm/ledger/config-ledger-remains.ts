import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { listConfigs, removeConfig, type SwarmConfig } from "./config-ledger-configs.ts";
import { counterConfigName, damagedConfigName } from "./config-ledger-names.ts";
import { jobOfRecord, LEDGER_LABELS } from "./config-ledger-record.ts";

/** All that a ledger has left in a Swarm, for those who remove it. */
export interface LedgerConfigs {
  list(): Promise<{
    readonly records: readonly SwarmConfig[];
    readonly damaged: readonly SwarmConfig[];
    /** One, or none. */
    readonly counters: readonly SwarmConfig[];
  }>;
  remove(id: string): Promise<void>;
}

/** Only what this instance's ledger made itself: its labels alone, under another name, do not make a config ours. */
export function ledgerConfigs(docker: Docker, instance: string): LedgerConfigs {
  return {
    list: async () => {
      const configs = await listConfigs(docker, `${RUN_LABELS.instance}=${instance}`);
      return {
        records: configs.filter((config) => jobOfRecord(instance, config) !== undefined),
        damaged: configs.filter((config) => isDamaged(instance, config)),
        counters: configs.filter((config) => isCounter(instance, config)),
      };
    },
    remove: (id) => removeConfig(docker, id),
  };
}

function isDamaged(instance: string, { name, labels }: SwarmConfig): boolean {
  const { [RUN_LABELS.job]: job, [LEDGER_LABELS.damagedRecord]: text } = labels;
  return job !== undefined && text !== undefined && name === damagedConfigName(instance, job, text);
}

function isCounter(instance: string, { name, labels }: SwarmConfig): boolean {
  return labels[LEDGER_LABELS.generation] !== undefined && name === counterConfigName(instance);
}
