import type { Clock } from "../../../clock.ts";
import { finishChange } from "../../../ledger/finish-change.ts";
import { instanceContents } from "../../../ledger/instance-json.ts";
import type {
  InstanceChange,
  InstanceSwap,
  Ledger,
  LedgerContents,
  PoolChange,
  PoolSwap,
  RecordChange,
  Swap,
} from "../../../ledger/ledger.ts";
import type { InstanceRecord, JobRecord, PoolRecord } from "../../../ledger/record.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../../docker/docker-events.ts";
import { atMost } from "../../docker/parallel.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { EngineTrouble } from "../../engine.ts";
import { findConfig, listConfigs, removeConfig, type SwarmConfig } from "./config-calls.ts";
import { type InstanceConfig, instanceConfig, isInstanceConfig, readInstanceConfig } from "./instance-config.ts";
import { ConfigWatch, KnownRecords, type RecordEntry } from "./known-records.ts";
import {
  counterConfigName,
  jobOfRecord,
  LEDGER_LABELS,
  labelsOfRecord,
  mayBelongTo,
  type RecordSeen,
  readRecordConfig,
} from "./ledger-configs.ts";
import { type PoolConfig, poolConfig } from "./pool-config.ts";
import { setAside } from "./set-aside.ts";
import { NONCE_LABEL, type Place, type Standing, swapConfig } from "./swap.ts";

interface ConfigLedgerParts {
  /** In which form records are written. Default: the present one. */
  readonly write?: (record: JobRecord) => string;
  /** A manager of the Swarm. */
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/**
 * The ledger that Swarm keeps: a record is a config, its JSON is one of the config's labels, and a swap updates exactly
 * one version of the config. Before Swarm answers, the change is on the disks of most managers. Any number of processes
 * may use the ledger at once, each through any manager. Nothing is sent before the first call.
 */
export function openConfigLedger(parts: ConfigLedgerParts): ConfigLedger {
  return new ConfigLedger(parts);
}

/** A scheduler's first look at thousands of jobs must not keep the managers from other work. */
const SWAPS_AT_ONCE = 32;

/**
 * Methods throw an `EngineError` when the engine gives no clear answer, except for an `update` that may have been
 * carried out: its result is `unknown`. Calls for one record run one after the other; calls for different records run
 * at once.
 */
export class ConfigLedger implements Ledger {
  readonly #parts: ConfigLedgerParts;
  readonly #records: KnownRecords;
  readonly #watch: ConfigWatch;
  readonly #instance: InstanceConfig;
  /** By name: of pools that were asked for. */
  readonly #pools = new Map<string, PoolConfig>();
  readonly #limited = atMost(SWAPS_AT_ONCE);

  constructor(parts: ConfigLedgerParts) {
    this.#parts = parts;
    this.#records = new KnownRecords(parts.instance);
    this.#instance = instanceConfig(parts);
    this.#watch = new ConfigWatch(parts, this.#records, {
      look: (entry) => this.#look(entry),
      list: async () => (await this.#list()).changed,
    });
  }

