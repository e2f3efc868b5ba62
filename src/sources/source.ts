import type { Job, SourceName } from "../jobs/job.ts";
import type { Problem } from "../jobs/problem.ts";

/**
 * Where jobs are declared.
 *
 * `load` answers with the full set every time, or throws when the source cannot be read (a folder that is not
 * there, an engine that does not answer): then all its last good jobs stay. What is wrong *inside* a source is
 * never thrown: it is a problem, and `broken` says which definitions could not be read because of it, so that
 * their last good version stays too.
 */
export interface JobSource {
  readonly name: SourceName;
  load(signal: AbortSignal): Promise<Reading>;
  /** Calls `wake` whenever `load` may answer differently, until `signal` is aborted. Says nothing about what changed. */
  watch(wake: () => void, signal: AbortSignal): void;
}

/** Everything that a source declares at one moment. */
export interface Reading {
  readonly jobs: readonly Job[];
  readonly problems: readonly Problem[];
  readonly broken: readonly Broken[];
}

/** A definition that is there, but cannot be read: one job of a unit, or (without `job`) the whole unit. */
export interface Broken {
  /** As in `Origin.unit`. */
  readonly unit: string;
  readonly job?: string;
}
