/** A record that was lost is made anew from what the engine has of its job. Pure. */
import type { Job } from "../../job/job.ts";
import { isFull } from "../../job/overlap.ts";
import type { JobRecord, Run, Trigger } from "../record.ts";
import { add } from "./occurrences.ts";

/** An attempt that has an object, as the labels of that object describe it. */
export interface FoundAttempt {
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly objectName: string;
  readonly objectId: string;
}

/**
 * The new record of a job whose record was lost, and which had begun these attempts: they are active until it is seen how
 * they stand, and what was due up to the newest of them is decided. Of a run that had several attempts only the latest
 * is known. The policies are the job's of now.
 */
export function takeUpFound(record: JobRecord, job: Job, found: readonly FoundAttempt[], now: Date): JobRecord {
  const runs = newestThatFit([...latestOfRuns(found)].map((attempt) => runOf(attempt, job, now)));
  const instants = runs.filter(({ trigger }) => trigger !== "manual").map(({ scheduledAt }) => scheduledAt.getTime());
  const cursor = instants.length === 0 ? record.cursor : new Date(Math.min(Math.max(...instants), now.getTime()));
  const started = runs.reduce((counts, { trigger }) => add(counts, trigger), record.totals.started);
  return { ...record, cursor, runs, totals: { ...record.totals, started } };
}

/** An engine may have more than fit in a record; those that are left out go on, and their end is not recorded. */
function newestThatFit(runs: readonly Run[]): readonly Run[] {
  const kept: Run[] = [];
  for (const run of runs.toReversed()) {
    if (isFull(kept, "allow", run.policies)) break;
    kept.unshift(run);
  }
  return kept;
}

/** In the order in which they were due. */
function latestOfRuns(found: readonly FoundAttempt[]): Iterable<FoundAttempt> {
  const inOrder = found.toSorted((a, b) => a.scheduledAt.getTime() - b.scheduledAt.getTime() || a.attempt - b.attempt);
  return new Map(inOrder.map((attempt) => [attempt.run, attempt])).values();
}

function runOf(found: FoundAttempt, job: Job, now: Date): Run {
  const { run: id, attempt: number, trigger, scheduledAt, definition, objectName, objectId } = found;
  const boundAt = scheduledAt < now ? scheduledAt : now;
  const attempts = [{ number, objectName, objectId, boundAt }];
  return { id, trigger, scheduledAt, definition, policies: job.policies.run, attempts };
}
