import type { AttemptOrder } from "../../../src/engines/engine.ts";
import type { Job } from "../../../src/job/job.ts";
import type { RecordChange } from "../../../src/ledger/ledger.ts";
import type { InstanceRecord, JobRecord } from "../../../src/ledger/record.ts";
import type { RunEvent } from "../../../src/observe/run-events.ts";
import type { Span } from "../../../src/observe/traces/span.ts";
import type { Execution } from "../../support/fake-world.ts";
import type { InstanceWrite, MemoryLedger, RecordWrite } from "../../support/memory-ledger.ts";
import { delayPromises } from "./delay-promises.ts";
import { describeWrite } from "./describe-write.ts";
import { endPromises, keptUpPromise } from "./end-promises.ts";
import { executionPromises } from "./execution-promises.ts";
import { VIEW_MS } from "./faulty-ledger.ts";
import { endsIn, followerPromises, type SeenEnd } from "./follower-promises.ts";
import { type InstanceState, instancePromises } from "./instance-promises.ts";
import { FOLLOWER } from "./job-plan.ts";
import { declaredNameOf } from "./node-plan.ts";
import { awayPromises, keptPromise, nodePlacePromise, nodePromises } from "./node-promises.ts";
import { outcomePromises } from "./outcome-promises.ts";
import { pastPromises } from "./past-promises.ts";
import { notePlace, poolPromises } from "./pool-promises.ts";
import type { ToldNotice } from "./receivers.ts";
import type { Stage } from "./stage.ts";
import { startPromises } from "./start-promises.ts";
import { TellingOracle } from "./telling-promises.ts";
import { totalPromises } from "./total-promises.ts";
import { verdictPromises } from "./verdict-promises.ts";
import { waitPromises } from "./wait-promises.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** Watches the world and the store, and knows the promises. It asks the scheduler's own code nothing. */
export class Oracle {
  /** By hash: all definitions there ever were. */
  readonly definitions = new Map<string, Job>();
  readonly removedManually = new Set<string>();
  /** Jobs that were taken out of the files, for a while or for good. */
  readonly removedFromFiles = new Set<string>();
  /** Jobs of nodes that were away for a day, or whose declaration was taken out of the files. */
  readonly removedFromNodes = new Set<string>();
  /** By job: when its record went. */
  readonly absentSince = new Map<string, Date>();
  /** By run and attempt: when it was last decided to start it. */
  readonly preparedAt = new Map<string, Date>();
  /** How long may lie between looking at a job and writing what was decided. */
  readonly delayMs: number;
  /**
   * By job: when it was reset to an earlier time, how many executions there were. From then on instants come again; and
   * so once more when a run that was under way then has left the record, after more attempts.
   */
  readonly executedBefore = new Map<string, number>();
  /** Then marks of the record were ended, and what was decided before that may be written after it. */
  clockWentBack = false;
  /** Where all is well, nothing is later than this. */
  readonly mostDelayMs: number;
  /** By job: when it was paused, or suspended by the definition that its record followed, and that is over. */
  readonly held = new Map<
    string,
    { readonly since: Date; readonly until: Date; readonly reason: "paused" | "suspended" }[]
  >();
  /** How the record of the instance has stood, oldest first. */
  #instances: InstanceState[] = [{ from: new Date(0), instance: undefined }];
  /** Until when something happened to a job; without a job, to schedulers, engine or clock. */
  readonly #disturbedUntil = new Map<string | undefined, number>();
  /** The first promise that was broken, in words. */
  broken: string | undefined;
  readonly tellings: TellingOracle;
  readonly #stage: Stage;
  readonly #names = new Map<MemoryLedger, string>();
  readonly #places = new Map<string, Date>();
  /** By job: how many ends of runs. */
  readonly #told = new Map<string, number>();
  /** By run: how often its spans were made. */
  readonly #traced = new Map<string, number>();
  /** By job: all ends of its runs, in the order in which they were recorded. */
  readonly #ends = new Map<string, SeenEnd[]>();
  #askedAt: Date;
  #executions = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.tellings = new TellingOracle(stage);
    this.#askedAt = stage.clock.now();
    this.delayMs = delaysOf(stage.story);
    this.mostDelayMs = 15_000 + 40 * Math.max(...stage.story.schedulers.map(({ latencyMs }) => latencyMs));
    stage.store.onInstanceWrite = (write) => this.#onInstanceWrite(write);
    stage.store.onPoolWrite = ({ pool, after, by }) =>
      stage.chronicle.add(() => `${this.#names.get(by)} writes the pool ${pool}: ${JSON.stringify(after.slots)}`);
    stage.store.onWrite = (write) => this.#onWrite(write);
    stage.world.listen(() => this.#onWorld());
  }

  introduce(ledger: MemoryLedger, name: string): void {
    this.#names.set(ledger, name);
  }

