import type { Clock } from "../../clock.ts";
import {
  PASSES_ON_WITHIN_MS,
  type SlotWanted,
  slotStateIn,
  slotsSeenFor,
  TAKEN_BACK_AFTER_MS,
  withoutSlot,
} from "../../decide/slots.ts";
import { dropSlot, isVoid, reserveSlot, type SlotFor, slotOf, voidSlot } from "../../ledger/changes/slots.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { isActive, type JobRecord, type PoolRecord, type Slot } from "../../ledger/record.ts";
import type { RunEvents } from "../../observe/run-events.ts";
import type { Book } from "../book.ts";
import { PoolLine } from "./pool-line.ts";

interface PoolsParts {
  readonly ledger: Pick<Ledger, "readPool" | "updatePool">;
  readonly book: Pick<Book, "records" | "jobs" | "refresh" | "change">;
  readonly clock: Clock;
  readonly events: RunEvents;
  /** Has the job looked at soon. */
  readonly wake: (job: string) => void;
}

/** A pool as it stands, for those who look at it. */
export interface PoolStanding {
  readonly name: string;
  /** How many slots it has. */
  readonly limit: number;
  /** The attempts that take a slot, the oldest first. They may be more than there are slots, after the limit was lowered. */
  readonly holders: readonly SlotFor[];
  /** The attempts that wait for a slot, in the order in which they get one. */
  readonly waiting: readonly SlotFor[];
}

/** Wakes may be lost: while something waits, the pool's record is read at least this often. */
const READ_AGAIN_MS = 15_000;
const FAILED_AGAIN_MS = 1000;

/**
 * The pools: how many attempts of several jobs may be active at once. A job that is due asks here in its pass (`mayStart`), and is
 * let in when it comes first and a slot is free. Its start then reserves the slot (`reserve`), by a swap of the pool's record, and
 * binds its attempt, by a swap of its job's. Every scheduler sees from the records of jobs which slots are free: none is given back.
 *
 * Jobs without a pool cost nothing here, and a pool for which nothing waits costs one swap for each attempt.
 */
export class Pools {
  readonly #parts: PoolsParts;
  readonly #pools = new Map<string, Pool>();
  #limits: ReadonlyMap<string, number> = new Map();
  /** Jobs that are named by a slot, and have no record. */
  readonly #gone = new Set<string>();

  constructor(parts: PoolsParts) {
    this.#parts = parts;
  }

  /** How many slots each pool has. A pool with less than before takes nothing from what is active. */
  declare(limits: ReadonlyMap<string, number>): void {
    this.#limits = limits;
  }

  /** The names of the pools that there are. */
  get names(): Iterable<string> {
    return this.#limits.keys();
  }

