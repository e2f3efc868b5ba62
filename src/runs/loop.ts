import type { Clock } from "../clock.ts";
import type { Job } from "../jobs/job.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isActive } from "../ledger/page.ts";
import type { DueStart } from "../schedule/due.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { Agenda } from "./agenda.ts";
import { Book } from "./book.ts";
import type { Engine } from "./engine.ts";
import { EngineHealth } from "./engine-health.ts";
import { Failures } from "./failures.ts";
import { type Declared, followDefinitions } from "./follow-definitions.ts";
import { Launches } from "./launches.ts";
import { type PassParts, pass } from "./pass.ts";
import type { RunEvents } from "./run-events.ts";
import { RunLogs } from "./run-logs.ts";
import { tidy } from "./tidy.ts";

/** The loop turns this often at least, so that suspended machines, clock steps and long timers are harmless. */
const LONGEST_SLEEP_MS = 60_000;
const RETRY_MS = 5000;
const TIDY_INTERVAL_MS = 10 * 60_000;
const TIDY_AGAIN_MS = 30_000;
/** How long a stop waits for calls in flight. */
const SETTLE_MS = 2000;

export interface LoopParts {
  readonly instance: string;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  readonly startsAtOnce: number;
}

/**
 * The only loop: whatever is due or was woken is passed over (`pass.ts`), one pass at a time for each job, all jobs
 * beside each other. It pulls the truth from page and engine; wakes are hints only, and nothing is lost with them.
 */
export class Loop {
  readonly book: Book;
  readonly #parts: LoopParts;
  readonly #pass: PassParts;
  readonly #agenda = new Agenda();
  readonly #launches: Launches;
  readonly #health: EngineHealth;
  readonly #failures: Failures;
  readonly #stopping = new AbortController();
  readonly #nextRunAt = new Map<string, Date>();
  readonly #passing = new Set<string>();
  readonly #wokenMeanwhile = new Set<string>();
  readonly #waitingForEngine = new Set<string>();
  #sleep = new AbortController();
  #tidyAt = new Date(0);
  #turnedAt: Date;

