/** What keeps due times of a job from being started, read on the clock of one time zone. An absent key keeps none. */
export interface Exclusions {
  /** IANA name. */
  readonly timezone: string;
  /** Days on which nothing is started, as `joinDateRanges` writes them. */
  readonly except?: string;
  /** The only days on which something is started, in the same form. */
  readonly only?: string;
  /** Stretches of the week in which nothing is started: `Mon-Fri 08:00-18:00`. */
  readonly quiet?: readonly string[];
  /** The last due time of a quiet stretch is started at its end. Absent: it is skipped, as the others are. */
  readonly defers?: Deferral;
}

export interface Deferral {
  /** What would have to wait longer is skipped at once: the job's `starting_deadline`. */
  readonly withinMs?: number;
}

/** Why an exclusion keeps a due time from being started. */
export type ExclusionReason = "excepted" | "quiet";

/** Whether two jobs keep the same times from being started, in the same words. */
export function sameExclusions(a: Exclusions | undefined, b: Exclusions | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  return (
    a.timezone === b.timezone &&
    a.except === b.except &&
    a.only === b.only &&
    a.quiet?.join("\n") === b.quiet?.join("\n") &&
    (a.defers === undefined) === (b.defers === undefined) &&
    a.defers?.withinMs === b.defers?.withinMs
  );
}
