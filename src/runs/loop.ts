import { isActive } from "../ledger/record.ts";
import { Agenda } from "./agenda.ts";
import {
  attemptMemory,
  forgetAttempt,
  lookOf,
  noteLoggedPlace,
  removalOf,
  startOf,
  stopOf,
} from "./attempts/attempts.ts";
import { Cleanup } from "./attempts/cleanup.ts";
import { findObjects } from "./attempts/found-objects.ts";
import { Tidying } from "./attempts/tidying.ts";
import { Book, type Declared } from "./book.ts";
import { EngineHealth } from "./engine-health.ts";
import { followView } from "./follow-definitions.ts";
import { type Insist, insistence } from "./insist.ts";
import { Launches } from "./launch/launches.ts";
import { RunLogs } from "./output/run-logs.ts";
import { type PassParts, pass } from "./pass.ts";
import { Presence } from "./presence.ts";
import type { LoopParts } from "./run-parts.ts";
import { OF_A_REMOVAL, type Trouble, Troubles } from "./troubles.ts";
import { Turns } from "./turns.ts";
import { Nap } from "./wakes.ts";

/** What can go wrong with a job independently of each other. */
const [PASS, START, REREAD] = ["pass", "start", "reread"] as const;
/** And with what concerns all jobs. */
const [LEDGER, TIDYING] = ["ledger", "tidying"] as const;
/** Before the ID of an object that must go. */
const CLEANUP = "clean up ";

const RETRY_MS = 5000;
/** How long a stop waits for calls in flight. */
const SETTLE_MS = 2000;

