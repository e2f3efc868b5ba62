import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../../docker/docker-events.ts";
import { EngineError } from "../../engine.ts";
import { findConfig } from "./config-calls.ts";
import { jobOfRecord, mayBelongTo, type RecordSeen, recordConfigName } from "./ledger-configs.ts";
import type { Known, Standing } from "./swap.ts";

/** What this process knows of one record. It may be outdated: a write finds out. */
export interface RecordEntry {
  readonly job: string;
  /** Of its config. */
  readonly name: string;
  known: Known<RecordSeen> | undefined;
  /** The nonce that this process wrote last, or tried to write. */
  ownNonce: string | undefined;
  /** When `known` was set, as `KnownRecords.moment` counts. */
  setAt: number;
  /** Settles after the last work in its queue. */
  turn: Promise<unknown>;
}

/**
 * The records as this process last saw or wrote them, and who listens for changes. However another process's change
 * comes to light (an event, a list, a lost swap), listeners are told at once. So an event needs no more than a look:
 * what is known by then has been told before, or was our own write.
 */
export class KnownRecords {
  readonly #instance: string;
  readonly #entries = new Map<string, RecordEntry>();
  readonly #listeners = new Set<(job: string) => void>();
  #moment = 0;

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** Rises with each piece of knowledge. */
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

  /** Does the work after all earlier work on this record. */
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

  /** A record that does not exist needs no entry; otherwise the names of removed jobs would gather here. */
  #forgetIfGone(entry: RecordEntry): void {
    if (entry.known === undefined && this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
  }

  set(entry: RecordEntry, known: Known<RecordSeen> | undefined): void {
    entry.known = known;
    entry.setAt = ++this.#moment;
  }

  /** Notes the record as it was just read. Returns whether another process has changed it since it was known. */
  note(entry: RecordEntry, read: Standing<RecordSeen> | undefined): "news" | "known" {
    const verdict = isNews(entry, read) ? "news" : "known";
    this.set(entry, read);
    // Forgets the entry, after the work that waits for it.
    if (read === undefined) void this.inTurn(entry, async () => {});
    return verdict;
  }
}

function isNews({ known, ownNonce }: RecordEntry, read: Standing<RecordSeen> | undefined): boolean {
  if (read === undefined) return known !== undefined;
  const isOwn = read.nonce !== undefined && read.nonce === ownNonce;
  if (known === undefined) return !isOwn;
  if (known.id === read.id && known.version === read.version) return false;
  // It is ours if it is what we tried to write, or wrote and now read. It is not if someone edited it and left our
  // nonce on it.
  return !isOwn || (known.nonce === ownNonce && known.value !== read.value);
}

interface ConfigWatchParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/** How the ledger reads. */
interface RecordReader {
  /** Reads one record, and tells listeners if it has changed. */
  look(entry: RecordEntry): Promise<unknown>;
  /** Reads all records; returns the jobs whose record has changed. */
  list(): Promise<readonly string[]>;
}

const RETRY_INTERVAL_MS = 1_000;

/**
 * Follows the events of the instance's configs. An event tells neither the version nor whose change it was, so the
 * record is read: once, in its turn, for all events that came until then. After a gap all records are read, and again
 * until that succeeds.
 */
export class ConfigWatch {
  readonly #parts: ConfigWatchParts;
  readonly #records: KnownRecords;
  readonly #reader: RecordReader;
  /** Records that are about to be read. */
  readonly #waiting = new Set<RecordEntry>();

  constructor(parts: ConfigWatchParts, records: KnownRecords, reader: RecordReader) {
    this.#parts = parts;
    this.#records = records;
    this.#reader = reader;
  }

  listen(wake: (job: string) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#records.listen(wake, signal);
    const catchUp = this.#catchingUp(signal);
    const onEvent = (event: EngineEvent) => {
      const { name } = event.attributes;
      if (event.type !== "config" || name === undefined || !mayBelongTo(this.#parts.instance, name)) return;
      this.#lookAt(name, event.id).catch(catchUp);
    };
    this.#parts.events.listen({ onEvent, onGap: catchUp }, signal);
  }

  async #lookAt(name: string, id: string): Promise<void> {
    const entry = this.#records.named(name) ?? (await this.#meet(name, id));
    if (entry === undefined || this.#waiting.has(entry)) return;
    this.#waiting.add(entry);
    await this.#records.inTurn(entry, async () => {
      this.#waiting.delete(entry);
      await this.#reader.look(entry).catch((error) => {
        // Something other than the known record is there now. Those who need the record will find out what.
        if (error instanceof EngineError) throw error;
        this.#records.tell(entry.job);
      });
    });
  }

  /** Meets a record that this process never saw. Undefined when it is no record, or is gone. */
  async #meet(name: string, id: string): Promise<RecordEntry | undefined> {
    const config = await findConfig(this.#parts.docker, name, id);
    const job = config && jobOfRecord(this.#parts.instance, config);
    return job === undefined ? undefined : this.#records.of(job);
  }

  /** Reads all records, one reading at a time. A request made meanwhile is served by a reading that begins after it. */
  #catchingUp(signal: AbortSignal): () => void {
    let isBehind = false;
    let isReading = false;
    const read = async () => {
      isReading = true;
      while (isBehind && !signal.aborted) {
        isBehind = false;
        try {
          for (const job of await this.#reader.list()) this.#records.tell(job);
        } catch {
          // That the engine is away is noticed by those who ask it.
          isBehind = true;
          await this.#parts.clock.wait(RETRY_INTERVAL_MS, signal);
        }
      }
      isReading = false;
    };
    return () => {
      isBehind = true;
      if (!isReading) void read();
    };
  }
}
