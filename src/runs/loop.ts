import { atMost, type Clock } from "../clock.ts";
import type { Engine } from "../engines/engine.ts";
import type { Tracing } from "../job/trace.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isActive, type JobRecord } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { EngineHealth } from "./agenda/engine-health.ts";
import { Presence } from "./agenda/presence.ts";
import { type Trouble, Troubles, thing } from "./agenda/troubles.ts";
import { Wakes } from "./agenda/wakes.ts";
import { Work } from "./agenda/work.ts";
import { AttemptMemory } from "./attempts/attempt-memory.ts";
import { Attempts } from "./attempts/attempts.ts";
import { Leftovers } from "./attempts/leftovers.ts";
import { UsageReadings } from "./attempts/usage-readings.ts";
import { Book, type Declared, type RecordListener, type WonListener } from "./book.ts";
import { CursorNotes } from "./cursor-notes.ts";
import { DefinitionFollower } from "./follow-definitions.ts";
import { Ahead } from "./launch/ahead.ts";
import type { AttemptStart } from "./launch/attempt-start.ts";
import { LaunchPool } from "./launch/launch-pool.ts";
import { Launches } from "./launch/launches.ts";
import { operatedLedger } from "./operated-ledger.ts";
import { Outcomes } from "./outcomes.ts";
import { RunLogs } from "./output/run-logs.ts";
import { type PassResult, pass, type StartsSeen, type World } from "./pass.ts";
import { Pauses, unreadableInstance } from "./pauses.ts";
import { Pools } from "./pools/pools.ts";
import { Requests } from "./requests.ts";

/** How long a stop waits for calls in flight. */
const SETTLE_MS = 2000;

/** What the loop is made from. */
export interface LoopParts {
  readonly instance: string;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  readonly startsAtOnce: number;
  /** How long before it is due the object of a start may be prepared. Default: 0, not at all. */
  readonly aheadMs?: number;
  /** Absent while traces are off. */
  readonly tracing?: Tracing | undefined;
  /** Hears of every change of a record, by whichever scheduler. */
  readonly onRecord?: RecordListener;
  /** Hears of every change of a record that this scheduler has won. */
  readonly onWon?: WonListener | undefined;
  /** Hears that the engine may have seen something happen to a run of a job. */
  readonly onStir?: (job: string) => void;
}

/**
 * The only loop: each job that is due or was woken is passed over (`pass.ts`), all jobs concurrently, each in one pass at
 * a time. It pulls the truth from record and engine; wakes are hints only, and nothing is lost with them.
 */
export class Loop {
  readonly book: Book;
  /** The ledger as operators change it through this scheduler: it looks at once. */
  readonly operated: Ledger;
  readonly launches: Launches;
  readonly pools: Pools;
  readonly ahead: Ahead;
  /** When it last turned; undefined before it first does. */
  turnedAt: Date | undefined;
  /** When it will turn next, unless something wakes it before. */
  nextTurnAt: Date | undefined;
  readonly #parts: LoopParts;
  readonly #signal: AbortSignal;
  readonly #troubles: Troubles;
  readonly #wakes: Wakes;
  readonly #health: EngineHealth;
  readonly #work: Work;
  readonly #logs: RunLogs;
  readonly #usage: UsageReadings;
  readonly #memory: AttemptMemory;
  readonly #leftovers: Leftovers;
  readonly #attempts: Attempts;
  readonly #definitions: DefinitionFollower;
  readonly #presence = new Presence();
  readonly #pauses: Pauses;
  readonly #world: World;
  /** In milliseconds since the epoch: a Date takes six times as much, and there may be ten thousand. */
  readonly #nextRunAt = new Map<string, number>();
  /** Jobs whose records may have marks that reach into the future. */
  readonly #clockWasSetBack = new Set<string>();

