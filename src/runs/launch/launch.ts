import type { Clock } from "../../clock.ts";
import type { SlotWanted } from "../../decide/slots.ts";
import type { Activated, AttemptOrder, Engine, NotReady, Prepared, Pulled, Rejection } from "../../engines/engine.ts";
import type { Swap } from "../../ledger/ledger.ts";
import { type Attempt, isBound, type Slot } from "../../ledger/record.ts";
import type { AttemptRef, RunEvents } from "../../observe/run-events.ts";
import type { Book } from "../book.ts";
import { type Outcomes, type Removals, rejectedEnd } from "../outcomes.ts";
import { type AttemptStart, pooled } from "./attempt-start.ts";
import type { LaunchPool } from "./launch-pool.ts";
import { imageDue, mustNotPull, notePull } from "./pull-policy.ts";

/** How often a start begins again because its image was missing. */
const MOST_PULLS = 3;

/** How soon a start is tried again whose container does not run. */
const READY_AGAIN_MS = 1000;

export interface LaunchParts {
  readonly engine: Pick<Engine, "objectKind" | "pulls" | "prepare" | "pull" | "activate">;
  readonly book: Pick<Book, "change">;
  readonly clock: Clock;
  readonly events: RunEvents;
  /** Follows the output of what was started. */
  readonly logs: {
    claim(objectId: string): void;
    follow(ref: AttemptRef, objectId: string): void;
  };
  readonly outcomes: Pick<Outcomes, "conclude" | "swapEnd" | "settle">;
  readonly removals: Removals;
  readonly pools: { reserve(wanted: SlotWanted): Promise<Slot | undefined> };
  /** Hears of each object that was bound to a start of this scheduler. */
  readonly onBound?: (job: string, objectId: string) => void;
}

/** A start that is over, however it ended. */
export interface Launched {
  readonly kind: "launched";
  /** An inert object was left that may never be bound: leftovers are to be looked for in a while. */
  readonly leavesObject: boolean;
}

const launched: Launched = { kind: "launched", leavesObject: false };

/**
 * Starts one attempt: prepare (the object is there, inert), swap (the record decides the occurrence and binds the
 * object, in one), activate. Where the job is in a pool, a slot is reserved just before the swap. Whatever happens between any two of these, at worst an inert object is left, which no
 * record binds and any scheduler may remove. A pull holds no place in the pool.
 */
export class Launcher {
  readonly #parts: LaunchParts;
  readonly #pool: LaunchPool;
  readonly #pulls = new Map<string, string>();

  constructor(parts: LaunchParts, pool: LaunchPool) {
    this.#parts = parts;
    this.#pool = pool;
  }

  /** The image that is being pulled for the start of this job. */
  pulling(job: string): string | undefined {
    return this.#pulls.get(job);
  }

