import { latestAttempt, type Outcome, type Run, type Stopping } from "../ledger/record.ts";
import type { ObjectStates } from "../cli/object-states.ts";

/** How a run is, from its record and from what the engine says of its object. */
export type RunState =
  | { readonly kind: "ended"; readonly outcome: Outcome }
  | { readonly kind: "waiting-for-retry"; readonly retryAt?: Date }
  | { readonly kind: "stopping"; readonly reason: Stopping["reason"] }
  | { readonly kind: "running"; readonly startedAt: Date; readonly node?: string }
  /** `detail` is what the engine says of it. */
  | { readonly kind: "starting"; readonly detail?: string }
  /** Its process is over, and that is not recorded yet. */
  | { readonly kind: "ending" }
  /** The engine was not to be asked, or did not say. */
  | { readonly kind: "active" };

export function runState(run: Run, states: ObjectStates): RunState {
  if (run.outcome !== undefined) return { kind: "ended", outcome: run.outcome };
  const { outcome, retryAt, stopping, objectId } = latestAttempt(run);
  if (outcome !== undefined) return { kind: "waiting-for-retry", ...(retryAt && { retryAt }) };
  const isToldToStop = stopping?.notStarted === undefined || stopping.signalledAt !== undefined;
  if (stopping !== undefined && isToldToStop) return { kind: "stopping", reason: stopping.reason };
  return states === "unknown" ? { kind: "active" } : stateOfObject(objectId, states);
}

function stateOfObject(objectId: string | undefined, states: Exclude<ObjectStates, "unknown">): RunState {
  const seen = states.get(objectId ?? "");
  switch (seen?.phase) {
    case "inert":
      return { kind: "starting" };
    case "pending":
      return { kind: "starting", ...(seen.detail !== undefined && { detail: seen.detail }) };
    case "running":
      return { kind: "running", startedAt: seen.startedAt, ...(seen.node !== undefined && { node: seen.node }) };
    case "unclear":
      return { kind: "active" };
    default:
      return { kind: "ending" };
  }
}
