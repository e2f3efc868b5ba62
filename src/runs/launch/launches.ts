import { atMost } from "../../clock.ts";
import type { Launching } from "../../decide/requests.ts";
import { EngineTrouble, forbidden } from "../../engines/engine.ts";
import type { EngineHealth } from "../agenda/engine-health.ts";
import { type Troubles, thing } from "../agenda/troubles.ts";
import type { AttemptStart } from "./attempt-start.ts";
import { type Launched, Launcher, type LaunchParts } from "./launch.ts";
import type { LaunchPool } from "./launch-pool.ts";

/** How long a start is tried again that the engine cannot make, while the engine itself is well. */
const PATIENCE_MS = 60_000;

interface LaunchesParts extends LaunchParts {
  readonly health: Pick<EngineHealth, "suspect">;
  readonly troubles: Pick<Troubles, "wouldTryAt">;
}

/** The starts that are on their way: at most one per job, and as many in total are given to the engine as the pool has places. */
export class Launches {
  readonly #parts: LaunchesParts;
  readonly #pool: LaunchPool;
  readonly #launcher: Launcher;
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<string, UnderWay>();
  /** By job: the attempt whose start has failed, and when it first did. */
  readonly #failing = new Map<string, { readonly attempt: string; readonly since: number }>();

  /** Once `signal` is aborted, nothing more is started. */
  constructor(parts: LaunchesParts, pool: LaunchPool, signal: AbortSignal) {
    this.#parts = parts;
    this.#pool = pool;
    this.#launcher = new Launcher(parts, pool);
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      for (const { over } of this.#underWay.values()) over.abort(signal.reason);
    });
  }

  /** How many wait until the engine is given them. */
  get waiting(): number {
    return this.#pool.waiting;
  }

  /** How many are under way that the engine has not answered for seconds. */
  get hanging(): number {
    return this.#pool.hanging;
  }

  /** The jobs whose starts are on their way. */
  get jobs(): Iterable<string> {
    return this.#underWay.keys();
  }

  /** Since when the start of this job is under way, where the engine has not answered it for seconds. */
  hangingSince(job: string): Date | undefined {
    return this.#pool.isHanging(job) ? this.#underWay.get(job)?.since : undefined;
  }

  /** How many starts the engine has been given, of how many at once. */
  get places(): { readonly taken: number; readonly all: number } {
    return this.#pool.places;
  }

  /** What the start of the job that is on its way waits for. */
  waitOf(job: string): StartWait | undefined {
    const since = this.#underWay.get(job)?.since;
    if (since === undefined) return undefined;
    const image = this.#launcher.pulling(job);
    if (image !== undefined) return { since, for: "image", image };
    return { since, for: this.#pool.isWaiting(job) ? "turn" : "engine" };
  }

  /** The start of the job that is on its way between prepare and activate. */
  of(job: string): Launching | undefined {
    return this.#underWay.get(job);
  }

  /**
   * Resolves when the start is over, however it ended; rejects as `Launcher.launch` does. A start that the engine cannot
   * make however often it is asked is decided as rejected, with what the engine said, before this rejects.
   */
  begin(start: AttemptStart): Promise<Launched | undefined> {
    const { job, run, trigger } = start.order;
    const over = new AbortController();
    if (this.#signal.aborted) over.abort(this.#signal.reason);
    const done = this.#launch(start, over.signal).finally(() => this.#underWay.delete(job));
    this.#underWay.set(job, { run, trigger, since: this.#parts.clock.now(), over, done });
    return done;
  }

  /** The start is no longer wanted: it waits neither for its turn nor for its image. */
  withdraw(job: string): void {
    this.#underWay.get(job)?.over.abort(new Withdrawn("the start was withdrawn"));
  }

  /** Resolves when nothing is on its way, or after `ms`. */
  async settled(ms: number): Promise<void> {
    const done = Promise.allSettled([...this.#underWay.values()].map(({ done }) => done));
    await atMost(this.#parts.clock, ms, done);
  }

  /** The job is gone. */
  forget(job: string): void {
    this.#pool.forget(job);
    this.#failing.delete(job);
  }

  /** Undefined when the start was withdrawn before it was over. */
  async #launch(start: AttemptStart, over: AbortSignal): Promise<Launched | undefined> {
    const { job } = start.order;
    try {
      const launched = await this.#launcher.launch(start, over);
      this.#failing.delete(job);
      return launched;
    } catch (error) {
      if (over.reason instanceof Withdrawn) return undefined;
      if (error instanceof EngineTrouble && !(await this.#parts.health.suspect(error)))
        await this.#giveUp(start, error);
      throw error;
    }
  }

  /**
   * A start has its verdict a minute after it first failed, or at its deadline; where the next try would come later than
   * that, it has it now. What is bound already is not touched: the swap is lost then.
   */
  async #giveUp(start: AttemptStart, trouble: EngineTrouble): Promise<void> {
    const { clock, troubles } = this.#parts;
    if (trouble.isForbidden) return this.#launcher.reject(start, forbidden(trouble));
    const { message } = trouble;
    const { job, run, attempt } = start.order;
    const key = `${run}.${attempt}`;
    const known = this.#failing.get(job);
    const since = known?.attempt === key ? known.since : clock.now().getTime();
    this.#failing.set(job, { attempt: key, since });
    const until = Math.min(since + PATIENCE_MS, start.deadline?.getTime() ?? Number.POSITIVE_INFINITY);
    if (troubles.wouldTryAt(job, thing.start).getTime() <= until) return;
    this.#failing.delete(job);
    await this.#launcher.reject(start, { kind: "rejected", reason: "engine-trouble", message });
  }
}

class Withdrawn extends Error {}

/** `turn`: other starts come first. `engine`: it has been given to the engine. */
type StartWait = { readonly since: Date } & (
  | { readonly for: "turn" | "engine" }
  | { readonly for: "image"; readonly image: string }
);

interface UnderWay extends Launching {
  readonly since: Date;
  /** Aborted when it is withdrawn, and when nothing more is to be started. */
  readonly over: AbortController;
  readonly done: Promise<Launched | undefined>;
}
