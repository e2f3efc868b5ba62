import type { Clock } from "../../clock.ts";
import { mayBecomeLeftover, type Standing, standingOf } from "../../decide/leftovers.ts";
import type { Launching } from "../../decide/requests.ts";
import type { Engine, ObjectState, OwnObject } from "../../engines/engine.ts";
import type { JobRecord } from "../../ledger/record.ts";
import type { AttemptRef, RunEvents } from "../../observe/run-events.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import type { EngineHealth } from "../agenda/engine-health.ts";
import { OF_A_REMOVAL, type Troubles, thing } from "../agenda/troubles.ts";
import type { Wakes } from "../agenda/wakes.ts";
import type { Book } from "../book.ts";
import { Cleanup } from "./cleanup.ts";

const INTERVAL_MS = 10 * 60_000;
const LOOK_AGAIN_MS = 30_000;
const RETRY_MS = 5000;

interface LeftoversParts {
  readonly engine: Pick<Engine, "objectKind" | "keepsEnded" | "list" | "look" | "stop" | "remove">;
  readonly book: Pick<Book, "records" | "refresh">;
  readonly clock: Clock;
  readonly timetables: Timetables;
  readonly events: RunEvents;
  readonly health: Pick<EngineHealth, "suspect">;
  readonly troubles: Pick<Troubles, "againAt" | "failed" | "succeeded" | "solved">;
  readonly wakes: Pick<Wakes, "endNap">;
}

/** Says which run of a job is just being started. */
interface LaunchesSeen {
  of(job: string): Launching | undefined;
}

/** Says which objects are looked after elsewhere: those that are prepared ahead of their time. */
interface AheadSeen {
  holds(object: OwnObject): boolean;
}

/**
 * Objects of ours that must go. They are removed next to the passes, each by itself: one that cannot be removed, or takes
 * long to stop, holds up no other. What fails is tried again, less and less often, when leftovers are looked for: at the
 * start, when the engine may have changed unseen, and every ten minutes.
 */
export class Leftovers {
  readonly #parts: LeftoversParts;
  readonly #signal: AbortSignal;
  readonly #cleanup: Cleanup;
  #lookAt = new Date(0);

  /** Once `signal` is aborted, failures are ignored. */
  constructor(parts: LeftoversParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#cleanup = new Cleanup(parts.clock);
  }

  /** When leftovers are to be looked for next. */
  get lookAt(): Date {
    return this.#lookAt;
  }

  lookSoon(): void {
    this.#lookAt = new Date(0);
  }

  /** Not at once: a scheduler that may still want what was left gets the time. */
  lookInAWhile(): void {
    this.#lookBy(new Date(this.#parts.clock.now().getTime() + LOOK_AGAIN_MS));
  }

  remove(job: string, objectIds: readonly string[]): void {
    for (const id of objectIds) this.#cleanUp({ job, id }, () => this.#parts.engine.remove(id));
  }

