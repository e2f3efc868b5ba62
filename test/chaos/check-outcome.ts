import type { Attempt, LostReason, Outcome, Run } from "../../src/ledger/record.ts";
import type { Execution } from "./executions.ts";
import { type FaultRecord, overlaps } from "./fault-record.ts";

/** Until Swarm takes a node for lost, or for found, after a fault is over. */
const ECHO_MS = 60_000;
const CLOCK_MS = 1000;
/** Until an engine has written down that a process ended. */
const NOTE_MS = 2000;

/** The exit codes that Swarm tells of a process that was killed with its host, or by an engine that came back. */
const OF_A_DEAD_ENGINE = [137, 143, 255];
/** Those of an init that cannot run the command: whether it was that only its log tells, which died with the host. */
const OF_NO_COMMAND = [126, 127];

/** Why the outcome cannot be, by what the process itself says; nothing where it can. */
export function whyUntrue(
  run: Run,
  attempt: Attempt,
  execution: Execution | undefined,
  faults: readonly FaultRecord[],
): readonly string[] {
  const { outcome, number } = attempt;
  if (outcome === undefined) return [`attempt ${number} has no outcome`];
  if (isTrue({ run, attempt, outcome, execution, faults })) return [];
  return [
    `attempt ${number} is ${JSON.stringify(outcome)}, but its process: ${JSON.stringify(execution ?? "never ran")}`,
  ];
}

interface Case {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  readonly execution: Execution | undefined;
  readonly faults: readonly FaultRecord[];
}

function isTrue(told: Case): boolean {
  const { run, outcome, execution } = told;
  switch (outcome.kind) {
    case "succeeded":
      return run.policies.successExitCodes.includes(outcome.exitCode) && execution?.end?.exitCode === outcome.exitCode;
    case "failed":
      return execution?.end?.exitCode === outcome.exitCode || wasKilledWithItsEngine(told, outcome.exitCode);
    case "rejected":
      return execution === undefined;
    case "timed-out":
      return wasStopped(told) && ranLongEnough(told);
    case "replaced":
    case "cancelled":
      return wasStopped(told);
    case "lost":
      return isLost(told, outcome.reason);
  }
}

function isLost(told: Case, reason: LostReason): boolean {
  const { attempt, faults } = told;
  switch (reason) {
    case "object-removed":
      return faults.some(({ name, on }) => name === "service-removed" && on === attempt.objectName);
    case "node-down":
      return isOfABrokenHost(told);
    case "shut-down":
      return isOfABrokenHost(told) || wasShutDownBySwarm(told);
    // Only of containers, and of commands in containers of somebody else's, of which there are none here.
    case "exit-unknown":
    case "out-of-sight":
      return false;
  }
}

/** A new leader takes nodes for down that have not found it yet, for a moment, and stops what runs on them. */
function wasShutDownBySwarm({ attempt, execution, faults }: Case): boolean {
  const { boundAt, finishedAt = boundAt } = attempt;
  const isStopped = execution === undefined || (execution.signalledAt !== undefined && attempt.stopping === undefined);
  return (
    isStopped && faults.some((fault) => /^manager-/.test(fault.name) && overlaps(fault, boundAt, finishedAt, ECHO_MS))
  );
}

function wasKilledWithItsEngine(told: Case, exitCode: number): boolean {
  const { execution } = told;
  if (execution === undefined && OF_NO_COMMAND.includes(exitCode)) return isOfABrokenHost(told, ECHO_MS);
  if (!OF_A_DEAD_ENGINE.includes(exitCode)) return false;
  return execution?.end === undefined ? isOfABrokenHost(told) : wasCutShort(told, execution.end.at);
}

/** It had ended by itself, and its host died before its engine could note that. */
function wasCutShort({ execution, faults }: Case, endedAt: Date): boolean {
  return faults.some(({ name, on, beganAt }) => {
    const sinceMs = beganAt.getTime() - endedAt.getTime();
    return name.endsWith("-killed") && on.split(",")[0] === execution?.node && Math.abs(sinceMs) < NOTE_MS;
  });
}

/** It got a signal, or ended by itself after it was decided to stop it, or before it could be sent one. */
function wasStopped(told: Case): boolean {
  const { attempt, execution } = told;
  if (execution === undefined) return attempt.startedAt === undefined || isOfABrokenHost(told);
  const { signalledAt, end } = execution;
  if (signalledAt !== undefined) return true;
  if (end === undefined) return isOfABrokenHost(told);
  return attempt.stopping !== undefined && end.at.getTime() >= attempt.stopping.since.getTime() - CLOCK_MS;
}

function ranLongEnough({ run, attempt, execution }: Case): boolean {
  const { timeoutMs = Number.POSITIVE_INFINITY } = run.policies;
  const from = execution?.startedAt ?? attempt.startedAt ?? attempt.boundAt;
  return attempt.stopping !== undefined && attempt.stopping.since.getTime() - from.getTime() >= timeoutMs - CLOCK_MS;
}

/** `afterMs`: how long after its end something was still to be asked of its host. */
function isOfABrokenHost({ attempt, execution, faults }: Case, afterMs = 0): boolean {
  const node = execution?.node || attempt.node;
  const { boundAt, finishedAt = boundAt } = attempt;
  const until = new Date(finishedAt.getTime() + afterMs);
  return faults.some(
    (fault) =>
      /^(manager|worker)-/.test(fault.name) &&
      (node === undefined || fault.on.split(",")[0] === node) &&
      overlaps(fault, boundAt, until, ECHO_MS),
  );
}
