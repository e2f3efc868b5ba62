import { resetJob } from "../ledger/operator-changes.ts";
import type { Page } from "../ledger/page.ts";
import { changeJob } from "./change-job.ts";
import { nextDue, nextDueSentence } from "./next-due.ts";
import { occurrencesWords, undecided } from "./occurrences.ts";
import type { ResumeParts } from "./resume.ts";
import { exitCodes } from "./terminal.ts";
import type { TimeWords } from "./zoned-time.ts";
import { timeWords } from "./zoned-time.ts";

/** Lets the schedule begin anew, now: forgets what was due and is not decided, and mends a page of the future. */
export async function reset(job: string, parts: ResumeParts): Promise<number> {
  const { clock, terminal, timetables } = parts;
  const now = clock.now();
  const changed = await changeJob(job, (page) => resetJob(page, now), parts);
  if (changed === undefined) return exitCodes.problem;
  const { before, after } = changed;
  const when = timeWords(after.definition.schedules, now);
  terminal.out(`${job} starts anew from ${when.at(after.cursor)} on.`);
  for (const sentence of whatIsGone(before, now, parts, when)) terminal.out(sentence);
  terminal.out(nextDueSentence(after, nextDue(after, timetables, now), when));
  return exitCodes.ok;
}

function whatIsGone(before: Page, now: Date, { timetables }: ResumeParts, when: TimeWords): string[] {
  if (before.cursor > now) return [`It was decided up to ${when.atAndDistance(before.cursor)}; that is put right.`];
  const dropped = undecided(before, timetables, before.cursor, now);
  return dropped.length === 0 ? [] : [`Dropped, for it was not decided: ${occurrencesWords(dropped, when)}.`];
}
