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

/** What other schedulers have, and what to write for it. */
export const FOREIGN_NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@minutely", "write @every_minute"],
  ["@every_hour", "write @hourly"],
  ["@every_day", "write @daily"],
  ["@secondly", "write @every_second"],
  ["@weekdays", "write 0 0 * * 1-5"],
  ["@weekends", "write 0 0 * * 0,6"],
  ["@quarterly", "write 0 0 1 */3 *"],
  ["@noon", "write 0 12 * * *"],
  ...["@triggered", "@manual", "@none"].map(
    (name) => [name, "for a job that is only started by hand, write any schedule, and suspended: true"] as const,
  ),
]);
