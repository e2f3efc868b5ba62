import type { Retries } from "../job/job.ts";
import { hashOf } from "../job/job-hash.ts";
import type { Outcome, Run } from "../ledger/record.ts";

/** Of the delay, how much more or less it may be, so that jobs that failed together do not come back together. */
const JITTER = 0.1;

/**
 * When the run gets another attempt after one that ended so; undefined when it gets none. The same from whoever asks,
 * however often: the jitter follows from the run's name.
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
