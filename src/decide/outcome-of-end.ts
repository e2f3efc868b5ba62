import type { End } from "../engines/engine.ts";
import type { RunPolicies } from "../job/job.ts";
import type { Attempt, Outcome, Stopping } from "../ledger/record.ts";

/** Returns the outcome of an attempt whose object is not there, and whose end no scheduler saw. */
export function outcomeOfGone({ stopping }: Attempt): Outcome {
  if (stopping === undefined) return { kind: "lost", reason: "object-removed" };
  return givenUp(stopping) ?? stopped(stopping);
}

/**
 * Returns the outcome of an attempt that was given up before it ran. Undefined for any other attempt, and for one that
 * was seen to run after all, and was told to stop.
 */
export function givenUp({ notStarted: message, signalledAt }: Stopping): Outcome | undefined {
  if (message === undefined || signalledAt !== undefined) return undefined;
  return { kind: "rejected", reason: "pending-timeout", message };
}

/**
 * Why it ended: first because we stopped it, then for want of memory, then by itself. What was sent the stop signal before its
 * end was seen was stopped. Of what was only to be stopped, the time of its end tells (`finishedAt`, by our clock as far as that can
 * be known).
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
  const { exitCode, oom } = end;
  if (policies.successExitCodes.includes(exitCode)) return { kind: "succeeded", exitCode };
  return { kind: "failed", exitCode, oom };
}

function stopped({ reason }: Stopping, exitCode?: number): Outcome {
  return { kind: reason, ...(exitCode === undefined ? {} : { exitCode }) };
}