  constructor(parts: LoopParts) {
    const { engine, ledger, clock, events, startsAtOnce } = parts;
    this.#parts = parts;
    this.#turnedAt = clock.now();
    this.book = new Book(ledger);
    this.#failures = new Failures(events);
    this.#launches = new Launches(startsAtOnce, this.#stopping.signal);
    this.#health = new EngineHealth({ engine, clock, events }, this.#stopping.signal, () => this.#wakeAll());
    this.#pass = {
      ...parts,
      book: this.book,
      logs: new RunLogs({ engine, clock, events }),
      memory: {
        stopping: new Set(),
        inertSince: new Map(),
        background: (job, work) => this.#inBackground(job, work),
      },
      launching: (job) => this.#launches.of(job),
      beginLaunch: (job, start) => this.#beginLaunch(job, start),
    };
  }

  /** When it last turned, for who watches whether it does. */
  get turnedAt(): Date {
    return this.#turnedAt;
  }

  /** Why the engine cannot be used; undefined while it can. */
  get engineDownBecause(): string | undefined {
    return this.#health.downBecause;
  }

  nextRunAt(job: string): Date | undefined {
    return this.#nextRunAt.get(job);
  }

  /** Reads the pages. To be called once, before anything else. */
  async load(): Promise<void> {
    const unreadable = await this.book.load();
    for (const { job, message } of unreadable) this.#parts.events.emit({ event: "page-unreadable", job, message });
  }

  /** Makes these the jobs, and the pages follow them. */
  async declare(declared: Declared): Promise<void> {
    const generation = await this.#parts.ledger.nextGeneration();
    const changed = await followDefinitions(declared, this.book, generation, this.#parts.clock.now());
    for (const job of this.#nextRunAt.keys()) if (!declared.jobs.has(job)) this.#nextRunAt.delete(job);
    for (const job of changed) this.wake(job);
  }

  /** Looks at this job soon; without a name, at the engine's objects and at all jobs that have active runs. */
  wake(job?: string): void {
    if (job === undefined) this.#wakeAll();
    else if (this.#passing.has(job)) this.#wokenMeanwhile.add(job);
    else this.#agenda.bringForward(job, this.#parts.clock.now());
    this.#sleep.abort();
  }

  /**
   * Turns until `signal` is aborted. Then nothing is started any more, calls in flight get 2 s, and running processes
   * go on: the next scheduler takes them up.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { engine, ledger, clock } = this.#parts;
    const { signal: stopping } = this.#stopping;
    stopping.addEventListener("abort", () => this.#sleep.abort());
    if (signal.aborted) this.#stopping.abort();
    else signal.addEventListener("abort", () => this.#stopping.abort());
    for (const job of this.book.pages.keys()) this.wake(job);
    this.#health.probe();
    engine.watch((job) => this.wake(job), stopping);
    ledger.watch((job) => void this.#pageChanged(job), stopping);
    while (!stopping.aborted) {
      this.#turnedAt = clock.now();
      this.#sleep = new AbortController();
      if (this.#health.downBecause === undefined) this.#turn();
      await clock.wait(this.#sleepMs(), this.#sleep.signal);
    }
    await this.#launches.settled(SETTLE_MS, clock);
    this.#pass.logs.stop();
  }

  #turn(): void {
    const now = this.#parts.clock.now();
    if (now >= this.#tidyAt) void this.#tidy(now);
    for (const job of this.#agenda.take(now)) void this.#passOver(job);
  }

  #sleepMs(): number {
    if (this.#health.downBecause !== undefined) return LONGEST_SLEEP_MS;
    const next = Math.min(this.#tidyAt.getTime(), this.#agenda.next()?.getTime() ?? Number.POSITIVE_INFINITY);
    return Math.max(0, Math.min(next - this.#parts.clock.now().getTime(), LONGEST_SLEEP_MS));
  }

  async #passOver(job: string): Promise<void> {
    this.#passing.add(job);
    try {
      const { wakeAt, nextRunAt } = await pass(job, this.#pass);
      if (nextRunAt === undefined) this.#nextRunAt.delete(job);
      else this.#nextRunAt.set(job, nextRunAt);
      if (wakeAt !== undefined) this.#agenda.bringForward(job, wakeAt);
      this.#failures.succeeded(job);
    } catch (error) {
      this.#failed(job, error);
    } finally {
      this.#passing.delete(job);
      if (this.#wokenMeanwhile.delete(job)) this.wake(job);
      else this.#sleep.abort();
    }
  }

  #beginLaunch(job: Job, start: DueStart): void {
    this.#inBackground(job.name, this.#launches.begin(job, start, this.#pass));
  }

  #inBackground(job: string, work: Promise<void>): void {
    work.then(
      () => this.wake(job),
      (error) => this.#failed(job, error),
    );
  }

  async #tidy(now: Date): Promise<void> {
    this.#tidyAt = new Date(now.getTime() + TIDY_INTERVAL_MS);
    try {
      const result = await tidy(this.#pass.launching, this.#pass);
      if (result === "look-again") this.#tidyAt = new Date(now.getTime() + TIDY_AGAIN_MS);
      this.#failures.succeeded();
    } catch (error) {
      this.#tidyAt = new Date(now.getTime() + RETRY_MS);
      this.#failed(undefined, error);
    }
  }

  /** By somebody else: an operator's wish, or another scheduler. */
  async #pageChanged(job: string | undefined): Promise<void> {
    try {
      if (job !== undefined) await this.book.refresh(job);
      this.wake(job);
    } catch (error) {
      this.#failed(job, error);
    }
  }

  /** The job is looked at again in any case; sooner, if it was the engine that failed and is back. */
  #failed(job: string | undefined, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const isEngine = this.#health.suspect(error);
    if (!isEngine) this.#failures.failed(job, error);
    else if (job !== undefined) this.#waitingForEngine.add(job);
    if (job !== undefined) this.#agenda.bringForward(job, new Date(this.#parts.clock.now().getTime() + RETRY_MS));
    this.#sleep.abort();
  }

  #wakeAll(): void {
    this.#tidyAt = new Date(0);
    for (const job of this.#waitingForEngine) this.wake(job);
    this.#waitingForEngine.clear();
    for (const [job, page] of this.book.pages) if (page.runs.some(isActive)) this.wake(job);
    this.#sleep.abort();
  }
}
