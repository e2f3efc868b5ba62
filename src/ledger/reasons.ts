/**
 * Why what was due was not started: one vocabulary in logs, metrics, ledger and tests.
 *
 * `superseded`: a later one came while it waited to replace a run, or for a start that took long. `rescheduled`: the schedule began again before;
 * `removed`: no source declared the job any more. `container-not-running`: the one that its command was to run in.
 */
export type SkipReason =
  | "still-running"
  | "suspended"
  | "paused"
  | "queue-full"
  | "superseded"
  | "rescheduled"
  | "removed"
  | "container-not-running";

/**
 * Why a start that an operator requested is refused. `expired`: its lifetime ended before a scheduler could start it.
 * `not-declared`: the job has a record, and no source that the scheduler can read declares it.
 */
export type RefuseReason = SkipReason | "expired" | "not-declared";

/** `gap`: too long ago when it was seen, and not chosen by `catch_up`. `too-late`: past its `starting_deadline`. */
export type MissReason = "gap" | "too-late";
