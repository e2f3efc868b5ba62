/** The text of a schedule file (JSON is YAML, too). `$` in it is Compose's: `$$` for one. */
export function scheduleFile(jobs: Readonly<Record<string, object>>, top: object = {}): string {
  return JSON.stringify({ ...top, jobs }, null, 2);
}

/** A schedule that is due once, in that second, and then not for a year. Its zone is UTC. */
export function onceAt(at: Date): string {
  const time = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  return [...time, at.getUTCDate(), at.getUTCMonth() + 1, "*"].join(" ");
}

export const EVERY_SECOND = "*/1 * * * * *";

/** For jobs of which a test needs a run now and then: a start costs a quarter of a second of the processor. */
export const OFTEN = "*/2 * * * * *";
