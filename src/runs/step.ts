import type { RunPolicies } from "../jobs/job.ts";
import type { AttemptEnd } from "../ledger/attempt-changes.ts";
import type { Attempt, ImageUsed, Outcome, Stopping } from "../ledger/page.ts";
import type { End, ObjectState } from "./engine.ts";

/** A start that went unanswered is most likely lost when its object was seen inert for this long. */
export const INERT_BEFORE_ACTIVATION_MS = 2000;
/** What the engine may take over the grace period, before the object is removed by force. */
export const STOP_MARGIN_MS = 10_000;
/** Wakes may be lost, so what is active is looked at this often at least. */
export const LOOK_AGAIN_MS = 15_000;
/** How long a node may be down, unless the job says otherwise. */
const NODE_GRACE_MS = 60_000;

/** An attempt's object, as it was seen just now. */
export interface Sight {
  /** Undefined when there is no such object (any more). */
  readonly state: ObjectState | undefined;
  /** True when no source declares the job any more. */
  readonly isRemoved: boolean;
  /** Since when this scheduler sees it inert (with no activation of its own in flight), or unreachable. */
  readonly since?: Date;
}

/** The one next thing to do for an attempt. */
export type Effect =
  | { readonly kind: "wait"; readonly until: Date }
  | { readonly kind: "activate" }
  | { readonly kind: "note-stopping"; readonly stopping: Stopping }
  | { readonly kind: "stop"; readonly gracePeriodMs: number; readonly until: Date }
  | { readonly kind: "remove-by-force" }
  /** It never ran, so it has no end that could be lost; a scheduler that stalled must not activate it any more. */
  | { readonly kind: "withdraw" }
  /** `removes`: and then, to remove the object, which would not stay as it is. */
  | { readonly kind: "record"; readonly end: AttemptEnd; readonly removes?: true };

/**
 * What to do for an attempt that has no outcome yet: (the page × the object as seen) → the one next effect.
 * It does not matter who bound the attempt, or when: taking up after a crash is just another row.
 */
export function step(attempt: Attempt, policies: RunPolicies, sight: Sight, now: Date): Effect {
  const { state } = sight;
  if (state === undefined) return record(outcomeOfGone(attempt), {}, attempt, now);
  const { stopping = whyToStop(sight, policies, now) } = attempt;
  if (stopping !== undefined && (mayRun(state) || state.phase === "inert" || state.phase === "pending")) {
    if (attempt.stopping === undefined) return { kind: "note-stopping", stopping };
    return mayRun(state) ? stop(stopping, policies, now) : { kind: "withdraw" };
  }
  switch (state.phase) {
    case "inert":
      return stepInert(attempt, policies, sight, now);
    case "pending":
      return stepPending(attempt, policies, state.detail, now);
    case "running":
      return stepRunning(attempt, policies, state.startedAt, now);
    case "unreachable":
      return stepUnreachable(attempt, policies, { state, since: sight.since ?? now }, now);
    case "ended":
      return {
        ...record(outcomeOfEnd(state.end, attempt, policies, state.finishedAt), state, attempt, now),
        ...(state.runsAgain && { removes: true }),
      };
  }
}

function mayRun(state: ObjectState): boolean {
  return state.phase === "running" || (state.phase === "pending" && state.mayRun === true);
}

/** What is copied from a template goes with it. */
function whyToStop({ isRemoved }: Sight, { endsWithTemplate }: RunPolicies, now: Date): Stopping | undefined {
  return isRemoved && endsWithTemplate === true ? { reason: "cancelled", since: now } : undefined;
}

function stepInert(attempt: Attempt, policies: RunPolicies, sight: Sight, now: Date): Effect {
  if (isPast(attempt.boundAt, policies.pendingTimeoutMs, now)) return stepPending(attempt, policies, undefined, now);
  const { since = now } = sight;
  if (isPast(since, INERT_BEFORE_ACTIVATION_MS, now)) return { kind: "activate" };
  return { kind: "wait", until: plus(since, INERT_BEFORE_ACTIVATION_MS) };
}

