import { type Engine, EngineUnavailable, type ObjectState, OutputGone } from "../../src/engines/engine.ts";
import type { OutputLine } from "../../src/engines/output.ts";
import { activeRuns, type JobRecord, latestAttempt, type Run } from "../../src/ledger/record.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { COMPANY_NODES } from "./company.ts";
import type { Past } from "./past.ts";

interface StageParts {
  readonly clock: FakeClock;
  readonly records: () => ReadonlyMap<string, JobRecord>;
  readonly pastOf: (job: string) => Past;
  readonly isAway: boolean;
}

const QUARTER_MS = 900_000;
const NO_NODE =
  "no suitable node (scheduling constraints not satisfied on 3 nodes; 1 node not available for new tasks)";

/** A Swarm that says what the records leave open: where active runs are, and what they print. */
export function stageEngine({
  clock,
  records,
  pastOf,
  isAway,
}: StageParts): Pick<Engine, "look" | "logs" | "keepsOutput" | "nodes"> {
  const answering = () => {
    if (isAway) throw new EngineUnavailable("connect ECONNREFUSED /var/run/docker.sock");
  };
  const active = () =>
    [...records().values()].flatMap((record) => activeRuns(record).map((run) => ({ run, past: pastOf(record.job) })));
  const find = (objectId: string) => active().find(({ run }) => latestAttempt(run).objectId === objectId);
  return {
    keepsOutput: () => false,
    nodes: async () => {
      answering();
      return COMPANY_NODES.map((name, index) => ({
        id: `node-${name}`,
        name,
        state: "ready",
        availability: name === "ber-1" ? "pause" : "active",
        role: index < 3 ? "manager" : "worker",
        isLeader: index === 0,
        engineVersion: index === 2 ? "28.1.1" : "28.5.2",
      }));
    },
    look: async (objectIds) => {
      answering();
      const seen = objectIds.flatMap((id) => {
        const found = find(id);
        return found === undefined ? [] : [[id, stateOf(found.run, found.past)] as const];
      });
      return new Map(seen);
    },
    async *logs(objectId, { tail, follow }, signal) {
      answering();
      const found = find(objectId);
      if (found === undefined) throw new OutputGone(`${objectId} is gone`);
      const lines = found?.past.now === "runs" ? linesOf(found.run, clock.now()) : [];
      yield* tail === "all" ? lines : lines.slice(lines.length - Math.min(tail, lines.length));
      if (follow === false) return;
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
}

function stateOf(run: Run, { now }: Past): ObjectState {
  if (now === "waits") return { phase: "pending", detail: NO_NODE };
  // The last one takes no new work.
  const node = COMPANY_NODES[Math.floor(1 + startOf(run).getTime() / QUARTER_MS) % (COMPANY_NODES.length - 1)];
  return { phase: "running", startedAt: startOf(run), ...(node !== undefined && { node }) };
}

const startOf = (run: Run) => new Date(latestAttempt(run).boundAt.getTime() + 1100);

/** A line every twenty seconds, as long as the run has been active. */
function linesOf(run: Run, now: Date): readonly OutputLine[] {
  const start = startOf(run).getTime();
  const count = Math.floor((now.getTime() - start) / 20_000);
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(start + index * 20_000);
    const line =
      index === 0
        ? `${run.id}: reading what is to be done`
        : `batch ${index}: ${1200 + ((index * 37) % 400)} items done`;
    return { stream: index % 12 === 11 ? "stderr" : "stdout", line, at, time: at.toISOString() };
  });
}
