import { recordConfigName } from "./ledger-configs.ts";
import type { RecordSeen } from "./config-ledger-record.ts";
import type { Known, Standing } from "./swap.ts";

/** What this process knows of one record. It may be old: whoever writes finds out. */
export interface RecordEntry {
  readonly job: string;
  /** Of its config. */
  readonly name: string;
  known: Known<RecordSeen> | undefined;
  /** What this process wrote last, or tried to. */
  ownNonce: string | undefined;
  /** When `known` was set, as `KnownRecords.moment` counts. */
  setAt: number;
  /** Ends with the last work that was put into its queue. */
  turn: Promise<unknown>;
}

/**
 * The records as this process has seen or written them last, and who is to hear when one of them turns out to be another.
 * However a change by somebody else comes to light (an event, a list, a swap that was lost), it is told of right then,
 * so an event needs to be followed only by a look: what is known by then was told before, or was our own doing.
 */
export class KnownRecords {
  readonly #instance: string;
  readonly #entries = new Map<string, RecordEntry>();
  readonly #listeners = new Set<(job: string) => void>();
  #moment = 0;

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** Rises whenever something becomes known. */
  get moment(): number {
    return this.#moment;
  }

  get entries(): Iterable<RecordEntry> {
    return this.#entries.values();
  }

  of(job: string): RecordEntry {
    const name = recordConfigName(this.#instance, job);
    const entry = this.#entries.get(name) ?? this.#make(job, name);
    this.#entries.set(name, entry);
    return entry;
  }

  named(configName: string): RecordEntry | undefined {
    return this.#entries.get(configName);
  }

  #make(job: string, name: string): RecordEntry {
    return { job, name, known: undefined, ownNonce: undefined, setAt: 0, turn: Promise.resolve() };
  }

  listen(listener: (job: string) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  tell(job: string): void {
    for (const listener of this.#listeners) listener(job);
  }

  /** Does the work when all that was asked for this page before is done. */
  inTurn<T>(entry: RecordEntry, work: () => Promise<T>): Promise<T> {
    const result = entry.turn.then(work);
    const turn = result
      .catch(() => {})
      .then(() => {
        if (entry.turn === turn) this.#forgetIfGone(entry);
      });
    entry.turn = turn;
    return result;
  }

  /** Of a record that is not there nothing needs to be known, or names of jobs that are gone would gather here. */
  #forgetIfGone(entry: RecordEntry): void {
    if (entry.known === undefined && this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
  }

  set(entry: RecordEntry, known: Known<RecordSeen> | undefined): void {
    entry.known = known;
    entry.setAt = ++this.#moment;
  }

  /** Takes note of the record as it was just read. Answers whether somebody else has changed it since it was known. */
  note(entry: RecordEntry, read: Standing<RecordSeen> | undefined): "news" | "known" {
    const verdict = isNews(entry, read) ? "news" : "known";
    this.set(entry, read);
    // Not before work that waits for it is done.
    if (read === undefined) void this.inTurn(entry, async () => {});
    return verdict;
  }
}

function isNews({ known, ownNonce }: RecordEntry, read: Standing<RecordSeen> | undefined): boolean {
  if (read === undefined) return known !== undefined;
  const isOwn = read.nonce !== undefined && read.nonce === ownNonce;
  if (known === undefined) return !isOwn;
  if (known.id === read.id && known.version === read.version) return false;
  // Ours is what we tried to write and now stands there, and what we wrote and now have read. A record that was changed
  // beside us, by somebody who left our nonce on it, is not.
  return !isOwn || (known.nonce === ownNonce && known.value !== read.value);
}
