import { systemClock } from "../../../src/clock.ts";
import type {
  Activated,
  AttemptOrder,
  Engine,
  ObjectName,
  ObjectState,
  OutputLine,
  Prepared,
} from "../../../src/engines/engine.ts";
import { QuietEngine } from "../../support/quiet-engine.ts";

/** How long a run takes. */
const RUNS_MS = 500;

/** An engine that answers at once, runs nothing, and notes how late each start came. */
export class InstantEngine extends QuietEngine {
  /** By when each was due: milliseconds from then until the engine was told to start it. */
  readonly starts: { readonly dueAt: number; readonly delayMs: number }[] = [];
  readonly #dueAt = new Map<string, number>();
  readonly #startedAt = new Map<string, number>();
  #wake: (job?: string) => void = () => {};

  override watch: Engine["watch"] = (wake) => {
    this.#wake = wake;
  };

  override async prepare(order: AttemptOrder): Promise<Prepared> {
    const prepared = await super.prepare(order);
    if (prepared.kind === "prepared") this.#dueAt.set(prepared.objectId, order.scheduledAt.getTime());
    return prepared;
  }

  override async activate({ id }: ObjectName): Promise<Activated> {
    const now = Date.now();
    const dueAt = this.#dueAt.get(id) ?? now;
    this.starts.push({ dueAt, delayMs: now - dueAt });
    this.#dueAt.delete(id);
    this.#startedAt.set(id, now);
    setTimeout(() => this.#wake(jobOf(id)), RUNS_MS);
    return { kind: "activated" };
  }

  override look = async (ids: readonly string[]) => new Map(ids.map((id) => [id, this.#stateOf(id)]));

  /** Nothing is printed, until its end. */
  override async *logs(id: string, _options: object, signal: AbortSignal): AsyncGenerator<OutputLine> {
    const startedAt = this.#startedAt.get(id);
    if (startedAt !== undefined) await systemClock.wait(startedAt + RUNS_MS - Date.now(), signal);
    yield* [];
  }

  #stateOf(id: string): ObjectState {
    const startedAt = this.#startedAt.get(id);
    if (startedAt === undefined) return { phase: "inert" };
    const times = { startedAt: new Date(startedAt), finishedAt: new Date(startedAt + RUNS_MS) };
    if (Date.now() < startedAt + RUNS_MS) return { phase: "running", startedAt: times.startedAt };
    return { phase: "ended", end: { kind: "exited", exitCode: 0, oom: false }, ...times };
  }
}

/** `id-of-job-17-20261118t030000z-1` */
function jobOf(id: string): string {
  return id.slice("id-of-".length).replace(/-[^-]+-\d+$/, "");
}
