import { latestAttempt, type Run, type Trigger } from "../../ledger/record.ts";
import { type PastRuns, unusualFromMs } from "./past-runs.ts";
import { type ObjectStates, type RunState, runState } from "./run-view.ts";

/** A run that has not ended, next to what is usual for its job. */
export interface ActiveRun {
  readonly run: string;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly state: RunState["kind"];
  /** The number of its latest attempt. */
  readonly attempt: number;
  /** When the process of that attempt started; as long as that is not known, when its object was bound. */
  readonly since: Date;
  readonly node?: string;
  /** How much of what is usual has passed: 1 is as long as usual. Absent where nothing is known to be usual. */
  readonly shareOfTypical?: number;
  /** It takes longer than is usual (`unusualFromMs`). */
  readonly isLong: boolean;
}

export interface ActiveRunParts {
  readonly past: PastRuns;
  readonly states: ObjectStates;
  readonly now: Date;
}

/** Active runs of one job, in the order in which they are given. */
export function activeRunsOf(runs: readonly Run[], { past, states, now }: ActiveRunParts): readonly ActiveRun[] {
  const { typical } = past;
  const unusualMs = unusualFromMs(typical);
  return runs.map((run) => {
    const attempt = latestAttempt(run);
    const state = runState(run, states);
    const startedAt = state.kind === "running" ? state.startedAt : attempt.startedAt;
    const since = startedAt ?? attempt.boundAt;
    const node = ("node" in state ? state.node : undefined) ?? attempt.node;
    const ms = now.getTime() - since.getTime();
    const isUnderWay = UNDER_WAY.has(state.kind);
    return {
      run: run.id,
      trigger: run.trigger,
      scheduledAt: run.scheduledAt,
      state: state.kind,
      attempt: attempt.number,
      since,
      ...(node !== undefined && { node }),
      ...(isUnderWay && typical && { shareOfTypical: Math.max(0, ms) / Math.max(1, typical.medianMs) }),
      isLong: isUnderWay && unusualMs !== undefined && ms > unusualMs,
    };
  });
}

/** A process runs. Of a run that is only `active`, it is not known whether it still does, so it is not compared. */
const UNDER_WAY: ReadonlySet<RunState["kind"]> = new Set(["running", "stopping"]);
