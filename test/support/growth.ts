import { expect } from "vitest";

/** A reader of text, and how to write an input of some size for it. */
export interface Reader<Input> {
  /** Makes an input of about `size` characters, of the kind that is hard to read. Its time is not counted. */
  readonly write: (size: number) => Input;
  /** Reads it, or refuses it: what is measured. */
  readonly read: (input: Input) => unknown;
  /** The sizes: each is twice the one before. Default: 2 KiB to 128 KiB. */
  readonly from?: number;
  readonly to?: number;
}

/** How much longer twice the input may take. Linear is 2, quadratic is 4. */
export const LARGEST_GROWTH = 2.5;

/** Less than this is noise, and fast enough. What is refused by its length never takes longer. */
const NOTICEABLE_MS = 2;
/** An input that takes longer than this is slow, whatever its half takes. */
const SLOWEST_MS = 2000;
const REPETITIONS = 3;
/** A superlinear reader is too slow in each round; a machine that is busy is not busy in each. */
const ROUNDS = 8;

/**
 * Expects that reading takes time in proportion to the input, or that the input is refused by its length.
 *
 * The times of one size and of twice that size are measured in turn in the same run, and the shortest of several
 * counts: a busy machine makes both longer, and fails nothing.
 */
export function expectLinear<Input>({ write, read, from = 2048, to = 131_072 }: Reader<Input>): void {
  for (let size = from; size < to; size *= 2) {
    const growth = growthOf(write(size), write(2 * size), read);
    const found = `${2 * size} characters take ${growth.ratio.toFixed(1)} times as long as ${size} (${growth.ms.toFixed(1)} ms)`;
    expect(growth.ratio, found).toBeLessThanOrEqual(LARGEST_GROWTH);
    expect(growth.ms, found).toBeLessThanOrEqual(SLOWEST_MS);
  }
}

interface Growth {
  readonly ratio: number;
  /** What the larger input takes. */
  readonly ms: number;
}

function growthOf<Input>(half: Input, whole: Input, read: (input: Input) => unknown): Growth {
  let least: Growth = { ratio: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS && least.ratio > LARGEST_GROWTH; round++) {
    const growth = measure(half, whole, read);
    if (growth.ratio < least.ratio) least = growth;
    if (growth.ms > SLOWEST_MS) break;
  }
  return least;
}

function measure<Input>(half: Input, whole: Input, read: (input: Input) => unknown): Growth {
  // At first nothing is compiled yet, which would make the shorter one longer.
  elapsed(half, read);
  let [shorter, longer] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let time = 0; time < REPETITIONS; time++) {
    shorter = Math.min(shorter, elapsed(half, read));
    longer = Math.min(longer, elapsed(whole, read));
    if (longer > SLOWEST_MS || longer < NOTICEABLE_MS) break;
    if (longer <= LARGEST_GROWTH * shorter) break;
  }
  return { ratio: longer < NOTICEABLE_MS ? 1 : longer / Math.max(shorter, NOTICEABLE_MS / 2), ms: longer };
}

/** Kernels may count the time of a thread in steps of 4 ms: what is quicker is read several times over. */
const COUNTED_MS = 20;
const MOST_READS = 20;

/** Time of the processor, in this thread: what others do meanwhile takes none of it. */
function elapsed<Input>(input: Input, read: (input: Input) => unknown): number {
  const before = process.threadCpuUsage();
  for (let reads = 1; ; reads++) {
    read(input);
    const { user, system } = process.threadCpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms >= COUNTED_MS || reads === MOST_READS) return ms / reads;
  }
}
