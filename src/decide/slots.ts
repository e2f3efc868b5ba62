import { type SlotFor, type SlotsSeen, slotOf } from "../ledger/changes/slots.ts";
import {
  isActive,
  type JobRecord,
  latestAttempt,
  openAttempts,
  type PoolRecord,
  type Run,
  type Slot,
  waitsForRetry,
} from "../ledger/record.ts";
import { requestOf } from "./requests.ts";

/** A slot that is reserved and not bound for this long is taken back, if something waits for it. */
export const TAKEN_BACK_AFTER_MS = 30_000;

/** How long the slot of a run that was replaced is kept for the run that replaces it. */
export const PASSES_ON_WITHIN_MS = 30_000;

/**
 * What a slot is, by the record of its job:
 * - `held`: its attempt is active;
 * - `reserved`: its attempt may yet be bound;
 * - `passing-on`: its attempt was replaced, and the run that replaces it takes the slot;
 * - `free`: none of these, and none ever again, whichever scheduler looks, and however old the record that it looks at.
 */
export type SlotState = "held" | "reserved" | "passing-on" | "free";

/** `record`: undefined when there is certainly none. */
export function slotState(slot: Slot, record: JobRecord | undefined, now: Date): SlotState {
  if (record === undefined || record.closedAt !== undefined) return "free";
  const run = record.runs.find(({ id }) => id === slot.run);
  if (run === undefined) return isUndecided(slot, record) ? "reserved" : "free";
  if (!isActive(run)) return passesOn(slot, run, record, now) ? "passing-on" : "free";
  const { number, outcome } = latestAttempt(run);
  if (number === slot.attempt) return outcome === undefined ? "held" : "free";
  return number < slot.attempt && waitsForRetry(run) ? "reserved" : "free";
}

/** The run has not been started, and may be. */
function isUndecided({ attempt, run, trigger, scheduledAt }: Slot, record: JobRecord): boolean {
  if (attempt > 1 || record.removedAt !== undefined) return false;
  return trigger === "manual" ? requestOf(run, record) !== undefined : scheduledAt > record.cursor;
}

/** It was replaced just now, and what replaces it has not been started. */
function passesOn({ attempt }: Slot, run: Run, { removedAt, runs }: JobRecord, now: Date): boolean {
  if (removedAt !== undefined || runs.at(-1) !== run) return false;
  const { number, outcome, finishedAt } = latestAttempt(run);
  if (number !== attempt || outcome?.kind !== "replaced") return false;
  return now.getTime() - (finishedAt?.getTime() ?? 0) < PASSES_ON_WITHIN_MS;
}

/** The records of jobs by which slots are judged. */
export interface RecordsSeen {
  readonly records: ReadonlyMap<string, JobRecord>;
  /** Jobs that certainly have no record. A job that is merely not known here may have one. */
  readonly gone: ReadonlySet<string>;
  readonly now: Date;
}

/** The state of a slot by the records as they are known here. */
export function slotStateIn(slot: Slot, { records, gone, now }: RecordsSeen): SlotState {
  const record = records.get(slot.job);
  if (record === undefined && !gone.has(slot.job)) return "reserved";
  return slotState(slot, record, now);
}

/** Attempts of a pool that are active without a slot: an older version started them, or the pool's record was lost. */
export function withoutSlot(
  pool: PoolRecord | undefined,
  active: Iterable<JobRecord>,
  name: string,
): readonly SlotFor[] {
  const found: SlotFor[] = [];
  for (const record of active)
    for (const { run, attempt } of openAttempts(record)) {
      const { id, trigger, scheduledAt, policies } = run;
      const one = { job: record.job, run: id, attempt: attempt.number, trigger, scheduledAt };
      if (policies.pool === name && slotOf(pool, one) === undefined) found.push(one);
    }
  return found;
}

/** In view of what a slot is reserved for the attempt. */
export function slotsSeenFor(
  wanted: SlotFor,
  seen: RecordsSeen,
  { limit, withoutSlot }: Pick<SlotsSeen, "limit" | "withoutSlot">,
): SlotsSeen {
  const { slotsVoidThrough } = seen.records.get(wanted.job) ?? {};
  const afterVoid = slotsVoidThrough === undefined ? seen.now : new Date(slotsVoidThrough.getTime() + 1);
  return {
    limit,
    withoutSlot,
    isFree: (slot) => slotStateIn(slot, seen) === "free",
    passesOn: (slot) => slot.job === wanted.job && slotStateIn(slot, seen) === "passing-on",
    now: afterVoid > seen.now ? afterVoid : seen.now,
  };
}

/** Something that waits for a slot: `dueAt` is its place in the line. */
export interface Waiting extends SlotFor {
  readonly dueAt: Date;
}

/** An attempt that needs a slot of this pool. */
export interface SlotWanted extends Waiting {
  readonly pool: string;
}

/** In the order in which they get slots: what was due first, and of what was due at once the first by name. */
export function inLine<W extends Waiting>(waiting: Iterable<W>): readonly W[] {
  return [...waiting].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.job < b.job ? -1 : 1));
}
