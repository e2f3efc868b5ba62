import type { Reading } from "../definition/reading.ts";
import type { SourceName } from "../job/job.ts";

export type { Broken, Reading } from "../definition/reading.ts";

/**
 * Where jobs are declared.
 *
 * `load` answers with the full set every time, or throws when the source cannot be read (a folder that is not
 * there, an engine that does not answer): then all its last good jobs stay. What is wrong *inside* a source is
 * never thrown: it is a problem, and `broken` says which definitions could not be read because of it, so that
 * their last good version stays too. Jobs come in order of precedence: of two with one name the first counts.
 */
export interface JobSource {
  readonly name: SourceName;
  load(signal: AbortSignal): Promise<Reading>;
  /** Calls `wake` whenever `load` may answer differently, until `signal` is aborted. Says nothing about what changed. */
  watch(wake: () => void, signal: AbortSignal): void;
}
