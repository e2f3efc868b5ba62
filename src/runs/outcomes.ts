import { retain } from "../decide/retention.ts";
import { retryAt } from "../decide/retry.ts";
import type { Job } from "../job/job.ts";
import { type AttemptEnd, endWaiting, recordEnd } from "../ledger/changes/attempts.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";
import type { JobRecord, Outcome, Run } from "../ledger/record.ts";
import type { AttemptRef, RunEvents } from "../observe/run-events.ts";
import type { RunParts } from "./run-parts.ts";

/**
 * Records how an attempt ended; then, and only then, lets go of objects: its own where the engine does not keep ended
 * ones, and those of runs that the job's history no longer holds. Whoever wins the swap tells it.
 */
export async function conclude(ref: AttemptRef, objectId: string, end: AttemptEnd, parts: RunParts): Promise<void> {
  const { engine, logs } = parts;
  if (!mayStillStart(end)) await logs.finish(objectId);
  const lastLines = engine.keepsOutput(objectId) ? undefined : await logs.lastLines(objectId);
  const ended = await swapEnd(ref, { ...end, ...lastLines }, parts);
  if (ended === undefined) return;
  logs.forget(objectId);
  tellEnd(parts.events, ref, end, ended.retryAt);
  if (!mayLiveOn(end.outcome) && (!engine.keepsEnded || mayStillStart(end))) parts.letGo(ref.job, [objectId]);
  letGo(ref.job, ended.surplus, parts);
}

/** What a swap that recorded an end came to. */
export interface Ended {
  /** The objects that the record no longer holds. */
  readonly surplus: readonly string[];
  /** When the run's next attempt is due; undefined when the run has ended. */
  readonly retryAt?: Date;
}

/**
 * The swap that records an end, after `first` where that is to be one swap with it. Undefined when it was not won.
 */
export async function swapEnd(
  ref: AttemptRef,
  end: AttemptEnd,
  { book }: RunParts,
  first: RecordChange = (record) => record,
): Promise<Ended | undefined> {
  let ended: Ended = { surplus: [] };
  const swap = await book.change(ref.job, (before) => {
    const record = first(before);
    const run = record?.runs.find(({ id }) => id === ref.run);
    const at = run && retryAt(run, ref.attempt, end.outcome, end.finishedAt);
    const recorded = recordEnd(record, { run: ref.run, number: ref.attempt }, { ...end, ...(at && { retryAt: at }) });
    const kept = recorded && keepRuns(recorded, book.jobs.get(ref.job));
    ended = { surplus: kept?.surplus ?? [], ...(at && { retryAt: at }) };
    return kept?.record;
  });
  return swap.result === "won" ? ended : undefined;
}

/** Ends a run that was to have another attempt, and will not. */
export async function giveUpRetry(ref: AttemptRef, outcome: Outcome, parts: RunParts): Promise<Swap> {
  const { book, clock, events } = parts;
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
  letGo(ref.job, surplus, parts);
  return swap;
}

/** Removes objects of ended runs that nobody wants to see any more; where the engine keeps none, they are gone already. */
export function letGo(job: string, objectIds: readonly string[], parts: RunParts): void {
  if (parts.engine.keepsEnded) parts.letGo(job, objectIds);
}

export function objectIds(runs: readonly Run[]): readonly string[] {
  return runs.flatMap((run) => run.attempts.flatMap(({ objectId }) => objectId ?? []));
}

/** Tells that an attempt ended, and with it its run, unless that gets another attempt. */
export function tellEnd(events: RunEvents, ref: AttemptRef, end: AttemptEnd, retryAt?: Date): void {
  const { outcome, startedAt, finishedAt, node, image } = end;
  const fields = {
    ...ref,
    outcome,
    ...(startedAt === undefined ? {} : { durationMs: finishedAt.getTime() - startedAt.getTime() }),
    ...(node === undefined ? {} : { node }),
    ...(image && { image }),
  };
  events.emit({ event: "attempt-finished", ...fields, ...(retryAt && { retryAt }) });
  if (retryAt === undefined) events.emit({ event: "run-finished", ...fields });
}

/** The record with the runs that its job's history says; a job that is gone keeps what it has, until its record is closed. */
function keepRuns(
  record: JobRecord,
  job: Job | undefined,
): { readonly record: JobRecord; readonly surplus: readonly string[] } {
  if (job === undefined) return { record, surplus: [] };
  const runs = retain(record.runs, job.policies.history);
  const kept = new Set(objectIds(runs));
  return { record: { ...record, runs }, surplus: objectIds(record.runs).filter((id) => !kept.has(id)) };
}

/**
 * Its node may come back, with its process: the object stays until it is seen what became of it (`orphans.ts`).
 */
export function mayLiveOn(outcome: Outcome): boolean {
  return outcome.kind === "lost" && outcome.reason === "node-down";
}

/** It was given up while it waited to start; nothing may come of it any more. */
function mayStillStart({ outcome, startedAt }: AttemptEnd): boolean {
  if (startedAt !== undefined) return false;
  const wasStopped = ["cancelled", "replaced", "timed-out"].includes(outcome.kind);
  return wasStopped || (outcome.kind === "rejected" && outcome.reason === "pending-timeout");
}
