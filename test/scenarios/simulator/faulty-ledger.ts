import { EngineUnavailable } from "../../../src/engines/engine.ts";
import type {
  InstanceChange,
  InstanceSwap,
  Ledger,
  PoolChange,
  PoolSwap,
  RecordChange,
  Swap,
} from "../../../src/ledger/ledger.ts";
import type { InstanceRecord } from "../../../src/ledger/record.ts";
import type { MemoryLedger } from "../../support/memory-ledger.ts";
import type { Actor } from "./actor.ts";
import type { Stage } from "./stage.ts";
import type { EffectName } from "./story.ts";

/** How old the record of the instance may be in whose view a change is made on a Swarm. */
export const VIEW_MS = 1000;

/**
 * The ledger as a scheduler reaches it. Of services it is the Swarm: a swap may get no clear answer, or be carried out
 * later, if its record is still the one that it was made for. Of containers it is a file, which is there or is not.
 */
export class FaultyLedger implements Ledger {
  readonly #ledger: MemoryLedger;
  readonly #actor: Actor;
  readonly #stage: Stage;
  #looked: { readonly at: number; readonly instance: InstanceRecord | undefined } | undefined;

  constructor(ledger: MemoryLedger, actor: Actor, stage: Stage) {
    this.#ledger = ledger;
    this.#actor = actor;
    this.#stage = stage;
    stage.oracle.introduce(ledger, actor.name);
  }

  load() {
    return this.#ask("load", "", () => this.#ledger.load());
  }

  read(job: string) {
    return this.#ask("read", job, () => this.#ledger.read(job));
  }

  async update(job: string, given: RecordChange): Promise<Swap> {
    const { clock, store, oracle } = this.#stage;
    const askedAt = clock.now();
    const change = await this.#inView(given);
    const swap = () => this.#ledger.update(job, oracle.noting(askedAt, change));
    const before = await this.#actor.cross({ effect: "swap", subject: job, moment: "before" });
    if (this.#isFile) {
      if (before !== "go-on") throw new Error("database is locked");
    } else if (before === "lose") return { result: "unknown" };
    else if (typeof before === "object") {
      const text = store.texts.get(job);
      const ifUnmoved: RecordChange = (record, instance) =>
        store.texts.get(job) === text ? change(record, instance) : undefined;
      void this.#stage.later(before.lateMs, () => this.#ledger.update(job, oracle.noting(askedAt, ifUnmoved)));
      return { result: "unknown" };
    }
    const swapped = await swap();
    const after = await this.#actor.cross({ effect: "swap", subject: job, moment: "after" });
    // A swap that changed nothing was a question only, and is asked again.
    return after === "go-on" || this.#isFile || swapped.result === "lost" ? swapped : { result: "unknown" };
  }

  remove(job: string) {
    return this.#ask("remove-record", job, () => this.#ledger.remove(job));
  }

  nextGeneration() {
    return this.#ask("generation", "", () => this.#ledger.nextGeneration());
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    this.#ledger.watch((job) => this.#actor.isAlive && wake(job), signal);
  }

  /** A Swarm gives the record of the instance as it stood at most a second before; a file gives it as it is. */
  async #inView(change: RecordChange): Promise<RecordChange> {
    if (this.#isFile) return change;
    const now = this.#stage.clock.now().getTime();
    if (this.#looked === undefined || now < this.#looked.at || now > this.#looked.at + VIEW_MS)
      this.#looked = { at: now, instance: await this.#ledger.readInstance() };
    const { instance } = this.#looked;
    return (record) => change(record, instance);
  }

  readInstance() {
    return this.#ask("read", "the instance", () => this.#ledger.readInstance());
  }

  async updateInstance(change: InstanceChange): Promise<InstanceSwap> {
    const before = await this.#actor.cross({ effect: "swap", subject: "the instance", moment: "before" });
    if (before !== "go-on" && this.#isFile) throw new Error("database is locked");
    if (before === "lose") return { result: "unknown" };
    if (typeof before === "object") {
      // A late change is computed on what stands then: it does what was asked for, or finds nothing to do.
      void this.#stage.later(before.lateMs, () => this.#ledger.updateInstance(change));
      return { result: "unknown" };
    }
    const swapped = await this.#ledger.updateInstance(change);
    const after = await this.#actor.cross({ effect: "swap", subject: "the instance", moment: "after" });
    return after === "go-on" || this.#isFile || swapped.result === "lost" ? swapped : { result: "unknown" };
  }

  watchInstance(wake: () => void, signal: AbortSignal): void {
    this.#ledger.watchInstance(() => this.#actor.isAlive && wake(), signal);
  }

  readPool(pool: string) {
    return this.#ask("read", poolOf(pool), () => this.#ledger.readPool(pool));
  }

  async updatePool(pool: string, change: PoolChange): Promise<PoolSwap> {
    const crossing = { effect: "reserve", subject: poolOf(pool) } as const;
    const before = await this.#actor.cross({ ...crossing, moment: "before" });
    if (before !== "go-on" && this.#isFile) throw new Error("database is locked");
    if (before === "lose") return { result: "unknown" };
    if (typeof before === "object") {
      const text = this.#stage.store.poolTexts.get(pool);
      const ifUnmoved: PoolChange = (record) =>
        this.#stage.store.poolTexts.get(pool) === text ? change(record) : undefined;
      void this.#stage.later(before.lateMs, () => this.#ledger.updatePool(pool, ifUnmoved));
      return { result: "unknown" };
    }
    const swapped = await this.#ledger.updatePool(pool, change);
    const after = await this.#actor.cross({ ...crossing, moment: "after" });
    return after === "go-on" || this.#isFile || swapped.result === "lost" ? swapped : { result: "unknown" };
  }

  watchPools(pools: () => Iterable<string>, wake: (pool: string) => void, signal: AbortSignal): void {
    this.#ledger.watchPools(pools, (pool) => this.#actor.isAlive && wake(pool), signal);
  }

  get #isFile(): boolean {
    return this.#stage.story.kind === "container";
  }

  async #ask<T>(effect: EffectName, subject: string, work: () => Promise<T>): Promise<T> {
    const before = await this.#actor.cross({ effect, subject, moment: "before" });
    if (before !== "go-on") throw this.#isFile ? new Error("database is locked") : new EngineUnavailable("no answer");
    const answer = await work();
    const after = await this.#actor.cross({ effect, subject, moment: "after" });
    if (after !== "go-on" && !this.#isFile) throw new EngineUnavailable("no answer");
    return answer;
  }
}

function poolOf(pool: string): string {
  return `the pool ${pool}`;
}
