import type { Clock } from "../clock.ts";
import { mayLiveOn, mayStillStart } from "../decide/outcome-of-end.ts";
import { keepRuns } from "../decide/retention.ts";
import { retryAt } from "../decide/retry.ts";
import type { Engine, Rejection } from "../engines/engine.ts";
import { type AttemptEnd, endWaiting, recordEnd } from "../ledger/changes/attempts.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";
import type { Outcome } from "../ledger/record.ts";
import type { AttemptRef, RunEvents } from "../observe/run-events.ts";
import type { UsageReadings } from "./attempts/usage-readings.ts";
import type { Book } from "./book.ts";
import type { RunLogs } from "./output/run-logs.ts";

interface OutcomesParts {
  readonly engine: Pick<Engine, "keepsEnded" | "keepsOutput">;
  readonly book: Pick<Book, "jobs" | "change">;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly logs: Pick<RunLogs, "finish" | "lastLines" | "forget">;
  readonly usage: Pick<UsageReadings, "of">;
  readonly removals: Removals;
}

/** Removes objects of a job until they are gone, without being waited for. */
export interface Removals {
  remove(job: string, objectIds: readonly string[]): void;
}

/** What a swap that recorded an end came to. */
export interface Ended {
  /** The objects that the record no longer holds. */
  readonly surplus: readonly string[];
  /** When the run's next attempt is due; undefined when the run has ended. */
  readonly retryAt?: Date;
}

/**
 * Records how attempts and runs end. Then, and only then, their objects may go: those of this attempt where the engine
 * does not keep ended ones, and those of runs that the job's history no longer holds. The scheduler that wins the
 * swap reports the end.
 */
export class Outcomes {
  readonly #parts: OutcomesParts;

  constructor(parts: OutcomesParts) {
    this.#parts = parts;
  }

  /** Records the end of an attempt that was bound to this object. */
  async conclude(ref: AttemptRef, objectId: string, seen: AttemptEnd): Promise<void> {
    const { engine, logs, removals } = this.#parts;
    if (!mayStillStart(seen)) await logs.finish(objectId);
    const lastLines = engine.keepsOutput(objectId) ? undefined : await logs.lastLines(objectId);
    const usage = this.#parts.usage.of(objectId);
    const end = { ...seen, ...(usage && { usage }) };
    const ended = await this.swapEnd(ref, { ...end, ...lastLines });
    if (ended === undefined) return;
    logs.forget(objectId);
    this.#tellEnd(ref, end, ended.retryAt);
    if (!mayLiveOn(end.outcome) && (!engine.keepsEnded || mayStillStart(end))) removals.remove(ref.job, [objectId]);
    this.#removeKept(ref.job, ended.surplus);
  }

  /** The swap that records an end, after `first` where both are to be one swap. Undefined when it was not won. */
  async swapEnd(
    ref: AttemptRef,
    end: AttemptEnd,
    first: RecordChange = (record) => record,
  ): Promise<Ended | undefined> {
    const { book } = this.#parts;
    let ended: Ended = { surplus: [] };
    const swap = await book.change(ref.job, (before, instance) => {
      const record = first(before, instance);
      const run = record?.runs.find(({ id }) => id === ref.run);
      const at = run && retryAt(run, ref.attempt, end.outcome, end.finishedAt);
      const recorded = recordEnd(record, { run: ref.run, number: ref.attempt }, { ...end, ...(at && { retryAt: at }) });
      const kept = recorded && keepRuns(recorded, book.jobs.get(ref.job));
      ended = { surplus: kept?.surplus ?? [], ...(at && { retryAt: at }) };
      return kept?.record;
    });
    return swap.result === "won" ? ended : undefined;
  }

  /** After a swap that recorded an end: tells it, and lets go of what the record no longer holds. */
  settle(ref: AttemptRef, end: AttemptEnd, ended: Ended): void {
    this.#tellEnd(ref, end, ended.retryAt);
    this.#removeKept(ref.job, ended.surplus);
  }

  /** Ends a run that was to have another attempt, and will not. */
  async giveUpRetry(ref: AttemptRef, outcome: Outcome): Promise<Swap> {
    const { book, clock, events } = this.#parts;
    const now = clock.now();
    let surplus: readonly string[] = [];
    const swap = await book.change(ref.job, (record) => {
      const ended = endWaiting(record, ref.run, outcome, now);
      const kept = ended && keepRuns(ended, book.jobs.get(ref.job));
      surplus = kept?.surplus ?? [];
      return kept?.record;
    });
    if (swap.result !== "won") return swap;
    events.emit({ event: "run-finished", ...ref, outcome });
    this.#removeKept(ref.job, surplus);
    return swap;
  }

  /** Where the engine keeps no ended objects, these are gone already. */
  #removeKept(job: string, objectIds: readonly string[]): void {
    const { engine, removals } = this.#parts;
    if (engine.keepsEnded) removals.remove(job, objectIds);
  }

  /** Tells that an attempt ended, and with it its run, unless that gets another attempt. */
  #tellEnd(ref: AttemptRef, end: AttemptEnd, retryAt?: Date): void {
    const { events } = this.#parts;
    const { outcome, startedAt, finishedAt, node, image, usage } = end;
    const fields = {
      ...ref,
      outcome,
      ...(startedAt === undefined ? {} : { durationMs: finishedAt.getTime() - startedAt.getTime() }),
      ...(node === undefined ? {} : { node }),
      ...(image && { image }),
      ...(usage && { usage }),
    };
    events.emit({ event: "attempt-finished", ...fields, ...(retryAt && { retryAt }) });
    if (retryAt === undefined) events.emit({ event: "run-finished", ...fields });
  }
}

/** How an attempt ends that the engine refused. */
export function rejectedEnd({ reason, message }: Rejection, finishedAt: Date): AttemptEnd {
  return { outcome: { kind: "rejected", reason, message }, finishedAt };
}
