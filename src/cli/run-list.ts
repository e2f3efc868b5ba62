import { type ImageUsed, latestAttempt, type Outcome, type Page, type Run, type Trigger } from "../ledger/page.ts";
import { runTimeInWords } from "./duration-in-words.ts";
import type { Format } from "./format-option.ts";
import type { ObjectStates } from "./object-states.ts";
import { outcomeInTable } from "./outcome-words.ts";
import { type RunState, runState } from "./run-state.ts";
import { alignColumns, formatTime } from "./table.ts";

/** A run, as `runs` shows it. Start, duration, node and image are those of its latest attempt. */
export interface ListedRun {
  readonly run: string;
  readonly trigger: Trigger;
  /** When it was due; for a manual start, when it was asked for. */
  readonly scheduledAt: Date;
  readonly state: RunState["kind"];
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** So far, while it runs. */
  readonly durationMs?: number;
  readonly attempts: number;
  readonly nextAttemptAt?: Date;
  readonly stopping?: string;
  readonly outcome?: Outcome;
  readonly node?: string;
  /** Of an attempt that has ended. */
  readonly image?: ImageUsed;
}

export interface ListRunsParts {
  readonly states: ObjectStates;
  readonly now: Date;
}

/** The runs that the page holds, the newest first. */
export function listRuns(page: Page, parts: ListRunsParts): readonly ListedRun[] {
  return page.runs.map((run) => listedRun(run, parts)).toReversed();
}

function listedRun(run: Run, { states, now }: ListRunsParts): ListedRun {
  const state = runState(run, states);
  const attempt = latestAttempt(run);
  const { startedAt = attempt.startedAt, node = attempt.node } = state.kind === "running" ? state : {};
  const { finishedAt } = attempt;
  const until = finishedAt ?? (state.kind === "running" ? now : undefined);
  return {
    run: run.id,
    trigger: run.trigger,
    scheduledAt: run.scheduledAt,
    state: state.kind,
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    ...(startedAt && until && { durationMs: Math.max(0, until.getTime() - startedAt.getTime()) }),
    attempts: latestAttempt(run).number,
    ...(state.kind === "waiting-for-retry" && state.retryAt && { nextAttemptAt: state.retryAt }),
    ...(state.kind === "stopping" && { stopping: state.reason }),
    ...(run.outcome && { outcome: run.outcome }),
    ...(node !== undefined && { node }),
    ...(attempt.image && { image: attempt.image }),
  };
}

/** JSON is one array; a table has a line a run. Times are UTC. */
export function formatRuns(job: string, runs: readonly ListedRun[], format: Format): string {
  if (format === "json") return JSON.stringify(runs, null, 2);
  if (runs.length === 0) return `no run of ${job} is kept`;
  const head = ["RUN", "TRIGGER", "DUE AT", "STARTED", "DURATION", "ATTEMPTS", "NODE", "OUTCOME"];
  return alignColumns([head, ...runs.map(tableRow)]);
}

function tableRow(run: ListedRun): string[] {
  return [
    run.run,
    run.trigger,
    formatTime(run.scheduledAt),
    formatTime(run.startedAt),
    run.durationMs === undefined ? "-" : runTimeInWords(run.durationMs),
    String(run.attempts),
    run.node ?? "-",
    outcomeOrState(run),
  ];
}

function outcomeOrState({ state, outcome, nextAttemptAt, stopping }: ListedRun): string {
  if (outcome !== undefined) return outcomeInTable(outcome);
  if (state === "waiting-for-retry") return `next attempt at ${formatTime(nextAttemptAt)}`;
  return stopping === undefined ? state : `stopping (${stopping})`;
}
