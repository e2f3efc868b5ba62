import type { Schedule } from "../../job/job.ts";
import { isOnClock, timezoneOf } from "../../schedule/timetable.ts";

/** `0 3 * * * Europe/Berlin`; without the zone where none matters, and where the pattern has one of its own. */
export function scheduleInShort(schedule: Schedule): string {
  const { pattern, timezone } = schedule;
  return isOnClock(schedule) && timezoneOf(schedule) === timezone ? `${pattern} ${timezone}` : pattern;
}

/** `"H H(0-5) * * *" is "17 4 * * *" for backup`; undefined for a schedule that is followed as it is written. */
export function writtenOutWords({ pattern, written }: Schedule, job: string): string | undefined {
  return written === undefined ? undefined : `"${written}" is "${pattern}" for ${job}`;
}
