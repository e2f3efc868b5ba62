import type { Clock } from "../../src/clock.ts";
import { finishChange } from "../../src/ledger/finish-change.ts";
import {
  instanceContents,
  readInstance,
  requireWritable,
  usableInstance,
  writeInstance,
} from "../../src/ledger/instance-json.ts";
import type {
  InstanceChange,
  InstanceSwap,
  Ledger,
  LedgerContents,
  PoolChange,
  PoolSwap,
  RecordChange,
  Swap,
} from "../../src/ledger/ledger.ts";
import { readPool, usablePool, writePool } from "../../src/ledger/pool-json.ts";
import type { InstanceRecord, JobRecord, PoolRecord } from "../../src/ledger/record.ts";
import { type ReadRecord, readRecord } from "../../src/ledger/record-json.ts";

/**
 * What several ledgers of one test share: the records, as text, so that what a record cannot carry is lost here too.
 */
export class MemoryLedgerStore {
  readonly texts = new Map<string, string>();
  /** The record of the instance. */
  instanceText: string | undefined;
  readonly instanceListeners = new Set<{ owner: MemoryLedger; wake: () => void }>();
  /** The records of pools, by name. */
  readonly poolTexts = new Map<string, string>();
  readonly poolListeners = new Set<{ owner: MemoryLedger; wake: (pool: string) => void }>();
  onPoolWrite: (write: PoolWrite) => void = () => {};
  /** With which cursor each record began: what was due before never existed. */
  readonly firstCursors = new Map<string, Date>();
  readonly listeners = new Set<{ owner: MemoryLedger; wake: (job?: string) => void }>();
  generation = 0;
  /** Says when a change is written. Of itself it stands still long ago, so that nothing is written late. */
  clock: Pick<Clock, "now"> = { now: () => new Date(0) };
  /** Hears of every record that is written, at that moment; `after` is undefined for one that is deleted. */
  onWrite: (write: RecordWrite) => void = () => {};
  onInstanceWrite: (write: InstanceWrite) => void = () => {};
  readonly #parsed = new Map<string, { readonly text: string; readonly read: ReadRecord }>();

  /** A manual removal wakes like any other change. */
  removeByHand(job: string): void {
    this.texts.delete(job);
    for (const { wake } of this.listeners) wake(job);
  }

  /** Parsing is what costs most, and a record is read more often than it is written. */
  readRecord(job: string): ReadRecord | undefined {
    const text = this.texts.get(job);
    if (text === undefined) return undefined;
    const known = this.#parsed.get(job);
    if (known?.text === text) return known.read;
    const read = readRecord(text);
    this.#parsed.set(job, { text, read });
    return read;
  }
}

export interface RecordWrite {
  readonly job: string;
  readonly before: JobRecord | undefined;
  readonly after: JobRecord | undefined;
  readonly by: MemoryLedger;
}

export interface InstanceWrite {
  readonly before: InstanceRecord | undefined;
  readonly after: InstanceRecord;
  readonly by: MemoryLedger;
}

export interface PoolWrite {
  readonly pool: string;
  readonly before: PoolRecord | undefined;
  readonly after: PoolRecord;
  readonly by: MemoryLedger;
}

/** A ledger in memory. It may be believed because it passes the same contract as the real ones. */
export class MemoryLedger implements Ledger {
  readonly #store: MemoryLedgerStore;
  /** Called before each swap, and when it is written but not answered yet; a test may wait in it for ever. */
  onUpdate: (job: string, moment: "before" | "after") => Promise<void> = async () => {};

  constructor(store = new MemoryLedgerStore()) {
    this.#store = store;
  }

