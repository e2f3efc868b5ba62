import type { Clock } from "../clock.ts";
import type { Job } from "../jobs/job.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { followDefinition, noteRemoval } from "../ledger/page-changes.ts";
import type { DueStart } from "../schedule/due.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { Agenda } from "./agenda.ts";
import { Book } from "./book.ts";
import type { Engine } from "./engine.ts";
import { EngineHealth } from "./engine-health.ts";
import { launch } from "./launch.ts";
import { LaunchPool } from "./launch-pool.ts";
import { runId } from "./names.ts";
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

/** What the sources declare together. */
export interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** False while something is declared that cannot be read: then a job that is not in `jobs` is not gone. */
  readonly complete: boolean;
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
  readonly #pool: LaunchPool;
  readonly #health: EngineHealth;
  readonly #stopping = new AbortController();
  readonly #nextRunAt = new Map<string, Date>();
  readonly #passing = new Set<string>();
  readonly #wokenMeanwhile = new Set<string>();
  readonly #launching = new Map<string, { readonly run: string; readonly done: Promise<void> }>();
  readonly #waitingForEngine = new Set<string>();
  readonly #failing = new Map<string, string>();
  #sleep = new AbortController();
  #tidyAt = new Date(0);
  #turnedAt: Date;
  #generation = 0;

  constructor(parts: LoopParts) {
    const { instance, engine, ledger, clock, events, timetables, startsAtOnce } = parts;
    this.#parts = parts;
    this.#turnedAt = clock.now();
    this.book = new Book(ledger);
    this.#pool = new LaunchPool(startsAtOnce);
    this.#health = new EngineHealth({ engine, clock, events }, this.#stopping.signal, () => this.#wakeAll());
    this.#pass = {
      instance,
      engine,
      clock,
      events,
      timetables,
      book: this.book,
      logs: new RunLogs({ engine, clock, events }),
      memory: {
        stopping: new Set(),
        inertSince: new Map(),
        background: (job, work) => void work.then(() => this.wake(job)).catch((error) => this.#fail(job, error)),
      },
      launching: (job) => this.#launching.get(job)?.run,
      beginLaunch: (job, start) => this.#beginLaunch(job, start),
    };
  }

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

  /** Reads the pages. Call it once, before anything else. */
  async load(): Promise<void> {
    const unreadable = await this.book.load();
    for (const { job, message } of unreadable) this.#parts.events.emit({ event: "page-unreadable", job, message });
  }

  /** Makes these the jobs, and the pages follow them. */
  async declare({ jobs, complete }: Declared): Promise<void> {
    const { ledger, clock } = this.#parts;
    this.#generation = await ledger.nextGeneration();
    this.book.declare(jobs);
    const now = clock.now();
    const pages = this.book.pages;
    const changed = [...jobs.values()].filter((job) => {
      const page = pages.get(job.name);
      return page === undefined || page.removedAt !== undefined || page.definition.hash !== job.hash;
    });
    const missing = [...pages.values()].filter((page) => !jobs.has(page.job) && page.removedAt === undefined);
    const gone = complete ? missing : [];
    const generation = this.#generation;
    await Promise.all([
      ...changed.map((job) => this.book.change(job.name, (page) => followDefinition(page, job, generation, now))),
      ...gone.map(({ job }) => this.book.change(job, (page) => noteRemoval(page, generation, now))),
    ]);
    for (const { job } of missing) this.#nextRunAt.delete(job);
    for (const { name } of changed) this.wake(name);
    for (const { job } of gone) this.wake(job);
  }

  /** Looks at this job soon; without a name, at the engine's objects and at all jobs that have open attempts. */
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
    const { engine, ledger } = this.#parts;
    const { signal: stopping } = this.#stopping;
    signal.addEventListener("abort", () => this.#stopping.abort());
    stopping.addEventListener("abort", () => this.#sleep.abort());
    for (const job of this.book.pages.keys()) this.wake(job);
    this.#health.probe();
    engine.watch((job) => this.wake(job), stopping);
    ledger.watch((job) => void this.#pageChanged(job), stopping);
    while (!signal.aborted) {
      this.#turnedAt = this.#parts.clock.now();
      this.#sleep = new AbortController();
      if (this.#health.downBecause === undefined) this.#turn();
      await this.#parts.clock.wait(this.#sleepMs(), this.#sleep.signal);
    }
    await this.#settle();
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
      this.#recovered(job);
    } catch (error) {
      this.#fail(job, error);
    } finally {
      this.#passing.delete(job);
      if (this.#wokenMeanwhile.delete(job)) this.wake(job);
      else this.#sleep.abort();
    }
  }

  #beginLaunch(job: Job, start: DueStart): void {
    const { signal } = this.#stopping;
    const done = launch(job, start, this.#pass, this.#pool, signal)
      .finally(() => this.#launching.delete(job.name))
      .then(() => this.wake(job.name))
      .catch((error) => this.#fail(job.name, error));
    this.#launching.set(job.name, { run: runId(job.name, start), done });
  }

  async #tidy(now: Date): Promise<void> {
    this.#tidyAt = new Date(now.getTime() + TIDY_INTERVAL_MS);
    try {
      const result = await tidy(this.#pass.launching, this.#pass);
      if (result === "look-again") this.#tidyAt = new Date(now.getTime() + TIDY_AGAIN_MS);
      this.#recovered();
    } catch (error) {
      this.#tidyAt = new Date(now.getTime() + RETRY_MS);
      this.#fail(undefined, error);
    }
  }

  async #pageChanged(job: string | undefined): Promise<void> {
    try {
      if (job !== undefined) await this.book.refresh(job);
      this.wake(job);
    } catch (error) {
      this.#fail(job, error);
    }
  }

  /** Once per change of cause it is told; the job is looked at again in any case. */
  #fail(job: string | undefined, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const key = job ?? "";
    if (this.#health.suspect(error)) {
      if (job !== undefined) this.#waitingForEngine.add(job);
    } else {
      const cause = String(error);
      if (this.#failing.get(key) !== cause)
        this.#parts.events.emit({ event: "pass-failed", ...named(job), cause: error });
      this.#failing.set(key, cause);
    }
    if (job !== undefined) this.#agenda.bringForward(job, new Date(this.#parts.clock.now().getTime() + RETRY_MS));
    this.#sleep.abort();
  }

  #recovered(job?: string): void {
    if (this.#failing.delete(job ?? "")) this.#parts.events.emit({ event: "pass-recovered", ...named(job) });
  }

  #wakeAll(): void {
    this.#tidyAt = new Date(0);
    for (const job of this.#waitingForEngine) this.wake(job);
    this.#waitingForEngine.clear();
    for (const [job, page] of this.book.pages) {
      if (page.runs.some((run) => run.outcome === undefined)) this.wake(job);
    }
    this.#sleep.abort();
  }

  async #settle(): Promise<void> {
    const inFlight = Promise.allSettled([...this.#launching.values()].map(({ done }) => done));
    const timer = new AbortController();
    await Promise.race([inFlight, this.#parts.clock.wait(SETTLE_MS, timer.signal)]);
    timer.abort();
    this.#pass.logs.stop();
  }
}

function named(job: string | undefined): { job?: string } {
  return job === undefined ? {} : { job };
}
