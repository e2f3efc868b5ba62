import { counted } from "../../job/counted.ts";
import {
  type ImageUsed,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type Run,
  type Trigger,
} from "../../ledger/record.ts";
import type { ObjectStates } from "../object-states.ts";
import { outcomeInTable, outcomeTone } from "../../view/words/outcome.ts";
import { type RunState, runState } from "../../view/run-view.ts";
import type { Appearance } from "./appearance.ts";
import { shortRunTime } from "../../view/words/duration.ts";
import { type Cell, formatTable } from "./table.ts";
import { formatInstant, type TimeStyle } from "./time-style.ts";

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

/** The runs that the record holds, the newest first. */
export function listRuns(record: JobRecord, parts: ListRunsParts): readonly ListedRun[] {
  return record.runs.map((run) => listedRun(run, parts)).toReversed();
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

export interface RunTableParts {
  readonly now: Date;
  readonly times: TimeStyle;
  readonly appearance: Appearance;
}

const BEFORE_NODE = [{ head: "RUN" }, { head: "TRIGGER" }, { head: "STARTED" }, { head: "TOOK" }] as const;

/** A line for each run. Nodes are shown where there are several. */
export function formatRuns(job: string, runs: readonly ListedRun[], parts: RunTableParts): string {
  if (runs.length === 0) return `no run of ${job} is kept`;
  const hasNodes = new Set(runs.flatMap(({ node }) => node ?? [])).size > 1;
  const rows = runs.map((run) => [
    run.run,
    run.trigger,
    formatInstant(run.startedAt, parts.times, parts.now),
    run.durationMs === undefined ? "-" : shortRunTime(run.durationMs),
    ...(hasNodes ? [run.node ?? "-"] : []),
    outcomeOrState(run, parts),
  ]);
  const node = hasNodes ? [{ head: "NODE", isCut: true } as const] : [];
  return formatTable([...BEFORE_NODE, ...node, { head: "OUTCOME" }], rows, parts.appearance);
}

function outcomeOrState(run: ListedRun, parts: RunTableParts): Cell {
  const { state, outcome, nextAttemptAt, stopping, attempts } = run;
  const times = attempts > 1 ? `, ${counted(attempts, "attempt")}` : "";
  if (outcome !== undefined) return { text: `${outcomeInTable(outcome)}${times}`, tone: outcomeTone(outcome) };
  if (state === "waiting-for-retry")
    return { text: `retry ${formatInstant(nextAttemptAt, parts.times, parts.now)}${times}`, tone: "notable" };
  if (stopping !== undefined) return { text: `stopping (${stopping})`, tone: "notable" };
  return { text: `${state}${attempts > 1 ? `, attempt ${attempts}` : ""}`, tone: "active" };
}
