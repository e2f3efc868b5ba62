import type { ObjectState } from "../engines/engine.ts";
import type { RunPolicies } from "../job/job.ts";
import type { AttemptEnd } from "../ledger/changes/attempts.ts";
import type { Attempt, ImageUsed, Outcome, Stopping } from "../ledger/record.ts";
import { givenUp, outcomeOfEnd, outcomeOfGone } from "./outcome-of-end.ts";

/** A start that went unanswered is most likely lost when its object has been inert for this long. */
const INERT_BEFORE_ACTIVATION_MS = 2000;
/** How long the engine may take beyond the grace period before the object is removed by force. */
const STOP_MARGIN_MS = 10_000;
/** Wakes may be lost, so what is active is looked at at least this often. */
export const LOOK_AGAIN_MS = 15_000;
/** How long the scheduler that follows the output of an attempt may take to record its end. */
const FOLLOWER_FIRST_MS = 2000;
/** How often an object is looked at whose end wakes no scheduler. */
const LOOK_AT_UNHEARD_MS = 1000;
/** How long the engine may say nothing about one object, while it answers about others. */
const OUT_OF_SIGHT_MS = 300_000;
/** How long the removal of an object that never ran is tried, before the end is recorded without it. */
const REMOVED_WITHIN_MS = 300_000;
/** How long a node may be down, unless the job says otherwise. */
const NODE_GRACE_MS = 60_000;

/** An attempt's object, as it was seen just now. */
export interface Sight {
  /** Undefined when there is no such object. */
  readonly state: ObjectState | undefined;
  /** True when no source declares the job. */
  readonly isRemoved: boolean;
  /** Another scheduler follows its output, if that scheduler is alive. */
  readonly isAnothers?: boolean;
  /** When its process began by our clock: after it was last seen not to run, and before it was first seen to run. */
  readonly began?: StartWindow;
  /** Since when this scheduler sees it inert (with no activation of its own in flight), unreachable, unclear, or ended. */
  readonly since?: Date;
  /** Why the last try to start it again failed, if it did. */
  readonly startTrouble?: string;
  /** True if the last try to remove it failed. */
  readonly isRemovalInTrouble?: boolean;
}

