import { ALL_MANAGERS, FAULT_NAMES, type FaultName, kindOf } from "./fault-kinds.ts";
import { between, pick, type Random, seededRandom, shuffle } from "./random.ts";

export interface PlannedFault {
  readonly name: FaultName;
  readonly target: string;
  /** From the begin of its burst. */
  readonly afterMs: number;
  readonly lastsMs: number;
  /** For whatever else is to be chosen when it happens: a number below 2³². */
  readonly choice: number;
}

/** Faults that overlap, and the calm before them: it begins when all is whole again after the burst before. */
export interface Burst {
  readonly calmMs: number;
  readonly faults: readonly PlannedFault[];
}

const CALM_S = [4, 14] as const;
const APART_S = [1, 10] as const;
const MOST_IN_A_BURST = 9;
/** What it takes until all is whole again, about. */
const RECOVERY_MS = 12_000;
/** No fault of a burst begins later. */
const LONGEST_BURST_MS = 70_000;

/** Bursts of faults for about so many minutes. The same seed gives the same plan, and nothing else matters. */
export function planFaults(seed: number, minutes: number): readonly Burst[] {
  const random = seededRandom(seed);
  const deck = deckOf(random);
  const bursts: Burst[] = [];
  for (let atMs = 0; ; ) {
    const burst = planBurst(random, deck);
    atMs += lengthOf(burst);
    if (atMs > minutes * 60_000 && bursts.length > 0) return bursts;
    bursts.push(burst);
  }
}

/** All that a burst takes, calm and recovery included. */
export function lengthOf({ calmMs, faults }: Burst): number {
  return calmMs + Math.max(...faults.map(({ afterMs, lastsMs }) => afterMs + lastsMs)) + RECOVERY_MS;
}

/** What it breaks, and nothing else may at the same time. */
export function partsOf({ name, target }: PlannedFault): readonly string[] {
  return kindOf(name).uses ?? [target];
}

/** Each kind comes as often as its weight says before the deck is shuffled again. */
function* deckOf(random: Random): Generator<FaultName, never> {
  const cards = FAULT_NAMES.flatMap((name) => Array.from({ length: kindOf(name).weight }, () => name));
  for (;;) yield* shuffle(random, cards);
}

function planBurst(random: Random, deck: Generator<FaultName, never>): Burst {
  const calmMs = seconds(random, CALM_S);
  const size = between(random, 1, MOST_IN_A_BURST);
  const faults: PlannedFault[] = [];
  for (let atMs = 0; faults.length < size && atMs < LONGEST_BURST_MS; atMs += seconds(random, APART_S)) {
    const fault = planFault(random, deck.next().value, atMs);
    // What does not fit in is left out, so that a burst never waits for itself.
    if (!faults.some((earlier) => isInTheWay(earlier, fault))) faults.push(fault);
  }
  return { calmMs, faults };
}

/** Managers need longer than a pause to agree again: one of them a burst. */
function isInTheWay(earlier: PlannedFault, fault: PlannedFault): boolean {
  const shared = partsOf(earlier).filter((part) => partsOf(fault).includes(part));
  const isOver = earlier.afterMs + earlier.lastsMs + RECOVERY_MS <= fault.afterMs;
  return shared.length > 0 && (!isOver || shared.includes(ALL_MANAGERS));
}

function planFault(random: Random, name: FaultName, afterMs: number): PlannedFault {
  const { targets, lastsS } = kindOf(name);
  const target = pick(random, targets);
  return { name, target, afterMs, lastsMs: seconds(random, lastsS), choice: between(random, 0, 2 ** 32 - 1) };
}

/** Short ones are more likely than long ones. */
function seconds(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round((least + (most - least) * random() ** 1.5) * 1000);
}
