import { type Clock, within } from "../../clock.ts";
import { type Engine, EngineError, EngineTrouble, type EngineVersion } from "../../engines/engine.ts";
import type { RunEvents } from "../../observe/run-events.ts";
import type { Wakes } from "./wakes.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** How long the engine may take to say that it is there. */
const ANSWER_WITHIN_MS = 30_000;

interface HealthParts {
  readonly engine: Pick<Engine, "greet">;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly wakes: Pick<Wakes, "wakeAll">;
}

/**
 * Whether the engine answers. A call that came to nothing is only a reason to ask (`suspect`): while the engine says
 * that it is there, the trouble is with that call's object alone. Once it does not, it is asked nothing else until it
 * answers again, less and less often; then everything is woken. One event per change.
 */
export class EngineHealth {
  readonly #parts: HealthParts;
  readonly #signal: AbortSignal;
  /** Undefined while it is up. */
  #cause: string | undefined = "not reached yet";
  #told: "up" | "down" | undefined;
  #isProbing = false;
  #downSince: Date | undefined;
  #verifying: Promise<boolean> | undefined;

  constructor(parts: HealthParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Why it is down; undefined while it is up. */
  get downBecause(): string | undefined {
    return this.#cause;
  }

  /** When it was first seen to be down; undefined while it is up. */
  get downSince(): Date | undefined {
    return this.#downSince;
  }

  /** Asks until the engine answers. */
  probe(): void {
    if (!this.#isProbing) void this.#probe();
  }

  /**
   * Finds out whether it is the engine that is down, after a call of it has failed. Resolves to false where the trouble
   * is the call's own: the engine is there, or has said no to this one request. Never rejects.
   */
  async suspect(error: unknown): Promise<boolean> {
    if (!(error instanceof EngineError) || isRefusal(error)) return false;
    if (this.#cause !== undefined) return true;
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }

  async #verify(): Promise<boolean> {
    if ((await this.#ask()) !== "down") return false;
    this.probe();
    return true;
  }

  async #probe(): Promise<void> {
    const { clock } = this.#parts;
    this.#isProbing = true;
    for (let waitMs = 0; ; waitMs = Math.min(Math.max(2 * waitMs, FIRST_RETRY_MS), LONGEST_RETRY_MS)) {
      if (waitMs > 0) await clock.wait(waitMs, this.#signal);
      if (this.#signal.aborted) return;
      const answer = await this.#ask();
      if (answer === "down") continue;
      // From this moment, another failure needs another prober.
      this.#isProbing = false;
      this.#noteUp(answer);
      return;
    }
  }

  async #ask(): Promise<EngineVersion | "down"> {
    const { engine, clock } = this.#parts;
    try {
      return await within(clock, ANSWER_WITHIN_MS, engine.greet());
    } catch (error) {
      this.#noteDown(error instanceof Error ? error.message : String(error));
      return "down";
    }
  }

  #noteUp(answer: EngineVersion): void {
    this.#cause = undefined;
    this.#downSince = undefined;
    if (this.#told !== "up") this.#parts.events.emit({ event: "engine-up", ...answer });
    this.#told = "up";
    this.#parts.wakes.wakeAll();
  }

  #noteDown(cause: string): void {
    this.#cause = cause;
    this.#downSince ??= this.#parts.clock.now();
    if (this.#told !== "down") this.#parts.events.emit({ event: "engine-down", cause });
    this.#told = "down";
  }
}

/** The engine, or a proxy before it, has answered this very request: none of these statuses is that of an engine in trouble. */
function isRefusal(error: EngineError): boolean {
  return error instanceof EngineTrouble && error.status !== undefined && error.status < 500;
}
