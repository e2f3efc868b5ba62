import type { Job } from "../jobs/job.ts";
import type { PageChange } from "../ledger/ledger.ts";
import type { Page, Run } from "../ledger/page.ts";
import { type AttemptEnd, recordEnd } from "../ledger/page-changes.ts";
import { retain } from "../schedule/retention.ts";
import type { AttemptRef, RunEvents } from "./run-events.ts";
import type { RunParts } from "./run-parts.ts";

/**
 * Records how an attempt ended; then, and only then, lets go of objects: its own where the engine does not keep ended
 * ones, and those of runs that the job's history no longer holds. Whoever wins the swap tells it.
 */
export async function conclude(ref: AttemptRef, objectId: string, end: AttemptEnd, parts: RunParts): Promise<void> {
  const { engine, logs } = parts;
  await logs.finish(objectId);
  const output = engine.keepsEnded ? undefined : await logs.lastLines(objectId);
  const surplus = await swapEnd(ref, { ...end, ...(output === undefined ? {} : { output }) }, parts);
  if (surplus === undefined) return;
  logs.forget(objectId);
  tellEnd(parts.events, ref, end);
  if (!engine.keepsEnded || mayStillStart(end)) await engine.remove(objectId);
  await letGo(surplus, parts);
}

/**
 * The swap that records an end, after `first` where that is to be one swap with it. Answers with the objects that the
 * page no longer holds, or with undefined when the swap was not won.
 */
export async function swapEnd(
  ref: AttemptRef,
  end: AttemptEnd,
  { book }: RunParts,
  first: PageChange = (page) => page,
): Promise<readonly string[] | undefined> {
  let surplus: readonly string[] = [];
  const swap = await book.change(ref.job, (page) => {
    const ended = recordEnd(first(page), { run: ref.run, number: ref.attempt }, end);
    if (ended === undefined) return undefined;
    const kept = keptRuns(ended, book.jobs.get(ref.job));
    const keptIds = new Set(kept.map(({ id }) => id));
    surplus = objectIds(ended.runs.filter(({ id }) => !keptIds.has(id)));
    return { ...ended, runs: kept };
  });
  return swap.result === "won" ? surplus : undefined;
}

/** Removes objects of ended runs that nobody wants to see any more; where the engine keeps none, they are gone already. */
export async function letGo(objectIds: readonly string[], { engine }: RunParts): Promise<void> {
  if (engine.keepsEnded) for (const id of objectIds) await engine.remove(id);
}

export function objectIds(runs: readonly Run[]): readonly string[] {
  return runs.flatMap((run) => run.attempts.flatMap(({ objectId }) => objectId ?? []));
}

/** Tells that an attempt ended, and with it its run. */
export function tellEnd(events: RunEvents, ref: AttemptRef, end: AttemptEnd): void {
  const { outcome, startedAt, finishedAt, node } = end;
  const fields = {
    ...ref,
    outcome,
    ...(startedAt === undefined ? {} : { durationMs: finishedAt.getTime() - startedAt.getTime() }),
    ...(node === undefined ? {} : { node }),
  };
  events.emit({ event: "attempt-finished", ...fields });
  events.emit({ event: "run-finished", ...fields });
}

/** A job that is gone keeps what it has, until its page is closed. */
function keptRuns(page: Page, job: Job | undefined): readonly Run[] {
  return job === undefined ? page.runs : retain(page.runs, job.policies.history);
}

/** It was given up while it waited to start; nothing may come of it any more. */
function mayStillStart({ outcome, startedAt }: AttemptEnd): boolean {
  if (startedAt !== undefined) return false;
  return outcome.kind === "cancelled" || (outcome.kind === "rejected" && outcome.reason === "pending-timeout");
}
