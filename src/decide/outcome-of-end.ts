import type { End } from "../engines/engine.ts";
import type { RunPolicies } from "../job/job.ts";
import type { AttemptEnd } from "../ledger/changes/attempts.ts";
import type { Attempt, Outcome, Stopping } from "../ledger/record.ts";

/** Returns the outcome of an attempt whose object is not there, and whose end no scheduler saw. */
export function outcomeOfGone({ stopping }: Attempt): Outcome {
  if (stopping === undefined) return { kind: "lost", reason: "object-removed" };
  return givenUp(stopping) ?? stopped(stopping);
}

/**
 * Returns the outcome of an attempt that was given up before it ran. Undefined for any other attempt, and for one that
 * was seen to run after all and was sent the stop signal.
 */
export function givenUp({ notStarted: message, signalledAt }: Stopping): Outcome | undefined {
  if (message === undefined || signalledAt !== undefined) return undefined;
  return { kind: "rejected", reason: "pending-timeout", message };
}

/**
 * Returns why an attempt ended. An attempt that was sent the stop signal before its end was seen was stopped. For one that was only
 * about to be stopped, the time of its end decides (`finishedAt`, by our clock as far as that can be known).
 */
export function outcomeOfEnd(end: End, attempt: Attempt, policies: RunPolicies, finishedAt: Date | undefined): Outcome {
  if (end.kind === "rejected") return { kind: "rejected", reason: end.reason, message: end.message };
  if (end.kind === "node-down") return { kind: "lost", reason: end.kind, message: end.message };
  const { stopping } = attempt;
  const isGivenUp = stopping !== undefined && givenUp(stopping) !== undefined;
  if (isGivenUp && end.kind === "shut-down" && end.exitCode === undefined) return outcomeOfGone(attempt);
  const isStopped =
    stopping?.signalledAt !== undefined || finishedAt === undefined || finishedAt >= (stopping?.since ?? finishedAt);
  if (stopping !== undefined && isStopped && !isGivenUp)
    return stopped(stopping, "exitCode" in end ? end.exitCode : undefined);
  if (end.kind !== "exited") return { kind: "lost", reason: end.kind, message: end.message };
  const { exitCode, oom, message } = end;
  if (policies.successExitCodes.includes(exitCode)) return { kind: "succeeded", exitCode };
  return { kind: "failed", exitCode, oom, ...(message !== undefined && { message }) };
}

function stopped({ reason }: Stopping, exitCode?: number): Outcome {
  return { kind: reason, ...(exitCode === undefined ? {} : { exitCode }) };
}

/** Whether the process may come back with its node: its object stays until it is seen what became of it. */
export function mayLiveOn(outcome: Outcome): boolean {
  return outcome.kind === "lost" && outcome.reason === "node-down";
}

/** Whether it was given up while it waited to start: its object must go, so that nothing can come of it. */
export function mayStillStart({ outcome, startedAt }: AttemptEnd): boolean {
  if (startedAt !== undefined) return false;
  const wasStopped = ["cancelled", "replaced", "timed-out"].includes(outcome.kind);
  return wasStopped || (outcome.kind === "rejected" && outcome.reason === "pending-timeout");
}