/** By our own clock: that of its node may differ. */
export interface StartWindow {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** The one next thing to do for an attempt. */
export type Effect =
  | { readonly kind: "wait"; readonly until: Date }
  | { readonly kind: "activate" }
  | { readonly kind: "note-stopping"; readonly stopping: Stopping }
  | { readonly kind: "stop"; readonly gracePeriodMs: number; readonly until: Date }
  | { readonly kind: "remove-by-force" }
  /**
   * Removes it unless it runs: it never ran, so it has no end that could be lost, and a start that is still on its way, or
   * that a stalled scheduler has yet to send, must come to nothing. Its outcome is recorded when it is gone.
   */
  | { readonly kind: "withdraw" }
  /** `removes`: the object is removed after that, because it would not stay as it is. */
  | { readonly kind: "record"; readonly end: AttemptEnd; readonly removes?: true };

/**
 * Returns what to do for an attempt that has no outcome yet: (the record × the object as seen) → the one next effect.
 * It does not matter which scheduler bound the attempt, or when: taking up after a crash is just another row.
 */
export function step(attempt: Attempt, policies: RunPolicies, sight: Sight, now: Date): Effect {
  const { state } = sight;
  if (state === undefined) return recordGone(attempt, now);
  const { stopping = whyToStop(sight, policies, now) } = attempt;
  if (stopping !== undefined && (mayRun(state) || state.phase === "inert" || state.phase === "pending")) {
    if (attempt.stopping === undefined)
      return { kind: "note-stopping", stopping: { ...stopping, ...(mayRun(state) && { signalledAt: now }) } };
    if (state.phase !== "running" && givenUp(stopping) !== undefined) return withdraw(attempt, stopping, sight, now);
    return mayRun(state) ? stop(stopping, policies, now) : { kind: "withdraw" };
  }
  switch (state.phase) {
    case "inert":
      return stepInert(attempt, policies, sight, now);
    case "pending":
      return stepPending(attempt, policies, state.detail, now);
    case "running":
      return stepRunning(attempt, policies, { state, began: sight.began }, now);
    case "unreachable":
      return stepUnreachable(attempt, policies, { state, since: sight.since ?? now }, now);
    case "unclear":
      return stepUnclear(attempt, policies, { message: state.trouble.message, since: sight.since ?? now }, now);
    case "ending":
      return { kind: "wait", until: plus(now, LOOK_AT_UNHEARD_MS) };
    case "ended":
      return stepEnded(attempt, policies, sight, { state, now });
  }
}

function mayRun(state: ObjectState): boolean {
  return state.phase === "running" || (state.phase === "pending" && state.mayRun === true);
}

/** A run that is copied from a template ends with it. */
function whyToStop({ isRemoved }: Sight, { endsWithTemplate }: RunPolicies, now: Date): Stopping | undefined {
  return isRemoved && endsWithTemplate === true ? { reason: "cancelled", since: now } : undefined;
}

function stepInert(attempt: Attempt, policies: RunPolicies, sight: Sight, now: Date): Effect {
  if (isPast(attempt.boundAt, policies.pendingTimeoutMs, now))
    return stepPending(attempt, policies, sight.startTrouble, now);
  const { since = now } = sight;
  if (isPast(since, INERT_BEFORE_ACTIVATION_MS, now)) return { kind: "activate" };
  return { kind: "wait", until: plus(since, INERT_BEFORE_ACTIVATION_MS) };
}

function stepPending(attempt: Attempt, policies: RunPolicies, detail: string | undefined, now: Date): Effect {
  if (!isPast(attempt.boundAt, policies.pendingTimeoutMs, now)) {
    return { kind: "wait", until: plus(attempt.boundAt, policies.pendingTimeoutMs) };
  }
  const notStarted = detail ?? "the engine did not say why";
  return { kind: "note-stopping", stopping: { reason: "timed-out", since: now, notStarted } };
}

/**
 * Its end is recorded when its object is gone, and can no longer start. Where the object cannot be removed, the end is
 * recorded all the same after a while: the job must not wait for ever.
 */
function withdraw(attempt: Attempt, { since }: Stopping, { isRemovalInTrouble = false }: Sight, now: Date): Effect {
  if (isRemovalInTrouble && isPast(since, REMOVED_WITHIN_MS, now)) return recordGone(attempt, now);
  return { kind: "withdraw" };
}

function recordGone(attempt: Attempt, now: Date): Effect {
  const { stopping } = attempt;
  const isGivenUp = stopping !== undefined && givenUp(stopping) !== undefined;
  return record(outcomeOfGone(attempt), isGivenUp ? { finishedAt: stopping.since } : {}, attempt, now);
}

/** Force comes after the grace period. What was cancelled while no scheduler was there has not been sent the signal yet. */
function stop({ reason, since, signalledAt }: Stopping, { stopGracePeriodMs }: RunPolicies, now: Date): Effect {
  const from = signalledAt ?? (reason === "cancelled" ? now : since);
  const until = plus(from, stopGracePeriodMs + STOP_MARGIN_MS);
  return now >= until ? { kind: "remove-by-force" } : { kind: "stop", gracePeriodMs: stopGracePeriodMs, until };
}

function stepRunning(
  attempt: Attempt,
  { timeoutMs }: RunPolicies,
  {
    state,
    began,
  }: { readonly state: ObjectState & { readonly phase: "running" }; readonly began: StartWindow | undefined },
  now: Date,
): Effect {
  const { startedAt, isUnheard } = state;
  const lookAgainAt = plus(now, isUnheard ? LOOK_AT_UNHEARD_MS : LOOK_AGAIN_MS);
  if (timeoutMs === undefined) return { kind: "wait", until: lookAgainAt };
  const deadline = plus(onOurClock(startedAt ?? attempt.boundAt, attempt, began, now), timeoutMs);
  if (now >= deadline)
    return { kind: "note-stopping", stopping: { reason: "timed-out", since: now, signalledAt: now } };
  return { kind: "wait", until: earliest(deadline, lookAgainAt) };
}

/** Even if it was to be stopped: whether it was is not known, so the outcome must not say so. */
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

/**
 * The engine answers, and not about this object. It may run, or be about to: so it counts as active for as long as a
 * start may take, and for some minutes at least. Then it can no longer be known.
 */
function stepUnclear(
  attempt: Attempt,
  { pendingTimeoutMs }: RunPolicies,
  { message, since }: { readonly message: string; readonly since: Date },
  now: Date,
): Effect {
  const until = latest(plus(since, OUT_OF_SIGHT_MS), plus(attempt.boundAt, pendingTimeoutMs));
  if (now >= until) return record({ kind: "lost", reason: "out-of-sight", message }, {}, attempt, now);
  return { kind: "wait", until: earliest(until, plus(now, LOOK_AGAIN_MS)) };
}

/** The output goes with the object, so the scheduler that follows it comes first: the last lines are logged, and only once. */
function stepEnded(
  attempt: Attempt,
  policies: RunPolicies,
  { isAnothers = false, since, began }: Sight,
  { state, now }: { readonly state: ObjectState & { readonly phase: "ended" }; readonly now: Date },
): Effect {
  const { end } = state;
  if (isAnothers && end.kind === "exited" && !isPast(since ?? now, FOLLOWER_FIRST_MS, now))
    return { kind: "wait", until: plus(since ?? now, FOLLOWER_FIRST_MS) };
  const { startedAt, ...seen } = state;
  // An unknown start is taken to be the time of the swap, which came right before it.
  const times = { ...seen, ...(startedAt && { startedAt: startedAt === "unknown" ? attempt.boundAt : startedAt }) };
  const ours = timesOnOurClock(times, attempt, began, now);
  const recorded = record(outcomeOfEnd(end, attempt, policies, ours.finishedAt), { ...times, ...ours }, attempt, now);
  return state.runsAgain ? { ...recorded, removes: true } : recorded;
}

function record(
  outcome: Outcome,
  seen: { startedAt?: Date; finishedAt?: Date; node?: string; image?: ImageUsed },
  attempt: Attempt,
  now: Date,
): Effect & { readonly kind: "record" } {
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

/** The time of a start that the engine reports, by our clock. */
function onOurClock(startedAt: Date, { boundAt }: Attempt, began: StartWindow | undefined, now: Date): Date {
  return clamp(startedAt, latest(boundAt, began?.notBefore ?? boundAt), began?.notAfter ?? now);
}

/**
 * The times of a start and an end that the engine reports, by our clock. How long the process ran is what its node measured,
 * if it is known when it began.
 */
function timesOnOurClock(
  { startedAt, finishedAt }: { readonly startedAt?: Date; readonly finishedAt?: Date },
  attempt: Attempt,
  began: StartWindow | undefined,
  now: Date,
): { readonly startedAt?: Date; readonly finishedAt?: Date } {
  if (startedAt === undefined || finishedAt === undefined) return { ...(finishedAt && { finishedAt }) };
  const ourStart = onOurClock(startedAt, attempt, began, now);
  if (began === undefined && ourStart <= startedAt) return { startedAt, finishedAt };
  const ranMs = Math.max(0, finishedAt.getTime() - startedAt.getTime());
  return { startedAt: ourStart, finishedAt: clamp(plus(ourStart, ranMs), ourStart, now) };
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

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

/** The engine's clock may differ from ours. */
function clamp(at: Date, from: Date, to: Date): Date {
  if (at < from) return from;
  return at > to ? to : at;
}
