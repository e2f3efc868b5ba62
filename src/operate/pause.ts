import { pauseJob, resumeJob } from "../ledger/changes/operators.ts";
import type { JobRecord } from "../ledger/record.ts";
import { changeJob, type JobChange, type OperateParts, type Refused } from "./operation.ts";

/**
 * Pauses a job: what is due from now on is skipped. A paused job stays paused since when it was; a given reason replaces
 * the old one.
 */
export function pause(
  { job, reason }: { readonly job: string; readonly reason?: string | undefined },
  { ledger, clock }: OperateParts,
): Promise<JobChange | Refused> {
  const now = clock.now();
  const isKept = (record: JobRecord) => record.paused !== undefined && reason === undefined;
  return changeJob(job, (record) => (isKept(record) ? undefined : pauseJob(record, now, reason)), ledger);
}

/** Ends a pause: what is due from now on is started again. */
export function resume(job: string, { ledger, clock }: OperateParts): Promise<JobChange | Refused> {
  const now = clock.now();
  return changeJob(job, (record) => resumeJob(record, now), ledger);
}
