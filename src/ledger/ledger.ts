import type { InstanceRecord, JobRecord, PoolRecord } from "./record.ts";

/**
 * Keeps the records, and changes each only by compare-and-swap.
 *
 * Every implementation guarantees (`test/contracts/ledger.contract.ts`):
 * - A `won` change is durable before the promise resolves, and no other change, from this process or another, came
 *   between the record that `change` was given and the one that it returned.
 * - No record exceeds 64 KB: each write drops what can be spared (`fit-record.ts`).
 * - A record that cannot be read is named by `load`, set aside, and never deleted.
 * - A record whose schema is newer than ours is named and never written.
 * - A change is given the instance's record as it stood at most a second before the change was won.
 */
export interface Ledger {
  /** Why the ledger could not be used the last time; undefined when it could, or where the engine keeps it. */
  readonly downBecause?: string | undefined;
  /** When it was last written before this process opened it; undefined where that is not known. */
  readonly lastWrittenAt?: Date | undefined;
  load(): Promise<LedgerContents>;
  read(job: string): Promise<JobRecord | undefined>;
  /**
   * Gives the current record (undefined when there is none) to `change` and writes what it returns. `change` is pure
   * and may be called several times; it returns undefined when there is nothing left to do.
   */
  update(job: string, change: RecordChange): Promise<Swap>;
  /** Deletes a closed record. */
  remove(job: string): Promise<void>;
  /** Returns a number that no scheduler of this instance has had before. It only rises. */
  nextGeneration(): Promise<number>;
  /**
   * Calls `wake` with the job's name within a second of a change to its record by another process; without a name
   * when the job is not known. Ends when `signal` is aborted.
   */
  watch(wake: (job?: string) => void, signal: AbortSignal): void;
  /** Reads what concerns all jobs; undefined while nothing was ever decided for them. */
  readInstance(): Promise<InstanceRecord | undefined>;
  /** As `update`, for the record of the instance. @throws Error when a newer version has written it. */
  updateInstance(change: InstanceChange): Promise<InstanceSwap>;
  /** Calls `wake` within a second of a change to the instance's record by another process, until `signal` is aborted. */
  watchInstance(wake: () => void, signal: AbortSignal): void;
  /** Reads the record of a pool; undefined while no slot of it was ever reserved. @throws Error when a newer version has written it. */
  readPool(pool: string): Promise<PoolRecord | undefined>;
  /** As `update`, for the record of a pool. A damaged one is set aside, and counts as none. @throws as `readPool`. */
  updatePool(pool: string, change: PoolChange): Promise<PoolSwap>;
  /** Calls `wake` within a second of a change to the record of one of these pools by another process, until `signal` is aborted. */
  watchPools(pools: () => Iterable<string>, wake: (pool: string) => void, signal: AbortSignal): void;
}

/** `instance`: the instance's record at that moment; see the guarantees of `Ledger`. */
export type RecordChange = (
  record: JobRecord | undefined,
  instance: InstanceRecord | undefined,
) => JobRecord | undefined;

export type InstanceChange = (instance: InstanceRecord | undefined) => InstanceRecord | undefined;

/**
 * - `won`: the record stands as returned.
 * - `lost`: `change` found nothing to do in the record as it stands now.
 * - `unknown`: no clear answer; read again before deciding anything.
 */
export type Swap =
  | { readonly result: "won"; readonly record: JobRecord }
  | { readonly result: "lost"; readonly record: JobRecord | undefined }
  | { readonly result: "unknown" };

/** As `Swap`, of the instance's record. */
export type InstanceSwap =
  | { readonly result: "won"; readonly instance: InstanceRecord }
  | { readonly result: "lost"; readonly instance: InstanceRecord | undefined }
  | { readonly result: "unknown" };

export type PoolChange = (pool: PoolRecord | undefined) => PoolRecord | undefined;

/** As `Swap`, of the record of a pool. */
export type PoolSwap =
  | { readonly result: "won"; readonly pool: PoolRecord }
  | { readonly result: "lost"; readonly pool: PoolRecord | undefined }
  | { readonly result: "unknown" };

/** What a ledger has, for those who judge it. */
export interface LedgerInspection {
  /** `damaged` and `newer` as in `ReadRecord`. */
  readonly records: readonly {
    readonly job: string;
    readonly bytes: number;
    readonly kind: "record" | "newer" | "damaged";
  }[];
  /** How many damaged records have been set aside. */
  readonly setAside: number;
}

export interface LedgerContents {
  readonly records: ReadonlyMap<string, JobRecord>;
  /** Records that exist but could not be read, and why. */
  readonly unreadable: readonly { readonly job: string; readonly message: string }[];
  readonly instance?: InstanceRecord;
  /** Why the instance's record, or a part of it, could not be read. */
  readonly instanceUnreadable?: string;
}
