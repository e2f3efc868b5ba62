import { readScript, refuse } from "../support/script-options.ts";

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

const use = {
  usage: `usage: npm run demo -- [--hosts N] [--keep]   on a private Swarm of N hosts (1)
       npm run demo -- --here [--keep]        on the Swarm of DOCKER_HOST or the local socket
       npm run demo -- --down [--here]        takes down what a demo with --keep left up
`,
  options: {
    here: { type: "boolean", default: false },
    hosts: { type: "string" },
    keep: { type: "boolean", default: false },
    down: { type: "boolean", default: false },
  },
  words: [],
} as const;

/** Ends the process for what is not understood. */
export function readOptions(): DemoOptions {
  const { here, hosts, keep, down } = readScript(use).values;
  if (here && hosts !== undefined) refuse("--hosts is for a private Swarm: leave out --here or --hosts", use);
  const number = Number(hosts ?? "1");
  if (!Number.isInteger(number) || number < 1 || number > MOST_HOSTS)
    refuse(`--hosts ${hosts}: a private Swarm has 1 to ${MOST_HOSTS} hosts`, use);
  return { here, hosts: number, keep, down };
}
