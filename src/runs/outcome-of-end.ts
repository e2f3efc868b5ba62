import type { RunPolicies } from "../jobs/job.ts";
import type { Attempt, Outcome, Stopping } from "../ledger/page.ts";
import type { End } from "./engine.ts";

/** Of an object that is not there (any more), and whose end nobody saw. */
export function outcomeOfGone(attempt: Attempt): Outcome {
  return attempt.stopping === undefined ? { kind: "lost", reason: "object-removed" } : stopped(attempt.stopping);
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
  const isStopped =
    stopping?.signalledAt !== undefined || finishedAt === undefined || finishedAt >= (stopping?.since ?? finishedAt);
  if (stopping !== undefined && isStopped) return stopped(stopping, "exitCode" in end ? end.exitCode : undefined);
  if (end.kind !== "exited") return { kind: "lost", reason: end.kind, message: end.message };
  const { exitCode, oom } = end;
  if (policies.successExitCodes.includes(exitCode)) return { kind: "succeeded", exitCode };
  return { kind: "failed", exitCode, oom };
}

function stopped({ reason }: Stopping, exitCode?: number): Outcome {
  return { kind: reason, ...(exitCode === undefined ? {} : { exitCode }) };
}
