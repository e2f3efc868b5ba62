import type { Schedule } from "../../job/job.ts";
import { isOnClock, timezoneOf } from "../../schedule/timetable.ts";
import type { Records } from "../find.ts";

/** What a job says about its zone. */
interface Scheduled {
  readonly schedules: readonly Pick<Schedule, "timezone">[];
}

/**
 * Returns the zone on whose clock a time is meant that names none, such as `06:00`, for one job: that of its first schedule to which
 * a zone matters, or else `commonZone`, which is asked for only then.
 */
export function zoneOfJob(schedules: readonly Schedule[], commonZone: () => string): string {
  const onClock = schedules.find(isOnClock);
  return onClock === undefined ? commonZone() : timezoneOf(onClock);
}

/** Returns the zone of most schedules of the jobs that these records declare. Undefined where they have none. */
export function commonZoneOfRecords(records: Records): string | undefined {
  const declared = records
    .values()
    .filter(({ closedAt, removedAt }) => closedAt === undefined && removedAt === undefined);
  return commonZoneOf(declared.map(({ definition }) => definition));
}

/** Returns the zone of most schedules of these jobs: what concerns all jobs is on its clock. Undefined where there are none. */
export function commonZoneOf(jobs: Iterable<Scheduled>): string | undefined {
  const counts = new Map<string, number>();
  for (const { schedules } of jobs)
    for (const { timezone } of schedules) counts.set(timezone, (counts.get(timezone) ?? 0) + 1);
  const [first, ...others] = counts;
  return first && others.reduce((most, one) => (one[1] > most[1] ? one : most), first)[0];
}
