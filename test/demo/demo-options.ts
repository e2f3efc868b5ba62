import { parseArgs } from "node:util";

export interface DemoOptions {
  /** On the Swarm of DOCKER_HOST or the local socket, instead of a private one. */
  readonly here: boolean;
  /** Of the private Swarm: one manager, all others workers. */
  readonly hosts: number;
  /** Leave everything up. */
  readonly keep: boolean;
  /** Only take down what an earlier demo left up. */
  readonly down: boolean;
}

const MOST_HOSTS = 9;

/** Throws for what is not understood. */
export function readOptions(): DemoOptions {
  const { values } = parseArgs({
    options: {
      here: { type: "boolean", default: false },
      hosts: { type: "string" },
      keep: { type: "boolean", default: false },
      down: { type: "boolean", default: false },
    },
  });
  const { here, hosts = "1", keep, down } = values;
  if (here && values.hosts) throw new Error("--hosts is for a private Swarm: leave it or --here away.");
  if (!/^\d+$/.test(hosts) || Number(hosts) < 1 || Number(hosts) > MOST_HOSTS)
    throw new Error(`--hosts ${hosts}: a private Swarm has 1 to ${MOST_HOSTS} hosts.`);
  return { here, hosts: Number(hosts), keep, down };
}
