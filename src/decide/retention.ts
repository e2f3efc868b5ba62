import type { History, Job } from "../job/job.ts";
import { type Attempt, isActive, type JobRecord, type Run } from "../ledger/record.ts";

/** The record with the runs that its job's history keeps, and the objects of the others. */
export interface Kept {
  readonly record: JobRecord;
  readonly surplus: readonly string[];
}

/** A job that is gone keeps all its runs until its record is closed. */
export function keepRuns(record: JobRecord, job: Job | undefined): Kept {
  if (job === undefined) return { record, surplus: [] };
  const runs = retain(record.runs, job.policies.history);
  const kept = new Set(objectIds(runs));
  return { record: { ...record, runs }, surplus: objectIds(record.runs).filter((id) => !kept.has(id)) };
}

export function objectIds(runs: readonly Run[]): readonly string[] {
  return runs.flatMap((run) => run.attempts.flatMap(({ objectId }) => objectId ?? []));
}

/**
 * The runs that stay in the record: all active ones, as many of the newest ended ones as the job's history says, and the
 * last one that was started manually, because an operator may be waiting for its end.
 */
export function retain(runs: readonly Run[], history: History): readonly Run[] {
  const succeeded = newest(runs, history.succeeded, (run) => run.outcome?.kind === "succeeded");
  const failed = newest(runs, history.failed, (run) => run.outcome !== undefined && run.outcome.kind !== "succeeded");
  const manual = newest(runs, 1, (run) => run.outcome !== undefined && run.trigger === "manual");
  const kept = runs.filter((run) => isActive(run) || succeeded.has(run) || failed.has(run) || manual.has(run));
  return limitOutput(kept.map(limitAttempts));
}

/** A run that was tried again and again keeps its latest attempts. */
const MOST_ATTEMPTS = 10;

function limitAttempts(run: Run): Run {
  return run.attempts.length <= MOST_ATTEMPTS ? run : { ...run, attempts: run.attempts.slice(-MOST_ATTEMPTS) };
}

/** For all outputs in a record together, in bytes: every swap writes the whole record. */
const MOST_OUTPUT = 24 * 1024;

/** Keeps as many of the newest outputs as there is room for. */
function limitOutput(runs: readonly Run[]): readonly Run[] {
  let bytes = 0;
  const limited = runs.toReversed().map((run) => {
    bytes += run.attempts.reduce((sum, { output = "" }) => sum + Buffer.byteLength(JSON.stringify(output)), 0);
    return bytes <= MOST_OUTPUT ? run : { ...run, attempts: run.attempts.map(withoutOutput) };
  });
  return limited.reverse();
}

function withoutOutput({ output: _output, ...attempt }: Attempt): Attempt {
  return attempt;
}

function newest(runs: readonly Run[], count: number, isWanted: (run: Run) => boolean): ReadonlySet<Run> {
  const wanted = runs.filter(isWanted);
  return new Set(wanted.slice(wanted.length - Math.min(count, wanted.length)));
}
