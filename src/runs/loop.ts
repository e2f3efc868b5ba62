import { isActive } from "../ledger/page.ts";
import { Agenda } from "./agenda.ts";
import { attemptMemory, forgetAttempt } from "./apply.ts";
import { Book, type Declared } from "./book.ts";
import { EngineHealth } from "./engine-health.ts";
import { Failures } from "./failures.ts";
import { followView } from "./follow-definitions.ts";
import { findObjects } from "./found-objects.ts";
import { type Insist, insistence } from "./insist.ts";
import { Launches } from "./launches.ts";
import { Nap } from "./nap.ts";
import { type PassParts, pass } from "./pass.ts";
import { RunLogs } from "./run-logs.ts";
import type { LoopParts } from "./run-parts.ts";
import { Tidying } from "./tidying.ts";
import { Turns } from "./turns.ts";

const RETRY_MS = 5000;
/** How long a stop waits for calls in flight. */
const SETTLE_MS = 2000;

/**
 * The only loop: whatever is due or was woken is passed over (`pass.ts`), one pass at a time for each job, all jobs
 * beside each other. It pulls the truth from page and engine; wakes are hints only, and nothing is lost with them.
 */
export class Loop {
  readonly book: Book;
  readonly launches: Launches;
  /** When it last turned; undefined before it first does. */
  turnedAt: Date | undefined;
  readonly #parts: LoopParts;
  readonly #pass: PassParts;
  readonly #agenda = new Agenda();
  readonly #health: EngineHealth;
  readonly #failures: Failures;
  readonly #tidying: Tidying;
  readonly #nap = new Nap();
  readonly #insist: Insist;
  readonly #signal: AbortSignal;
  readonly #nextRunAt = new Map<string, Date>();
  readonly #turns = new Turns();
  readonly #waitingForEngine = new Set<string>();