  /**
   * @throws EngineError, or the ledger's error; then nothing is known, and the next pass looks at what is there. What
   * becomes of a start that fails again and again is decided in `launches.ts`.
   */
  async launch(start: AttemptStart, signal: AbortSignal): Promise<Launched> {
    let current = await this.#pullWhatIsDue(start, signal);
    for (let pulls = 0; current !== undefined; pulls++) {
      const ready = current;
      const prepared = await this.#beforeDeadline(ready, signal, (until) =>
        this.#pool.run(pooled(ready), until, () => this.#prepareAndStart(ready)),
      );
      if (prepared === undefined) break;
      if (prepared.kind === "launched") return prepared;
      if (prepared.kind === "not-ready") {
        await this.#putOff(ready, prepared, signal);
        break;
      }
      const { image, message } = prepared;
      const refused = mustNotPull(ready.order, { image, message });
      if (refused !== undefined || pulls === MOST_PULLS) {
        await this.reject(ready, refused ?? { kind: "rejected", reason: "image-missing", message });
        break;
      }
      current = await this.#pullFor(ready, image, signal);
    }
    return launched;
  }

  /** Decides a start that the engine refuses to make, in one swap: started, and rejected with the reason. */
  async reject({ order, bind }: AttemptStart, rejection: Rejection): Promise<void> {
    const { clock, outcomes } = this.#parts;
    const now = clock.now();
    const ref = this.#refOf(order);
    const end = rejectedEnd(rejection, now);
    const ended = await outcomes.swapEnd(ref, end, bind(attemptOf(order, now)));
    if (ended === undefined) return;
    this.#tellStarted(order, now, { rejection });
    outcomes.settle(ref, end, ended);
  }

  /** Where each node pulls for itself, the policy stands in what is made for it. */
  async #pullWhatIsDue(start: AttemptStart, signal: AbortSignal): Promise<AttemptStart | undefined> {
    const { engine, clock } = this.#parts;
    const image = imageDue(start.order, start.pulled, clock.now());
    if (image === undefined || !engine.pulls || this.#isTooLate(start)) return start;
    return this.#pullFor(start, image, signal);
  }

  /** The start, with its image there; undefined when that cannot be had, which decides it, or not before its deadline. */
  async #pullFor(start: AttemptStart, image: string, signal: AbortSignal): Promise<AttemptStart | undefined> {
    const at = this.#parts.clock.now();
    const pulled = await this.#beforeDeadline(start, signal, (until) => this.#pull(start.order, image, until));
    if (pulled === undefined) return undefined;
    if (pulled.kind === "rejected") {
      await this.reject(start, pulled);
      return undefined;
    }
    return {
      ...start,
      bind: (attempt, slot) => (record, instance) =>
        notePull(start.bind(attempt, slot)(record, instance), start.order, { image, at }),
    };
  }

  async #pull(order: AttemptOrder, image: string, signal: AbortSignal): Promise<Pulled> {
    const { engine, events, clock } = this.#parts;
    const { job, run } = order;
    events.emit({ event: "pull-started", job, run, image });
    const startedAt = clock.now();
    this.#pulls.set(job, image);
    const pulled = await engine.pull(image, signal, platformOf(order)).finally(() => this.#pulls.delete(job));
    const durationMs = clock.now().getTime() - startedAt.getTime();
    const rejected = pulled.kind === "rejected" ? { rejected: { reason: pulled.reason, message: pulled.message } } : {};
    events.emit({ event: "pull-finished", job, run, image, durationMs, ...rejected });
    return pulled;
  }

  /**
   * Waits for work that ends when its signal is aborted, at the start's deadline at the latest. Undefined where that has
   * passed: the next pass says so of the occurrence.
   */
  async #beforeDeadline<T>(
    start: AttemptStart,
    signal: AbortSignal,
    work: (until: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (start.deadline === undefined) return work(signal);
    const { clock } = this.#parts;
    const tooLate = new AbortController();
    const leftMs = start.deadline.getTime() - clock.now().getTime() + 1;
    const clear = clock.after(leftMs, () => tooLate.abort(new Error("its starting_deadline has passed")));
    try {
      return await work(AbortSignal.any([signal, tooLate.signal]));
    } catch (error) {
      if (signal.aborted || !tooLate.signal.aborted) throw error;
      return undefined;
    } finally {
      clear();
    }
  }

  async #prepareAndStart(start: AttemptStart): Promise<Launched | MissingImage | NotReady> {
    if (this.#isTooLate(start)) return launched;
    const prepared = await this.#parts.engine.prepare(start.order);
    switch (prepared.kind) {
      case "image-missing":
      case "not-ready":
        return prepared;
      case "rejected":
        await this.reject(start, prepared);
        return launched;
      case "prepared": {
        const order = { ...start.order, objectName: prepared.objectName };
        return this.#bindAndActivate({ ...start, order }, prepared.objectId);
      }
    }
  }

  /** It waited too long, for the pool, the engine or its image: the next pass says so of the occurrence. */
  #isTooLate({ deadline }: AttemptStart): boolean {
    return deadline !== undefined && this.#parts.clock.now() > deadline;
  }

  async #bindAndActivate(start: AttemptStart, objectId: string): Promise<Launched> {
    const { book, clock, logs, removals, pools } = this.#parts;
    // As late as possible: what is reserved is kept from others.
    const slot = start.slot && (await pools.reserve(start.slot));
    // The object stays, and is bound when there is a slot for it.
    if (slot === undefined && start.slot !== undefined) return { ...launched, leavesObject: true };
    // The object stays: another scheduler, whose clock or request is a moment earlier, may be binding it right now.
    if (this.#isTooLate(start)) return { ...launched, leavesObject: true };
    const { order } = start;
    const attempt = attemptOf(order, clock.now(), objectId);
    const swap = await book.change(order.job, start.bind(attempt, slot));
    if (swap.result !== "lost") logs.claim(objectId);
    if (swap.result === "won") this.#parts.onBound?.(order.job, objectId);
    if (swap.result === "won") await this.#activate(order, attempt.boundAt, objectId);
    else if (isSurplus(swap, objectId)) removals.remove(order.job, [objectId]);
    return { ...launched, leavesObject: swap.result === "unknown" };
  }

  async #activate(order: AttemptOrder, boundAt: Date, objectId: string): Promise<void> {
    const { engine, clock, logs, outcomes } = this.#parts;
    let activated: Activated;
    try {
      activated = await engine.activate({ id: objectId, name: order.objectName });
    } catch (error) {
      this.#tellStarted(order, boundAt, { objectId });
      throw error;
    }
    const now = clock.now();
    const ref = this.#refOf(order);
    this.#tellStarted(order, now, activated.kind === "rejected" ? { objectId, rejection: activated } : { objectId });
    if (activated.kind === "activated") logs.follow(ref, objectId);
    else await outcomes.conclude(ref, objectId, rejectedEnd(activated, now));
  }

  /**
   * What becomes of a start whose container does not run: it may come within the deadline; without one the start is
   * decided, it is not to be. Where it is decided already, for a further attempt, that attempt is rejected.
   */
  async #putOff(start: AttemptStart, { reason, message }: NotReady, signal: AbortSignal): Promise<void> {
    const { book, clock, events } = this.#parts;
    const { undecided, deadline, order } = start;
    if (undecided === undefined) return this.reject(start, { kind: "rejected", reason, message });
    const { job, trigger, scheduledAt } = order;
    // An operator who asks for a run learns at once why it cannot be.
    if (deadline !== undefined && trigger !== "manual") {
      await book.change(job, undecided.wait);
      await clock.wait(READY_AGAIN_MS, signal);
      return;
    }
    const swap = await book.change(job, undecided.skip(reason, clock.now()));
    if (swap.result !== "won") return;
    if (trigger === "manual") events.emit({ event: "run-refused", job, reason, message });
    else events.emit({ event: "occurrence-skipped", job, reason, message, scheduledAt, count: 1 });
  }

  #tellStarted(
    order: AttemptOrder,
    at: Date,
    { objectId, rejection }: { readonly objectId?: string; readonly rejection?: Rejection },
  ): void {
    const delayMs = Math.max(0, at.getTime() - order.scheduledAt.getTime());
    const object = objectId === undefined ? {} : { objectId };
    const rejected = rejection && { rejected: { reason: rejection.reason, message: rejection.message } };
    this.#parts.events.emit({ event: "run-started", ...this.#refOf(order), delayMs, ...object, ...rejected });
  }

  #refOf({ job, run, attempt, trigger, scheduledAt, objectName }: AttemptOrder): AttemptRef {
    return { job, run, attempt, trigger, scheduledAt, objectKind: this.#parts.engine.objectKind, objectName };
  }
}

type MissingImage = Prepared & { readonly kind: "image-missing" };

function platformOf({ template }: AttemptOrder): string | undefined {
  return template.kind === "compose" ? template.platform : undefined;
}

function attemptOf({ attempt: number, objectName }: AttemptOrder, boundAt: Date, objectId?: string): Attempt {
  return { number, objectName, boundAt, ...(objectId === undefined ? {} : { objectId }) };
}

/** The scheduler that loses the swap removes its own object, unless the record holds that very object. */
function isSurplus(swap: Swap, objectId: string): boolean {
  return swap.result === "lost" && !(swap.record !== undefined && isBound(swap.record, objectId));
}
