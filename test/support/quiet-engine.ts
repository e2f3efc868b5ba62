import type {
  Activated,
  AttemptOrder,
  Engine,
  ObjectName,
  ObjectState,
  OutputLine,
  Prepared,
} from "../../src/engines/engine.ts";
import type { InstanceSwap, Ledger, LedgerContents, PoolSwap, RecordChange, Swap } from "../../src/ledger/ledger.ts";
import type { JobRecord } from "../../src/ledger/record.ts";

/** An engine that costs next to nothing: what it runs does nothing, and ends when the test says so. */
export class QuietEngine implements Engine {
  readonly objectKind = "service";
  readonly keepsEnded = false;
  readonly pulls = false;
  readonly mayOutliveRemoval = true;
  readonly keepsOutput = () => false;
  started = 0;
  /** How all that it has is seen. */
  state: ObjectState = { phase: "inert" };

  preparesAhead = () => true;
  greet = async () => ({ version: "quiet", apiVersion: "1.41" });
  nodes = async () => [];
  watchNodes = () => {};
  list = async () => [];
  look = async (ids: readonly string[]) => new Map(ids.map((id) => [id, this.state]));
  pull = async () => ({ kind: "pulled" }) as const;
  activateAgain = async () => ({ kind: "activated" }) as const;
  stop = async () => {};
  withdraw = async () => {};
  remove = async () => {};
  usage = async () => undefined;
  watch: Engine["watch"] = () => {};

  async prepare({ objectName }: AttemptOrder): Promise<Prepared> {
    return { kind: "prepared", objectId: `id-of-${objectName}`, objectName };
  }

  async activate(_object: ObjectName): Promise<Activated> {
    this.started++;
    return { kind: "activated" };
  }

  async *logs(_id: string, _options: object, signal: AbortSignal): AsyncGenerator<OutputLine> {
    if (!signal.aborted && this.state.phase !== "ended")
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

/** A ledger that costs next to nothing: records are kept as they are given. */
export class QuietLedger implements Ledger {
  readonly records = new Map<string, JobRecord>();
  #generation = 0;

  load = async (): Promise<LedgerContents> => ({ records: this.records, unreadable: [] });
  read = async (job: string) => this.records.get(job);
  nextGeneration = async () => ++this.#generation;
  watch = () => {};
  readInstance = async () => undefined;
  readPool = async () => undefined;
  updatePool = async (): Promise<PoolSwap> => ({ result: "lost", pool: undefined });
  watchPools = () => {};
  updateInstance = async (): Promise<InstanceSwap> => ({ result: "lost", instance: undefined });
  watchInstance = () => {};

  async update(job: string, change: RecordChange): Promise<Swap> {
    const current = this.records.get(job);
    const record = change(current, undefined);
    if (record === undefined) return { result: "lost", record: current };
    this.records.set(job, record);
    return { result: "won", record };
  }

  async remove(job: string): Promise<void> {
    this.records.delete(job);
  }
}