function stepPending(attempt: Attempt, policies: RunPolicies, detail: string | undefined, now: Date): Effect {
  if (!isPast(attempt.boundAt, policies.pendingTimeoutMs, now)) {
    return { kind: "wait", until: plus(attempt.boundAt, policies.pendingTimeoutMs) };
  }
  const message = detail ?? "the engine did not say why";
  return record({ kind: "rejected", reason: "pending-timeout", message }, {}, attempt, now);
}

function stop({ since }: Stopping, { stopGracePeriodMs }: RunPolicies, now: Date): Effect {
  const until = plus(since, stopGracePeriodMs + STOP_MARGIN_MS);
  return now >= until ? { kind: "remove-by-force" } : { kind: "stop", gracePeriodMs: stopGracePeriodMs, until };
}

function stepRunning(attempt: Attempt, policies: RunPolicies, startedAt: Date, now: Date): Effect {
  const { timeoutMs } = policies;
  if (timeoutMs === undefined) return { kind: "wait", until: plus(now, LOOK_AGAIN_MS) };
  const deadline = plus(clamp(startedAt, attempt.boundAt, now), timeoutMs);
  if (now >= deadline) return { kind: "note-stopping", stopping: { reason: "timed-out", since: now } };
  return { kind: "wait", until: earliest(deadline, plus(now, LOOK_AGAIN_MS)) };
}

/** Whatever it was to be stopped for: nobody knows whether it was, so this must not say that it is. */
function stepUnreachable(
  attempt: Attempt,
  { nodeGraceMs = NODE_GRACE_MS }: RunPolicies,
  { state, since }: { readonly state: ObjectState & { readonly phase: "unreachable" }; readonly since: Date },
  now: Date,
): Effect {
  if (isPast(since, nodeGraceMs, now))
    return record({ kind: "lost", reason: "node-down", message: state.message }, state, attempt, now);
  return { kind: "wait", until: earliest(plus(since, nodeGraceMs), plus(now, LOOK_AGAIN_MS)) };
}

function outcomeOfGone(attempt: Attempt): Outcome {
  return attempt.stopping === undefined ? { kind: "lost", reason: "object-removed" } : stopped(attempt.stopping);
}

/** Why it ended: first because we stopped it, then for want of memory, then by itself. */
function outcomeOfEnd(end: End, attempt: Attempt, policies: RunPolicies, finishedAt: Date | undefined): Outcome {
  if (end.kind === "rejected") return { kind: "rejected", reason: end.reason, message: end.message };
  if (end.kind === "node-down") return { kind: "lost", reason: end.kind, message: end.message };
  const { stopping } = attempt;
  if (stopping !== undefined && (finishedAt === undefined || finishedAt >= stopping.since))
    return stopped(stopping, "exitCode" in end ? end.exitCode : undefined);
  if (end.kind !== "exited") return { kind: "lost", reason: end.kind, message: end.message };
  const { exitCode, oom } = end;
  if (policies.successExitCodes.includes(exitCode)) return { kind: "succeeded", exitCode };
  return { kind: "failed", exitCode, oom };
}

function stopped({ reason }: Stopping, exitCode?: number): Outcome {
  return { kind: reason, ...(exitCode === undefined ? {} : { exitCode }) };
}

function record(
  outcome: Outcome,
  seen: { startedAt?: Date; finishedAt?: Date; node?: string; image?: ImageUsed },
  attempt: Attempt,
  now: Date,
): Effect {
  const startedAt = seen.startedAt === undefined ? undefined : clamp(seen.startedAt, attempt.boundAt, now);
  const finishedAt = clamp(seen.finishedAt ?? now, startedAt ?? attempt.boundAt, now);
  return {
    kind: "record",
    end: {
      outcome,
      finishedAt,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(seen.node === undefined ? {} : { node: seen.node }),
      ...(seen.image && { image: seen.image }),
      ...(attempt.stopping && { stopping: attempt.stopping }),
    },
  };
}

function isPast(since: Date, ms: number, now: Date): boolean {
  return now.getTime() - since.getTime() >= ms;
}

function plus(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

function earliest(a: Date, b: Date): Date {
  return a < b ? a : b;
}

/** The engine's clock may be another one than ours. */
function clamp(at: Date, from: Date, to: Date): Date {
  if (at < from) return from;
  return at > to ? to : at;
}
