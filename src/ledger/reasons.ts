/** Why: one vocabulary in logs, metrics, ledger and tests. */

/** Why the engine never ran the process. */
export type RejectReason =
  | "name-taken"
  | "image-missing"
  | "template-missing"
  | "bad-definition"
  | "start-failed"
  | "container-not-running"
  | "pending-timeout";

/** Why the end of the process is not known, or was not its own. */
export type LostReason = "object-removed" | "node-down" | "shut-down" | "exit-unknown";

/**
 * `superseded`: a later one came while it waited to replace a run. `rescheduled`: the schedule began anew before.
 * `container-not-running`: the one that its command was to run in.
 */
export type SkipReason =
  | "still-running"
  | "suspended"
  | "paused"
  | "queue-full"
  | "superseded"
  | "rescheduled"
  | "container-not-running";

/** `gap`: too long ago when it was seen, and not chosen by `catch_up`. `too-late`: past its `starting_deadline`. */
export type MissReason = "gap" | "too-late";
