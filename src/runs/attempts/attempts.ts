import type { Clock } from "../../clock.ts";
import { outdatedRetries, retriesLater } from "../../decide/retry.ts";
import { type Effect, LOOK_AGAIN_MS, type Sight, step } from "../../decide/step.ts";
import { type Engine, EngineTrouble, type ObjectState } from "../../engines/engine.ts";
import { noteLogged, noteSignal, noteStopping } from "../../ledger/changes/attempts.ts";
import type { Swap } from "../../ledger/ledger.ts";
import {
  activeRuns,
  boundAttempt,
  type JobRecord,
  latestAttempt,
  type OpenAttempt,
  openAttempts,
  type Run,
  type Stopping,
  waitsForRetry,
} from "../../ledger/record.ts";
import type { AttemptRef, RunEvents } from "../../observe/run-events.ts";
import { type Troubles, thing } from "../agenda/troubles.ts";
import type { Work } from "../agenda/work.ts";
import type { Book } from "../book.ts";
import { type Outcomes, type Removals, rejectedEnd } from "../outcomes.ts";
import type { LoggedPlace, RunLogs } from "../output/run-logs.ts";
import type { AttemptMemory } from "./attempt-memory.ts";
import type { UsageReadings } from "./usage-readings.ts";

/** Of a run that is taken up, and of which no scheduler has noted how far it is logged, the last lines are logged. */
const TAKEN_UP = { tail: 1000 };

interface AttemptsParts {
  readonly engine: Pick<
    Engine,
    "objectKind" | "mayOutliveRemoval" | "look" | "activateAgain" | "stop" | "withdraw" | "remove"
  >;
  readonly book: Pick<Book, "records" | "change">;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly logs: Pick<RunLogs, "isOurs" | "knows" | "follow" | "takeProgress" | "places">;
  readonly memory: Pick<AttemptMemory, "phaseSince" | "startWindow" | "forgetPhase">;
  readonly usage: Pick<UsageReadings, "follow">;
  readonly outcomes: Pick<Outcomes, "conclude" | "giveUpRetry">;
  readonly removals: Removals;
  readonly troubles: Pick<Troubles, "with" | "succeeded">;
  readonly work: Pick<Work, "begin" | "failed">;
}

/**
 * The attempts that have no outcome yet: each is looked at, `step` says the one next thing to do for it, and that is
 * carried out here. What is written to the record is awaited; what the engine is asked to do is begun, and not waited for.
 */
