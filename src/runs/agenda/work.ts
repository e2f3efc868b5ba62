import type { Clock } from "../../clock.ts";
import type { EngineHealth } from "./engine-health.ts";
import { type Troubles, thing } from "./troubles.ts";
import type { Wakes } from "./wakes.ts";

/** How soon a job is looked at again while its engine is down: in case it is not, after all. */
const ENGINE_RETRY_MS = 5000;
const INSIST_EVERY_MS = 1000;

interface WorkParts {
  readonly clock: Clock;
  readonly health: Pick<EngineHealth, "suspect">;
  readonly troubles: Pick<Troubles, "failed" | "succeeded">;
  readonly wakes: Pick<Wakes, "wake" | "lookAt" | "waitForEngine" | "endNap">;
}

/**
 * Work that no pass waits for. When it succeeds, its job is looked at. When it fails, it is found out whether the engine is
 * down or this work is in trouble, and the job is looked at again later.
 */
export class Work {
  readonly #parts: WorkParts;
  readonly #signal: AbortSignal;

  /** Once `signal` is aborted, failures are ignored. */
  constructor(parts: WorkParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** `of` says what may fail (`thing`). Without a job the work concerns all jobs. */
  begin(job: string | undefined, of: string, work: Promise<unknown>): void {
    const { troubles, wakes } = this.#parts;
    const succeeded = () => {
      troubles.succeeded(job, of);
      if (job !== undefined) wakes.wake(job);
    };
    work.then(succeeded, (error) => this.failed(job, of, error));
  }

  /** Notes a failure, and when to look again: as soon as the engine is back, where it was the engine that failed. */
  failed(job: string | undefined, of: string, error: unknown): void {
    void this.#judge(job, of, error);
  }

  /** Does what nothing can go on without, each second until it succeeds. Undefined when the signal was aborted first. */
  async insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    while (!this.#signal.aborted) {
      try {
        const result = await work();
        this.#parts.troubles.succeeded(undefined, thing.ledger);
        return result;
      } catch (error) {
        this.failed(undefined, thing.ledger, error);
        await this.#parts.clock.wait(INSIST_EVERY_MS, this.#signal);
      }
    }
    return undefined;
  }

  async #judge(job: string | undefined, of: string, error: unknown): Promise<void> {
    const { clock, health, troubles, wakes } = this.#parts;
    if (this.#signal.aborted) return;
    const isEngineDown = await health.suspect(error);
    if (this.#signal.aborted) return;
    const againAt = isEngineDown ? new Date(clock.now().getTime() + ENGINE_RETRY_MS) : troubles.failed(job, of, error);
    if (job !== undefined) {
      if (isEngineDown) wakes.waitForEngine(job);
      wakes.lookAt(job, againAt);
    }
    wakes.endNap();
  }
}