/**
 * The only loop: whatever is due or was woken is passed over (`pass.ts`), one pass at a time for each job, all jobs
 * beside each other. It pulls the truth from record and engine; wakes are hints only, and nothing is lost with them.
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
  readonly #troubles: Troubles;
  readonly #tidying: Tidying;
  readonly #cleanup: Cleanup;
  readonly #nap = new Nap();
  readonly #presence = new Presence();
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
    const memory = attemptMemory({
      background: (job, thing, work) => this.#inBackground(job, thing, work),
      troubleOf: (job, thing) => this.#troubles.with(job, thing),
    });
    this.book = new Book(ledger, (objectId, job) => {
      forgetAttempt(objectId, memory, logs);
      for (const thing of [stopOf, startOf, removalOf, lookOf]) this.#troubles.succeeded(job, thing(objectId));
    });
    this.#troubles = new Troubles({ clock, events });
    this.#cleanup = new Cleanup(clock);
    this.launches = new Launches(startsAtOnce, clock, this.#signal);
    this.#health = new EngineHealth({ engine, clock, events }, this.#signal, () => this.#wakeAll());
    this.#pass = {
      ...parts,
      book: this.book,
      ...{ logs, memory, toldOther: new Map(), toldAhead: new Map(), clockWasSetBack: new Set() },
      findObjects: findObjects(engine),
      absenceAt: (at) => this.#presence.absenceAt(at),
      leaveObject: () => this.#tidying.inAWhile(),
      letGo: (job, ids) => {
        for (const id of ids) this.#cleanUp({ job, id }, () => engine.remove(id));
      },
      cleanUp: (object, work) => this.#cleanUp(object, work),
      noteObjects: (ids) =>
        this.#troubles.solved((thing) => thing.startsWith(CLEANUP) && !ids.has(thing.slice(CLEANUP.length))),
      noteSight: (job, objectId, state) => {
        if (state?.phase === "unclear") this.#failed(job, lookOf(objectId), state.trouble);
        else this.#troubles.succeeded(job, lookOf(objectId));
      },
      isEngineDown: (error) => this.#health.suspect(error),
      triesStartAgainAt: (job) => this.#troubles.wouldTryAt(job, START),
      nextGeneration: () => ledger.nextGeneration(),
      launching: (job) => this.launches.of(job),
      isLaunchedByHand: (job) => this.launches.isByHand(job),
      withdrawLaunch: (job) => this.launches.withdraw(job),
      mayStartAt: (job, trigger) =>
        trigger === "manual" ? this.#troubles.notBefore(job, START) : this.#troubles.againAt(job, START),
      beginLaunch: (start) => this.#inBackground(start.order.job, START, this.launches.begin(start, this.#pass)),
    };
    this.#tidying = new Tidying(this.#pass);
    this.#insist = insistence(clock, signal, (error) => {
      if (error === undefined) this.#troubles.succeeded(undefined, LEDGER);
      else this.#failed(undefined, LEDGER, error);
    });
  }

  /** Undefined while the engine can be used. */
  get engineDownBecause(): string | undefined {
    return this.#health.downBecause;
  }
  nextRunAt(job: string): Date | undefined {
    return this.#nextRunAt.get(job);
  }
  /** What goes wrong again and again with this job; without a job, with what concerns all. */
  troublesOf(job?: string): readonly Trouble[] {
    const since = job === undefined ? undefined : this.launches.hangingSince(job);
    const hangs = "the engine has not answered its start yet";
    return [...(since ? [{ cause: hangs, since }] : []), ...this.#troubles.of(job)];
  }
  /** The jobs that are in trouble now. */
  get jobsInTrouble(): readonly string[] {
    return this.#troubles.jobs;
  }

  /** Reads the records. To be called once, before anything else. Gives up only when the signal is aborted. */
  async load(): Promise<void> {
    const unreadable = (await this.#insist(() => this.book.load())) ?? [];
    for (const { job, message } of unreadable) this.#parts.events.emit({ event: "record-unreadable", job, message });
    for (const { objectId } of this.book.openAttempts()) this.#pass.logs.claim(objectId);
  }

  /** Makes these the jobs, and the records follow them; where that cannot be at once, with the job's next pass. */
  async declare(declared: Declared): Promise<void> {
    const generation = await this.#insist(() => this.#parts.ledger.nextGeneration());
    if (generation === undefined) return;
    const changed = this.book.declare(declared, generation);
    const follow = (job: string) => followView(job, this.#pass).catch((error) => this.#failed(job, PASS, error));
    await Promise.all(changed.map(follow));
    for (const job of changed) this.wake(job);
  }

  /** Looks at this job soon; without a name, at the engine's objects and at all jobs that have active runs. */
  wake(job?: string): void {
    if (job === undefined) this.#wakeAll();
    else if (!this.#turns.wakeLater(job)) this.#agenda.bringForward(job, this.#soonest(job));
    this.#nap.end();
  }

  /**
   * Turns until the signal is aborted. Then calls in flight get 2 s, and running processes go on: the next scheduler
   * takes them up.
   */
  async run(): Promise<void> {
    const { engine, ledger, clock } = this.#parts;
    this.#signal.addEventListener("abort", () => this.#nap.end());
    this.#presence.begin(this.book.records.values(), clock.now());
    this.#beginAnew();
    this.#health.probe();
    engine.watch((job) => this.wake(job), this.#signal);
    const reread = (job: string) => this.#inBackground(job, REREAD, this.book.reread(job));
    ledger.watch((job) => (job === undefined ? this.#wakeAll() : reread(job)), this.#signal);
    while (!this.#signal.aborted) {
      if (this.turnedAt !== undefined && clock.now() < this.turnedAt) this.#beginAnew();
      this.turnedAt = clock.now();
      this.#nap.prepare();
      this.#presence.turn({ now: this.turnedAt, isEngineDown: this.#health.downBecause !== undefined });
      if (this.#health.downBecause === undefined) this.#turn();
      const nextTurn = this.#nextTurn();
      this.#presence.expect(nextTurn);
      await this.#nap.sleepUntil(nextTurn, clock);
    }
    await Promise.all([this.launches.settled(SETTLE_MS, clock), this.#cleanup.settled(SETTLE_MS)]);
    this.#pass.logs.stop();
    await this.#noteLogged();
  }

  /** So that the next scheduler logs no line again. */
  async #noteLogged(): Promise<void> {
    const timer = new AbortController();
    const noted = Promise.allSettled(this.#pass.logs.places.map((place) => noteLoggedPlace(place, this.#pass)));
    await Promise.race([noted, this.#parts.clock.wait(SETTLE_MS, timer.signal)]);
    timer.abort();
  }

  /** At first, and when the clock was set back: what was planned or remembered before that would hold for too long. */
  #beginAnew(): void {
    this.#pass.memory.phases.clear();
    this.#pass.memory.began.clear();
    for (const job of this.book.records.keys()) {
      this.#pass.clockWasSetBack.add(job);
      this.wake(job);
    }
    this.#wakeAll();
  }

  #turn(): void {
    const now = this.#parts.clock.now();
    if (now >= this.#tidying.at) this.#inBackground(undefined, TIDYING, this.#tidying.run());
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
      this.#troubles.succeeded(job, PASS);
      if (!this.book.records.has(job) && !this.book.jobs.has(job)) this.#forget(job);
    } catch (error) {
      this.#failed(job, PASS, error);
    } finally {
      if (this.#turns.end(job)) this.wake(job);
      else this.#nap.end();
    }
  }

  #inBackground(job: string | undefined, thing: string, work: Promise<unknown>): void {
    const succeeded = () => {
      this.#troubles.succeeded(job, thing);
      if (job !== undefined) this.wake(job);
    };
    work.then(succeeded, (error) => this.#failed(job, thing, error));
  }

  #failed(job: string | undefined, thing: string, error: unknown): void {
    void this.#judge(job, thing, error);
  }

  /** The job is looked at again in any case; sooner, if it was the engine that failed and is back. */
  async #judge(job: string | undefined, thing: string, error: unknown): Promise<void> {
    if (this.#signal.aborted) return;
    const isEngineDown = await this.#health.suspect(error);
    if (this.#signal.aborted) return;
    const againAt = isEngineDown ? this.#inAWhile() : this.#troubles.failed(job, thing, error);
    if (job !== undefined) {
      if (isEngineDown) this.#waitingForEngine.add(job);
      this.#agenda.bringForward(job, againAt);
    }
    this.#nap.end();
  }

  /** What fails is tried again when leftovers are looked for, less and less often. */
  #cleanUp({ job, id }: { readonly job: string; readonly id: string }, work: () => Promise<void>): void {
    const thing = `${CLEANUP}${id}`;
    const againAt = this.#troubles.againAt(job, thing);
    if (againAt !== undefined && againAt > this.#parts.clock.now()) {
      this.#tidying.by(againAt);
      return;
    }
    this.#cleanup
      .begin(id, work)
      ?.then(() => this.#troubles.succeeded(job, thing))
      .catch((error) => this.#notCleanedUp(job, thing, error));
  }

  async #notCleanedUp(job: string, thing: string, error: unknown): Promise<void> {
    if (this.#signal.aborted) return;
    if (await this.#health.suspect(error)) this.#tidying.inAWhile();
    else this.#tidying.by(this.#troubles.failed(job, thing, error, OF_A_REMOVAL));
    this.#nap.end();
  }

  #forget(job: string): void {
    this.#troubles.forget(job);
    this.launches.forget(job);
  }

  #inAWhile(): Date {
    return new Date(this.#parts.clock.now().getTime() + RETRY_MS);
  }

  #soonest(job: string): Date {
    const now = this.#parts.clock.now();
    const notBefore = this.#troubles.notBefore(job, PASS);
    return notBefore !== undefined && notBefore > now ? notBefore : now;
  }

  #wakeAll(): void {
    this.#tidying.soon();
    for (const job of this.#waitingForEngine) this.wake(job);
    this.#waitingForEngine.clear();
    for (const [job, record] of this.book.records) if (record.runs.some(isActive)) this.wake(job);
    this.#nap.end();
  }
}