  /** Once `signal` is aborted, nothing is started. */
  constructor(parts: LoopParts, signal: AbortSignal) {
    const {
      instance,
      engine,
      ledger,
      clock,
      events,
      timetables,
      startsAtOnce,
      aheadMs = 0,
      tracing,
      onRecord,
      onWon,
    } = parts;
    this.#parts = parts;
    this.#signal = signal;
    const outside = { engine, clock, events };
    const troubles = new Troubles(outside);
    const wakes = new Wakes(clock, troubles);
    const health = new EngineHealth({ ...outside, wakes }, signal);
    const work = new Work({ clock, health, troubles, wakes }, signal);
    const logs = new RunLogs(outside);
    const usage = new UsageReadings({
      ...outside,
      recordOf: (job) => this.book.records.get(job),
      change: (job, change) => this.book.change(job, change),
    });
    const memory = new AttemptMemory({ logs, usage, troubles });
    const seeRecord: RecordListener = (before, after) => {
      this.pools.noteRecord(before, after);
      pauses.seeRecord(before, after);
      if (isToldOtherwise(before, after)) wakes.wake(after.job);
      if (after !== undefined && before?.totals.ended !== after.totals.ended)
        for (const follower of book.followersOf(after.job)) wakes.wake(follower);
      onRecord?.(before, after);
    };
    const book = new Book(ledger, { attempts: memory, onRecord: seeRecord, onWon });
    const leftovers = new Leftovers({ ...outside, book, timetables, health, troubles, wakes }, signal);
    const removals = leftovers;
    const outcomes = new Outcomes({ ...outside, book, logs, usage, removals });
    const attempts = new Attempts({ ...outside, book, logs, memory, usage, outcomes, removals, troubles, work });
    const requests = new Requests({ book, clock, events });
    const pools = new Pools({ ...outside, ledger, book, wake: (job) => this.wake(job) });
    const definitions = new DefinitionFollower({ ...outside, ledger, book, timetables, logs, requests, pools });
    const cursors = new CursorNotes(outside);
    const pauses = new Pauses({ ...outside, book });
    const launching = { ...outside, book, logs, outcomes, removals, health, troubles, pools };
    this.book = book;
    this.pools = pools;
    this.operated = operatedLedger(ledger, {
      book,
      wake: (job) => (job === undefined ? this.#seeInstance() : this.wake(job)),
    });
    const pool = new LaunchPool(startsAtOnce, clock);
    const ahead = new Ahead({ engine, book, pool, leftovers }, signal);
    const onBound = (job: string, objectId: string) => ahead.used(job, objectId);
    this.ahead = ahead;
    this.launches = new Launches({ ...launching, onBound }, pool, signal);
    this.#troubles = troubles;
    this.#wakes = wakes;
    this.#health = health;
    this.#work = work;
    this.#logs = logs;
    this.#usage = usage;
    this.#memory = memory;
    this.#leftovers = leftovers;
    this.#attempts = attempts;
    this.#definitions = definitions;
    this.#pauses = pauses;
    const seen = { ...outside, instance, book, timetables, aheadMs, tracing, presence: this.#presence };
    this.#world = { ...seen, definitions, attempts, requests, cursors, pauses, pools };
  }

  /** Undefined while the engine can be used. */
  get engineDownBecause(): string | undefined {
    return this.#health.downBecause;
  }
  /** When the engine was first seen to be down; undefined while it can be used. */
  get engineDownSince(): Date | undefined {
    return this.#health.downSince;
  }
  /** Whether more is to be done at once than the engine is given at once: many jobs are due, or their runs have ended. */
  get isBusy(): boolean {
    return this.#wakes.passing > this.#parts.startsAtOnce || this.launches.waiting > 0;
  }
  nextRunAt(job: string): Date | undefined {
    const at = this.#nextRunAt.get(job);
    return at === undefined ? undefined : new Date(at);
  }
  /** What goes wrong repeatedly with this job; without a job, with what concerns all. */
  troublesOf(job?: string): readonly Trouble[] {
    const since = job === undefined ? undefined : this.launches.hangingSince(job);
    const hangs = "the engine has not answered its start yet";
    return [...(since ? [{ cause: hangs, since }] : []), ...this.#troubles.of(job)];
  }
  /** The jobs that are being started, wait for a slot, or are in trouble: of no other there is a trouble, or a start, to be told. */
  get busyJobs(): Iterable<string> {
    return [...this.launches.jobs, ...this.pools.waitingJobs, ...this.#troubles.jobs];
  }
  /** The jobs that are in trouble now. */
  get jobsInTrouble(): readonly string[] {
    return this.#troubles.jobs;
  }

  /** Reads the records. To be called once, before anything else. Gives up only when the signal is aborted. */
  async load(): Promise<void> {
    const unreadable = (await this.#work.insist(() => this.book.load())) ?? [];
    const { instanceUnreadable } = this.book;
    if (instanceUnreadable !== undefined)
      this.#parts.events.emit({ event: "problem", ...unreadableInstance(instanceUnreadable) });
    for (const { job, message } of unreadable) this.#parts.events.emit({ event: "record-unreadable", job, message });
    for (const { objectId } of this.book.openAttempts()) this.#logs.claim(objectId);
  }

  /** Makes these the jobs, and the records follow them; where that cannot be at once, with the job's next pass. */
  async declare(declared: Declared): Promise<void> {
    const generation = await this.#work.insist(() => this.#parts.ledger.nextGeneration());
    if (generation === undefined) return;
    this.pools.declare(declared.pools ?? new Map());
    const changed = this.book.declare(declared, generation);
    const failed = (job: string, error: unknown) => this.#work.failed(job, thing.pass, error);
    await Promise.all(changed.map((job) => this.#definitions.follow(job).catch((error) => failed(job, error))));
    this.book.endFirst();
    for (const job of changed) this.wake(job);
  }

  /** Looks at this job soon; without a name, at the engine's objects and at all jobs that have active runs. */
  wake(job?: string): void {
    if (job === undefined) this.#wakes.wakeAll();
    else this.#wakes.wake(job);
  }

  /**
   * Turns until the signal is aborted. Then calls in flight get 2 s, and running processes go on: the next scheduler
   * takes them up.
   */
  async run(): Promise<void> {
    const { engine, ledger, clock } = this.#parts;
    this.#signal.addEventListener("abort", () => this.#wakes.endNap());
    this.#presence.begin(this.book.records.values(), clock.now());
    this.#beginAgain();
    this.#pauses.noteAll();
    this.#health.probe();
    engine.watch((job) => this.#stir(job), this.#signal);
    const reread = (job: string) => this.#work.begin(job, thing.reread, this.book.reread(job));
    ledger.watch((job) => (job === undefined ? this.wake() : reread(job)), this.#signal);
    ledger.watchInstance(() => this.#seeInstance(), this.#signal);
    ledger.watchPools(
      () => this.pools.names,
      (pool) => this.#seePool(pool),
      this.#signal,
    );
    while (!this.#signal.aborted) {
      if (this.turnedAt !== undefined && clock.now() < this.turnedAt) this.#beginAgain();
      this.turnedAt = clock.now();
      this.#wakes.prepareNap();
      this.#presence.turn({ now: this.turnedAt, isEngineDown: this.#health.downBecause !== undefined });
      if (this.#health.downBecause === undefined) this.#turn();
      const nextTurn = this.#nextTurn();
      this.#presence.expect(nextTurn);
      this.nextTurnAt = nextTurn;
      await this.#wakes.napUntil(nextTurn);
    }
    await Promise.all([this.launches.settled(SETTLE_MS), this.#leftovers.settled(SETTLE_MS)]);
    this.#logs.stop();
    this.#usage.stop();
    await this.#noteLogged();
  }

  async #noteLogged(): Promise<void> {
    await atMost(this.#parts.clock, SETTLE_MS, this.#attempts.noteLogged());
  }

  /** At first, and when the clock was set back: what was planned or remembered before that would hold for too long. */
  #beginAgain(): void {
    this.#memory.forgetTimes();
    this.#work.begin(undefined, thing.instance, this.#pauses.endInFuture());
    for (const job of this.book.records.keys()) {
      this.#clockWasSetBack.add(job);
      this.wake(job);
    }
    this.wake();
  }

  #turn(): void {
    if (this.#wakes.takeAll()) {
      this.#leftovers.lookSoon();
      for (const [job, record] of this.book.records) if (record.runs.some(isActive)) this.wake(job);
    }
    const now = this.#parts.clock.now();
    if (now >= this.#leftovers.lookAt)
      this.#work.begin(undefined, thing.leftovers, this.#leftovers.look(this.launches, this.ahead));
    if (isDue(this.#pauses.lookAt, now)) this.#work.begin(undefined, thing.instance, this.#lookAtPauses());
    for (const job of this.#wakes.beginPasses(now)) void this.#passOver(job);
    // Those that are looked at now may come before others that wait for a slot.
    for (const pool of this.pools.turn(now))
      this.#work.begin(
        undefined,
        thing.poolOf(pool),
        this.pools.look(pool).finally(() => this.#wakes.endNap()),
      );
  }

  #seePool(pool: string): void {
    this.pools.noteChange(pool);
    this.#wakes.endNap();
  }

  #seeInstance(): void {
    this.#pauses.noteChange();
    this.#wakes.endNap();
  }

  #stir(job: string | undefined): void {
    this.wake(job);
    if (job !== undefined) this.#parts.onStir?.(job);
  }

  #nextTurn(): Date | undefined {
    if (this.#health.downBecause !== undefined) return undefined;
    const next = this.#wakes.next();
    return earliest([next, this.#leftovers.lookAt, this.#pauses.lookAt, this.pools.lookAt]);
  }

  /** Where all jobs are paused or resumed, what is due may be decided otherwise, for any of them. */
  async #lookAtPauses(): Promise<void> {
    const isOther = await this.#pauses.look().finally(() => this.#wakes.endNap());
    if (isOther) for (const job of this.book.jobs.keys()) this.wake(job);
  }

  async #passOver(job: string): Promise<void> {
    const starts = this.#startsOf(job);
    let hasEndedMarks = false;
    this.pools.passBegins(job);
    try {
      const result = await pass(job, starts, this.#world);
      hasEndedMarks = result.hasEndedMarks ?? false;
      this.#act(job, result);
      this.#troubles.succeeded(job, thing.pass);
      if (!this.book.records.has(job) && !this.book.jobs.has(job)) this.#forget(job);
    } catch (error) {
      this.#work.failed(job, thing.pass, error);
    } finally {
      if (starts.isClockSetBack && !hasEndedMarks && this.book.records.has(job)) this.#clockWasSetBack.add(job);
      this.pools.passEnds(job, this.launches.of(job) !== undefined);
      this.#wakes.endPass(job);
    }
  }

  #startsOf(job: string): StartsSeen {
    return {
      launching: this.launches.of(job),
      heldUntil: this.#troubles.againAt(job, thing.start),
      heldManuallyUntil: this.#troubles.notBefore(job, thing.start),
      isClockSetBack: this.#clockWasSetBack.delete(job),
    };
  }

  #act(job: string, { withdrawsStart, start, ahead, nextRunAt, wakeAt }: PassResult): void {
    if (withdrawsStart) this.launches.withdraw(job);
    if (start !== undefined) this.#work.begin(job, thing.start, this.#launch(start));
    this.ahead.see(job, ahead, this.launches.of(job));
    if (nextRunAt === undefined) this.#nextRunAt.delete(job);
    else this.#nextRunAt.set(job, nextRunAt.getTime());
    if (wakeAt !== undefined) this.#wakes.lookAt(job, wakeAt);
  }

  async #launch(start: AttemptStart): Promise<void> {
    const launched = await this.launches.begin(start).finally(() => this.pools.startEnded(start.order.job));
    if (launched?.leavesObject) this.#leftovers.lookInAWhile();
  }

  #forget(job: string): void {
    this.#troubles.forget(job);
    this.launches.forget(job);
  }
}

/** When a channel is to be told again may follow from when it has heard of it. */
function isToldOtherwise(before: JobRecord | undefined, after: JobRecord | undefined): after is JobRecord {
  return before !== undefined && after !== undefined && before.notices !== after.notices;
}

function isDue(at: Date | undefined, now: Date): boolean {
  return at !== undefined && at <= now;
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((at) => at !== undefined).map((at) => at.getTime());
  return known.length === 0 ? undefined : new Date(Math.min(...known));
}
