import { mayDeclare, type Unread } from "../definition/reading.ts";
import { EqualParts } from "../job/equal-parts.ts";
import type { Job, JobNode } from "../job/job.ts";
import { isSameTelling } from "../job/notify.ts";
import { noteOrigin } from "../ledger/changes/definitions.ts";
import type { InstanceChange, InstanceSwap, Ledger, LedgerContents, RecordChange, Swap } from "../ledger/ledger.ts";
import { type InstanceRecord, type JobRecord, type OpenAttempt, openAttempts } from "../ledger/record.ts";
import { knownJob } from "./definitions.ts";

/** What the sources declare together. */
export interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** What cannot be read: a job that it may declare is not gone, although it is not in `jobs`. */
  readonly unread: readonly Unread[];
  /** How many slots each pool has; absent where there is none. */
  readonly pools?: ReadonlyMap<string, number>;
}

/** Hears of every attempt whose end is recorded in a record that is known here, by whichever scheduler. */
export interface EndedAttempts {
  attemptEnded(objectId: string, job: string): void;
}

/** Hears of every record that is known here otherwise than before, whichever scheduler has changed it. */
export type RecordListener = (before: JobRecord | undefined, after: JobRecord | undefined) => void;

/** Hears of every change of a record that this scheduler has won, before `RecordListener` does: it made the one into the other. */
export type WonListener = (before: JobRecord | undefined, after: JobRecord) => void;

interface BookListeners {
  readonly attempts?: EndedAttempts;
  readonly onRecord?: RecordListener | undefined;
  readonly onWon?: WonListener | undefined;
}

/**
 * What this scheduler knows: the jobs as they are declared, and the records as it read them last. A record here may be
 * old; everything is decided by a swap (`change`), which is given the record as it stands.
 */
export class Book {
  readonly #ledger: Ledger;
  readonly #listeners: BookListeners;
  readonly #records = new Map<string, JobRecord>();
  readonly #outdated = new Set<string>();
  readonly #unclear = new Set<string>();
  readonly #awaited = new Map<string, { readonly hash: string; readonly since: Date }>();
  #instance: InstanceRecord | undefined;
  #instanceUnreadable: string | undefined;
  #jobs: ReadonlyMap<string, Job> = new Map();
  /** By job: the jobs that its ends start. */
  #followers: ReadonlyMap<string, readonly string[]> = new Map();
  /** Undefined before anything was declared. */
  #unread: readonly Unread[] | undefined;
  /** By job: the generation of this scheduler's view of it. A view is as old as what it shows. */
  readonly #generations = new Map<string, number>();
  #firstGeneration: number | undefined;
  /** What records share, until all that are there at first are read or opened. */
  #parts: EqualParts | undefined;

  constructor(ledger: Ledger, listeners: BookListeners = {}) {
    this.#ledger = ledger;
    this.#listeners = listeners;
  }

  get jobs(): ReadonlyMap<string, Job> {
    return this.#jobs;
  }

  get records(): ReadonlyMap<string, JobRecord> {
    return this.#records;
  }

  /** Why the instance's record, or a part of it, could not be read at first; undefined where it could, or was written since. */
  get instanceUnreadable(): string | undefined {
    return this.#instance === undefined ? this.#instanceUnreadable : undefined;
  }

  /** What concerns all jobs, as it was read last. */
  get instance(): InstanceRecord | undefined {
    return this.#instance;
  }

  /** Why the ledger could not be used the last time; undefined when it could. */
  get ledgerDownBecause(): string | undefined {
    return this.#ledger.downBecause;
  }

  /** When the ledger was last written before this scheduler opened it; undefined where that is not known. */
  get lastWrittenAt(): Date | undefined {
    return this.#ledger.lastWrittenAt;
  }

