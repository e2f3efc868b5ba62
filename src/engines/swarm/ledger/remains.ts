import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import type { Remains } from "../../remains.ts";
import { listConfigs, removeConfig, type SwarmConfig } from "./config-calls.ts";
import { isInstanceConfig } from "./instance-config.ts";
import { counterConfigName, isSetAside, jobOfRecord, LEDGER_LABELS } from "./ledger-configs.ts";
import { isPoolConfig } from "./pool-config.ts";

/**
 * Finds all that a ledger has left in a Swarm. Only what this instance's ledger made itself counts: a config with its
 * labels under another name is not ours.
 */
export async function remainingConfigs(docker: Docker, instance: string): Promise<readonly Remains[]> {
  const configs = await listConfigs(docker, `${RUN_LABELS.instance}=${instance}`);
  const items = (isIncluded: (config: SwarmConfig) => boolean) =>
    configs.filter(isIncluded).map(({ id, name }) => ({ name, remove: () => removeConfig(docker, id) }));
  return [
    {
      words: ["record of a job", "records of jobs"],
      items: items((config) => jobOfRecord(instance, config) !== undefined),
    },
    {
      words: ["record of the instance", "records of the instance"],
      items: items((config) => isInstanceConfig(instance, config)),
    },
    {
      words: ["record of a pool", "records of pools"],
      items: items((config) => isPoolConfig(instance, config)),
    },
    {
      words: ["damaged record that was set aside", "damaged records that were set aside"],
      items: items((config) => isSetAside(instance, config)),
    },
    {
      words: ["counter of generations", "counters of generations"],
      items: items((config) => isCounter(instance, config)),
    },
  ];
}

function isCounter(instance: string, { name, labels }: SwarmConfig): boolean {
  return labels[LEDGER_LABELS.generation] !== undefined && name === counterConfigName(instance);
}
