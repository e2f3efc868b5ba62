import type { Standing } from "../../decide/leftovers.ts";
import type { Launching } from "../../decide/requests.ts";
import type { AttemptOrder, Engine, OwnObject } from "../../engines/engine.ts";
import { isBound, type JobRecord } from "../../ledger/record.ts";
import type { Book } from "../book.ts";
import { type AttemptStart, pooled } from "./attempt-start.ts";
import type { LaunchPool } from "./launch-pool.ts";

interface AheadParts {
  readonly engine: Pick<Engine, "prepare">;
  readonly book: Pick<Book, "records">;
  readonly pool: Pick<LaunchPool, "runAhead" | "hanging">;
  readonly leftovers: Leftovers;
}

/** Removes what is no longer wanted, by the record as it stands. */
interface Leftovers {
  standingOf(object: OwnObject, record: JobRecord): Standing;
  discard(object: OwnObject): void;
  lookInAWhile(): void;
}

/**
 * Objects of starts that are not due yet: at most one per job. Each is inert, and nothing is decided or written down by it.
 * At the due time the start prepares it once more, which finds it; so a start needs nothing of what is known here, and comes
 * as it would without it if there is no object, or another one.
 *
 * What is known here serves only to remove objects whose starts did not come, soon. Whatever it misses, leftovers find.
 */
export class Ahead {
  readonly #parts: AheadParts;
  readonly #signal: AbortSignal;
  readonly #held = new Map<string, Held>();
  readonly #counts = { used: 0, unused: 0 };

  /** Once `signal` is aborted, nothing more is prepared. What is there stays, for the next scheduler. */
  constructor(parts: AheadParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      for (const { over } of this.#held.values()) over.abort(signal.reason);
    });
  }

  /** How many objects this scheduler has used for their starts, and how many it removed unused. */
  get counts(): { readonly used: number; readonly unused: number } {
    return { ...this.#counts };
  }

  /** The start of the job whose object is there. */
  preparedFor(job: string): Date | undefined {
    const held = this.#held.get(job);
    return held?.object === undefined ? undefined : held.order.scheduledAt;
  }

  /** Whether the object is looked after here: it will be used, or removed. */
  holds({ id, job }: Pick<OwnObject, "id" | "job">): boolean {
    return this.#held.get(job)?.object?.id === id;
  }

  /** A start of the job has been bound to this object. */
  used(job: string, objectId: string): void {
    if (!this.holds({ job, id: objectId })) return;
    this.#held.delete(job);
    this.#counts.used++;
  }

  /** After each look at the job: prepares what is wanted now, and lets go of what no longer is. */
  see(job: string, wanted: AttemptStart | undefined, launching: Launching | undefined): void {
    const held = this.#held.get(job);
    if (held !== undefined && isOf(held, wanted)) return;
    // Its start asks the engine itself, and need not wait for a turn of this.
    if (held !== undefined && launching?.run === held.order.run) held.over.abort();
    else if (held !== undefined) this.#letGo(held, wanted !== undefined);
    if (wanted === undefined || this.#held.has(job) || this.#signal.aborted || this.#parts.pool.hanging > 0) return;
    void this.#prepare(wanted);
  }

  async #prepare(start: AttemptStart): Promise<void> {
    const { engine, pool, leftovers } = this.#parts;
    const { order } = start;
    const held: Held = { order, over: new AbortController() };
    this.#held.set(order.job, held);
    try {
      const prepared = await pool.runAhead(pooled(start), held.over.signal, () => engine.prepare(order));
      if (prepared.kind !== "prepared") return;
      held.object = objectOf(order, prepared);
      if (this.#held.get(order.job) !== held) leftovers.lookInAWhile();
    } catch {
      // What the matter is with it, its start will say. Its object may be there all the same.
      if (!held.over.signal.aborted) leftovers.lookInAWhile();
    }
  }

  /** While it may yet be used, and nothing else is wanted, it stays. */
  #letGo(held: Held, isReplaced: boolean): void {
    const { book, leftovers } = this.#parts;
    const { order, object, over } = held;
    const { job } = order;
    const record = book.records.get(job);
    const isStarted = record !== undefined && object !== undefined && isBound(record, object.id);
    const isOver = record === undefined || leftovers.standingOf(object ?? objectOf(order), record) === "leftover";
    const isOfOther = record?.removedAt !== undefined || record?.definition.hash !== order.definition;
    if (!isStarted && !isOver && !isReplaced && !isOfOther) return;
    over.abort();
    this.#held.delete(job);
    if (object === undefined || isStarted) return;
    this.#counts.unused++;
    if (isOver) leftovers.discard(object);
    else leftovers.lookInAWhile();
  }
}

interface Held {
  readonly order: AttemptOrder;
  /** Aborted when it need not be prepared any longer, unless it is being prepared already. */
  readonly over: AbortController;
  /** Absent until it is there. */
  object?: OwnObject;
}

function isOf({ order }: Held, wanted: AttemptStart | undefined): boolean {
  return wanted?.order.objectName === order.objectName && wanted.order.definition === order.definition;
}

/** Until it is there, it has no ID, and no record binds it. */
function objectOf(order: AttemptOrder, made = { objectId: "", objectName: order.objectName }): OwnObject {
  const { job, run, attempt, trigger, scheduledAt, definition } = order;
  const labels = { job, run, attempt, trigger, scheduledAt, definition };
  return { id: made.objectId, name: made.objectName, ...labels, inert: true, running: false };
}
