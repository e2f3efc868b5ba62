import type { Meant } from "../wrong.ts";

/** Short names for patterns: crontab(5)'s, and FreeBSD's for each minute and each second. */
export const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
  ["@every_minute", "* * * * *"],
  ["@every_second", "* * * * * *"],
]);

/** What other schedulers have: the schedule that means the same, or what to do where there is none. */
export const FOREIGN_NICKNAMES: ReadonlyMap<string, string | Meant> = new Map<string, string | Meant>([
  ["@minutely", { schedules: ["@every_minute"] }],
  ["@every_hour", { schedules: ["@hourly"] }],
  ["@every_day", { schedules: ["@daily"] }],
  ["@secondly", { schedules: ["@every_second"] }],
  ["@weekdays", { schedules: ["0 0 * * 1-5"] }],
  ["@weekends", { schedules: ["0 0 * * 0,6"] }],
  ["@quarterly", { schedules: ["0 0 1 */3 *"] }],
  ...["@year", "@annual"].map((name) => [name, { schedules: ["@yearly"] }] as const),
  ["@month", { schedules: ["@monthly"] }],
  ["@week", { schedules: ["@weekly"] }],
  ["@day", { schedules: ["@daily"] }],
  ["@hour", { schedules: ["@hourly"] }],
  ["@minute", { schedules: ["@every_minute"] }],
  ["@second", { schedules: ["@every_second"] }],
  ["@noon", { schedules: ["0 12 * * *"] }],
  ...["@triggered", "@manual", "@none"].map(
    (name) => [name, "for a job that is only started by hand, write any schedule, and suspended: true"] as const,
  ),
]);
