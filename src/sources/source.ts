import type { Reading } from "../definition/reading.ts";
import type { SourceName } from "../job/job.ts";

export type { Broken, Reading } from "../definition/reading.ts";

/**
 * A place where jobs are declared.
 *
 * `load` returns the full set every time. It throws when the source cannot be read (a folder does not exist, an engine
 * does not answer); all of the source's last good jobs then stay. What is wrong *inside* a source is never thrown: it is
 * a problem, and `broken` says which definitions could not be read because of it, so that their last good versions stay
 * too. Jobs come in order of precedence: of two with the same name, the first counts.
 */
export interface JobSource {
  readonly name: SourceName;
  load(signal: AbortSignal): Promise<Reading>;
  /** Calls `wake` whenever `load` may return something else, until `signal` is aborted. It does not say what changed. */
  watch(wake: () => void, signal: AbortSignal): void;
}