  /** Makes these the jobs, in this generation. Returns the names of the jobs for which that changes something. */
  declare({ jobs, unread }: Declared, generation: number): readonly string[] {
    this.#firstGeneration ??= generation;
    const changed = [...jobs.values()].filter(({ name, hash, telling, node }) => {
      const known = this.#jobs.get(name);
      return known?.hash !== hash || !isSameTelling(known.telling, telling) || !isSameNode(known.node, node);
    });
    const gone = [...this.#jobs.keys()].filter((name) => !jobs.has(name));
    const names = [...changed.map(({ name }) => name), ...gone];
    // The first one is that of all jobs for which there is no other.
    if (generation !== this.#firstGeneration) for (const name of names) this.#generations.set(name, generation);
    for (const name of gone) if (!this.#records.has(name)) this.#forget(name);
    this.#jobs = jobs;
    this.#followers = followersIn(jobs);
    this.#unread = unread;
    // Also those that are known to be gone only now, because something else can be read.
    return [...new Set([...names, ...[...this.#records.keys()].filter((name) => this.isGone(name))])];
  }

  /** The jobs that the end of a run of this one starts. */
  followersOf(job: string): readonly string[] {
    return this.#followers.get(job) ?? [];
  }

  /** How new this scheduler's view of the job is; undefined before anything was declared. */
  generationOf(job: string): number | undefined {
    return this.#generations.get(job) ?? this.#firstGeneration;
  }

  /** Makes this scheduler's view of the job the newest. */
  renewView(job: string, generation: number): void {
    this.#generations.set(job, generation);
  }

  /**
   * When a job that has no record yet was first seen as it is: its record may have to wait for the engine, and what comes
   * due meanwhile counts.
   */
  firstSeen({ name, hash }: Job, now: Date): Date {
    const awaited = this.#awaited.get(name);
    if (awaited?.hash === hash && awaited.since <= now) return awaited.since;
    this.#awaited.set(name, { hash, since: now });
    return now;
  }

  /** Whether there is a record of a job that is certainly no longer declared, and does not say so yet. */
  isGone(job: string): boolean {
    const record = this.#records.get(job);
    if (record === undefined || record.removedAt !== undefined || this.#jobs.has(job)) return false;
    return this.#unread?.every((unread) => !mayDeclare(unread, knownJob(record))) ?? false;
  }

  /** Reads all records; returns what could not be read. */
  async load(): Promise<LedgerContents["unreadable"]> {
    const { records, unreadable, instance, instanceUnreadable } = await this.#ledger.load();
    this.#instance = instance;
    this.#instanceUnreadable = instanceUnreadable;
    this.#parts = new EqualParts();
    for (const [job, record] of records) this.#keep(job, record);
    return unreadable;
  }

  /** To be called once the records that are there at first are read or opened: few come later, and those share nothing. */
  endFirst(): void {
    this.#parts = undefined;
  }

  openAttempts(): readonly OpenAttempt[] {
    return [...this.#records.values()].flatMap(openAttempts);
  }

  /** Another process has changed the record: if it cannot be read now, it will be before anything is decided on it. */
  reread(job: string): Promise<void> {
    this.#outdated.add(job);
    return this.freshen(job);
  }

  /** Reads the record if it could not be read when another process had changed it. */
  async freshen(job: string): Promise<void> {
    if (!this.#outdated.delete(job)) return;
    try {
      await this.refresh(job);
    } catch (error) {
      this.#outdated.add(job);
      throw error;
    }
  }

  async refresh(job: string): Promise<JobRecord | undefined> {
    return this.#keep(job, await this.#ledger.read(job));
  }

  async change(job: string, change: RecordChange): Promise<Swap> {
    let given: JobRecord | undefined;
    const swap = await this.#ledger.update(job, (record, instance) => {
      given = record;
      this.#instance = instance;
      const next = change(record, instance);
      return next && noteOrigin(next, this.#jobs.get(job));
    });
    try {
      if (swap.result === "won") this.#listeners.onWon?.(given, swap.record);
    } finally {
      if (swap.result === "unknown") this.#unclear.add(job);
      else this.#keep(job, swap.record);
    }
    return swap;
  }

  /** Returns whether a change of the record has got no clear answer since this was last asked. */
  takeUnclear(job: string): boolean {
    return this.#unclear.delete(job);
  }

  async rereadInstance(): Promise<void> {
    this.#instance = await this.#ledger.readInstance();
  }

  async changeInstance(change: InstanceChange): Promise<InstanceSwap> {
    const swap = await this.#ledger.updateInstance(change);
    if (swap.result !== "unknown") this.#instance = swap.instance;
    return swap;
  }

  /** Deletes a record that was swapped to closed. */
  async remove(job: string): Promise<void> {
    await this.#ledger.remove(job);
    this.#drop(job);
    if (!this.#jobs.has(job)) this.#forget(job);
  }

  /** No record and no source knows it. */
  #forget(job: string): void {
    this.#generations.delete(job);
    this.#awaited.delete(job);
    this.#outdated.delete(job);
    this.#unclear.delete(job);
  }

  #keep(job: string, read: JobRecord | undefined): JobRecord | undefined {
    const before = this.#records.get(job);
    if (read === undefined) {
      this.#drop(job);
      return undefined;
    }
    const record = before === undefined ? this.#shared(job, read) : read;
    this.#records.set(job, record);
    this.#awaited.delete(job);
    if (before === record) return record;
    if (before !== undefined) this.#tellEnded(before, record);
    this.#listeners.onRecord?.(before, record);
    return record;
  }

  /** Shares its equal parts with other records, and the text of its name with what asks for it. */
  #shared(job: string, record: JobRecord): JobRecord {
    const parts = this.#parts;
    return parts === undefined ? record : parts.inside(record, { job, definition: parts.inside(record.definition) });
  }

  #drop(job: string): void {
    const before = this.#records.get(job);
    if (this.#records.delete(job)) this.#listeners.onRecord?.(before, undefined);
  }

  #tellEnded(before: JobRecord, record: JobRecord): void {
    const open = new Set(openAttempts(record).map(({ objectId }) => objectId));
    for (const { objectId } of openAttempts(before))
      if (!open.has(objectId)) this.#listeners.attempts?.attemptEnded(objectId, record.job);
  }
}

function followersIn(jobs: ReadonlyMap<string, Job>): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>();
  for (const { name, after } of jobs.values()) {
    if (after === undefined) continue;
    const known = followers.get(after.job);
    if (known === undefined) followers.set(after.job, [name]);
    else known.push(name);
  }
  return followers;
}

/** Whether records say the same of it. Of a job that is suspended anyway, nothing else changes when its node goes. */
function isSameNode(a: JobNode | undefined, b: JobNode | undefined): boolean {
  return a?.id === b?.id && a?.name === b?.name && (a?.away === undefined) === (b?.away === undefined);
}
