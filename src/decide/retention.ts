import type { History } from "../job/job.ts";
import { type Attempt, isActive, type Run } from "../ledger/record.ts";

/**
 * The runs that stay in the record: all active ones, the newest ended ones, as many as the job's history says, and the
 * last one that was started by hand, whose end somebody may be waiting for.
 */
export function retain(runs: readonly Run[], history: History): readonly Run[] {
  const succeeded = newest(runs, history.succeeded, (run) => run.outcome?.kind === "succeeded");
  const failed = newest(runs, history.failed, (run) => run.outcome !== undefined && run.outcome.kind !== "succeeded");
  const byHand = newest(runs, 1, (run) => run.outcome !== undefined && run.trigger === "manual");
  const kept = runs.filter((run) => isActive(run) || succeeded.has(run) || failed.has(run) || byHand.has(run));
  return limitOutput(kept.map(limitAttempts));
}

/** Of a run that was tried again and again, in attempts: the latest ones. */
const MOST_ATTEMPTS = 10;

function limitAttempts(run: Run): Run {
  return run.attempts.length <= MOST_ATTEMPTS ? run : { ...run, attempts: run.attempts.slice(-MOST_ATTEMPTS) };
}

/** Of all outputs in a record together, in bytes: a record that grows without end would make every swap dearer. */
const MOST_OUTPUT = 24 * 1024;

/** The newest outputs stay, as many as there is room for. */
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
