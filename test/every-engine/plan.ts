import { ENGINE_VARIANTS } from "../lab/variants/variants.ts";

/** What is run on an engine. */
export interface Plan {
  /** For `npm run test:engines NAME`. */
  readonly name: string;
  readonly title: string;
  /** Of the lab (`test/lab/variants/variants.ts`); absent for this machine's own. */
  readonly variant?: string;
  /** By vitest's project, parts of the paths of test files. */
  readonly files: Readonly<Partial<Record<"engine" | "swarm", readonly string[]>>>;
  /** With the tests of the full run. */
  readonly isFull?: true;
  /** Why tests fail that fail there, for as long as they do. */
  readonly differences?: readonly Difference[];
}

/** Something that an engine does otherwise than `src/engines/engine.ts` promises, and that cannot be mended here. */
export interface Difference {
  /** What it does, as docs/engines.md says it. */
  readonly because: string;
  /** Parts of the lines of a tally (`FILE: TEST: ERROR`): the tests that fail for it. */
  readonly tests: readonly string[];
}

/** Whatever is promised of an engine, with the files whose tests are run for it. */
const CONTRACTS = [
  ...["test/contracts/engine.container", "test/contracts/engine.trouble.test.ts", "test/contracts/labelled-containers"],
  ...["test/contracts/imitations", "test/contracts/exec", "test/contracts/engine-refuses"],
];
const RUNS = ["test/e2e/outcomes.test.ts", "test/e2e/labels.test.ts", "test/e2e/exec.test.ts"];
/** Two private registries, and what cannot be had from them. */
const PULLS = ["test/e2e/pull.test.ts"];
const SWARM = [
  "test/contracts/engine.services.swarm",
  "test/e2e/outcomes.swarm.test.ts",
  "test/e2e/stack.swarm.test.ts",
];

const DOCKER = { engine: [...CONTRACTS, ...RUNS, ...PULLS], swarm: SWARM };
/** Nothing that uses up its memory: on this machine a rootless engine has no cgroups that would stop it. */
const ROOTLESS = {
  engine: [
    ...["test/contracts/labelled-containers", "test/contracts/imitations", "test/contracts/exec.test.ts"],
    ...["test/e2e/labels.test.ts", "test/e2e/inputs.test.ts"],
  ],
};
const PODMAN = {
  engine: [
    ...["test/contracts/engine.container", "test/contracts/labelled-containers", "test/contracts/imitations"],
    "test/e2e/outcomes.test.ts",
  ],
};

const ROOTLESS_DIFFERENCES: readonly Difference[] = [
  {
    because: "without cgroups v2 it pauses no container",
    tests: ["cannot be prepared while the container is paused, has ended, or is not there"],
  },
  {
    because: "without cgroups v2 it does not list processes: an exec whose output is no longer read is out of sight",
    tests: ["is seen to run while it prints to readers that are gone"],
  },
];

/** Of Podman's newest and oldest. */
const PODMAN_DIFFERENCES: readonly Difference[] = [
  {
    because: "it makes the missing source of a bind mount",
    tests: ["refuses a bind mount whose source is not there", "a folder to be mounted that is not there is rejected"],
  },
  {
    because:
      "a missing network or volumes_from is an error of its own: the run is rejected after a minute, as engine-trouble",
    tests: [
      ...["refuses volumes from an object that is not there", "is rejected when its network does not exist"],
      "a network that is not there is rejected",
    ],
  },
  {
    because: "a command that cannot be executed ends with 1 under its init",
    tests: [
      ...["is rejected when an init process does not find the command", "a command that does not exist is rejected"],
      "a command that may not be executed is rejected",
    ],
  },
  {
    because: "it gives more of a log's last lines than it was asked for",
    tests: ["give the lines of a process that has ended, from the last ones on"],
  },
  {
    because:
      "it ignores domainname, refuses an init in the host's process namespace, and runs no health checks without systemd",
    tests: [
      ...["has the names, addresses and hosts of its keys", "has the rights, limits and mounts of its keys"],
      ...["shares what it is to share with its host", "is checked, where its job asks for that"],
    ],
  },
  {
    because: "it tells an image, and what a container may do, in words of its own",
    tests: [
      "runs the command of one that is stopped, with all that it has",
      "are those with labels of ours, running or not",
    ],
  },
];

/** Not at each try. */
const BEING_REMOVED: Difference = {
  because: "while it removes a container, that is neither there nor gone",
  tests: ["is content when it is asked several times at once"],
};

const PODMAN_4_DIFFERENCES: readonly Difference[] = [
  {
    because: "it tells a container's ulimits in words that it refuses: jobs in labels of containers do not run",
    tests: ["a copy of a labelled container > ", "is read, too: its output comes without frames"],
  },
  {
    because:
      "it cannot prepare a container without a network for a second time, so that after a crash such a run is rejected",
    tests: [
      ...["answers with the same object when it is repeated", "makes one object when it is repeated at the same time"],
      ...["makes another object for another definition", "is not used for it: the run is made in its place"],
    ],
  },
  {
    because: "a start that cannot be carried out leaves no reason: the run is rejected after its pending_timeout",
    tests: [
      "is rejected when its command does not exist",
      "is rejected in the engine's words where there is no init process",
    ],
  },
  {
    because: "it does not tell that a process was killed for want of memory: that is unknown",
    tests: ["is a failure for want of memory"],
  },
  { because: "it ignores platform", tests: ["wants another image where it is for another platform"] },
  {
    because: "an event may be lost: what ends is then seen at the next look, within 15 s",
    tests: ["wakes with the job's name when its process starts", "wake when one of them is removed"],
  },
  {
    because: "it does not commit a container as Docker's clients ask for it",
    tests: ["is none of ours, in whatever state", "though the tag moves on meanwhile"],
  },
];

const OTHERS: Readonly<Record<(typeof ENGINE_VARIANTS)[number]["name"], Pick<Plan, "files" | "differences">>> = {
  trixie: { files: DOCKER },
  sid: { files: DOCKER },
  "sid-containerd": { files: DOCKER },
  "sid-rootless": { files: ROOTLESS, differences: ROOTLESS_DIFFERENCES },
  "podman-bookworm": { files: PODMAN, differences: [...PODMAN_DIFFERENCES, ...PODMAN_4_DIFFERENCES] },
  "podman-sid": { files: PODMAN, differences: [...PODMAN_DIFFERENCES, BEING_REMOVED] },
};

/** Every engine, and every way to one, that can be had from Debian. */
export const PLANS: readonly Plan[] = [
  { name: "bookworm", title: "Docker Engine of Debian 12, this machine's", files: DOCKER },
  ...ENGINE_VARIANTS.map(({ name, title }) => ({ name, title, variant: name, ...OTHERS[name] })),
  {
    name: "ways",
    title: "a socket for one group, TCP with TLS, the proxies of the examples",
    files: {
      engine: ["test/e2e/image.test.ts", "test/e2e/engine-over-tls.test.ts", "test/e2e/socket-proxy.test.ts"],
      swarm: ["test/e2e/socket-proxy.swarm.test.ts"],
    },
    isFull: true,
  },
];
