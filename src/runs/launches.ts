import type { Clock } from "../clock.ts";
import type { AttemptStart } from "./attempt-start.ts";
import { launch } from "./launch.ts";
import { LaunchPool } from "./launch-pool.ts";
import type { RunParts } from "./run-parts.ts";

/** The starts that are on their way: at most one of each job, and so many at once as the engine is given. */
export class Launches {
  readonly #pool: LaunchPool;
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<string, { readonly run: string; readonly done: Promise<void> }>();

  /** When `signal` is aborted, nothing more is started. */
  constructor(startsAtOnce: number, signal: AbortSignal) {
    this.#pool = new LaunchPool(startsAtOnce);
    this.#signal = signal;
  }

  /** How many wait until the engine is given them. */
  get waiting(): number {
    return this.#pool.waiting;
  }

  /** The run of the job that is on its way between prepare and activate. */
  of(job: string): string | undefined {
    return this.#underWay.get(job)?.run;
  }

  /** Resolves when the start is over, however it ended; rejects as `launch` does. */
  begin(start: AttemptStart, parts: RunParts): Promise<void> {
    const { job, run } = start.order;
    const started = launch(start, parts, this.#pool, this.#signal).finally(() => this.#underWay.delete(job));
    this.#underWay.set(job, { run, done: started });
    return started;
  }

  /** Resolves when nothing is on its way any more, or after `ms`. */
  async settled(ms: number, clock: Clock): Promise<void> {
    const timer = new AbortController();
    const done = Promise.allSettled([...this.#underWay.values()].map(({ done }) => done));
    await Promise.race([done, clock.wait(ms, timer.signal)]);
    timer.abort();
  }
}
