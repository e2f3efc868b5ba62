import type { JobRecord } from "./record.ts";

/**
 * Keeps the records, and changes each only by compare-and-swap.
 *
 * What every implementation guarantees (`test/contracts/ledger.contract.ts`):
 * - A `won` change is durable before the promise resolves, and no other change came between the record that
 *   `change` was given and the one it returned, whoever else writes, in this process or another.
 * - No record becomes larger than 64 KB: what it can spare gives way (`size.ts`) at each write.
 * - A record that cannot be read is named in `load`, set aside, and never deleted.
 * - A record whose schema is newer than ours is named and never written.
 */
export interface Ledger {
  /** Why it could not be used the last time; undefined when it could, or where the engine keeps it. */
  readonly downBecause?: string | undefined;
  load(): Promise<LedgerContents>;
  read(job: string): Promise<JobRecord | undefined>;
  /**
   * Gives the current record (undefined when there is none) to `change` and writes what it returns. `change` is pure
   * and may be asked several times; undefined means that there is nothing to do any more.
   */
  update(job: string, change: RecordChange): Promise<Swap>;
  /** Deletes a record that was swapped to closed. */
  remove(job: string): Promise<void>;
  /** A number that no scheduler of this instance has had before; it only rises. */
  nextGeneration(): Promise<number>;
  /**
   * Calls `wake` with a job's name after its record was changed by somebody else, within a second; without a name
   * where it cannot tell which. Ends when `signal` is aborted.
   */
  watch(wake: (job?: string) => void, signal: AbortSignal): void;
}

export type RecordChange = (record: JobRecord | undefined) => JobRecord | undefined;

/**
 * - `won`: the record stands as returned.
 * - `lost`: `change` found nothing to do in the record as it stands now.
 * - `unknown`: no clear answer; read again before deciding anything.
 */
export type Swap =
  | { readonly result: "won"; readonly record: JobRecord }
  | { readonly result: "lost"; readonly record: JobRecord | undefined }
  | { readonly result: "unknown" };

export interface LedgerContents {
  readonly records: ReadonlyMap<string, JobRecord>;
  /** Records that stand there and were not read, and why. */
  readonly unreadable: readonly { readonly job: string; readonly message: string }[];
}
