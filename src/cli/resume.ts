import { resumeJob } from "../ledger/changes/operators.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { type ChangeJobParts, changeJob } from "../operate/operation.ts";
import { nextDueSentences } from "../view/due.ts";
import type { Instance } from "./instance.ts";
import { exitCodes } from "./terminal/terminal.ts";
import { timeWords } from "../view/words/time.ts";

export interface ResumeParts extends ChangeJobParts {
  readonly timetables: Timetables;
  readonly scheduler: Instance["scheduler"];
}

/** What is due from now on is started again. */
export async function resume(job: string, parts: ResumeParts): Promise<number> {
  const { clock, terminal, timetables } = parts;
  const now = clock.now();
  const changed = await changeJob(job, (record) => resumeJob(record, now), parts);
  if (changed === undefined) return exitCodes.problem;
  const { before, after } = changed;
  const when = timeWords(after.definition.schedules, now);
  if (before.paused === undefined) terminal.out(`${job} is not paused`);
  else terminal.out(`${job} is resumed; it was paused since ${when.atAndDistance(before.paused.since)}`);
  const next = nextDueSentences(after, { timetables, now, when, answer: await parts.scheduler() });
  for (const sentence of next) terminal.out(sentence);
  return exitCodes.ok;
}
