import type { ObjectState } from "../../engines/engine.ts";
import {
  activeRuns,
  type By,
  type ImageUsed,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type Run,
  type Stopping,
  type Trigger,
  type Upstream,
  type Usage,
  waitsForRetry,
} from "../../ledger/record.ts";

/** One run. Start, end, duration, node, image and usage are those of its latest attempt. */
export interface RunView {
  readonly run: string;
  readonly trigger: Trigger;
  /** When it was due; when it was requested, for a manual start. */
  readonly scheduledAt: Date;
  /** The run of another job whose end has started it. */
  readonly after?: Upstream;
  /** What it was given, defaults included: not for everyone's eyes, as commands and outputs are not. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Of a manual start: who asked for it, and why. */
  readonly by?: By;
  readonly reason?: string;
  readonly state: RunState["kind"];
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** Up to now, while it runs. */
  readonly durationMs?: number;
  readonly attempts: number;
  readonly nextAttemptAt?: Date;
  readonly stopping?: Stopping["reason"];
  /** Of a run that was cancelled: who did it, and why. */
  readonly stoppingBy?: By;
  readonly stoppingReason?: string;
  readonly outcome?: Outcome;
  readonly node?: string;
  /** Known once the attempt has ended. */
  readonly image?: ImageUsed;
  /** Known once the attempt has ended, if at all. */
  readonly usage?: Usage;
}

/**
 * What the engine says about the objects of active attempts, by their IDs. `unknown`: it did not answer; of one object, it was
 * not asked yet.
 */
export type ObjectStates = ReadonlyMap<string, ObjectState | "unknown"> | "unknown";

interface RunViewParts {
  readonly states: ObjectStates;
  readonly now: Date;
}

/** The runs that the record holds, newest first. */
export function runViews(record: JobRecord, parts: RunViewParts): readonly RunView[] {
  return record.runs.map((run) => runView(run, parts)).toReversed();
}

export function runView(run: Run, { states, now }: RunViewParts): RunView {
  const state = runState(run, states);
  const attempt = latestAttempt(run);
  const { startedAt = attempt.startedAt } = state.kind === "running" ? state : {};
  const { node = attempt.node } = state.kind === "running" || state.kind === "starting" ? state : {};
  const { finishedAt } = attempt;
  const until = finishedAt ?? (state.kind === "running" ? now : undefined);
  return {
    run: run.id,
    trigger: run.trigger,
    scheduledAt: run.scheduledAt,
    ...(run.after && { after: run.after }),
    ...(run.inputs && { inputs: run.inputs }),
    ...(run.by && { by: run.by }),
    ...(run.reason !== undefined && { reason: run.reason }),
    state: state.kind,
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    ...(startedAt && until && { durationMs: Math.max(0, until.getTime() - startedAt.getTime()) }),
    attempts: attempt.number,
    ...(state.kind === "waiting-for-retry" && state.retryAt && { nextAttemptAt: state.retryAt }),
    ...(state.kind === "stopping" && { stopping: state.reason }),
    ...(attempt.stopping?.by && { stoppingBy: attempt.stopping.by }),
    ...(attempt.stopping?.why !== undefined && { stoppingReason: attempt.stopping.why }),
    ...(run.outcome && { outcome: run.outcome }),
    ...(node !== undefined && { node }),
    ...(attempt.image && { image: attempt.image }),
    ...(attempt.usage && { usage: attempt.usage }),
  };
}

/** The state of a run, from its record and from what the engine says about its object. */
export type RunState =
  | { readonly kind: "ended"; readonly outcome: Outcome }
  | { readonly kind: "waiting-for-retry"; readonly retryAt?: Date }
  | { readonly kind: "stopping"; readonly reason: Stopping["reason"] }
  /** `startedAt` is absent where the engine does not know it. */
  | { readonly kind: "running"; readonly startedAt?: Date; readonly node?: string }
  /** `detail` is in the engine's words. */
  | { readonly kind: "starting"; readonly detail?: string; readonly node?: string }
  /** Its process has ended, and the record does not say so yet. */
  | { readonly kind: "ending" }
  /** The engine was not asked, or did not say; `because`: why, where it answers, and not about this object. */
  | { readonly kind: "active"; readonly because?: string };

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
  if (seen === "unknown") return { kind: "active" };
  switch (seen?.phase) {
    case "inert":
      return { kind: "starting" };
    case "pending":
      return {
        kind: "starting",
        ...(seen.detail !== undefined && { detail: seen.detail }),
        ...(seen.node !== undefined && { node: seen.node }),
      };
    case "running":
      return {
        kind: "running",
        ...(seen.startedAt && { startedAt: seen.startedAt }),
        ...(seen.node !== undefined && { node: seen.node }),
      };
    case "unclear":
      return { kind: "active", because: seen.trouble.message };
    default:
      return { kind: "ending" };
  }
}

/** The objects whose states `runView` needs: a record says that a run is active, and only the engine says how far it is. */
export function activeObjects(record: JobRecord): readonly string[] {
  return activeRuns(record)
    .filter((run) => !waitsForRetry(run))
    .flatMap((run) => latestAttempt(run).objectId ?? []);
}