  /** The jobs that wait for a slot. */
  get waitingJobs(): readonly string[] {
    return [...this.#pools.values()].flatMap(({ line }) => line.waiting.map(({ job }) => job));
  }

  /** What the job waits for, and since when it is due. */
  waitOf(job: string): { readonly since: Date; readonly pool: string } | undefined {
    for (const [pool, { line }] of this.#pools) {
      const place = line.placeOf(job);
      if (place !== undefined) return { since: place.dueAt, pool };
    }
    return undefined;
  }

  /** All pools that are declared. */
  standings(): readonly PoolStanding[] {
    const now = this.#parts.clock.now();
    return [...this.#limits].map(([name, limit]) => {
      const pool = this.#pools.get(name);
      return { name, limit, holders: this.#holders(name, pool, now), waiting: pool?.line.waiting ?? [] };
    });
  }

  /** Whether all slots of the pool are taken; false for a pool that is not declared here. */
  isFull(name: string | undefined): boolean {
    const limit = name === undefined ? undefined : this.#limits.get(name);
    if (name === undefined || limit === undefined) return false;
    return this.#holders(name, this.#pools.get(name), this.#parts.clock.now()).length >= limit;
  }

  /** When there is something to do though nothing happens. */
  get lookAt(): Date | undefined {
    const times = [...this.#pools.values()].flatMap(({ lookAt }) => lookAt?.getTime() ?? []);
    return times.length === 0 ? undefined : new Date(Math.min(...times));
  }

  /** Another process has changed the pool's record. */
  noteChange(pool: string): void {
    const known = this.#pools.get(pool);
    if (known !== undefined) known.isOutdated = true;
  }

  /** Every change of a record is to be told here. */
  noteRecord(before: JobRecord | undefined, after: JobRecord | undefined): void {
    const had = before === undefined ? undefined : poolsOf(before);
    const has = after === undefined ? undefined : poolsOf(after);
    const job = after?.job ?? before?.job;
    if (job === undefined) return;
    for (const pool of had ?? []) if (has?.has(pool) !== true) this.#pools.get(pool)?.active.delete(job);
    if (after !== undefined) for (const pool of has ?? []) this.#of(pool).active.set(job, after);
    if (after !== undefined) this.#gone.delete(job);
  }

  passBegins(job: string): void {
    const pool = this.#poolOf(job);
    if (pool !== undefined) this.#of(pool).line.passBegins(job, this.#parts.clock.now());
  }

  /** `isStarting`: its start is under way. */
  passEnds(job: string, isStarting: boolean): void {
    for (const { line } of this.#pools.values()) line.passEnds(job, isStarting);
  }

  /**
   * Whether the attempt may be started now: it was let in, or has a slot already, or takes over that of the run that it replaces.
   * Otherwise it waits, and its job is woken when it comes first.
   */
  mayStart(wanted: SlotWanted): boolean {
    const pool = this.#of(wanted.pool);
    const now = this.#parts.clock.now();
    if (pool.line.isLetIn(wanted) || this.#hasSlot(pool, wanted, now)) pool.line.admit(wanted, now);
    else pool.line.enter(wanted);
    return pool.line.isLetIn(wanted);
  }

  /** The start of the job is over, however it ended. */
  startEnded(job: string): void {
    for (const { line } of this.#pools.values()) line.startEnded(job);
  }

  /**
   * Reserves a slot for an attempt that is about to be bound; undefined where none is free, or that is not clear.
   *
   * @throws EngineError, or the ledger's error.
   */
  async reserve(wanted: SlotWanted): Promise<Slot | undefined> {
    const { ledger, clock } = this.#parts;
    const { pool: name, dueAt: _dueAt, ...attempt } = wanted;
    const pool = this.#of(name);
    const limit = this.#limitOf(name);
    const swap = await ledger.updatePool(name, (record) => {
      const others = withoutSlot(record, pool.active.values(), name).length;
      return reserveSlot(
        record,
        attempt,
        slotsSeenFor(attempt, this.#seen(clock.now()), { limit, withoutSlot: others }),
      );
    });
    if (swap.result === "unknown") {
      pool.isOutdated = true;
      return undefined;
    }
    pool.keep(swap.pool, clock.now());
    return slotOf(swap.pool, attempt);
  }

  /**
   * Lets in those that come first, where slots are free. Returns pools of which something must be looked at before that
   * (`look`).
   */
  turn(now: Date): readonly string[] {
    const toLookAt: string[] = [];
    for (const [name, pool] of this.#pools) {
      pool.lookAt = undefined;
      if (pool.line.length === 0 || pool.isLooking) continue;
      if (this.#needsLook(pool, now)) {
        if (now >= pool.notBefore) toLookAt.push(name);
        else pool.lookAt = pool.notBefore;
        continue;
      }
      this.#letIn(name, pool, now);
      if (pool.line.length > 0) pool.lookAt = this.#nextLook(pool, now);
    }
    return toLookAt;
  }

  /**
   * Reads the pool's record, and the records of jobs that are not known here; takes back what was reserved and is not bound.
   *
   * @throws EngineError, or the ledger's error.
   */
  async look(name: string): Promise<void> {
    const { ledger, clock } = this.#parts;
    const pool = this.#of(name);
    pool.isLooking = true;
    pool.notBefore = new Date(clock.now().getTime() + FAILED_AGAIN_MS);
    try {
      pool.isOutdated = false;
      pool.keep(await ledger.readPool(name), clock.now());
      for (const { job } of pool.record?.slots ?? []) await this.#findRecord(job);
      for (const slot of this.#overdue(pool, clock.now())) await this.#takeBack(name, pool, slot);
      pool.notBefore = new Date(0);
    } catch (error) {
      pool.isOutdated = true;
      throw error;
    } finally {
      pool.isLooking = false;
    }
  }

  #poolOf(job: string): string | undefined {
    return this.#parts.book.jobs.get(job)?.policies.run.pool;
  }

  #of(name: string): Pool {
    const known = this.#pools.get(name) ?? new Pool();
    this.#pools.set(name, known);
    return known;
  }

  /** A pool that is not declared has no slots. */
  #limitOf(name: string): number {
    return this.#limits.get(name) ?? 0;
  }

  #seen(now: Date) {
    return { records: this.#parts.book.records, gone: this.#gone, now };
  }

  #needsLook(pool: Pool, now: Date): boolean {
    const { record, isOutdated, readAt } = pool;
    if (isOutdated || readAt === undefined || now < readAt || now.getTime() - readAt.getTime() >= READ_AGAIN_MS)
      return true;
    const { records } = this.#parts.book;
    const isUnknown = record?.slots.some(({ job }) => !records.has(job) && !this.#gone.has(job)) ?? false;
    return isUnknown || this.#overdue(pool, now).length > 0;
  }

  #letIn(name: string, pool: Pool, now: Date): void {
    const { line } = pool;
    const free = this.#limitOf(name) - this.#taken(name, pool, now);
    // What is due first may be looked at just now.
    if (free > 0 && line.unsettledUntil(now) !== undefined) return;
    const { wake, events } = this.#parts;
    const limit = this.#limitOf(name);
    let left = free;
    for (const attempt of line.waiting) {
      const hasSlot = this.#hasSlot(pool, attempt, now);
      if (hasSlot || left > 0) {
        line.admit(attempt, now);
        wake(attempt.job);
        if (!hasSlot) left--;
      } else if (line.isNews(attempt)) {
        const { job, run, attempt: number } = attempt;
        events.emit({ event: "waits-for-pool", job, run, attempt: number, pool: name, limit });
      }
    }
  }

  /** Whether a slot is reserved for the attempt, by whichever scheduler, or the run that it replaces leaves it one. */
  #hasSlot({ record }: Pool, attempt: SlotFor, now: Date): boolean {
    if (slotOf(record, attempt) !== undefined) return true;
    const own = record?.slots.filter(({ job }) => job === attempt.job) ?? [];
    return own.some((slot) => slotStateIn(slot, this.#seen(now)) === "passing-on");
  }

  /** How many slots are taken, with those that are about to be reserved. */
  #taken(name: string, pool: Pool, now: Date): number {
    const seen = this.#seen(now);
    const slots = pool.record?.slots.filter((slot) => slotStateIn(slot, seen) !== "free") ?? [];
    const without = withoutSlot(pool.record, pool.active.values(), name);
    const known = new Set([...slots, ...without].map(keyOf));
    const passing = new Set(slots.filter((slot) => slotStateIn(slot, seen) === "passing-on").map(({ job }) => job));
    const about = pool.line.letIn(now).filter((attempt) => !known.has(keyOf(attempt)) && !passing.has(attempt.job));
    return known.size + about.length;
  }

  #holders(name: string, pool: Pool | undefined, now: Date): readonly SlotFor[] {
    if (pool === undefined) return [];
    const seen = this.#seen(now);
    const reserved = pool.record?.slots.filter((slot) => slotStateIn(slot, seen) === "reserved") ?? [];
    const held = withoutSlot(undefined, pool.active.values(), name);
    return [...held, ...reserved].sort((a, b) => a.scheduledAt.getTime() - b.scheduledAt.getTime());
  }

  #overdue(pool: Pool, now: Date): readonly Slot[] {
    const seen = this.#seen(now);
    return (pool.record?.slots ?? []).filter(
      (slot) =>
        !pool.line.isLetIn(slot) &&
        slotStateIn(slot, seen) === "reserved" &&
        this.#parts.book.records.has(slot.job) &&
        now.getTime() - pool.reservedSince(slot, now).getTime() >= TAKEN_BACK_AFTER_MS,
    );
  }

  /** When something changes by the passing of time alone. */
  #nextLook(pool: Pool, now: Date): Date {
    const seen = this.#seen(now);
    const times = [now.getTime() + READ_AGAIN_MS];
    for (const slot of pool.record?.slots ?? []) {
      const state = slotStateIn(slot, seen);
      if (state === "reserved") times.push(pool.reservedSince(slot, now).getTime() + TAKEN_BACK_AFTER_MS);
      if (state === "passing-on") times.push(this.#replacedAt(slot, now).getTime() + PASSES_ON_WITHIN_MS);
    }
    for (const at of [pool.line.unsettledUntil(now), pool.line.hangsAt(now)])
      if (at !== undefined) times.push(at.getTime());
    return new Date(Math.min(...times.filter((ms) => ms > now.getTime())));
  }

  #replacedAt({ job, run }: Slot, now: Date): Date {
    return this.#parts.book.records.get(job)?.runs.find(({ id }) => id === run)?.finishedAt ?? now;
  }

