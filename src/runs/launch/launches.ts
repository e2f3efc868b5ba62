import type { Clock } from "../../clock.ts";
import { EngineTrouble, forbidden } from "../../engines/engine.ts";
import type { Trigger } from "../../ledger/record.ts";
import type { RunParts } from "../run-parts.ts";
import type { AttemptStart } from "./attempt-start.ts";
import { decideRejected, launch } from "./launch.ts";
import { LaunchPool } from "./launch-pool.ts";

/** How long a start is tried again that the engine cannot make, while the engine itself is well. */
const PATIENCE_MS = 60_000;

/** The starts that are on their way: at most one of each job, and so many at once as the engine is given. */
export class Launches {
  readonly #pool: LaunchPool;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<string, UnderWay>();
  /** By job: the attempt whose start has failed, and when it first did. */
  readonly #failing = new Map<string, { readonly attempt: string; readonly since: number }>();

  /** When `signal` is aborted, nothing more is started. */
  constructor(startsAtOnce: number, clock: Clock, signal: AbortSignal) {
    this.#pool = new LaunchPool(startsAtOnce, clock);
    this.#clock = clock;
    this.#signal = signal;
  }

  /** How many wait until the engine is given them. */
  get waiting(): number {
    return this.#pool.waiting;
  }

  /** How many are under way that the engine has not answered for seconds. */
  get hanging(): number {
    return this.#pool.hanging;
  }

  /** Since when the start of this job is under way, where the engine has not answered it for seconds. */
  hangingSince(job: string): Date | undefined {
    return this.#pool.isHanging(job) ? this.#underWay.get(job)?.since : undefined;
  }

  /** The run of the job that is on its way between prepare and activate. */
  of(job: string): string | undefined {
    return this.#underWay.get(job)?.run;
  }

  /**
   * Resolves when the start is over, however it ended; rejects as `launch` does. Where the engine cannot make it however
   * often it is asked, it is decided as rejected, with what the engine said, before it rejects.
   */
  begin(start: AttemptStart, parts: RunParts): Promise<void> {
    const { job, run, trigger } = start.order;
    const withdrawn = new AbortController();
    const done = this.#launch(start, parts, withdrawn.signal).finally(() => this.#underWay.delete(job));
    this.#underWay.set(job, { run, trigger, since: this.#clock.now(), withdrawn, done });
    return done;
  }

  /** Whether it was asked for by hand. */
  isByHand(job: string): boolean {
    return this.#underWay.get(job)?.trigger === "manual";
  }

  /** The start is no longer wanted: it waits neither for its turn nor for its image. */
  withdraw(job: string): void {
    this.#underWay.get(job)?.withdrawn.abort(new Error("the start was withdrawn"));
  }

  /** Resolves when nothing is on its way any more, or after `ms`. */
  async settled(ms: number, clock: Clock): Promise<void> {
    const timer = new AbortController();
    const done = Promise.allSettled([...this.#underWay.values()].map(({ done }) => done));
    await Promise.race([done, clock.wait(ms, timer.signal)]);
    timer.abort();
  }

  /** The job is gone. */
  forget(job: string): void {
    this.#pool.forget(job);
    this.#failing.delete(job);
  }

  async #launch(start: AttemptStart, parts: RunParts, withdrawn: AbortSignal): Promise<void> {
    const { job } = start.order;
    try {
      await launch(start, parts, this.#pool, AbortSignal.any([this.#signal, withdrawn]));
      this.#failing.delete(job);
    } catch (error) {
      if (withdrawn.aborted) return;
      if (error instanceof EngineTrouble && !(await parts.isEngineDown(error))) await this.#giveUp(start, error, parts);
      throw error;
    }
  }

  /**
   * A minute after it first failed, or at its deadline, it has its verdict; where the next try would come later than
   * that, it has it now. What is bound already is not touched: the swap is lost then.
   */
  async #giveUp(start: AttemptStart, trouble: EngineTrouble, parts: RunParts): Promise<void> {
    if (trouble.isForbidden) return decideRejected(start, forbidden(trouble), parts);
    const { message } = trouble;
    const { job, run, attempt } = start.order;
    const key = `${run}.${attempt}`;
    const known = this.#failing.get(job);
    const since = known?.attempt === key ? known.since : this.#clock.now().getTime();
    this.#failing.set(job, { attempt: key, since });
    const until = Math.min(since + PATIENCE_MS, start.deadline?.getTime() ?? Number.POSITIVE_INFINITY);
    if (parts.triesStartAgainAt(job).getTime() <= until) return;
    this.#failing.delete(job);
    await decideRejected(start, { kind: "rejected", reason: "engine-trouble", message }, parts);
  }
}

interface UnderWay {
  readonly run: string;
  readonly trigger: Trigger;
  readonly since: Date;
  readonly withdrawn: AbortController;
  readonly done: Promise<void>;
}