  /** Removes an object that was prepared ahead of its time, if no swap can bind it any longer, by the record as it stands. */
  discard(object: OwnObject): void {
    const { engine, book } = this.#parts;
    this.#cleanUp(object, async () => {
      const record = await book.refresh(object.job);
      const standing = record && this.standingOf(object, record);
      if (standing === "leftover") await engine.remove(object.id);
    });
  }

  /**
   * Looks for leftovers and orphans among all objects, and begins to clean them up. An object of a job without a record is
   * left alone: it may belong to another state directory.
   *
   * @throws EngineError when the engine gives no clear answer; it is done again soon then.
   */
  async look(launches: LaunchesSeen, ahead: AheadSeen): Promise<void> {
    this.#lookIn(INTERVAL_MS);
    try {
      if ((await this.#look(launches, ahead)) === "look-again") this.#lookIn(LOOK_AGAIN_MS);
    } catch (error) {
      this.#lookIn(RETRY_MS);
      throw error;
    }
  }

  /** Resolves when nothing is being removed, or after `ms`. */
  settled(ms: number): Promise<void> {
    return this.#cleanup.settled(ms);
  }

  /** Resolves to whether some object may yet become a leftover: its scheduler may be dead, or its node may come back. */
  async #look(launches: LaunchesSeen, ahead: AheadSeen): Promise<"clean" | "look-again"> {
    const { engine, book, troubles } = this.#parts;
    let result: "clean" | "look-again" = "clean";
    const objects = await engine.list();
    const cleanups = new Set(objects.map(({ id }) => thing.cleanupOf(id)));
    troubles.solved((of) => thing.isCleanup(of) && !cleanups.has(of));
    for (const object of objects) {
      const record = book.records.get(object.job);
      if (record === undefined) continue;
      if (mayBecomeLeftover(object, record) && !ahead.holds(object)) result = "look-again";
      const standing = this.standingOf(object, record, launches.of(object.job));
      if (standing === "wanted") continue;
      if (standing === "orphan") result = "look-again";
      this.#cleanUp(object, () => this.#cleanUpNow(object, launches));
    }
    return result;
  }

  /** What the object is, by this record. `launching`: what this scheduler is just starting of the job. */
  standingOf(object: OwnObject, record: JobRecord, launching?: Launching): Standing {
    const { engine, book, timetables, clock } = this.#parts;
    return standingOf(object, record, {
      keepsEnded: engine.keepsEnded,
      launching: launching?.run,
      upstream: record.after && book.records.get(record.after.job),
      timetables,
      now: clock.now(),
    });
  }

  /** The record that we know may be old, and what is removed is gone for good. So it is read again first. */
  async #cleanUpNow(object: OwnObject, launches: LaunchesSeen): Promise<void> {
    const record = await this.#parts.book.refresh(object.job);
    const standing = record === undefined ? "wanted" : this.standingOf(object, record, launches.of(object.job));
    if (record === undefined || standing === "wanted") return;
    if (standing === "orphan") await this.#seeToOrphan(object, record);
    else if (!(await this.#hasEndedSince(object))) await this.#removeLeftover(object);
  }

  /** It ran when the objects were listed, and the record is newer: what has ended in between stays, with its output. */
  async #hasEndedSince({ id, running }: OwnObject): Promise<boolean> {
    const { engine } = this.#parts;
    return running && engine.keepsEnded && (await engine.look([id])).get(id)?.phase === "ended";
  }

  async #removeLeftover({ id, name, job }: OwnObject): Promise<void> {
    const { engine, events } = this.#parts;
    await engine.remove(id);
    events.emit({ event: "leftover-removed", objectKind: engine.objectKind, objectName: name, job });
  }

  /**
   * Looks at what became of an orphan. While its node is down it stays; what still runs when the node is back is stopped.
   * The outcome stays lost: this only tells what is known now, and removes the object.
   */
  async #seeToOrphan(object: OwnObject, record: JobRecord): Promise<void> {
    const { engine } = this.#parts;
    const look = async () => (await engine.look([object.id])).get(object.id);
    const found = await look();
    if (found?.phase === "unreachable" || found?.phase === "unclear") return;
    const isAlive = found?.phase === "running" || found?.phase === "pending";
    if (isAlive) await engine.stop(object.id, stopGracePeriodMs(object, record));
    const state = isAlive ? await look() : found;
    if (state !== undefined && state.phase !== "ended") return;
    await engine.remove(object.id);
    if (state !== undefined) this.#tellOrphan(object, state, isAlive);
  }

  #tellOrphan(object: OwnObject, { end, node }: Ended, wasAlive: boolean): void {
    if (end.kind !== "exited" && end.kind !== "shut-down") return;
    const { engine, events } = this.#parts;
    const { job, run, attempt, trigger, scheduledAt, name } = object;
    const ref: AttemptRef = {
      job,
      run,
      attempt,
      trigger,
      scheduledAt,
      objectKind: engine.objectKind,
      objectName: name,
    };
    const { exitCode } = end;
    const event = wasAlive || end.kind === "shut-down" ? "orphan-stopped" : "orphan-ended";
    events.emit({ event, ...ref, ...(node !== undefined && { node }), ...(exitCode !== undefined && { exitCode }) });
  }

  #cleanUp({ job, id }: Pick<OwnObject, "job" | "id">, work: () => Promise<void>): void {
    const { clock, troubles } = this.#parts;
    const cleanup = thing.cleanupOf(id);
    const againAt = troubles.againAt(job, cleanup);
    if (againAt !== undefined && againAt > clock.now()) {
      this.#lookBy(againAt);
      return;
    }
    this.#cleanup
      .begin(id, work)
      ?.then(() => troubles.succeeded(job, cleanup))
      .catch((error) => this.#notCleanedUp(job, cleanup, error));
  }

  async #notCleanedUp(job: string, cleanup: string, error: unknown): Promise<void> {
    const { health, troubles, wakes } = this.#parts;
    if (this.#signal.aborted) return;
    if (await health.suspect(error)) this.lookInAWhile();
    else this.#lookBy(troubles.failed(job, cleanup, error, OF_A_REMOVAL));
    wakes.endNap();
  }

  #lookBy(at: Date): void {
    if (at < this.#lookAt) this.#lookAt = at;
  }

  #lookIn(ms: number): void {
    this.#lookAt = new Date(this.#parts.clock.now().getTime() + ms);
  }
}

type Ended = ObjectState & { readonly phase: "ended" };

function stopGracePeriodMs({ run }: OwnObject, record: JobRecord): number {
  return record.runs.find(({ id }) => id === run)?.policies.stopGracePeriodMs ?? 0;
}
