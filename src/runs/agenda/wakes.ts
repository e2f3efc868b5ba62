import type { Clock } from "../../clock.ts";
import { Agenda } from "./agenda.ts";
import { type Troubles, thing } from "./troubles.ts";

/** The loop turns at least this often, so that suspended machines, clock steps and long timers do no harm. */
const LONGEST_NAP_MS = 60_000;

/**
 * When the loop turns next, and which jobs it looks at then. A wake says only "look again": it may come for nothing,
 * and it is never lost, because a job that is woken during its pass gets another one. Each job has one pass at a time.
 */
export class Wakes {
  readonly #clock: Clock;
  readonly #troubles: Pick<Troubles, "notBefore">;
  readonly #agenda = new Agenda();
  readonly #passing = new Set<string>();
  readonly #wokenMeanwhile = new Set<string>();
  readonly #waitingForEngine = new Set<string>();
  #isAllWoken = false;
  #isWoken = false;
  #endNap = () => {};

  constructor(clock: Clock, troubles: Pick<Troubles, "notBefore">) {
    this.#clock = clock;
    this.#troubles = troubles;
  }

  /** Looks at this job soon. */
  wake(job: string): void {
    if (this.#passing.has(job)) this.#wokenMeanwhile.add(job);
    else this.#agenda.bringForward(job, this.#soonest(job));
    this.endNap();
  }

  /** Looks at the engine's objects soon, and at all jobs that have active runs or wait for the engine. */
  wakeAll(): void {
    this.#isAllWoken = true;
    this.endNap();
  }

  /** Looks at this job then, unless it is to be looked at sooner anyway. */
  lookAt(job: string, at: Date): void {
    this.#agenda.bringForward(job, at);
  }

  /** Looks at this job as soon as the engine is back. */
  waitForEngine(job: string): void {
    this.#waitingForEngine.add(job);
  }

  /** Returns whether everything was woken since this was last asked, and wakes what waited for the engine if so. */
  takeAll(): boolean {
    if (!this.#isAllWoken) return false;
    this.#isAllWoken = false;
    for (const job of this.#waitingForEngine) this.wake(job);
    this.#waitingForEngine.clear();
    return true;
  }

  /** Takes the jobs whose time has come, earliest first, and begins a pass for each that has none. */
  beginPasses(now: Date): readonly string[] {
    return this.#agenda.take(now).filter((job) => this.#begin(job));
  }

  endPass(job: string): void {
    this.#passing.delete(job);
    if (this.#wokenMeanwhile.delete(job)) this.wake(job);
    else this.endNap();
  }

  /** How many jobs are being looked at. */
  get passing(): number {
    return this.#passing.size;
  }

  /** When the next job is to be looked at; undefined when none is. */
  next(): Date | undefined {
    return this.#agenda.next();
  }

  /** From here on, any wake keeps the next `napUntil` from lasting, also one that comes before it begins. */
  prepareNap(): void {
    this.#isWoken = false;
  }

  /** Resolves at this time, with the next wake, or after a minute, whichever comes first. */
  async napUntil(at: Date | undefined): Promise<void> {
    if (this.#isWoken) return;
    const ms = at === undefined ? LONGEST_NAP_MS : at.getTime() - this.#clock.now().getTime();
    const over = Promise.withResolvers<void>();
    this.#endNap = over.resolve;
    const clear = this.#clock.after(Math.max(0, Math.min(ms, LONGEST_NAP_MS)), over.resolve);
    await over.promise;
    clear();
  }

  /** Has the loop turn now. A burst ends the same nap ten thousand times. */
  endNap(): void {
    this.#isWoken = true;
    this.#endNap();
  }

  #begin(job: string): boolean {
    if (this.#passing.has(job)) {
      this.#wokenMeanwhile.add(job);
      return false;
    }
    this.#passing.add(job);
    return true;
  }

  /** A pass that failed is not repeated at once, even if an event asks for it. */
  #soonest(job: string): Date {
    const now = this.#clock.now();
    const notBefore = this.#troubles.notBefore(job, thing.pass);
    return notBefore !== undefined && notBefore > now ? notBefore : now;
  }
}
