import type { Job } from "../../src/job/job.ts";
import type { DeclaredJob, SchedulerAnswer, SchedulerView } from "../../src/view/scheduler/scheduler-view.ts";
import { aJob } from "./a-job.ts";

/** No scheduler answers. */
export const silent: SchedulerAnswer = { kind: "silent", why: "connect ECONNREFUSED 127.0.0.1:8494" };

/** What an active scheduler answers; say only what matters to the test. */
export function answerOf(change: Partial<SchedulerView> = {}): SchedulerAnswer & { readonly kind: "answers" } {
  const view = { jobs: new Map([["backup", declaredJob()]]), unsure: new Set<string>(), problems: [] };
  return {
    kind: "answers",
    view: { version: "1.2.3", instance: "shipbell", role: { kind: "active" }, ...view, ...change },
  };
}

/** A job as a scheduler has it. */
export function declaredJob(change: Partial<DeclaredJob> = {}, job: Job = aJob()): DeclaredJob {
  const { hash, origin, schedules, suspended, inputs } = job;
  return { hash, origin, schedules, suspended, ...(inputs && { inputs }), isKept: false, ...change };
}
