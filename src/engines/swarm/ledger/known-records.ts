import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../../docker/docker-events.ts";
import { EngineError } from "../../engine.ts";
import { findConfig } from "./config-calls.ts";
import { jobOfRecord, mayBelongTo, type RecordSeen, recordConfigName } from "./ledger-configs.ts";
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

interface ConfigWatchParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/** How the ledger reads. */
interface RecordReader {
  /** Reads one record, and tells of it when it is not as it was known. */
  look(entry: RecordEntry): Promise<unknown>;
  /** Reads all; answers with the jobs whose record is not as it was known. */
  list(): Promise<readonly string[]>;
}

const RETRY_INTERVAL_MS = 1_000;

/**
 * Follows the events of the instance's configs. An event tells neither the version nor whose change it was, so the
 * record is read: once, when it is this process' turn with it, for all events that came until then. After a gap all
 * records are read. What cannot be read is tried again until it can be.
 */
export class ConfigWatch {
  readonly #parts: ConfigWatchParts;
  readonly #records: KnownRecords;
  readonly #reader: RecordReader;
  /** Records that are going to be read. */
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
        // Whatever stands there now is not the record that was known: that is for those to find out who need it.
        if (error instanceof EngineError) throw error;
        this.#records.tell(entry.job);
      });
    });
  }

  /** A record that this process never saw. Undefined when it is none, or is gone: then nobody here knows of it. */
  async #meet(name: string, id: string): Promise<RecordEntry | undefined> {
    const config = await findConfig(this.#parts.docker, name, id);
    const job = config && jobOfRecord(this.#parts.instance, config);
    return job === undefined ? undefined : this.#records.of(job);
  }

  /** Reads all, one time after the other; who asks meanwhile is served by a reading that began afterwards. */
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
          // Those who ask the engine see that it is away.
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
