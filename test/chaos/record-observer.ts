import { setTimeout as pause } from "node:timers/promises";
import { type PastRun, readPast } from "../../src/ledger/past.ts";
import { isActive, type JobRecord, type Run, type Verdict } from "../../src/ledger/record.ts";
import { readRecord } from "../../src/ledger/record-json.ts";
import type { EngineClient } from "../lab/engine-client.ts";
import { listOwn, type OwnConfig } from "./own-objects.ts";

/** All that was ever seen in the record of one job. */
export interface SeenRecord {
  /** Where its first occurrence comes after. */
  readonly firstCursor: Date;
  readonly record: JobRecord;
  /** By their ids, as they were seen last: a record keeps ended ones for a while only. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Those that have ended, in the order in which they did. */
  readonly ends: readonly PastRun[];
  /** When a run was first seen to have ended, and the look before that. */
  readonly endSeen: ReadonlyMap<string, Seen>;
  /** By the instants of their first occurrence. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Verdicts that were not those which were seen before for the same occurrence. */
  readonly changedVerdicts: readonly Verdict[];
  readonly largestBytes: number;
}

/** It came to be between these two. */
export interface Seen {
  readonly after: Date;
  readonly by: Date;
}

const EVERY_MS = 2000;

/** Reads all records again and again, through whichever manager answers, past all proxies and schedulers. */
export class RecordObserver {
  readonly seen = new Map<string, SeenRecord>();
  /** What could not be read as a record. */
  readonly unreadable = new Set<string>();
  readonly #managers: readonly EngineClient[];
  readonly #instance: string;
  readonly #versions = new Map<string, number>();
  #lookedAt = new Date(0);

  constructor(managers: readonly EngineClient[], instance: string) {
    this.#managers = managers;
    this.#instance = instance;
  }

  get activeRuns(): number {
    const records = [...this.seen.values()].map(({ record }) => record);
    return records.reduce((sum, { runs }) => sum + runs.filter(isActive).length, 0);
  }

  /** How many notices wait for the receiver. */
  get waitingNotices(): number {
    return [...this.seen.values()].reduce((sum, { record: { notices = [] } }) => sum + notices.length, 0);
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await pause(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Answers whether there was a manager who told. One that is cut off may tell of the past: versions tell. */
  async look(): Promise<boolean> {
    const lookedAt = new Date();
    const lists = await Promise.all(this.#managers.map((manager) => listOwn(manager, this.#instance).configs()));
    if (lists.every((list) => list === undefined)) return false;
    for (const config of lists.flatMap((list) => list ?? []))
      this.#note(config, { after: this.#lookedAt, by: new Date() });
    this.#lookedAt = lookedAt;
    return true;
  }

  #note({ ID, Version, Spec }: OwnConfig, seen: Seen): void {
    const text = Spec.Labels["shipbell.page"];
    if (text === undefined || (this.#versions.get(ID) ?? 0) >= Version.Index) return;
    this.#versions.set(ID, Version.Index);
    const read = readRecord(text);
    if (read.kind === "record")
      this.seen.set(read.record.job, merge(this.seen.get(read.record.job), { record: read.record, text, seen }));
    else this.unreadable.add(`${Spec.Name}: ${read.message}`);
  }
}

interface Look {
  readonly record: JobRecord;
  readonly text: string;
  readonly seen: Seen;
}

function merge(before: SeenRecord | undefined, { record, text, seen }: Look): SeenRecord {
  const [oldest] = record.verdicts;
  const firstCursor = oldest === undefined ? record.cursor : new Date(oldest.scheduledAt.getTime() - 1);
  const verdicts = new Map(before?.verdicts);
  const changed = record.verdicts.filter((verdict) => {
    const key = verdict.scheduledAt.toISOString();
    const known = verdicts.get(key);
    verdicts.set(key, verdict);
    return known !== undefined && JSON.stringify(known) !== JSON.stringify(verdict);
  });
  const known = new Set(before?.ends.map(({ id }) => id));
  return {
    firstCursor: before?.firstCursor ?? firstCursor,
    record,
    runs: new Map([...(before?.runs ?? []), ...record.runs.map((run) => [run.id, run] as const)]),
    ends: [...(before?.ends ?? []), ...readPast(record).filter(({ id }) => !known.has(id))],
    endSeen: new Map([
      ...record.runs.filter((run) => !isActive(run)).map(({ id }) => [id, seen] as const),
      ...(before?.endSeen ?? []),
    ]),
    verdicts,
    changedVerdicts: [...(before?.changedVerdicts ?? []), ...changed],
    largestBytes: Math.max(before?.largestBytes ?? 0, Buffer.byteLength(text)),
  };
}
