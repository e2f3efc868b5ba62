import { isWarning } from "../../job/problem.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { matterWords } from "../words/notices.ts";
import type { ChannelFacts, JobTrouble, SchedulerView, ViewProblem } from "./scheduler-view.ts";
import { tellingsOf } from "./tellings.ts";

/** The errors, without the warnings. */
export function errorsOf({ problems }: Pick<SchedulerView, "problems">): readonly ViewProblem[] {
  return problems.filter((problem) => !isWarning(problem));
}

/** A trouble with a job as a problem; without a job, a trouble of the scheduler as a whole. */
export function troubleProblem({ cause, againAt }: Pick<JobTrouble, "cause" | "againAt">, job?: string): ViewProblem {
  const message = againAt === undefined ? `is stuck: ${cause}` : `fails, and is tried again: ${cause}`;
  return { source: "scheduler", ...(job === undefined ? { at: "scheduler" } : { at: `job ${job}`, job }), message };
}

/**
 * The channel takes nothing at present. A warning while what it is to be told is tried again; where it refused for good, that was
 * given up, and so will be what comes next.
 */
export function channelProblem(channel: ChannelFacts): ViewProblem | undefined {
  const { name, troubleBecause, troubleSince, troubleAgainAt } = channel;
  if (troubleBecause === undefined) return undefined;
  const since = troubleSince === undefined ? "" : ` since ${troubleSince.toISOString()}`;
  const hint = `try it with "shipbell notify test ${name}"`;
  const problem = { source: "scheduler", at: `channel ${name}`, hint } as const;
  if (troubleAgainAt === undefined)
    return { ...problem, message: `refuses what it is sent${since}, and is not tried again: ${troubleBecause}` };
  const again = `it is tried again at ${troubleAgainAt.toISOString()}`;
  return { ...problem, message: `takes nothing${since}: ${troubleBecause}; ${again}`, severity: "warning" };
}

/** Channels that have not heard of what goes on with a job, and do not hear of it for now. */
export function unheardProblems(record: JobRecord): readonly ViewProblem[] {
  if (record.told?.open === undefined) return [];
  const { job } = record;
  return tellingsOf(record).flatMap(({ channel, open }) =>
    open
      .filter(({ state }) => state === "given-up")
      .map((matter): ViewProblem => {
        const message = `${channel} was not told ${matterWords(matter)}: that was given up at ${matter.at.toISOString()}`;
        return {
          source: "scheduler",
          at: `job ${job}`,
          job,
          message,
          hint: `try it with "shipbell notify test ${channel}"`,
        };
      }),
  );
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
