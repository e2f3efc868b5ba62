/** What can be broken. Two faults happen at once only where they need nothing of the same. */
export interface FaultKind {
  /** In the words of the table. */
  readonly words: string;
  /** What it may happen to. */
  readonly targets: readonly string[];
  /** From begin to end, in seconds. */
  readonly lastsS: readonly [least: number, most: number];
  /** How many of it are in a deck of faults. */
  readonly weight: number;
  /** What it breaks; its target alone, where nothing is said. */
  readonly uses?: readonly string[];
}

export const ALL_MANAGERS = "managers";

/** At most one manager is broken at a time: two of three go on. */
const managers = { targets: ["leader", "leader", "m1", "m2", "m3"], uses: [ALL_MANAGERS] };
const workers = { targets: ["w1", "w2"] };
const schedulers = { targets: ["A", "B"] };
/** The first is before the manager of scheduler A, the second before that of B. */
const proxies = { targets: ["proxy A", "proxy B"] };
const receiver = { targets: ["the receiver"] };

export const FAULT_KINDS = {
  "scheduler-killed": { words: "scheduler killed, and started again", ...schedulers, lastsS: [0, 20], weight: 3 },
  "scheduler-stalled": { words: "scheduler stalled", ...schedulers, lastsS: [3, 60], weight: 2 },
  "scheduler-stopped": { words: "scheduler stopped, and started again", ...schedulers, lastsS: [5, 40], weight: 1 },
  "schedulers-killed": {
    words: "both schedulers killed at once",
    targets: ["A and B"],
    uses: ["A", "B"],
    lastsS: [10, 110],
    weight: 2,
  },
  "manager-killed": { words: "manager killed, and started again", ...managers, lastsS: [3, 30], weight: 2 },
  "manager-engine-killed": { words: "engine of a manager killed alone", ...managers, lastsS: [1, 15], weight: 1 },
  "manager-frozen": { words: "engine of a manager frozen", ...managers, lastsS: [3, 30], weight: 1 },
  "manager-cut": { words: "manager cut off from the network", ...managers, lastsS: [5, 40], weight: 1 },
  "worker-killed": { words: "worker killed, and started again", ...workers, lastsS: [3, 100], weight: 2 },
  "worker-engine-killed": { words: "engine of a worker killed alone", ...workers, lastsS: [1, 20], weight: 1 },
  "worker-cut": { words: "worker cut off from the network", ...workers, lastsS: [5, 100], weight: 2 },
  "worker-frozen": { words: "engine of a worker frozen", ...workers, lastsS: [5, 60], weight: 1 },
  "watch-cut": { words: "events of a manager cut", ...proxies, lastsS: [3, 40], weight: 2 },
  "answers-broken": { words: "requests or answers lost, late or doubled", ...proxies, lastsS: [2, 15], weight: 3 },
  "engine-away": { words: "all connections to a manager cut", ...proxies, lastsS: [1, 20], weight: 1 },
  "receiver-fails": { words: "receiver of notices answered 500", ...receiver, lastsS: [3, 40], weight: 2 },
  "receiver-hangs": { words: "receiver of notices did not answer", ...receiver, lastsS: [3, 40], weight: 1 },
  "service-removed": { words: "service of a run removed manually", targets: ["a run"], lastsS: [0, 0], weight: 1 },
  "jobs-edited": { words: "all jobs edited", targets: ["the file"], lastsS: [0, 0], weight: 1 },
} satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultName[];

export function kindOf(name: FaultName): FaultKind {
  return FAULT_KINDS[name];
}
