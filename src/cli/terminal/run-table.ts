import type { RunView } from "../../view/runs/run-view.ts";
import { counted } from "../../view/words/counted.ts";
import { outcomeInTable } from "../../view/words/outcome.ts";
import { bytesInWords } from "../../view/words/usage.ts";
import { type Appearance, outcomeTone } from "./appearance.ts";
import { type Cell, formatTable } from "./table.ts";
import { formatInstant, shortRunTime, type TimeStyle } from "./time-style.ts";

export interface RunTableParts {
  readonly now: Date;
  readonly times: TimeStyle;
  readonly appearance: Appearance;
}

const BEFORE_NODE = [{ head: "RUN" }, { head: "TRIGGER" }, { head: "STARTED" }, { head: "TOOK" }] as const;

/** A line for each run, with its node where there are several, and what it used where that is known of any. */
export function formatRuns(job: string, runs: readonly RunView[], parts: RunTableParts): string {
  if (runs.length === 0) return `no run of ${job} is kept`;
  const hasNodes = new Set(runs.flatMap(({ node }) => node ?? [])).size > 1;
  const isUsageKnown = runs.some(({ usage }) => usage !== undefined);
  const rows = runs.map((run) => [
    run.run,
    run.trigger,
    formatInstant(run.startedAt, parts.times, parts.now),
    run.durationMs === undefined ? "-" : shortRunTime(run.durationMs),
    ...(isUsageKnown ? usageCells(run) : []),
    ...(hasNodes ? [run.node ?? "-"] : []),
    outcomeOrState(run, parts),
  ]);
  const node = hasNodes ? [{ head: "NODE", isCut: true } as const] : [];
  const used = isUsageKnown ? [{ head: "CPU" }, { head: "MEMORY" }] : [];
  return formatTable([...BEFORE_NODE, ...used, ...node, { head: "OUTCOME" }], rows, parts.appearance);
}

/** What it used at least. */
function usageCells({ usage: { cpuMs, peakMemoryBytes } = {} }: RunView): readonly string[] {
  return [
    cpuMs === undefined ? "-" : shortRunTime(cpuMs),
    peakMemoryBytes === undefined ? "-" : bytesInWords(peakMemoryBytes),
  ];
}

function outcomeOrState(run: RunView, parts: RunTableParts): Cell {
  const { state, outcome, nextAttemptAt, stopping, attempts } = run;
  const times = attempts > 1 ? `, ${counted(attempts, "attempt")}` : "";
  if (outcome !== undefined) return { text: `${outcomeInTable(outcome)}${times}`, tone: outcomeTone(outcome) };
  if (state === "waiting-for-retry")
    return { text: `retry ${formatInstant(nextAttemptAt, parts.times, parts.now)}${times}`, tone: "notable" };
  if (stopping !== undefined) return { text: `stopping (${stopping})`, tone: "notable" };
  return { text: `${state}${attempts > 1 ? `, attempt ${attempts}` : ""}`, tone: "active" };
}
