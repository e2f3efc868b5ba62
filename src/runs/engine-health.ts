import type { Clock } from "../clock.ts";
import { type Engine, EngineUnavailable, type EngineVersion } from "./engine.ts";
import type { RunEvents } from "./run-events.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** An engine that answers, and does not do what it is asked sooner than this, was not really up. */
const STEADY_MS = 5000;

/**
 * Whether the engine answers. Whoever gets no clear answer says so here (`suspect`); from then on nothing is asked of
 * it but this prober's question, less and less often, until it answers again. It may answer that and nothing else (a
 * manager without a leader, a proxy that forbids the rest): then it is left alone for longer each time, too. One event
 * per change.
 */
export class EngineHealth {
  readonly #parts: { readonly engine: Engine; readonly clock: Clock; readonly events: RunEvents };
  readonly #signal: AbortSignal;
  readonly #onUp: () => void;
  /** Undefined while it is up. */
  #cause: string | undefined = "not reached yet";
  #told: "up" | "down" | undefined;
  #isProbing = false;
  /** Before the next question. */
  #waitMs = 0;
  #upAt: Date | undefined;

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
    const { clock } = this.#parts;
    this.#isProbing = true;
    if (this.#upAt === undefined || clock.now().getTime() - this.#upAt.getTime() >= STEADY_MS) this.#waitMs = 0;
    for (;;) {
      if (this.#waitMs > 0) await clock.wait(this.#waitMs, this.#signal);
      if (this.#signal.aborted) return;
      this.#waitMs = Math.min(Math.max(2 * this.#waitMs, FIRST_RETRY_MS), LONGEST_RETRY_MS);
      const answer = await this.#ask();
      if (answer !== undefined) {
        // From this moment, another failure needs another prober.
        this.#isProbing = false;
        this.#noteUp(answer);
        return;
      }
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
    this.#upAt = this.#parts.clock.now();
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
