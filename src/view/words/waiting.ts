import { activeRuns, type JobRecord, pendingRequests, type RunRequest } from "../../ledger/record.ts";
import type { SchedulerAnswer, SchedulerView } from "../scheduler/scheduler-view.ts";
import { poolWaitOf, poolWaitWords } from "./pool.ts";
import { downReasons } from "./scheduler.ts";

/**
 * What a requested run that has not started waits for, as far as its record and the scheduler here know. Continues a
 * sentence that begins with the job's name.
 */
export function waitingWords(record: JobRecord, request: RunRequest, answer: SchedulerAnswer | undefined): string {
  if (record.planned?.some(({ id }) => id === request.id)) return "waits for its time";
  const before = pendingRequests(record).findIndex(({ id }) => id === request.id);
  const earlier = before === 1 ? "an earlier request" : `${before} earlier requests`;
  const trouble = answer?.kind === "answers" ? troubleOf(record.job, answer.view) : undefined;
  if (trouble !== undefined) return `is not started yet: ${trouble}`;
  const start = answer?.kind === "answers" ? startWords(record.job, answer.view) : undefined;
  if (start !== undefined) return start;
  const [first, ...others] = activeRuns(record);
  if (first !== undefined) {
    const runs = others.length === 0 ? first.id : `${first.id} and ${others.length} more`;
    return `waits for ${runs}${before > 0 ? ` and ${earlier}` : ""} to end`;
  }
  if (before > 0) return `waits for ${earlier}`;
  if (request.keptUntil !== undefined || isActive(answer))
    return "is being started: its image may have to be pulled, or other starts come first";
  return "is not started yet: no scheduler has taken up the request";
}

/** What the start of the job that is on its way waits for; undefined where there is none. */
export function startWords(job: string, view: Pick<SchedulerView, "jobs" | "starts" | "pools">): string | undefined {
  const { jobs, starts } = view;
  const start = jobs.get(job)?.start;
  switch (start?.for) {
    case undefined:
      return undefined;
    case "image":
      return `waits for its image: ${start.image} is being pulled`;
    case "turn":
      return `waits for its turn${starts === undefined ? "" : ` (${starts.taken} of ${starts.all} starts under way)`}`;
    case "pool": {
      const wait = poolWaitOf(job, view);
      return wait === undefined ? `waits for a slot of the pool ${start.pool}` : poolWaitWords(wait);
    }
    case "engine":
      return "is being started";
  }
}

function isActive(answer: SchedulerAnswer | undefined): boolean {
  return answer?.kind === "answers" && answer.view.role.kind === "active";
}

/** What keeps the scheduler from starting the job, in its own words. */
function troubleOf(job: string, view: SchedulerView): string | undefined {
  return downReasons(view)[0] ?? view.jobs.get(job)?.troubles?.[0]?.cause;
}
