import type { RefuseReason } from "../../ledger/record.ts";

/** Why a request was refused. A reason that only a newer scheduler knows is returned as it is. */
export function refusalWords(reason: RefuseReason): string {
  return Object.hasOwn(REFUSALS, reason) ? `${REFUSALS[reason]} (${reason})` : reason;
}

const REFUSALS: Readonly<Record<RefuseReason, string>> = {
  "still-running": "a run is still active, and the job's overlap does not allow another one",
  "queue-full": "as many runs as queue_limit allows wait already",
  superseded: "a later run took its place",
  "container-not-running": "the container that its command is to run in does not run, or is paused",
  rescheduled: "the job was given another schedule, or was reset, before it could start",
  removed: "no schedule file or label declares the job",
  paused: "the job is paused",
  suspended: "the job is suspended",
  expired: "no scheduler has started it in time",
  "bad-input": "its inputs do not fit those that the job declares",
  "not-declared": "no source that the scheduler can read declares the job",
};