  async #findRecord(job: string): Promise<void> {
    const { book } = this.#parts;
    if (book.records.has(job) || this.#gone.has(job)) return;
    if ((await book.refresh(job)) === undefined) this.#gone.add(job);
  }

  /** In this order: once the job's record says that the reservation is void, nothing can be bound with it. */
  async #takeBack(name: string, pool: Pool, slot: Slot): Promise<void> {
    const { book, ledger, clock } = this.#parts;
    const swap = await book.change(slot.job, (record) => voidSlot(record, slot));
    if (swap.result === "unknown" || swap.record === undefined || !isVoid(swap.record, slot)) return;
    const dropped = await ledger.updatePool(name, (record) => dropSlot(record, slot));
    if (dropped.result === "unknown") pool.isOutdated = true;
    else pool.keep(dropped.pool, clock.now());
  }
}

/** What is known here of one pool. */
class Pool {
  readonly line = new PoolLine();
  /** The records of jobs that have active runs in it. */
  readonly active = new Map<string, JobRecord>();
  record: PoolRecord | undefined;
  readAt: Date | undefined;
  isOutdated = false;
  isLooking = false;
  /** What fails is not repeated before this. */
  notBefore = new Date(0);
  lookAt: Date | undefined;
  /** When reservations were first seen here: the clocks of schedulers may differ. */
  readonly #firstSeen = new Map<string, Date>();

  keep(record: PoolRecord | undefined, now: Date): void {
    this.record = record;
    this.readAt = now;
    const keys = new Set(record?.slots.map(keyOf));
    for (const key of this.#firstSeen.keys()) if (!keys.has(key)) this.#firstSeen.delete(key);
    for (const key of keys) if (!this.#firstSeen.has(key)) this.#firstSeen.set(key, now);
  }

  reservedSince(slot: Slot, now: Date): Date {
    const firstSeen = this.#firstSeen.get(keyOf(slot)) ?? now;
    return slot.since < firstSeen ? slot.since : firstSeen;
  }
}

function keyOf({ job, run, attempt }: SlotFor): string {
  return `${job}\n${run}\n${attempt}`;
}

/** The pools of what is active of the job. */
function poolsOf(record: JobRecord): ReadonlySet<string> | undefined {
  let pools: Set<string> | undefined;
  for (const run of record.runs) {
    const { pool } = run.policies;
    if (pool !== undefined && isActive(run)) pools = (pools ?? new Set()).add(pool);
  }
  return pools;
}
