import { standingSentences } from "../view/standing.ts";
import type { Explained } from "./explained.ts";

/** Whether the running scheduler carries the job out, and what keeps it from that. */
export function explainStanding({ page, answer, standing, when }: Explained): string[] {
  return [...standingSentences(standing, when.atAndDistance), ...troubleSentences(page.job, answer)];
}

function troubleSentences(job: string, answer: Explained["answer"]): string[] {
  if (answer.kind === "silent") return [];
  const { jobs, engineDownBecause, ledgerDownBecause, problems } = answer.view;
  const trouble = jobs.get(job)?.trouble;
  const records = problems.filter((problem) => problem.job === job && problem.at === `record of ${job}`);
  return [
    ...(engineDownBecause === undefined
      ? []
      : [`Nothing is started now: the engine does not answer: ${engineDownBecause}.`]),
    ...(ledgerDownBecause === undefined
      ? []
      : [`Nothing is started now: the ledger cannot be used: ${ledgerDownBecause}.`]),
    ...(trouble === undefined ? [] : [`The scheduler has trouble with it, and tries again: ${trouble}.`]),
    ...records.map(({ message }) => `An earlier record of it ${message}.`),
  ];
}