  /** When `signal` is aborted, nothing is started any more. */
  constructor(parts: LoopParts, signal: AbortSignal) {
    const { engine, ledger, clock, events, startsAtOnce } = parts;
    this.#parts = parts;
    this.#signal = signal;
    const logs = new RunLogs({ engine, clock, events });
    const memory = attemptMemory((job, work) => this.#inBackground(job, work));
    this.book = new Book(ledger, (objectId) => forgetAttempt(objectId, memory, logs));
    this.#failures = new Failures(events);
    this.launches = new Launches(startsAtOnce, this.#signal);
    this.#health = new EngineHealth({ engine, clock, events }, this.#signal, () => this.#wakeAll());
    this.#pass = {
      ...parts,
      book: this.book,
      ...{ logs, memory, toldOther: new Map(), toldAhead: new Map() },
      findObjects: findObjects(engine),
      leaveObject: () => this.#tidying.inAWhile(),
      nextGeneration: () => ledger.nextGeneration(),
      launching: (job) => this.launches.of(job),
      beginLaunch: (start) => this.#inBackground(start.order.job, this.launches.begin(start, this.#pass)),
    };
    this.#tidying = new Tidying(this.#pass);
    this.#insist = insistence(clock, signal, (error) => this.#failed(undefined, error));
  }

  /** Undefined while the engine can be used. */
  get engineDownBecause(): string | undefined {
    return this.#health.downBecause;
  }
  nextRunAt(job: string): Date | undefined {
    return this.#nextRunAt.get(job);
  }

  /** Reads the pages. To be called once, before anything else. Gives up only when the signal is aborted. */
  async load(): Promise<void> {
    const unreadable = (await this.#insist(() => this.book.load())) ?? [];
    for (const { job, message } of unreadable) this.#parts.events.emit({ event: "page-unreadable", job, message });
    for (const { objectId } of this.book.openAttempts()) this.#pass.logs.claim(objectId);
  }

  /** Makes these the jobs, and the pages follow them; where that cannot be at once, with the job's next pass. */
  async declare(declared: Declared): Promise<void> {
    const generation = await this.#insist(() => this.#parts.ledger.nextGeneration());
    if (generation === undefined) return;
    const changed = this.book.declare(declared, generation);
    const follow = (job: string) => followView(job, this.#pass).catch((error) => this.#failed(job, error));
    await Promise.all(changed.map(follow));
    for (const job of changed) this.wake(job);
  }

  /** Looks at this job soon; without a name, at the engine's objects and at all jobs that have active runs. */
  wake(job?: string): void {
    if (job === undefined) this.#wakeAll();
    else if (!this.#turns.wakeLater(job)) this.#agenda.bringForward(job, this.#parts.clock.now());
    this.#nap.end();
  }

  /**
   * Turns until the signal is aborted. Then calls in flight get 2 s, and running processes go on: the next scheduler
   * takes them up.
   */
  async run(): Promise<void> {
    const { engine, ledger, clock } = this.#parts;
    this.#signal.addEventListener("abort", () => this.#nap.end());
    this.#beginAnew();
    this.#health.probe();
    engine.watch((job) => this.wake(job), this.#signal);
    const reread = (job: string) => this.#inBackground(job, this.book.reread(job));
    ledger.watch((job) => (job === undefined ? this.#wakeAll() : reread(job)), this.#signal);
    while (!this.#signal.aborted) {
      if (this.turnedAt !== undefined && clock.now() < this.turnedAt) this.#beginAnew();
      this.turnedAt = clock.now();
      this.#nap.prepare();
      if (this.#health.downBecause === undefined) this.#turn();
      await this.#nap.sleepUntil(this.#nextTurn(), clock);
    }
    await this.launches.settled(SETTLE_MS, clock);
    this.#pass.logs.stop();
  }

  /** At first, and when the clock was set back: what was planned or remembered before that would hold for too long. */
  #beginAnew(): void {
    this.#pass.memory.phases.clear();
    for (const job of this.book.pages.keys()) this.wake(job);
    this.#wakeAll();
  }

  #turn(): void {
    const now = this.#parts.clock.now();
    if (now >= this.#tidying.at) this.#inBackground(undefined, this.#tidying.run());
    for (const job of this.#agenda.take(now)) if (this.#turns.begin(job)) void this.#passOver(job);
  }

  #nextTurn(): Date | undefined {
    if (this.#health.downBecause !== undefined) return undefined;
    const next = this.#agenda.next();
    return next !== undefined && next < this.#tidying.at ? next : this.#tidying.at;
  }

  async #passOver(job: string): Promise<void> {
    try {
      const { wakeAt, nextRunAt } = await pass(job, this.#pass);
      if (nextRunAt === undefined) this.#nextRunAt.delete(job);
      else this.#nextRunAt.set(job, nextRunAt);
      if (wakeAt !== undefined) this.#agenda.bringForward(job, wakeAt);
      // What the pass has begun may fail yet, and would be told of anew each time.
      if (this.launches.of(job) === undefined) this.#failures.succeeded(job);
    } catch (error) {
      this.#failed(job, error);
    } finally {
      if (this.#turns.end(job)) this.wake(job);
      else this.#nap.end();
    }
  }

  #inBackground(job: string | undefined, work: Promise<unknown>): void {
    const succeeded = () => (job === undefined ? this.#failures.succeeded() : this.wake(job));
    work.then(succeeded, (error) => this.#failed(job, error));
  }

  /** The job is looked at again in any case; sooner, if it was the engine that failed and is back. */
  #failed(job: string | undefined, error: unknown): void {
    if (this.#signal.aborted) return;
    if (!this.#health.suspect(error)) this.#failures.failed(job, error);
    else if (job !== undefined) this.#waitingForEngine.add(job);
    if (job !== undefined) this.#agenda.bringForward(job, new Date(this.#parts.clock.now().getTime() + RETRY_MS));
    this.#nap.end();
  }

  #wakeAll(): void {
    this.#tidying.soon();
    for (const job of this.#waitingForEngine) this.wake(job);
    this.#waitingForEngine.clear();
    for (const [job, page] of this.book.pages) if (page.runs.some(isActive)) this.wake(job);
    this.#nap.end();
  }
}
