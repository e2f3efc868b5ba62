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
