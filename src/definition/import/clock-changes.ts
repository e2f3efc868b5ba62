import type { Finding, ImportedJob } from "./imported.ts";

/** What a scheduler does that asks each minute which local time it is. */
export const BY_LOCAL_TIME = "leaves out times that do not exist, and starts jobs twice whose time comes twice";

/**
 * Says, once for a text, that its scheduler does not follow changes of the clock as cron does: for jobs with a fixed time in
 * the hours in which clocks change, in a zone in which they do. A scheduler for which nothing is given has robfig/cron: that looks for
 * the next hour in steps of sixty minutes, and so passes over starts, by day as well, where clocks change by half an hour.
 */
export function clockChanges(scheduler: string, jobs: readonly ImportedJob[], does?: string): readonly Finding[] {
  const affects = (isAffected: (schedule: string, zone: string) => boolean) =>
    jobs.find(({ keys }) => {
      const { timezone, schedule = [] } = keys;
      if (typeof timezone !== "string" || !changes(timezone)) return false;
      return [schedule].flat().some((each) => isAffected(String(each), timezone));
    });
  const passedOver =
    does === undefined ? affects((schedule, zone) => isOffTheHour(zone) && hasHours(schedule)) : undefined;
  const job = passedOver ?? affects(isAtNight);
  if (job === undefined) return [];
  const more = passedOver && ", and passes over some more where they change by half an hour";
  const message = `when clocks change, ${scheduler} ${does ?? BY_LOCAL_TIME}${more ?? ""}; here each of these times is due once`;
  return [{ code: "import-dst", place: job.place, message, severity: "warning" }];
}

/** True for a zone whose clocks change in 2026. */
export function changes(zone: string): boolean {
  const [winter, summer] = offsetsIn(zone);
  return winter !== summer;
}

/** True for a zone whose clocks change by something else than whole hours. */
function isOffTheHour(zone: string): boolean {
  const [winter, summer] = offsetsIn(zone).map((offset) => offset?.split(":")[1]);
  return winter !== summer;
}

/** `GMT+01:00` in January and `GMT+02:00` in July; nothing for what is no zone. */
function offsetsIn(zone: string): readonly (string | undefined)[] {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    return [0, 6].map(
      (month) => format.formatToParts(Date.UTC(2026, month, 1)).find(({ type }) => type === "timeZoneName")?.value,
    );
  } catch {
    return [];
  }
}

/** True for a schedule that leaves some hours out. */
function hasHours(schedule: string): boolean {
  const hour = schedule.startsWith("@") ? undefined : schedule.split(" ").at(-4);
  return hour === undefined ? isAtNight(schedule) : hour !== "*";
}

/** True for a schedule with an hour from 0 to 3 that is written out: a star follows the clock there as well. */
export function isAtNight(schedule: string): boolean {
  if (/^@(?:daily|midnight|weekly|monthly|yearly|annually)$/.test(schedule)) return true;
  const words = schedule.split(" ");
  const hour = words.at(-4);
  if (words.length < 5 || hour === undefined || hour.startsWith("*")) return false;
  return hour.split(",").some((part) => Number.parseInt(part, 10) <= 3 || /-/.test(part));
}
