import type { Retries } from "../job/job.ts";
import { hashOf } from "../job/job-hash.ts";
import { isNodeAway, type JobRecord, latestAttempt, type Outcome, type Run, waitsForRetry } from "../ledger/record.ts";

/** By how much of itself a delay varies, so that jobs that failed together do not come back together. */
const JITTER = 0.1;

/**
 * When the run gets another attempt after one that ended with this outcome; undefined when it gets none. Every scheduler
 * comes to the same answer, however often it asks: the jitter follows from the run's name.
 */
export function retryAt(run: Run, attempt: number, outcome: Outcome, endedAt: Date): Date | undefined {
  const { retries } = run.policies;
  if (retries === undefined || attempt > retries.limit || !isWorthAnother(retries, outcome)) return undefined;
  const delayMs = Math.min(retries.delayMs * 2 ** (attempt - 1), retries.maxDelayMs);
  return new Date(endedAt.getTime() + Math.round(delayMs * (1 + JITTER * jitterOf(`${run.id}.${attempt}`))));
}

function isWorthAnother({ on }: Retries, outcome: Outcome): boolean {
  return on.some((each) =>
    typeof each === "number" ? outcome.kind === "failed" && outcome.exitCode === each : outcome.kind === each,
  );
}

/** From -1 to 1. */
function jitterOf(text: string): number {
  return (Number.parseInt(hashOf(text).slice(0, 8), 16) / 2 ** 32) * 2 - 1;
}

/**
 * The runs that wait for another attempt and get none: their definition is no longer the job's. While the job's node is away, its
 * definition is another one only for that; the runs wait until the node is back, or its job goes.
 */
export function outdatedRetries(record: JobRecord): readonly Run[] {
  if (isNodeAway(record)) return [];
  return record.runs.filter((run) => waitsForRetry(run) && !isOfDefinition(run, record));
}

/** When the next attempts of the other waiting runs are due, of those that are not due yet. */
export function retriesLater(record: JobRecord, now: Date): readonly Date[] {
  if (isNodeAway(record)) return [];
  return record.runs
    .filter((run) => waitsForRetry(run) && isOfDefinition(run, record) && !isDue(run, now))
    .flatMap((run) => latestAttempt(run).retryAt ?? []);
}

/** The first run whose next attempt is due. */
export function dueRetry(record: JobRecord, now: Date): Run | undefined {
  if (isNodeAway(record)) return undefined;
  return record.runs.find((run) => waitsForRetry(run) && isDue(run, now));
}

function isOfDefinition(run: Run, { removedAt, definition }: JobRecord): boolean {
  return removedAt === undefined && definition.hash === run.definition;
}

function isDue(run: Run, now: Date): boolean {
  const { retryAt } = latestAttempt(run);
  return retryAt === undefined || now >= retryAt;
}
