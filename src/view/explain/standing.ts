import type { SchedulerAnswer } from "../scheduler-view.ts";
import { standingSentences } from "../standing.ts";
import type { Explained } from "./sentence.ts";
import type { TimeWords } from "../words/time.ts";

/** Whether the running scheduler carries the job out, and what keeps it from that. */
export function explainStanding({ record, answer, standing, when }: Explained): string[] {
  return [...standingSentences(standing, when.atAndDistance), ...troubleSentences(record.job, answer, when)];
}

function troubleSentences(job: string, answer: SchedulerAnswer, when: TimeWords): string[] {
  if (answer.kind === "silent") return [];
  const { jobs, engineDownBecause, ledgerDownBecause, problems } = answer.view;
  const { troubles = [] } = jobs.get(job) ?? {};
  const records = problems.filter((problem) => problem.job === job && problem.at === `record of ${job}`);
  return [
    ...(engineDownBecause === undefined
      ? []
      : [`Nothing is started now: the engine does not answer: ${engineDownBecause}.`]),
    ...(ledgerDownBecause === undefined
      ? []
      : [`Nothing is started now: the ledger cannot be used: ${ledgerDownBecause}.`]),
    ...troubles.map(({ cause, since, againAt }) => {
      if (againAt === undefined) return `It has been stuck since ${when.atAndDistance(since)}: ${cause}.`;
      return `Carrying it out fails since ${when.atAndDistance(since)}, and is tried again ${when.distance(againAt)}: ${cause}.`;
    }),
    ...records.map(({ message }) => `An earlier record of it ${message}.`),
  ];
}
