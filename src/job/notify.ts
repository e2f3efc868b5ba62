/** What a job wants others to be told, as its author wrote it. The channels themselves are the operator's (`notify/`). */
export interface Telling {
  /** Empty: no channel is told anything. Each channel stands in it once. */
  readonly notify: readonly NotifyRule[];
  /** A run that lasts longer is told as `long-running`. */
  readonly expectedDurationMs?: number;
  /** How old the last success may become before an alert fires; only a metric, for the operator's own rules. */
  readonly maxSuccessAgeMs?: number;
  /** The check that is pinged at the start and at the end of each run. */
  readonly healthchecks?: Healthchecks;
}

/** Who is told what. */
export interface NotifyRule {
  /** The name of a channel. */
  readonly to: string;
  readonly on: readonly NoticeKind[];
  /** The failure in a row from which on it is told; 1 is the first. */
  readonly after: number;
  /** While a failure stays open, or the job is paused or suspended: told again after so long. Default: never. */
  readonly remindMs?: number;
  /** How many of the last lines of the output go with it. Default 0, since outputs have secrets. */
  readonly output: number;
}

/**
 * `failed`: a run ended as failed, rejected, timed out or lost. `recovered`: it succeeded again, after a failure of which
 * this channel has heard. `missed`: occurrences were missed. `skipped`: occurrences were skipped. `long-running`: a run
 * lasts longer than expected. `not-run`: the job has been paused or suspended for longer than `remind`.
 */
export const NOTICE_KINDS = ["failed", "recovered", "missed", "skipped", "long-running", "not-run"] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What is told where a rule does not say `on`. */
export const DEFAULT_NOTICE_KINDS: readonly NoticeKind[] = ["failed", "recovered", "missed", "long-running"];

/** A check of healthchecks.io, or of what speaks its protocol. One of `url` and `urlFile` is there. */
export interface Healthchecks {
  readonly url?: string;
  /** A file of the scheduler that has the address, such as a Docker secret; read when it is needed. */
  readonly urlFile?: string;
  /** Whether the end of the output goes with the ping of the end. */
  readonly output: boolean;
}

/** True where two jobs tell the same to the same. */
export function isSameTelling(a: Telling | undefined, b: Telling | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The most rules of a job: they stand on its record. */
export const MOST_NOTIFY_RULES = 10;

/** In place of names of channels: none of them. */
export const NO_CHANNEL = "none";

/** True for what a channel may be called: `[a-z0-9][a-z0-9_-]*`, at most 32 characters, and not `none`. */
export function isChannelName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,31}$/.test(text) && text !== NO_CHANNEL;
}
