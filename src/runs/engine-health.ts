import type { Clock } from "../clock.ts";
import { type Engine, EngineUnavailable, type EngineVersion } from "./engine.ts";
import type { RunEvents } from "./run-events.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * Whether the engine answers. Whoever gets no clear answer says so here (`suspect`); from then on nothing is asked of
 * it but this prober's question, less and less often, until it answers again. One event per change.
 */
export class EngineHealth {
  readonly #parts: { readonly engine: Engine; readonly clock: Clock; readonly events: RunEvents };
  readonly #signal: AbortSignal;
  readonly #onUp: () => void;
  /** Undefined while it is up. */
  #cause: string | undefined = "not reached yet";
  #told: "up" | "down" | undefined;
  #isProbing = false;

  constructor(parts: { engine: Engine; clock: Clock; events: RunEvents }, signal: AbortSignal, onUp: () => void) {
    this.#parts = parts;
    this.#signal = signal;
    this.#onUp = onUp;
  }

  /** Why it is down; undefined while it is up. */
  get downBecause(): string | undefined {
    return this.#cause;
  }

  /** Asks until the engine answers. */
  probe(): void {
    if (!this.#isProbing) void this.#probe();
  }

  /** Takes note of an `EngineUnavailable`; answers whether the error was one. */
  suspect(error: unknown): boolean {
    if (!(error instanceof EngineUnavailable)) return false;
    this.#noteDown(error.message);
    this.probe();
    return true;
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    for (let waitMs = FIRST_RETRY_MS; !this.#signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
      const answer = await this.#ask();
      if (answer !== undefined) {
        // From this moment, another failure needs another prober.
        this.#isProbing = false;
        this.#noteUp(answer);
        return;
      }
      await this.#parts.clock.wait(waitMs, this.#signal);
    }
  }

  async #ask(): Promise<EngineVersion | undefined> {
    try {
      return await this.#parts.engine.greet();
    } catch (error) {
      this.#noteDown(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #noteUp(answer: EngineVersion): void {
    this.#cause = undefined;
    if (this.#told !== "up") this.#parts.events.emit({ event: "engine-up", ...answer });
    this.#told = "up";
    this.#onUp();
  }

  #noteDown(cause: string): void {
    this.#cause = cause;
    if (this.#told !== "down") this.#parts.events.emit({ event: "engine-down", cause });
    this.#told = "down";
  }
}