export class Attempts {
  readonly #parts: AttemptsParts;
  /** What is being done to objects, by `thing`. */
  readonly #underWay = new Set<string>();

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
  }

  /**
   * Looks at all open attempts of the job, but for those of the run that is just being started (`launching`), and does
   * the next thing for each. Returns when the earliest is to be looked at again.
   */
  async look(record: JobRecord, launching: string | undefined): Promise<Date | undefined> {
    const { engine, clock } = this.#parts;
    await this.#giveUpOutdated(record);
    const retries = retriesLater(record, clock.now());
    const open = openAttempts(record).filter(({ run }) => run.id !== launching);
    if (open.length === 0) return earliest(retries);
    const asked = clock.now();
    const states = await engine.look(open.map(({ objectId }) => objectId));
    const isRemoved = record.removedAt !== undefined;
    const steps = open.map((attempt) =>
      this.#step(record.job, attempt, { state: states.get(attempt.objectId), isRemoved, asked }),
    );
    return earliest([...retries, ...(await Promise.all(steps))]);
  }

  /**
   * Stops what is active of the job, to be replaced; a run that waits for another attempt ends with that. Resolves to whether
   * there was something to stop that was not being stopped yet: then the job is to be looked at again at once, or soon where
   * the ledger gave no clear answer.
   */
  async replaceActive(record: JobRecord): Promise<"nothing" | "begun" | "unclear"> {
    const { outcomes, clock } = this.#parts;
    const reason = "replaced";
    const active = activeRuns(record).filter((run) => waitsForRetry(run) || latestAttempt(run).stopping === undefined);
    for (const run of active) {
      const ref = this.#refOfRun(record.job, run);
      const swap = waitsForRetry(run)
        ? await outcomes.giveUpRetry(ref, { kind: reason })
        : await this.#noteStopping(ref, { reason, since: clock.now() });
      if (swap.result === "unknown") return "unclear";
    }
    return active.length > 0 ? "begun" : "nothing";
  }

  /** Notes how far all outputs are logged, so that the next scheduler logs no line again. */
  async noteLogged(): Promise<void> {
    await Promise.allSettled(this.#parts.logs.places.map((place) => this.#noteLoggedPlace(place)));
  }

  /** A run whose definition is no longer the job's gets no other attempt: its template is no longer known. */
  async #giveUpOutdated(record: JobRecord): Promise<void> {
    for (const run of outdatedRetries(record)) {
      const { outcome } = latestAttempt(run);
      if (outcome !== undefined) await this.#parts.outcomes.giveUpRetry(this.#refOfRun(record.job, run), outcome);
    }
  }

  #step(
    job: string,
    open: OpenAttempt,
    { state, isRemoved, asked }: Pick<Sight, "state" | "isRemoved"> & { readonly asked: Date },
  ): Promise<Date> {
    const { clock, logs, memory, usage, troubles } = this.#parts;
    const { objectId } = open;
    const now = clock.now();
    this.#takeUpOutput(job, open, state);
    const { boundAt } = open.attempt;
    if (state?.phase === "running") usage.follow(objectId, job, latest(state.startedAt ?? boundAt, boundAt));
    this.#noteSight(job, objectId, state);
    const since = memory.phaseSince(objectId, state?.phase, now);
    const began = memory.startWindow(objectId, state?.phase, { asked, now });
    const startTrouble = troubles.with(job, thing.startOf(objectId))?.cause;
    const sight = {
      state,
      isRemoved,
      isAnothers: !logs.isOurs(objectId),
      ...(since && { since }),
      ...(began && { began }),
      ...(startTrouble !== undefined && { startTrouble }),
      isRemovalInTrouble: troubles.with(job, thing.removalOf(objectId)) !== undefined,
    };
    return this.#carryOut(step(open.attempt, open.run.policies, sight, now), job, open);
  }

  /** That the engine says nothing of one object is trouble with this object alone. */
  #noteSight(job: string, objectId: string, state: ObjectState | undefined): void {
    const { troubles, work } = this.#parts;
    if (state?.phase === "unclear") work.failed(job, thing.lookOf(objectId), state.trouble);
    else troubles.succeeded(job, thing.lookOf(objectId));
  }

  /** Follows the output of an attempt that is this scheduler's to follow and is not followed, or whose stream broke. */
  #takeUpOutput(job: string, open: OpenAttempt, state: ObjectState | undefined): void {
    const { logs, events } = this.#parts;
    const hasOutput = state?.phase === "running" || (state?.phase === "ended" && state.end.kind === "exited");
    if (!hasOutput || !logs.isOurs(open.objectId)) return;
    const ref = this.#refOf(job, open);
    if (!logs.knows(open.objectId)) events.emit({ event: "run-taken-up", ...ref });
    const { logged } = open.attempt;
    logs.follow(ref, open.objectId, logged === undefined ? TAKEN_UP : { tail: "all", after: logged });
  }

  /** Carries out one effect; returns when to look at the attempt again. */
  async #carryOut(effect: Effect, job: string, open: OpenAttempt): Promise<Date> {
    const { engine, clock, outcomes } = this.#parts;
    const { objectId } = open;
    const { stopOf, startOf, removalOf } = thing;
    switch (effect.kind) {
      case "wait":
        await this.#noteProgress(job, open);
        return effect.until;
      case "activate":
        return this.#begin(job, startOf(objectId), () => this.#activateAgain(this.#refOf(job, open), objectId));
      case "note-stopping":
        await this.#noteStopping(this.#refOf(job, open), effect.stopping);
        break;
      case "stop":
        if (open.attempt.stopping?.signalledAt === undefined) await this.#noteSignal(this.#refOf(job, open));
        this.#begin(job, stopOf(objectId), () => engine.stop(objectId, effect.gracePeriodMs));
        return effect.until;
      case "remove-by-force":
        // What was asked to stop is killed by the engine itself once its grace period has passed; so it is asked again.
        if (engine.mayOutliveRemoval) return this.#begin(job, stopOf(objectId), () => engine.stop(objectId, 0));
        return this.#begin(job, removalOf(objectId), () => engine.remove(objectId));
      case "withdraw":
        return this.#begin(job, removalOf(objectId), () => engine.withdraw(objectId));
      case "record":
        await outcomes.conclude(this.#refOf(job, open), objectId, effect.end);
        if (effect.removes) this.#removeRecorded(job, objectId);
        break;
    }
    return clock.now();
  }

  /**
   * Begins what may take long, unless it is under way, or came to nothing a moment ago. Returns when to look at the object
   * again. The job is looked at as soon as it is done.
   */
  #begin(job: string, of: string, begin: () => Promise<void>): Date {
    const { clock, troubles, work } = this.#parts;
    const now = clock.now();
    const lookAt = new Date(now.getTime() + LOOK_AGAIN_MS);
    const trouble = troubles.with(job, of);
    if (this.#underWay.has(of)) return lookAt;
    if (trouble !== undefined && trouble.againAt > now) return trouble.againAt;
    this.#underWay.add(of);
    work.begin(
      job,
      of,
      begin().finally(() => this.#underWay.delete(of)),
    );
    return lookAt;
  }

  /** For a start whose answer was lost, and which cannot be on its way any longer. */
  async #activateAgain(ref: AttemptRef, objectId: string): Promise<void> {
    const { engine, clock, logs, memory, outcomes } = this.#parts;
    const activated = await engine.activateAgain(objectId).finally(() => memory.forgetPhase(objectId));
    if (activated.kind === "rejected") await outcomes.conclude(ref, objectId, rejectedEnd(activated, clock.now()));
    else logs.follow(ref, objectId);
  }

  async #noteStopping(ref: AttemptRef, stopping: Stopping): Promise<Swap> {
    const { book, events } = this.#parts;
    const { job, run, attempt } = ref;
    const swap = await book.change(job, (record) => noteStopping(record, { run, number: attempt }, stopping));
    // What has not started is not stopped: its end is logged when it is gone.
    if (swap.result === "won" && stopping.notStarted === undefined)
      events.emit({ event: "attempt-stopping", ...ref, reason: stopping.reason });
    return swap;
  }

  async #noteSignal({ job, run, attempt }: AttemptRef): Promise<void> {
    const { book, clock } = this.#parts;
    const swap = await book.change(job, (record) => noteSignal(record, { run, number: attempt }, clock.now()));
    if (swap.result === "unknown")
      throw new EngineTrouble(`the ledger gave no clear answer about the record of ${job}`);
  }

  #removeRecorded(job: string, objectId: string): void {
    const { book, removals } = this.#parts;
    const record = book.records.get(job);
    if (record !== undefined && boundAttempt(record, objectId)?.outcome !== undefined) removals.remove(job, [objectId]);
  }

  /** Notes in the record, once a minute, how far the output of an attempt is logged. */
  async #noteProgress(job: string, { objectId, run, attempt }: OpenAttempt): Promise<void> {
    const position = this.#parts.logs.takeProgress(objectId);
    if (position !== undefined) await this.#noteLoggedPlace({ job, run: run.id, number: attempt.number, position });
  }

  /** Where that is not written down, the next scheduler logs again what came since it last was. */
  async #noteLoggedPlace({ job, position, ...key }: LoggedPlace): Promise<void> {
    await this.#parts.book.change(job, (record) => noteLogged(record, key, position));
  }

  #refOf(job: string, { run, attempt }: Pick<OpenAttempt, "run" | "attempt">): AttemptRef {
    const { id, trigger, scheduledAt } = run;
    const { number, objectName } = attempt;
    const { objectKind } = this.#parts.engine;
    return { job, run: id, attempt: number, trigger, scheduledAt, objectKind, objectName };
  }

  #refOfRun(job: string, run: Run): AttemptRef {
    return this.#refOf(job, { run, attempt: latestAttempt(run) });
  }
}

/** The engine's clock may be slow. */
function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.min(...times.map((at) => at.getTime())));
}