  /** The number of records of which something is known. */
  get known(): number {
    return [...this.#records.entries].length;
  }

  /** One request, however many records there are. */
  async load(): Promise<LedgerContents> {
    return (await this.#list()).contents;
  }

  async read(job: string): Promise<JobRecord | undefined> {
    const entry = this.#records.of(job);
    const standing = await this.#records.inTurn(entry, () => this.#look(entry));
    return usable(job, standing?.value);
  }

  update(job: string, change: RecordChange): Promise<Swap> {
    const entry = this.#records.of(job);
    return this.#records.inTurn(entry, () => this.#limited(() => this.#swap(entry, change)));
  }

  async remove(job: string): Promise<void> {
    const entry = this.#records.of(job);
    await this.#records.inTurn(entry, async () => {
      const standing = await this.#look(entry);
      // Closed is final: what is removed is what was read, although a removal names no version.
      if (standing === undefined || usable(job, standing.value)?.closedAt === undefined) return;
      await removeConfig(this.#parts.docker, standing.id);
      this.#records.set(entry, undefined);
    });
  }

  nextGeneration(): Promise<number> {
    return nextGeneration(this.#parts);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    this.#watch.listen(wake, signal);
  }

  readInstance(): Promise<InstanceRecord | undefined> {
    return this.#instance.read();
  }

  async updateInstance(change: InstanceChange): Promise<InstanceSwap> {
    const swap = await this.#instance.update(change);
    if (swap.result === "unknown") return swap;
    return swap.result === "won" ? { result: "won", instance: swap.value } : { result: "lost", instance: swap.value };
  }

  watchInstance(wake: () => void, signal: AbortSignal): void {
    this.#instance.watch(wake, signal);
  }

  readPool(pool: string): Promise<PoolRecord | undefined> {
    return this.#poolOf(pool).read();
  }

  async updatePool(pool: string, change: PoolChange): Promise<PoolSwap> {
    const swap = await this.#poolOf(pool).update(change);
    if (swap.result === "unknown") return swap;
    return swap.result === "won" ? { result: "won", pool: swap.value } : { result: "lost", pool: swap.value };
  }

  watchPools(pools: () => Iterable<string>, wake: (pool: string) => void, signal: AbortSignal): void {
    const poolNamed = (config: string) => [...pools()].find((pool) => this.#poolOf(pool).name === config);
    const onEvent = ({ type, attributes }: EngineEvent) => {
      const { name = "" } = attributes;
      const pool = type === "config" && mayBelongTo(this.#parts.instance, name) ? poolNamed(name) : undefined;
      if (pool !== undefined) wake(pool);
    };
    const onGap = () => {
      for (const pool of pools()) wake(pool);
    };
    this.#parts.events.listen({ onEvent, onGap }, signal);
  }

  #poolOf(pool: string): PoolConfig {
    const known = this.#pools.get(pool) ?? poolConfig(this.#parts, pool);
    this.#pools.set(pool, known);
    return known;
  }

  async #swap(entry: RecordEntry, change: RecordChange): Promise<Swap> {
    await this.#instance.refresh();
    const { known } = entry;
    const changeSeen = (seen: RecordSeen | undefined): RecordSeen | undefined => {
      const before = usable(entry.job, seen);
      const after = change(before, this.#instance.known);
      return (
        after && {
          kind: "record",
          record: finishChange({ before, after, now: this.#parts.clock.now() }, this.#parts.write).record,
        }
      );
    };
    // A record that cannot be used may have been mended: it is read again.
    const start = known?.value.kind === "record" ? known : undefined;
    const swap = await swapConfig(this.#place(entry), start, changeSeen, this.#parts);
    if (swap.result === "unknown") {
      entry.ownNonce = undefined;
      this.#records.set(entry, undefined);
      return swap;
    }
    this.#records.set(entry, swap.standing);
    const record = usable(entry.job, swap.standing?.value);
    return swap.result === "won" && record !== undefined ? { result: "won", record } : { result: "lost", record };
  }

  #place(entry: RecordEntry): Place<RecordSeen> {
    return {
      name: entry.name,
      look: () => this.#look(entry),
      labelsOf: (seen) => (seen.kind === "record" ? labelsOfRecord(this.#parts, entry.job, seen.record) : {}),
      onNonce: (nonce) => {
        entry.ownNonce = nonce;
      },
    };
  }

  /**
   * Reads the record, and tells listeners if another process has changed it. A damaged record has been set aside by
   * then.
   */
  async #look(entry: RecordEntry): Promise<Standing<RecordSeen> | undefined> {
    const { docker, instance } = this.#parts;
    const config = await findConfig(docker, entry.name, entry.known?.id);
    if (config !== undefined && jobOfRecord(instance, config) !== entry.job)
      throw new Error(foreign(config, entry.job));
    const standing = config && (await this.#readRecord(entry, config));
    if (this.#records.note(entry, standing) === "news") this.#records.tell(entry.job);
    return standing;
  }

  async #readRecord(entry: RecordEntry, config: SwarmConfig): Promise<Standing<RecordSeen>> {
    // A record that could not be used is read again: now it may be possible to set it aside.
    const standing = readRecordConfig(config, entry.known?.value.kind === "record" ? entry.known : undefined);
    const { value } = standing;
    if (value.kind !== "damaged") return standing;
    try {
      const text = config.labels[LEDGER_LABELS.record] ?? "";
      await setAside(this.#parts, { job: entry.job, text, fault: value.message });
      return standing;
    } catch (error) {
      // It must not be overwritten, and concerns no other job.
      const why = error instanceof Error ? error.message : String(error);
      return { ...standing, value: { kind: "unkept", message: `${value.message}; ${why}` } };
    }
  }

  /** Reads all records; also returns the jobs whose record another process has changed. */
  async #list(): Promise<{ readonly contents: LedgerContents; readonly changed: readonly string[] }> {
    const { docker, instance } = this.#parts;
    const { moment } = this.#records;
    const configs = await listConfigs(docker, `${RUN_LABELS.instance}=${instance}`);
    const listed = new Map<RecordEntry, Standing<RecordSeen> | undefined>();
    // A known record that is not listed is gone.
    for (const entry of this.#records.entries) listed.set(entry, undefined);
    for (const config of configs) {
      const job = jobOfRecord(instance, config);
      const entry = job === undefined ? undefined : this.#records.of(job);
      if (entry !== undefined) listed.set(entry, await this.#readRecord(entry, config));
    }
    // What became known while the list was under way is newer than the list.
    const old = [...listed].filter(([entry]) => entry.setAt <= moment);
    const changed = old.filter(([entry, standing]) => this.#records.note(entry, standing) === "news");
    const ofInstance = configs.find((config) => isInstanceConfig(instance, config));
    const contents = {
      ...contentsOf(listed.keys()),
      ...instanceContents(ofInstance && readInstanceConfig(ofInstance)),
    };
    return { contents, changed: changed.map(([entry]) => entry.job) };
  }
}

/**
 * Returns the record, if it can be used; undefined for one that is damaged and set aside.
 *
 * @throws Error when a newer version wrote it, or when it is damaged and could not be set aside.
 */
function usable(job: string, seen: RecordSeen | undefined): JobRecord | undefined {
  if (seen?.kind === "newer" || seen?.kind === "unkept")
    throw new Error(`the record of ${job} cannot be used: ${seen.message}`);
  return seen?.kind === "record" ? seen.record : undefined;
}

function contentsOf(entries: Iterable<RecordEntry>): LedgerContents {
  const records = new Map<string, JobRecord>();
  const unreadable: { job: string; message: string }[] = [];
  for (const { job, known } of entries) {
    if (known?.value.kind === "record") records.set(job, known.value.record);
    else if (known !== undefined) unreadable.push({ job, message: known.value.message });
  }
  return { records, unreadable };
}

function foreign({ name }: SwarmConfig, job: string): string {
  return `there is a config ${name} that is not the record of ${job}, whose name this is; it is left as it is`;
}

interface CounterParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Takes the next number from the counter config of the instance: no two callers get the same one. A number is skipped
 * when the answer that carried it was lost.
 */
async function nextGeneration(parts: CounterParts): Promise<number> {
  const swap = await swapConfig(counterPlace(parts), undefined, (count = 0) => count + 1, parts);
  if (swap.result === "won") return swap.standing.value;
  throw new EngineTrouble("the engine gave no clear answer to the question for the next generation");
}

function counterPlace({ docker, instance }: CounterParts): Place<number> {
  const name = counterConfigName(instance);
  return {
    name,
    look: () => lookAtCounter(docker, name, instance),
    labelsOf: (count) => ({ [RUN_LABELS.instance]: instance, [LEDGER_LABELS.generation]: String(count) }),
  };
}

async function lookAtCounter(docker: Docker, name: string, instance: string): Promise<Standing<number> | undefined> {
  const config = await findConfig(docker, name);
  if (config === undefined) return undefined;
  const { labels, ...rest } = config;
  const text = labels[LEDGER_LABELS.generation] ?? "";
  if (labels[RUN_LABELS.instance] !== instance || !/^\d{1,15}$/.test(text))
    throw new Error(`config ${name} is not the counter of generations of ${instance}, whose name this is`);
  return { ...rest, nonce: labels[NONCE_LABEL], value: Number(text) };
}
