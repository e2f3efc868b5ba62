import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type {
  Activated,
  AttemptOrder,
  Carrier,
  LogOptions,
  ObjectName,
  ObjectState,
  OutputLine,
  OwnObject,
  Prepared,
} from "../engine.ts";
import { EngineTrouble, OutputGone } from "../engine.ts";
import { Exchange, type ExchangeParts } from "./exchange.ts";
import { makeReady } from "./ready-request.ts";

interface RequestCarrierParts {
  readonly clock: Clock;
  readonly env: ExchangeParts["env"];
}

interface Held {
  readonly exchange: Exchange;
  readonly objectName: string;
}

interface Inert {
  readonly objectId: string;
  readonly preparedAt: Date;
}

/** An attempt that is bound is sent, or withdrawn after its `pending_timeout`, which is ten minutes. */
const INERT_KEPT_MS = 900_000;

/** The ID of an attempt that is a request: `http-SENDER-NUMBER`. The sender is the process that alone knows it. */
const OBJECT_ID = /^http-([0-9a-f]{12})-\d+$/;

/** Whether it was sent, and what was answered, cannot be known. */
const SENDER_GONE: ObjectState = {
  phase: "ended",
  end: {
    kind: "exit-unknown",
    message: "the scheduler that was to send the request ended before the answer was there",
  },
};

const NOT_SENT = "the scheduler ended before the request was sent";

/** A command next to the scheduler sees neither the request nor whether that scheduler still lives. */
const SEEN_BY_ITS_SENDER: ObjectState = {
  phase: "unclear",
  trouble: new EngineTrouble("it is a request, of which only the scheduler that sends it knows more"),
};

/**
 * Attempts are HTTP requests, which this process sends. They are known to it alone: where it ends, what came of them
 * cannot be known. That needs an engine on which only one scheduler works at a time.
 */
export class RequestCarrier implements Carrier {
  readonly carries = ["http"];
  readonly #parts: RequestCarrierParts;
  readonly #sender = randomBytes(6).toString("hex");
  readonly #held = new Map<string, Held>();
  /** Those that have not begun, by their names; the one that was prepared last comes last. */
  readonly #inert = new Map<string, Inert>();
  #made = 0;
  #wake: (job?: string) => void = () => {};
  /** Commands look at attempts, too, next to the scheduler that carries them out. */
  #isScheduler = false;
  #isOver = false;

  constructor({ clock, env }: RequestCarrierParts) {
    this.#parts = { clock, env };
  }

  owns(objectId: string): boolean {
    return OBJECT_ID.test(objectId);
  }

  keepsOutput(): boolean {
    return false;
  }

  /** What another process has sent is in no list. */
  async list(): Promise<readonly OwnObject[]> {
    return [];
  }

  /** There is nothing to make. */
  preparesAhead(): boolean {
    return false;
  }

  async prepare(order: AttemptOrder): Promise<Prepared> {
    const { template, objectName, job } = order;
    if (template.kind !== "http") throw new Error(`a template of kind ${template.kind} is no request`);
    const made = await makeReady(order, template, this.#parts.clock);
    if (made.kind === "rejected") return made;
    const now = this.#parts.clock.now();
    this.#dropForgotten(now);
    const { objectId = `http-${this.#sender}-${++this.#made}` } = this.#inert.get(objectName) ?? {};
    const held = this.#held.get(objectId);
    if (held === undefined) {
      const exchange = new Exchange(made.ready, { ...this.#parts, onEnd: () => this.#wake(job) });
      this.#held.set(objectId, { exchange, objectName });
    } else held.exchange.renew(made.ready);
    if (this.#isOver) void this.#held.get(objectId)?.exchange.giveUp();
    this.#inert.delete(objectName);
    this.#inert.set(objectName, { objectId, preparedAt: now });
    return { kind: "prepared", objectId, objectName };
  }

  /** What was prepared and then not started after all, such as an occurrence that was too late for a slot of its pool, is in no record. */
  #dropForgotten(now: Date): void {
    for (const [name, { objectId, preparedAt }] of this.#inert) {
      if (now.getTime() - preparedAt.getTime() < INERT_KEPT_MS) return;
      this.#inert.delete(name);
      this.#held.delete(objectId);
    }
  }

  async activate({ id }: ObjectName): Promise<Activated> {
    if (this.#begin(id)) return { kind: "activated" };
    return {
      kind: "rejected",
      reason: "start-failed",
      message: this.#isOver ? NOT_SENT : "the request was withdrawn before it was sent",
    };
  }

  /** A request is sent once, however often it is asked for. */
  async activateAgain(objectId: string): Promise<Activated> {
    this.#begin(objectId);
    return { kind: "activated" };
  }

  /** Returns whether this process has it, and has sent it. */
  #begin(objectId: string): boolean {
    const held = this.#held.get(objectId);
    if (held === undefined) return false;
    this.#inert.delete(held.objectName);
    return held.exchange.begin();
  }

  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    return new Map(objectIds.flatMap((id) => this.#lookAt(id)));
  }

  #lookAt(objectId: string): [string, ObjectState][] {
    const held = this.#held.get(objectId);
    if (held !== undefined) return [[objectId, held.exchange.state]];
    if (OBJECT_ID.exec(objectId)?.[1] === this.#sender) return [];
    return [[objectId, this.#isScheduler ? SENDER_GONE : SEEN_BY_ITS_SENDER]];
  }

  /** There is no process that could be told to stop: the connection is closed, at once. */
  async stop(objectId: string): Promise<void> {
    await this.#held.get(objectId)?.exchange.giveUp();
  }

  async withdraw(objectId: string): Promise<void> {
    if (this.#held.get(objectId)?.exchange.state.phase === "inert") await this.remove(objectId);
  }

  async remove(objectId: string): Promise<void> {
    const held = this.#held.get(objectId);
    if (held === undefined) return;
    if (this.#inert.get(held.objectName)?.objectId === objectId) this.#inert.delete(held.objectName);
    await held.exchange.giveUp();
    this.#held.delete(objectId);
  }

  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    const held = this.#held.get(objectId);
    return held === undefined ? noOutput() : held.exchange.lines(options, signal);
  }

  /** What the scheduler itself uses for it is counted nowhere. */
  async usage(): Promise<undefined> {
    return undefined;
  }

  /** Wakes at the ends of requests. When it is aborted, the scheduler ends, and so do they. */
  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    this.#wake = wake;
    this.#isScheduler = true;
    const giveUp = () => {
      this.#isOver = true;
      for (const { exchange } of this.#held.values()) void exchange.giveUp();
    };
    signal.addEventListener("abort", giveUp, { once: true });
  }
}

function noOutput(): AsyncIterable<OutputLine> {
  const gone = new OutputGone("the answer to a request is read once, by the scheduler that has sent it");
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(gone) }) };
}
