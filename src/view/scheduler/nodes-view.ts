import type { EngineNode } from "../../engines/engine.ts";
import { activeRuns, type JobRecord } from "../../ledger/record.ts";
import { type ActiveRun, activeRunsOf } from "../runs/active-runs.ts";
import { type PastRun, pastRuns } from "../runs/past-runs.ts";
import type { ObjectStates } from "../runs/run-view.ts";

/** What the engine says about the machines that runs are on. */
export type NodesAnswer =
  | { readonly kind: "nodes"; readonly nodes: readonly EngineNode[] }
  /** What is between shipbell and the engine does not let the question through. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string };

/** Where runs are and were. Only what shipbell ran: names, states and times. */
export interface NodesView {
  /** By name. */
  readonly columns: readonly NodeColumn[];
  /** Active runs that are on no node yet, as far as is known. */
  readonly unplaced: readonly NodeRun[];
  /** Why the engine says nothing about the nodes: a sentence. Their names are then those that the ledger knows. */
  readonly notice?: string;
}

export interface NodeColumn {
  readonly name: string;
  /** Usually one. None: the engine does not know it, or does not say. Several have the same name. */
  readonly nodes: readonly EngineNode[];
  /** Those that began first come first. */
  readonly active: readonly NodeRun[];
  /** The last that ended on it, oldest first: at most 30. */
  readonly past: readonly NodePastRun[];
}

export interface NodeRun extends ActiveRun {
  readonly job: string;
}

export interface NodePastRun extends PastRun {
  readonly job: string;
}

export interface NodesViewParts {
  readonly answer: NodesAnswer;
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly states: ObjectStates;
  readonly now: Date;
  /** Is awaited after each few dozen records, so that other work comes between. */
  readonly turn: () => Promise<void>;
}

const PAST_SHOWN = 30;

const RECORDS_OF_A_TURN = 25;

export async function nodesView({ answer, records, states, now, turn }: NodesViewParts): Promise<NodesView> {
  const nodes = answer.kind === "nodes" ? answer.nodes : [];
  const columns = new Map<string, Column>();
  const columnOf = (name: string) => {
    const known = columns.get(name) ?? { nodes: [], active: [], past: [], since: 0 };
    columns.set(name, known);
    return known;
  };
  for (const node of nodes) columnOf(node.name).nodes.push(node);
  // Outside of a Swarm, everything is on the one machine, and nothing says so of each run.
  const [only] = nodes;
  const alone = only !== undefined && only.role === undefined ? only.name : undefined;
  const unplaced: NodeRun[] = [];
  let read = 0;
  // Others may change the records meanwhile.
  for (const record of [...records.values()]) {
    if (record.closedAt !== undefined) continue;
    const { job } = record;
    // Not kept: of all that is read here, little is shown.
    const past = pastRuns(record);
    const active = activeRuns(record);
    if (++read % RECORDS_OF_A_TURN === 0) await turn();
    for (const run of active.length === 0 ? [] : activeRunsOf(active, { past, states, now })) {
      const { node = alone } = run;
      if (node === undefined) unplaced.push({ job, ...run });
      else columnOf(node).active.push({ job, ...run });
    }
    for (const run of past.runs) {
      const { node = alone } = run;
      if (node !== undefined) keep(columnOf(node), job, run);
    }
  }
  const names = [...columns.keys()].sort();
  return {
    columns: names.map((name) => finished(name, columnOf(name))),
    unplaced: unplaced.sort(bySince),
    ...(answer.kind !== "nodes" && { notice: noticeOf(answer) }),
  };
}

interface Column {
  readonly nodes: EngineNode[];
  readonly active: NodeRun[];
  readonly past: NodePastRun[];
  /** What ended before this instant is not among the last. */
  since: number;
}

/** Holds twice as many as are shown at most, so that each run is compared with a few others only. */
function keep(column: Column, job: string, run: PastRun): void {
  const { past } = column;
  if (run.finishedAt.getTime() < column.since) return;
  past.push({ job, ...run });
  if (past.length < 2 * PAST_SHOWN) return;
  past.sort(byEnd).splice(0, past.length - PAST_SHOWN);
  column.since = past[0]?.finishedAt.getTime() ?? 0;
}

function finished(name: string, { nodes, active, past }: Column): NodeColumn {
  return { name, nodes, active: active.sort(bySince), past: past.sort(byEnd).slice(-PAST_SHOWN) };
}

function byEnd(a: NodePastRun, b: NodePastRun): number {
  return a.finishedAt.getTime() - b.finishedAt.getTime() || (a.job < b.job ? -1 : 1);
}

function bySince(a: NodeRun, b: NodeRun): number {
  return a.since.getTime() - b.since.getTime() || (a.job < b.job ? -1 : 1);
}

function noticeOf({ kind, message }: Exclude<NodesAnswer, { readonly kind: "nodes" }>): string {
  return kind === "refused"
    ? `The socket proxy does not let /nodes through: ${message}.`
    : `The engine says nothing about its nodes: ${message}.`;
}
