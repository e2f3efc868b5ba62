import type { Schedule } from "../../job/job.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { isOnClock, timezoneOf } from "../../schedule/timetable.ts";
import type { TimeWords } from "../words/time.ts";
import type { Sentence } from "./sentence.ts";

/** Enough of a hash to tell it from others. */
const HASH_SHOWN = 12;

/** What the job is, and whether it is kept from starting by its definition or an operator. */
export function explainDefinition({
  record,
  when,
}: {
  readonly record: JobRecord;
  readonly when: TimeWords;
}): Sentence[] {
  const { job, definition, paused } = record;
  const { schedules, suspended, hash, generation } = definition;
  const sentences: Sentence[] = [
    { about: "schedules", schedules, text: `${job} is due by ${schedules.map(scheduleWords).join(" and by ")}.` },
    {
      about: "definition",
      hash,
      generation,
      text: `Its definition is ${hash.slice(0, HASH_SHOWN)}, from generation ${generation} of the definitions.`,
    },
  ];
  const isSkipped = `what is due is skipped, and only "shipbell run ${job}" starts it`;
  if (suspended) sentences.push({ about: "suspended", text: `Its definition suspends it: ${isSkipped}.` });
  if (paused !== undefined) {
    const reason = paused.reason === undefined ? "" : ` (${paused.reason})`;
    const text = `It is paused since ${when.atAndDistance(paused.since)}${reason}: ${isSkipped}, until "shipbell resume ${job}".`;
    sentences.push({ about: "paused", paused, text });
  }
  return sentences;
}

/** `@every` knows no time zone. */
function scheduleWords(schedule: Schedule): string {
  const { pattern } = schedule;
  return isOnClock(schedule) ? `"${pattern}" in ${timezoneOf(schedule)}` : `"${pattern}"`;
}
