import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { finishChange } from "../finish-change.ts";
import {
  instanceContents,
  type ReadInstance,
  readInstance,
  requireWritable,
  usableInstance,
  writeInstance,
} from "../instance-json.ts";
import type {
  InstanceChange,
  InstanceSwap,
  Ledger,
  LedgerContents,
  PoolChange,
  PoolSwap,
  RecordChange,
  Swap,
} from "../ledger.ts";
import { type ReadPool, readPool, usablePool, writePool } from "../pool-json.ts";
import type { InstanceRecord, JobRecord, PoolRecord } from "../record.ts";
import { type ReadRecord, readRecord, writeRecord } from "../record-json.ts";
import { ledgerFault, openLedgerDatabase, Transactions } from "./database.ts";

/** How often `watch` looks for changes by other processes, which must be noticed within a second. */
const LOOK_EVERY_MS = 900;

/**
 * Opens the ledger in one SQLite file, `ledger.db` in the state directory, with a row per record. Several processes may
 * use it at once (a scheduler, and `shipbell run`). A won change is on the disk before its promise resolves.
 *
 * @throws LedgerUnusable when the directory or the file cannot be opened.
 */
export function openSqliteLedger(stateDir: string, clock: Clock, write = writeRecord): SqliteLedger {
  const path = join(stateDir, "ledger.db");
  const lastWrittenAt = lastWriteOf(path);
  const database = openLedgerDatabase(path);
  try {
    return new SqliteLedger(database, { path, clock, write, lastWrittenAt });
  } catch (error) {
    database.close();
    throw ledgerFault(path, error) ?? error;
  }
}

