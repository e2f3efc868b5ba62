import { resumeJob } from "../ledger/operator-changes.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { type ChangeJobParts, changeJob } from "./change-job.ts";
import { nextDue, nextDueSentence } from "./next-due.ts";
import { exitCodes } from "./terminal.ts";
import { timeWords } from "./zoned-time.ts";

export interface ResumeParts extends ChangeJobParts {
  readonly timetables: Timetables;
}

/** What is due from now on is started again. */
export async function resume(job: string, parts: ResumeParts): Promise<number> {
  const { clock, terminal, timetables } = parts;
  const changed = await changeJob(job, resumeJob, parts);
  if (changed === undefined) return exitCodes.problem;
  const { before, after } = changed;
  const now = clock.now();
  const when = timeWords(after.definition.schedules, now);
  if (before.paused === undefined) terminal.out(`${job} is not paused`);
  else terminal.out(`${job} is resumed; it was paused since ${when.atAndDistance(before.paused.since)}`);
  terminal.out(nextDueSentence(after, nextDue(after, timetables, now), when));
  return exitCodes.ok;
}
