import type { Schedule } from "../../job/job.ts";
import { isOnClock, timezoneOf } from "../../schedule/crontab/pattern.ts";
import type { Explained } from "./sentence.ts";

/** As much of a hash as tells it from others. */
const HASH_SHOWN = 12;

/** What the job is, and whether something keeps it from being started. */
export function explainDefinition({ record, when }: Explained): string[] {
  const { job, definition, paused } = record;
  const { schedules, suspended, hash, generation } = definition;
  const byHand = `only "shipbell run ${job}" starts it`;
  const reason = paused?.reason === undefined ? "" : ` (${paused.reason})`;
  return [
    `${job} is due by ${schedules.map(scheduleWords).join(" and by ")}.`,
    `Its definition is ${hash.slice(0, HASH_SHOWN)}, from generation ${generation} of the definitions.`,
    ...(suspended ? [`Its definition suspends it: what is due is skipped, and ${byHand}.`] : []),
    ...(paused
      ? [
          `It is paused since ${when.atAndDistance(paused.since)}${reason}: what is due is skipped, and ${byHand}, ` +
            `until "shipbell resume ${job}".`,
        ]
      : []),
  ];
}

/** `@every` knows no time zone. */
function scheduleWords(schedule: Schedule): string {
  const { pattern } = schedule;
  return isOnClock(schedule) ? `"${pattern}" in ${timezoneOf(schedule)}` : `"${pattern}"`;
}
