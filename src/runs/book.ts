import { type KnownJob, mayDeclare, type Unread } from "../definition/reading.ts";
import type { Job } from "../job/job.ts";
import { noteOrigin } from "../ledger/changes/definitions.ts";
import type { Ledger, RecordChange, Swap } from "../ledger/ledger.ts";
import { type Attempt, activeRuns, type JobRecord, latestAttempt, type Run } from "../ledger/record.ts";

/** What the sources declare together. */
export interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** What cannot be read: a job that it may declare is not gone because it is not in `jobs`. */
  readonly unread: readonly Unread[];
}

/**
 * What this scheduler knows: the jobs as they are declared, and the records as it read them last. A record here may be
 * old; nothing is decided but by a swap (`change`), which is given the record as it stands.
 */
export class Book {
  readonly #ledger: Ledger;
  readonly #onEnded: (objectId: string, job: string) => void;
  readonly #records = new Map<string, JobRecord>();
  readonly #outdated = new Set<string>();
  readonly #awaited = new Map<string, { readonly hash: string; readonly since: Date }>();
  #jobs: ReadonlyMap<string, Job> = new Map();
  /** Undefined before anything was declared. */
  #unread: readonly Unread[] | undefined;
  /** By job: which generation this scheduler's view of it is of. A view is as old as what it shows. */
  readonly #generations = new Map<string, number>();
  #firstGeneration: number | undefined;

  /** `onEnded` hears of every attempt whose end comes to be recorded in a record that is known here, by whomever. */
  constructor(ledger: Ledger, onEnded: (objectId: string, job: string) => void = () => {}) {
    this.#ledger = ledger;
    this.#onEnded = onEnded;
  }

  get jobs(): ReadonlyMap<string, Job> {
    return this.#jobs;
  }

  get records(): ReadonlyMap<string, JobRecord> {
    return this.#records;
  }

  /** Why the ledger could not be used the last time; undefined when it could. */
  get ledgerDownBecause(): string | undefined {
    return this.#ledger.downBecause;
  }

  /** Makes these the jobs, in this generation. Returns those of which that changes something. */
  declare({ jobs, unread }: Declared, generation: number): readonly string[] {
    this.#firstGeneration ??= generation;
    const changed = [...jobs.values()].filter(({ name, hash }) => this.#jobs.get(name)?.hash !== hash);
    const gone = [...this.#jobs.keys()].filter((name) => !jobs.has(name));
    const names = [...changed.map(({ name }) => name), ...gone];
    for (const name of names) this.#generations.set(name, generation);
    for (const name of gone) if (!this.#records.has(name)) this.#forget(name);
    this.#jobs = jobs;
    this.#unread = unread;
    // Also those that are known to be gone only now that something else can be read.
    return [...new Set([...names, ...[...this.#records.keys()].filter((name) => this.isGone(name))])];
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

  /** Whether there is a record of a job that surely is not declared any more, and this is not noted on it yet. */
  isGone(job: string): boolean {
    const record = this.#records.get(job);
    if (record === undefined || record.removedAt !== undefined || this.#jobs.has(job)) return false;
    return this.#unread?.every((unread) => !mayDeclare(unread, knownJob(record))) ?? false;
  }

  /** Reads all records; answers with what could not be read. */
  async load(): Promise<readonly { readonly job: string; readonly message: string }[]> {
    const { records, unreadable } = await this.#ledger.load();
    for (const [job, record] of records) this.#records.set(job, record);
    return unreadable;
  }

  openAttempts(): readonly OpenAttempt[] {
    return [...this.#records.values()].flatMap(openAttempts);
  }

  /** Somebody else has changed the record: if it cannot be read now, it will be before anything is decided on it. */
  reread(job: string): Promise<void> {
    this.#outdated.add(job);
    return this.freshen(job);
  }

  /** Reads the record if it could not be read when somebody else had changed it. */
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
    const swap = await this.#ledger.update(job, (record) => {
      const next = change(record);
      return next && noteOrigin(next, this.#jobs.get(job));
    });
    if (swap.result !== "unknown") this.#keep(job, swap.record);
    return swap;
  }

  /** Deletes a record that was swapped to closed. */
  async remove(job: string): Promise<void> {
    await this.#ledger.remove(job);
    this.#records.delete(job);
    if (!this.#jobs.has(job)) this.#forget(job);
  }

  /** No record and no source knows it. */
  #forget(job: string): void {
    this.#generations.delete(job);
    this.#awaited.delete(job);
    this.#outdated.delete(job);
  }

  #keep(job: string, record: JobRecord | undefined): JobRecord | undefined {
    const before = this.#records.get(job);
    if (record === undefined) {
      this.#records.delete(job);
      return undefined;
    }
    this.#records.set(job, record);
    this.#awaited.delete(job);
    if (before !== undefined && before !== record) this.#tellEnded(before, record);
    return record;
  }

  #tellEnded(before: JobRecord, record: JobRecord): void {
    const open = new Set(openAttempts(record).map(({ objectId }) => objectId));
    for (const { objectId } of openAttempts(before)) if (!open.has(objectId)) this.#onEnded(objectId, record.job);
  }
}

/** What the record says of where its job was declared. */
export function knownJob({ job: name, definition: { origin } }: JobRecord): KnownJob {
  return { name, ...(origin !== undefined && { origin }) };
}

/** An attempt that has no outcome yet, and whose object exists or existed. */
export interface OpenAttempt {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly objectId: string;
}

export function openAttempts(record: JobRecord): readonly OpenAttempt[] {
  return activeRuns(record).flatMap((run) => {
    const attempt = latestAttempt(run);
    return attempt.objectId === undefined || attempt.outcome !== undefined
      ? []
      : [{ run, attempt, objectId: attempt.objectId }];
  });
}

/** True when some attempt in the record is carried by this object. */
export function isBound(record: JobRecord, objectId: string): boolean {
  return boundAttempt(record, objectId) !== undefined;
}

/** The attempt in the record that is carried by this object. */
export function boundAttempt(record: JobRecord, objectId: string): Attempt | undefined {
  return record.runs.flatMap(({ attempts }) => attempts).find((attempt) => attempt.objectId === objectId);
}
