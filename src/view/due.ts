import type { JobRecord } from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { nextDue, unknownScheduleSentences } from "./job-view.ts";
import type { SchedulerAnswer } from "./scheduler-view.ts";
import { isCarriedOut, standingOf, standingSentences } from "./standing.ts";
import type { TimeWords } from "./words/time.ts";

export interface NextDueParts {
  readonly timetables: Timetables;
  readonly now: Date;
  readonly when: TimeWords;
  readonly answer: SchedulerAnswer;
}

/** When the job is started next, or why it is not; with what the running scheduler says, where it says anything of it. */
export function nextDueSentences(
  record: JobRecord,
  { timetables, now, when, answer }: NextDueParts,
): readonly string[] {
  const standing = standingOf(record.job, record, answer);
  const unknown = unknownScheduleSentences(record, timetables);
  const known = () => (unknown.length > 0 ? unknown : [nextSentence(record, nextDue(record, timetables, now), when)]);
  const next = isCarriedOut(standing) ? known() : [];
  return [...(standing.kind === "unknown" ? [] : standingSentences(standing, when.atAndDistance)), ...next];
}

function nextSentence({ definition, paused }: JobRecord, next: Date | undefined, when: TimeWords): string {
  if (next === undefined) return "There is no further occurrence.";
  if (definition.suspended) return "Its definition suspends it: what is due is skipped.";
  if (paused !== undefined) return "It is paused: what is due is skipped.";
  return `It is due next at ${when.atAndDistance(next)}.`;
}
