import { wrongTimezone } from "../../schedule/clock/zone.ts";
import type { Greeted } from "../deployment.ts";
import type { ZoneFacts } from "../looks/zones.ts";

/** Looks which time zones are used, and whether Node has them. */
export async function gatherZones({ settings, clock, declared }: Greeted): Promise<ZoneFacts> {
  const { jobs } = await declared();
  const zones = new Map([[settings.timezone, 0]]);
  for (const { schedules } of jobs.values())
    for (const { timezone } of new Map(schedules.map((schedule) => [schedule.timezone, schedule])).values())
      zones.set(timezone, (zones.get(timezone) ?? 0) + 1);
  return {
    dataVersion: process.versions.tz,
    now: clock.now(),
    zones,
    unknown: [...zones.keys()].filter((zone) => wrongTimezone(zone) !== undefined),
    timezone: settings.timezone,
    isTimezoneChosen: settings.given.has("timezone") || settings.timezone !== "UTC",
  };
}
