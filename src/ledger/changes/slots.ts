/** What happens to slots of pools: record → record, or undefined when there is nothing to change. Pure. */
import type { JobRecord, PoolRecord, Slot } from "../record.ts";

/** An attempt that needs a slot. */
export type SlotFor = Omit<Slot, "since">;

/** What a pool's record is changed in view of. */
export interface SlotsSeen {
  readonly limit: number;
  /** Slots that are taken although the pool's record does not have them: attempts that were bound without one. */
  readonly withoutSlot: number;
  /** Whether the slot is free by the record of its job. */
  readonly isFree: (slot: Slot) => boolean;
  /** Whether the attempt takes the place of this slot, whatever the limit: it replaces the run that held it. */
  readonly passesOn: (slot: Slot) => boolean;
  /** Later than every instant through which slots of the job are void. */
  readonly now: Date;
}

/**
 * Reserves a slot for the attempt, and drops those that are free. Undefined when none is free, or when the attempt has one
 * already: whichever scheduler reserved it, each may use it.
 */
export function reserveSlot(pool: PoolRecord | undefined, wanted: SlotFor, seen: SlotsSeen): PoolRecord | undefined {
  const { slots = [] } = pool ?? {};
  if (slotOf(pool, wanted) !== undefined) return undefined;
  const slot = { ...wanted, since: seen.now };
  const inherited = slots.find(seen.passesOn);
  const taken = slots.filter((each) => each !== inherited && !seen.isFree(each));
  if (inherited === undefined && taken.length + seen.withoutSlot >= seen.limit) return undefined;
  return { ...pool, schema: pool?.schema ?? 1, slots: [...taken, slot] };
}

/** Takes a slot back, once its reservation is void (`voidSlot`). */
export function dropSlot(pool: PoolRecord | undefined, slot: Slot): PoolRecord | undefined {
  const found = slotOf(pool, slot);
  if (pool === undefined || found === undefined || found.since > slot.since) return undefined;
  return { ...pool, slots: pool.slots.filter((each) => each !== found) };
}

/** The slot of this attempt. */
export function slotOf(
  pool: PoolRecord | undefined,
  { job, run, attempt }: Pick<Slot, "job" | "run" | "attempt">,
): Slot | undefined {
  return pool?.slots.find((slot) => slot.job === job && slot.run === run && slot.attempt === attempt);
}

/**
 * Makes a reservation void in the record of its job, so that a scheduler that has slept since it made the reservation binds
 * nothing with it. Only then may the slot be taken back: there is no swap over two records. Undefined when the attempt is
 * bound, or the reservation is void already.
 */
export function voidSlot(record: JobRecord | undefined, slot: Slot): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined || isVoid(record, slot)) return undefined;
  const run = record.runs.find(({ id }) => id === slot.run);
  if (run?.attempts.some(({ number }) => number >= slot.attempt)) return undefined;
  return { ...record, slotsVoidThrough: slot.since };
}

/** Whether the reservation was made void. */
export function isVoid({ slotsVoidThrough }: JobRecord, slot: Pick<Slot, "since"> | undefined): boolean {
  return slot !== undefined && slotsVoidThrough !== undefined && slot.since <= slotsVoidThrough;
}