  async load(): Promise<LedgerContents> {
    const records = new Map<string, JobRecord>();
    const unreadable: { job: string; message: string }[] = [];
    for (const job of [...this.#store.texts.keys()]) {
      const read = this.#store.readRecord(job);
      if (read === undefined) continue;
      if (read.kind === "record") records.set(job, read.record);
      else unreadable.push({ job, message: read.message });
      if (read.kind === "damaged") this.#store.texts.delete(job);
    }
    return { records, unreadable, ...instanceContents(this.#lookAtInstance()) };
  }

  async read(job: string): Promise<JobRecord | undefined> {
    return this.#read(job);
  }

  #read(job: string): JobRecord | undefined {
    const read = this.#store.readRecord(job);
    if (read === undefined || read.kind === "record") return read?.record;
    throw new Error(`the record of ${job} cannot be used: ${read.message}`);
  }

  async update(job: string, change: RecordChange): Promise<Swap> {
    await this.onUpdate(job, "before");
    const swap = this.#swap(job, change);
    await this.onUpdate(job, "after");
    return swap;
  }

  /** Reads and writes without a pause, so that nothing comes between. */
  #swap(job: string, change: RecordChange): Swap {
    const current = this.#read(job);
    const next = change(current, usableInstance(this.#lookAtInstance()));
    if (next === undefined) return { result: "lost", record: current };
    const { record, text } = finishChange({ before: current, after: next, now: this.#store.clock.now() });
    this.#store.texts.set(job, text);
    if (current === undefined) this.#store.firstCursors.set(job, record.cursor);
    this.#store.onWrite({ job, before: current, after: this.#read(job), by: this });
    for (const { owner, wake } of this.#store.listeners) if (owner !== this) wake(job);
    return { result: "won", record };
  }

  async remove(job: string): Promise<void> {
    const record = this.#read(job);
    if (record?.closedAt === undefined) return;
    this.#store.texts.delete(job);
    this.#store.onWrite({ job, before: record, after: undefined, by: this });
  }

  async nextGeneration(): Promise<number> {
    return ++this.#store.generation;
  }

  async readInstance(): Promise<InstanceRecord | undefined> {
    return usableInstance(this.#lookAtInstance());
  }

  async updateInstance(change: InstanceChange): Promise<InstanceSwap> {
    const before = usableInstance(this.#lookAtInstance());
    const after = change(before);
    if (after === undefined) return { result: "lost", instance: before };
    requireWritable(before);
    this.#store.instanceText = writeInstance(after);
    this.#store.onInstanceWrite({ before, after, by: this });
    for (const { owner, wake } of this.#store.instanceListeners) if (owner !== this) wake();
    return { result: "won", instance: after };
  }

  watchInstance(wake: () => void, signal: AbortSignal): void {
    const listener = { owner: this, wake };
    this.#store.instanceListeners.add(listener);
    signal.addEventListener("abort", () => this.#store.instanceListeners.delete(listener));
  }

  async readPool(pool: string): Promise<PoolRecord | undefined> {
    return this.#lookAtPool(pool);
  }

  async updatePool(pool: string, change: PoolChange): Promise<PoolSwap> {
    await this.onUpdate(pool, "before");
    const before = this.#lookAtPool(pool);
    const after = change(before);
    if (after === undefined) return { result: "lost", pool: before };
    this.#store.poolTexts.set(pool, writePool(after));
    this.#store.onPoolWrite({ pool, before, after, by: this });
    for (const { owner, wake } of this.#store.poolListeners) if (owner !== this) wake(pool);
    await this.onUpdate(pool, "after");
    return { result: "won", pool: after };
  }

  watchPools(_pools: () => Iterable<string>, wake: (pool: string) => void, signal: AbortSignal): void {
    const listener = { owner: this, wake };
    this.#store.poolListeners.add(listener);
    signal.addEventListener("abort", () => this.#store.poolListeners.delete(listener));
  }

  #lookAtPool(pool: string): PoolRecord | undefined {
    const text = this.#store.poolTexts.get(pool);
    return usablePool(pool, text === undefined ? undefined : readPool(text));
  }

  #lookAtInstance() {
    const { instanceText } = this.#store;
    return instanceText === undefined ? undefined : readInstance(instanceText);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    const listener = { owner: this, wake };
    this.#store.listeners.add(listener);
    signal.addEventListener("abort", () => this.#store.listeners.delete(listener));
  }
}
