import type { History } from "../jobs/job.ts";
import { isActive, type Run } from "../ledger/page.ts";

/** The runs that stay on the page: all active ones, and the newest ended ones, as many as the job's history says. */
export function retain(runs: readonly Run[], history: History): readonly Run[] {
  const succeeded = newest(runs, history.succeeded, (run) => run.outcome?.kind === "succeeded");
  const failed = newest(runs, history.failed, (run) => run.outcome !== undefined && run.outcome.kind !== "succeeded");
  return runs.filter((run) => isActive(run) || succeeded.has(run) || failed.has(run));
}

function newest(runs: readonly Run[], count: number, isWanted: (run: Run) => boolean): ReadonlySet<Run> {
  const wanted = runs.filter(isWanted);
  return new Set(wanted.slice(wanted.length - Math.min(count, wanted.length)));
}