  /** The change; with when it was asked for, which a delay on its way must not be counted against. */
  noting(askedAt: Date, change: RecordChange): RecordChange {
    return (record, instance) => {
      this.#askedAt = askedAt;
      return change(record, instance);
    };
  }

  endsOf(job: string): readonly SeenEnd[] {
    return this.#ends.get(job) ?? [];
  }

  /** Something happens, and goes on for so long. */
  disturb(ms: number, job?: string): void {
    const until = this.#stage.clock.now().getTime() + ms;
    this.#disturbedUntil.set(job, Math.max(until, this.#disturbedUntil.get(job) ?? 0));
  }

  /** Until when something happened to all, or to this job. */
  disturbedUntil(job?: string): Date {
    const of = job === undefined ? [undefined] : [undefined, declaredNameOf(job), job];
    return new Date(Math.min(8.64e15, Math.max(...of.map((each) => this.#disturbedUntil.get(each) ?? 0))));
  }

  checkWaits(): void {
    if (!this.clockWentBack) this.#check(waitPromises(this.#stage));
    if (!this.clockWentBack) this.#check(awayPromises(this.#stage));
  }

  /** Times that are remembered move with the clock. */
  onClockStep(now: Date, byMs: number): void {
    if (byMs < 0) this.clockWentBack = true;
    if (byMs < 0) this.held.clear();
    for (const [job, until] of this.#disturbedUntil) this.#disturbedUntil.set(job, until + byMs);
    this.disturb(0);
    for (const [job, since] of this.absentSince) if (now < since) this.absentSince.set(job, now);
  }

  onPrepare({ run, attempt }: AttemptOrder, at: Date): void {
    this.preparedAt.set(`${run}.${attempt}`, at);
  }

  onEvent(event: RunEvent, by: string): void {
    if (event.event === "pass-failed" && isBug(event.cause)) this.fail(`${by}: ${String(event.cause)}`);
    if (event.event === "leftover-removed") this.#stage.chronicle.add(`${by} removes the leftover ${event.objectName}`);
    if (event.event !== "run-finished") return;
    const told = (this.#told.get(event.job) ?? 0) + 1;
    this.#told.set(event.job, told);
    const record = this.#stage.store.readRecord(event.job);
    if (record?.kind === "record" && told > sumOf(record.record.totals.ended))
      this.fail(`more ends of ${event.job} are reported than there were`);
  }

  /** No span is made twice: each end of a run makes its spans at most once, by the scheduler that recorded it. */
  onSpans([root, ...below]: readonly Span[], by: string): void {
    const {
      "cicd.pipeline.name": job,
      "cicd.pipeline.run.id": run,
      "shipbell.outcome": outcome,
    } = root?.attributes ?? {};
    const times = (this.#traced.get(String(run)) ?? 0) + 1;
    this.#traced.set(String(run), times);
    const ends = this.endsOf(String(job)).filter((end) => end.run === run && end.outcome === outcome);
    if (times > this.endsOf(String(job)).filter((end) => end.run === run).length || ends.length === 0)
      this.fail(`${by} makes spans of ${run} (${outcome}) for the time number ${times}, which it has not ended`);
    if (below.some(({ parentSpanId }) => parentSpanId !== root?.spanId)) this.fail(`a span of ${run} has no parent`);
  }

  fail(message: string): void {
    if (this.broken !== undefined) return;
    this.broken = message;
    this.#stage.chronicle.add(`BROKEN: ${message}`);
    for (const actor of this.#stage.actors) actor.kill();
  }

  checkKeptUp(): void {
    this.#check(keptUpPromise(this.#stage));
  }

  checkEnd(): void {
    this.#check(endPromises(this.#stage));
  }

  /** A receiver has heard of something. */
  heard(told: ToldNotice): void {
    this.#check(this.tellings.onHeard(told));
  }

  checkTold(): void {
    this.#check(this.tellings.atEnd());
  }

  /** How the record of the instance may have stood in the view of a change that was asked for then and is made now. */
  instancesSeen(askedAt: Date): readonly (InstanceRecord | undefined)[] {
    // What was written in the very millisecond of the oldest view may have come just after it.
    const viewMs = this.#stage.story.kind === "container" ? 0 : VIEW_MS + 1;
    const from = this.#instances.findLastIndex(({ from }) => from.getTime() <= askedAt.getTime() - viewMs);
    return this.#instances.slice(this.clockWentBack ? 0 : Math.max(0, from)).map(({ instance }) => instance);
  }

  #onInstanceWrite({ before, after, by }: InstanceWrite): void {
    if (this.broken !== undefined) return;
    const now = this.#stage.clock.now();
    const author = this.#names.get(by) ?? "an unknown scheduler";
    this.#stage.chronicle.add(() => `${author} writes the record of the instance: ${JSON.stringify(after)}`);
    const { clockWentBack } = this;
    const isOperator = author === "the operator";
    this.#check(instancePromises({ before, after, isOperator, now, clockWentBack }));
    this.#instances.push({ from: now, instance: after });
  }

  #onWrite({ job, before, after, by }: RecordWrite): void {
    if (this.broken !== undefined) return;
    const author = this.#names.get(by) ?? "an unknown scheduler";
    if (after === undefined) {
      this.#stage.chronicle.add(`${author} deletes the record of ${job}`);
      this.#check(keptPromise(before, this.#stage));
      this.#told.delete(job);
      this.absentSince.set(job, this.#stage.clock.now());
      return;
    }
    if (after.removedAt !== undefined && after.definition.node !== undefined) this.removedFromNodes.add(job);
    const { clock, world } = this.#stage;
    const witnessed: Witnessed = { job, before, after, askedAt: this.#askedAt, now: clock.now(), world, oracle: this };
    this.#stage.chronicle.add(() => `${author} writes ${job}: ${describeWrite(witnessed)}`);
    if (
      before !== undefined &&
      (after.cursor < before.cursor || (this.executedBefore.has(job) && isPruned(before, after)))
    )
      this.#noteAgain(job);
    this.#noteHeld(witnessed);
    this.#ends.set(job, [...this.endsOf(job), ...endsIn(witnessed)]);
    this.#check(delayPromises(witnessed));
    this.#check(verdictPromises(witnessed));
    this.#check(startPromises(witnessed));
    this.#check(totalPromises(witnessed));
    this.#check(outcomePromises(witnessed));
    this.#check(pastPromises(witnessed));
    this.#check(followerPromises(witnessed));
    this.#check(this.tellings.onWrite(witnessed));
    this.#check(poolPromises(witnessed, this.#stage, this.#places));
    this.#check(nodePromises(witnessed, this.#stage));
    notePlace(this.#places, witnessed);
  }

  /** Where runs of a job come again under their IDs, so do those that their ends start. */
  #noteAgain(job: string): void {
    const { world, store } = this.#stage;
    const read = store.readRecord(FOLLOWER);
    const isFollowed = read?.kind === "record" && read.record.after?.job === job;
    for (const each of isFollowed ? [job, FOLLOWER] : [job]) this.executedBefore.set(each, world.executions.length);
  }

  /** From outside: what the record says of it is what is to be checked. */
  #noteHeld({ job, before, after, now }: Witnessed): void {
    if (before === undefined) return;
    const isNew = JSON.stringify(before.definition.schedules) !== JSON.stringify(after.definition.schedules);
    const isReset =
      after.verdicts.length === before.verdicts.length && after.cursor.getTime() !== before.cursor.getTime();
    if (isNew || isReset || after.removedAt !== undefined) this.held.delete(job);
    if (isNew) return;
    const held = this.held.get(job) ?? [];
    // Noted for what happens later. By whom it is ended is another matter.
    if (before.paused && after.paused?.since.getTime() !== before.paused.since.getTime()) {
      const { since, until = now } = before.paused;
      held.push({ reason: "paused", since, until: until < now ? until : now });
    }
    const wasSuspended = before.definition.suspended && !after.definition.suspended;
    if (wasSuspended)
      held.push({
        reason: "suspended",
        since: new Date(before.cursor.getTime() + 1),
        until: new Date(now.getTime() - this.delayMs),
      });
    this.held.set(job, held);
  }

  #onWorld(): void {
    const { executions } = this.#stage.world;
    while (this.#executions < executions.length) {
      const execution = executions[this.#executions++] as Execution;
      this.#stage.chronicle.add(`${execution.object.name} runs`);
      this.#check(executionPromises(execution, this.#stage));
      this.#check(nodePlacePromise(execution, this.#stage));
    }
  }

  #check(broken: Iterable<string>): void {
    for (const message of broken) this.fail(message);
  }
}

function delaysOf({ faults, acts, schedulers }: Stage["story"]): number {
  const ofFaults = faults.map(({ fate }) => (fate.kind === "slow" || fate.kind === "stall" ? fate.ms : 0));
  const ofActs = acts.map((act) => (act.do === "stall" ? act.ms : 0));
  const ofRequests = schedulers.map(({ latencyMs }) => 10 * latencyMs);
  const delayMs = sumOf([...ofFaults, ...ofActs, ...ofRequests]);
  // The clock may be set forward meanwhile.
  const steps = acts.map((act) => (act.do === "step-clock" ? Math.max(0, act.byMs) : 0));
  return delayMs === 0 ? 0 : delayMs + sumOf(steps);
}

/** What the story's faults make the engine or the ledger say is none. */
function isBug(cause: unknown): boolean {
  return !/no answer|no clear answer|database is locked|not there any more/.test(String(cause));
}

function isPruned(before: JobRecord, after: JobRecord): boolean {
  return before.runs.some(({ id }) => after.runs.every((run) => run.id !== id));
}
