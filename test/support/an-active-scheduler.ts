import type { Job } from "../../src/job/job.ts";
import type { SchedulerView } from "../../src/view/scheduler/scheduler-view.ts";
import { answerOf, declaredJob } from "./scheduler-answer.ts";

/** What a scheduler knows that carries out these jobs, and has no trouble. */
export function anActiveScheduler(jobs: readonly Job[], change: Partial<SchedulerView> = {}): SchedulerView {
  return answerOf({ jobs: new Map(jobs.map((job) => [job.name, declaredJob({}, job)])), ...change }).view;
}
