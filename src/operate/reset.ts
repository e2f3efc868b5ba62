import { passOverUndecided } from "../decide/due.ts";
import { passOver } from "../ledger/changes/occurrences.ts";
import { resetJob } from "../ledger/changes/operators.ts";
import type { JobRecord } from "../ledger/record.ts";
import { changeJob } from "./operation.ts";
import { nextDueSentences } from "../view/due.ts";
import { occurrencesWords, undecided } from "../view/words/occurrences.ts";
import type { ResumeParts } from "../cli/resume.ts";
import { exitCodes } from "../cli/terminal/terminal.ts";
import type { TimeWords } from "../view/words/time.ts";
import { timeWords } from "../view/words/time.ts";

/** Lets the schedule begin anew, now: skips what was due and is not decided, and mends a record of the future. */
export async function reset(job: string, parts: ResumeParts): Promise<number> {
  const { clock, terminal, timetables } = parts;
  const now = clock.now();
  const changed = await changeJob(job, (record) => resetJob(passOverAll(record, now, parts), now), parts);
  if (changed === undefined) return exitCodes.problem;
  const { before, after } = changed;
  const when = timeWords(after.definition.schedules, now);
  terminal.out(`${job} starts anew from ${when.at(after.cursor)} on.`);
  for (const sentence of whatIsGone(before, now, parts, when)) terminal.out(sentence);
  const next = nextDueSentences(after, { timetables, now, when, answer: await parts.scheduler() });
  for (const sentence of next) terminal.out(sentence);
  return exitCodes.ok;
}

/** What was due until now gets its verdict. */
function passOverAll(record: JobRecord, now: Date, { timetables }: ResumeParts): JobRecord {
  const timetable = timetables.ofRecord(record.definition.schedules);
  let decided = record;
  while (timetable !== undefined) {
    const stretches = passOverUndecided(timetable, decided, { because: "reset", now });
    if (stretches.length === 0) return decided;
    for (const stretch of stretches)
      decided = passOver(decided, stretch, stretch.verdict, now) ?? { ...decided, cursor: now };
  }
  return decided;
}

function whatIsGone(before: JobRecord, now: Date, { timetables }: ResumeParts, when: TimeWords): string[] {
  if (before.cursor > now) return [`It was decided up to ${when.atAndDistance(before.cursor)}; that is put right.`];
  const dropped = undecided(before, timetables, before.cursor, now);
  return dropped.length === 0 ? [] : [`Skipped, for it was not decided: ${occurrencesWords(dropped, when)}.`];
}
