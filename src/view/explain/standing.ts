import type { JobRecord } from "../../ledger/record.ts";
import { type Standing, standingSentences } from "../jobs/standing.ts";
import { dockerJobWords } from "../scheduler/docker-jobs.ts";
import { isUnreadableRecord } from "../scheduler/problems.ts";
import type { SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { downReasons } from "../words/scheduler.ts";
import type { TimeWords } from "../words/time.ts";
import type { Sentence } from "./sentence.ts";

interface StandingParts {
  readonly record: JobRecord;
  readonly standing: Standing;
  readonly answer: SchedulerAnswer;
  readonly when: TimeWords;
}

/** Whether the running scheduler carries the job out, and what keeps it from that. */
export function explainStanding({ record, standing, answer, when }: StandingParts): Sentence[] {
  const sentences = aboutStanding(standing, when);
  if (answer.kind === "silent") return sentences;
  const { view } = answer;
  for (const reason of downReasons(view))
    sentences.push({ about: "scheduler-down", text: `Nothing is started now: ${reason}.` });
  for (const trouble of view.jobs.get(record.job)?.troubles ?? []) {
    const { cause, since, againAt } = trouble;
    const text =
      againAt === undefined
        ? `It has been stuck since ${when.atAndDistance(since)}: ${cause}.`
        : `Carrying it out fails since ${when.atAndDistance(since)}, and is tried again ${when.distance(againAt)}: ${cause}.`;
    sentences.push({ about: "trouble", trouble, text });
  }
  const { origin, dockerJobs } = view.jobs.get(record.job) ?? {};
  if (origin !== undefined && dockerJobs !== undefined) {
    const [text] = dockerJobWords(origin, dockerJobs);
    sentences.push({ about: "also-engine-job", dockerJobs, text: `Docker's own scheduler starts ${text}.` });
  }
  for (const problem of view.problems) {
    if (isUnreadableRecord(problem, record.job))
      sentences.push({ about: "unreadable-record", problem, text: `An earlier record of it ${problem.message}.` });
  }
  return sentences;
}

export function aboutStanding(standing: Standing, when: TimeWords): Sentence[] {
  return standingSentences(standing, when.atAndDistance).map((text) => ({ about: "standing", standing, text }));
}
