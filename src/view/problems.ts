import { isWarning } from "../job/problem.ts";
import type { JobTrouble, SchedulerView, ViewProblem } from "./scheduler-view.ts";

/** The errors, without the warnings. */
export function errorsOf({ problems }: Pick<SchedulerView, "problems">): readonly ViewProblem[] {
  return problems.filter((problem) => !isWarning(problem));
}

/** A trouble with a job as a problem; without a job, a trouble of the scheduler as a whole. */
export function troubleProblem({ cause, againAt }: Pick<JobTrouble, "cause" | "againAt">, job?: string): ViewProblem {
  const message = againAt === undefined ? `is stuck: ${cause}` : `fails, and is tried again: ${cause}`;
  return { source: "scheduler", ...(job === undefined ? { at: "scheduler" } : { at: `job ${job}`, job }), message };
}

/** The record of a job could not be read. A warning where the job has a new record: the damaged one harms nothing. */
export function unreadableRecord(job: string, why: string, severity?: "warning"): ViewProblem {
  const problem = { source: "scheduler", job, at: recordOf(job), message: `could not be read: ${why}` } as const;
  return severity === undefined ? problem : { ...problem, severity };
}

/** Whether `unreadableRecord` made this problem of this job. */
export function isUnreadableRecord({ job, at }: ViewProblem, of: string): boolean {
  return job === of && at === recordOf(of);
}

function recordOf(job: string): string {
  return `record of ${job}`;
}
