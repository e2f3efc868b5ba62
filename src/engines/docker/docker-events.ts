import type { IncomingMessage } from "node:http";
import type { Clock } from "../../clock.ts";
import type { Docker } from "./connect.ts";
import type { Labels } from "./specs/run-labels.ts";
import { expectStatus } from "./status.ts";

/**
 * The types that the stream reports. All but containers exist only in a Swarm, and each of its managers reports all of
 * them.
 */
type EngineEventType = "container" | "service" | "config" | "node";

/**
 * Something happened to an object of this type. The attributes of a container's event are its labels and a few facts;
 * those of other events include the `name` and no labels.
 */
export interface EngineEvent {
  readonly type: EngineEventType;
  readonly action: string;
  readonly id: string;
  readonly attributes: Labels;
}

interface EventListener {
  /** Called while reading: it must only take note. */
  onEvent(event: EngineEvent): void;
  /** The stream has begun or broken: anything may have happened, or be happening, without an event. */
  onGap(): void;
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/** An engine outside a Swarm knows these types too, but has no events for most of them. */
const TYPES: readonly EngineEventType[] = ["container", "service", "config", "node"];

/** The actions of all types. Not those of execs and health checks, of which a busy host has thousands. */
const ACTIONS = ["create", "start", "die", "destroy", "pause", "unpause", "rename", "update", "remove"];

/**
 * The engine's events, from one stream for all listeners; without listeners there is no stream. Events are hints: some
 * are lost whenever the stream breaks, so listeners look for themselves at every `onGap`. Every listener gets events of
 * every type.
 *
 * The stream is not filtered by label: objects that declare jobs have no label in common.
 */
export class DockerEvents {
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #listeners = new Set<EventListener>();
  #stream: AbortController | undefined;

  constructor(docker: Docker, clock: Clock) {
    this.#docker = docker;
    this.#clock = clock;
  }

  /** Listens until `signal` is aborted. */
  listen(listener: EventListener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#leave(listener), { once: true });
    if (this.#stream === undefined) {
      this.#stream = new AbortController();
      void this.#keepReading(this.#stream.signal);
    }
  }

  #leave(listener: EventListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stream?.abort();
    this.#stream = undefined;
  }

  /**
   * Reads, and reads again whenever the stream breaks; never rejects. That the engine is away is noticed by those who
   * ask it.
   */
  async #keepReading(signal: AbortSignal): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        await this.#readOnce(signal, () => {
          waitMs = FIRST_RETRY_MS;
        });
      } catch {
        // Whether it broke, was refused or could not be reached: it is tried again.
      }
      await this.#clock.wait(waitMs, signal);
    }
  }

  async #readOnce(signal: AbortSignal, onBegin: () => void): Promise<void> {
    const query = { filters: { type: TYPES, event: ACTIONS } };
    let response: IncomingMessage | undefined;
    try {
      response = await this.#docker.open({ method: "GET", path: "/events", query, signal });
      expectStatus({ status: response.statusCode ?? 0, headers: response.headers, body: undefined }, "events", 200);
      onBegin();
      this.#tellGap();
      await this.#drain(response);
    } finally {
      response?.destroy();
      if (response !== undefined && !signal.aborted) this.#tellGap();
    }
  }

  #tellGap(): void {
    for (const listener of this.#listeners) listener.onGap();
  }

  /** At every event the engine waits up to 100 ms for a slow reader, delaying all others: nothing may block here. */
  async #drain(response: IncomingMessage): Promise<void> {
    let rest = "";
    response.setEncoding("utf8");
    for await (const chunk of response) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#tell(line);
    }
  }

  #tell(line: string): void {
    if (line.trim() === "") return;
    const { Type, Action = "", Actor } = JSON.parse(line) as RawEvent;
    const type = TYPES.find((known) => known === Type);
    if (type === undefined || Actor?.ID === undefined) return;
    const event = { type, action: Action, id: Actor.ID, attributes: Actor.Attributes ?? {} };
    for (const listener of this.#listeners) listener.onEvent(event);
  }
}

/** Only the fields that remain since API 1.52: `status`, `id` and `from` are gone. */
interface RawEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Labels };
}