/** SQLite writes next to the file, and into it from time to time. */
function lastWriteOf(path: string): Date | undefined {
  const times = [path, `${path}-wal`].flatMap((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** A change that waits for the next transaction. */
interface Waiting {
  readonly job: string;
  readonly change: RecordChange;
  readonly resolve: (swap: Swap) => void;
  readonly reject: (error: unknown) => void;
}

interface SqliteLedgerParts {
  readonly path: string;
  readonly clock: Clock;
  /** In which form records are written. */
  readonly write: typeof writeRecord;
  readonly lastWrittenAt: Date | undefined;
}

export class SqliteLedger implements Ledger {
  readonly lastWrittenAt: Date | undefined;
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #select: StatementSync;
  readonly #write: StatementSync;
  readonly #count: StatementSync;
  readonly #counter: StatementSync;
  readonly #selectInstance: StatementSync;
  readonly #writeText: typeof writeRecord;
  #waiting: Waiting[] = [];
  /** This process has made or seen all changes up to this one, and need not be woken for them. */
  #version = 0;
  /** As `#version`, of the instance's record alone. */
  #instanceVersion = 0;
  /** As `#version`, of the records of pools. */
  #poolVersion = 0;
  /** The versions of the records of pools that this process has written itself. */
  readonly #ownPoolVersions = new Map<string, number>();
  /** What was read last, so that a text is parsed once. */
  #readInstance: { readonly text: string; readonly read: ReadInstance } | undefined;

  constructor(database: DatabaseSync, { path, clock, write, lastWrittenAt }: SqliteLedgerParts) {
    this.lastWrittenAt = lastWrittenAt;
    this.#database = database;
    this.#transactions = new Transactions(database, path);
    this.#clock = clock;
    this.#writeText = write;
    this.#select = database.prepare("SELECT body FROM pages WHERE job = ?");
    this.#write = database.prepare("INSERT OR REPLACE INTO pages (job, version, body) VALUES (?, ?, ?)");
    this.#counter = database.prepare("SELECT value FROM counters WHERE name = 'version'");
    this.#selectInstance = database.prepare("SELECT version, body FROM instance_record");
    this.#count = database.prepare(
      "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
    );
  }

  get downBecause(): string | undefined {
    return this.#transactions.downBecause;
  }

  async load(): Promise<LedgerContents> {
    const records = new Map<string, JobRecord>();
    const unreadable: { job: string; message: string }[] = [];
    const damaged: string[] = [];
    let instance: ReadInstance | undefined;
    this.#transactions.read(() => {
      instance = this.#lookAtInstance();
      this.#instanceVersion = Number(this.#selectInstance.get()?.version ?? 0);
      this.#version = this.#counted();
      for (const row of this.#database.prepare("SELECT job, body FROM pages").all()) {
        const job = String(row.job);
        const read = readRecord(String(row.body));
        if (read.kind === "record") records.set(job, read.record);
        else unreadable.push({ job, message: read.message });
        if (read.kind === "damaged") damaged.push(job);
      }
    });
    this.#setAside(damaged);
    return { records, unreadable, ...instanceContents(instance) };
  }

  async read(job: string): Promise<JobRecord | undefined> {
    const row = this.#select.get(job);
    if (row === undefined) return undefined;
    const read = readRecord(String(row.body));
    if (read.kind === "damaged") this.#setAside([job]);
    return usable(job, read);
  }

  /** All updates of one turn of the event loop share one transaction, and so one write to the disk. */
  update(job: string, change: RecordChange): Promise<Swap> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#writeWaiting());
      this.#waiting.push({ job, change, resolve, reject });
    });
  }

  async remove(job: string): Promise<void> {
    this.#transactions.run(() => {
      if (this.#current(job)?.closedAt !== undefined)
        this.#database.prepare("DELETE FROM pages WHERE job = ?").run(job);
    });
  }

  async nextGeneration(): Promise<number> {
    return this.#transactions.run(() => this.#next("generation"));
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    const changed = this.#database.prepare("SELECT job, version FROM pages WHERE version > ? ORDER BY version");
    const dataVersion = this.#database.prepare("PRAGMA data_version");
    let seen: unknown;
    const look = () => {
      const { data_version: current } = dataVersion.get() ?? {};
      if (current === seen) return;
      const counted = this.#counted();
      for (const row of changed.all(this.#version)) {
        this.#version = Math.max(this.#version, Number(row.version));
        wake(String(row.job));
      }
      this.#version = Math.max(this.#version, counted);
      seen = current;
    };
    void this.#repeat(look, signal);
  }

  async readInstance(): Promise<InstanceRecord | undefined> {
    return usableInstance(this.#lookAtInstance());
  }

  async updateInstance(change: InstanceChange): Promise<InstanceSwap> {
    return this.#transactions.run(() => {
      const read = this.#lookAtInstance();
      const instance = usableInstance(read);
      const next = change(instance);
      if (next === undefined) return { result: "lost", instance };
      requireWritable(instance);
      if (read?.kind === "damaged")
        this.#database.prepare("INSERT INTO damaged_pages SELECT '', body, ? FROM instance_record").run(read.message);
      this.#instanceVersion = this.#next("version");
      this.#database
        .prepare("INSERT OR REPLACE INTO instance_record VALUES (1, ?, ?)")
        .run(this.#instanceVersion, writeInstance(next));
      return { result: "won", instance: next };
    });
  }

  watchInstance(wake: () => void, signal: AbortSignal): void {
    const look = () => {
      const version = Number(this.#selectInstance.get()?.version ?? 0);
      if (version === this.#instanceVersion) return;
      this.#instanceVersion = version;
      wake();
    };
    void this.#repeat(look, signal);
  }

  async readPool(pool: string): Promise<PoolRecord | undefined> {
    return usablePool(pool, this.#lookAtPool(pool)?.read);
  }

  async updatePool(pool: string, change: PoolChange): Promise<PoolSwap> {
    return this.#transactions.run(() => {
      const found = this.#lookAtPool(pool);
      const current = usablePool(pool, found?.read);
      const next = change(current);
      if (next === undefined) return { result: "lost", pool: current };
      if (found?.read.kind === "damaged")
        this.#database
          .prepare("INSERT INTO damaged_pages VALUES ('', ?, ?)")
          .run(found.text, `pool ${pool}: ${found.read.message}`);
      const version = this.#next("version");
      this.#ownPoolVersions.set(pool, version);
      this.#database
        .prepare("INSERT OR REPLACE INTO pool_records VALUES (?, ?, ?)")
        .run(pool, version, writePool(next));
      return { result: "won", pool: next };
    });
  }

  watchPools(pools: () => Iterable<string>, wake: (pool: string) => void, signal: AbortSignal): void {
    const changed = this.#database.prepare("SELECT pool, version FROM pool_records WHERE version > ? ORDER BY version");
    const look = () => {
      if ([...pools()].length === 0) return;
      for (const { pool, version } of changed.all(this.#poolVersion)) {
        this.#poolVersion = Math.max(this.#poolVersion, Number(version));
        if (this.#ownPoolVersions.get(String(pool)) !== Number(version)) wake(String(pool));
      }
    };
    void this.#repeat(look, signal);
  }

  #lookAtPool(pool: string): { readonly text: string; readonly read: ReadPool } | undefined {
    const row = this.#database.prepare("SELECT body FROM pool_records WHERE pool = ?").get(pool);
    return row && { text: String(row.body), read: readPool(String(row.body)) };
  }

  /** Of the row as it is now: in a transaction, as it is for the whole of it. */
  #lookAtInstance(): ReadInstance | undefined {
    const row = this.#selectInstance.get();
    if (row === undefined) return undefined;
    const text = String(row.body);
    if (this.#readInstance?.text !== text) this.#readInstance = { text, read: readInstance(text) };
    return this.#readInstance.read;
  }

  /** A look that fails is only repeated: it brings hints, and whatever needs the ledger reports what is wrong with it. */
  async #repeat(look: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        look();
      } catch {
        // See above.
      }
      await this.#clock.wait(LOOK_EVERY_MS, signal);
    }
  }

  /** Writes the waiting changes first. */
  close(): void {
    if (this.#waiting.length > 0) this.#writeWaiting();
    this.#database.close();
  }

  #writeWaiting(): void {
    const waiting = this.#waiting.splice(0);
    const settle: (() => void)[] = [];
    try {
      const version = this.#transactions.run(() => {
        let won: number | undefined;
        // Counted at the first change, so that lost swaps cost no write.
        const countOnce = () => {
          won ??= this.#next("version");
          return won;
        };
        for (const one of waiting) settle.push(this.#swap(one, countOnce));
        return won;
      });
      // Otherwise other processes have made changes in between, for which `watch` must wake first.
      if (version === this.#version + 1) this.#version = version;
      for (const answer of settle) answer();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  /** One step, as nothing else can write. A failure rejects this change alone, unless SQLite rolled back the transaction. */
  #swap({ job, change, resolve, reject }: Waiting, version: () => number): () => void {
    try {
      const current = this.#current(job);
      const next = change(current, usableInstance(this.#lookAtInstance()));
      if (next === undefined) return () => resolve({ result: "lost", record: current });
      const { record, text } = finishChange({ before: current, after: next, now: this.#clock.now() }, this.#writeText);
      this.#write.run(job, version(), text);
      return () => resolve({ result: "won", record });
    } catch (error) {
      const noted = this.#transactions.note(error);
      if (!this.#transactions.isUnderWay) throw noted;
      return () => reject(noted);
    }
  }

  /** Reads a record within a transaction. A damaged one is set aside, so that the change begins a new one. */
  #current(job: string): JobRecord | undefined {
    const row = this.#select.get(job);
    if (row === undefined) return undefined;
    const read = readRecord(String(row.body));
    if (read.kind === "damaged") this.#moveAside(job, String(row.body), read.message);
    return usable(job, read);
  }

  /** Sets damaged records aside, in a transaction of their own. If nothing can be written, they stay where they are. */
  #setAside(jobs: readonly string[]): void {
    if (jobs.length === 0) return;
    try {
      this.#transactions.run(() => {
        for (const job of jobs) {
          const row = this.#select.get(job);
          const read = row && readRecord(String(row.body));
          if (read?.kind === "damaged") this.#moveAside(job, String(row?.body), read.message);
        }
      });
    } catch {
      // `load` names them in any case, and the next change sets them aside.
    }
  }

  #moveAside(job: string, body: string, fault: string): void {
    this.#database.prepare("INSERT INTO damaged_pages VALUES (?, ?, ?)").run(job, body, fault);
    this.#database.prepare("DELETE FROM pages WHERE job = ?").run(job);
  }

  #next(counter: "version" | "generation"): number {
    return Number(this.#count.get(counter)?.value);
  }

  /** Returns the number of the newest change, by whichever process. */
  #counted(): number {
    return Number(this.#counter.get()?.value ?? 0);
  }
}

/** @throws Error for a record that is damaged, or was written by a newer version. */
function usable(job: string, read: ReadRecord): JobRecord {
  if (read.kind === "record") return read.record;
  throw new Error(`the record of ${job} cannot be used: ${read.message}`);
}
