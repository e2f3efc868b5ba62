/** The most slots of a pool: what its record keeps of each fits into 64 KB. */
export const MOST_SLOTS = 100;

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

export const POOL_NAME = "lower-case letters, digits, _ and -, a letter or digit first, at most 32";

export function isPoolName(text: string): boolean {
  return NAME.test(text);
}

/** A pool as a schedule file or a setting declares it. */
export interface DeclaredPool {
  readonly name: string;
  /** How many slots it has. */
  readonly limit: number;
  /** For people: `schedules/nightly.yml:1:8`, `--pools`. */
  readonly at: string;
}
