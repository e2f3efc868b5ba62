import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../../docker/docker-events.ts";
import { EngineError } from "../../engine.ts";
import { findConfig } from "./config-calls.ts";
import type { KnownRecords, RecordEntry } from "./known-records.ts";
import { mayBelongTo } from "./ledger-configs.ts";
import { jobOfRecord } from "./config-ledger-record.ts";

export interface ConfigWatchParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/** How the ledger reads. */
export interface RecordReader {
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
