/** The text of a schedule file (JSON is YAML, too). `$` in it is Compose's: `$$` for one. */
export function scheduleFile(jobs: Readonly<Record<string, object>>): string {
  return JSON.stringify({ jobs }, null, 2);
}

/** A schedule that is due once, so many seconds from now, and then not for a year. Its zone is UTC. */
export function onceIn(seconds: number): string {
  const at = new Date(Date.now() + seconds * 1000);
  const [second, minute, hour] = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  return `${second} ${minute} ${hour} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}

export const EVERY_SECOND = "* * * * * *";
