import * as z from "zod";
import { TRIGGERS } from "../../ledger/record.ts";
import type { NodeColumn, NodeRun, NodesView } from "../scheduler/nodes-view.ts";
import { outcomeOf, outcomeShape, RUN_STATES } from "./run-shape.ts";
import { instant, list } from "./shape.ts";

const activeShape = z
  .object({
    job: z.string(),
    run: z.string(),
    trigger: z.enum(TRIGGERS),
    scheduledAt: instant,
    state: z.enum(RUN_STATES),
    attempt: z.number().int(),
    since: instant.meta({ description: "When its process started; as long as that is not known, when it was bound." }),
    long: z.boolean().meta({ description: "It takes longer than is usual." }),
  })
  .meta({ id: "NodeRun" });

const endedShape = z
  .object({
    job: z.string(),
    run: z.exactOptional(z.string()),
    scheduledAt: instant,
    startedAt: z.exactOptional(instant),
    finishedAt: instant,
    durationMs: z.exactOptional(z.number().int()),
    outcome: outcomeShape,
  })
  .meta({ id: "NodePastRun" });

const engineNode = z
  .object({
    id: z.string(),
    state: z.enum(["ready", "down", "disconnected", "unknown"]),
    availability: z.enum(["active", "pause", "drain"]),
    role: z.exactOptional(z.enum(["manager", "worker"])).meta({ description: "Absent outside of a Swarm." }),
    leader: z.boolean(),
    engineVersion: z.exactOptional(z.string()),
  })
  .meta({ id: "EngineNode" });

/** Where runs are and were: only what shipbell ran. */
export const nodesShape = z
  .object({
    items: list(
      z.object({
        name: z.string(),
        nodes: list(engineNode).meta({
          description: "The machines of that name: usually one, and none where the engine does not say.",
        }),
        active: list(activeShape),
        ended: list(endedShape).meta({ description: "The last that ended on it, oldest first: at most 30." }),
      }),
    ),
    unplaced: list(activeShape).meta({ description: "Active runs that are on no node yet." }),
    notice: z.exactOptional(z.string()).meta({ description: "Why the engine says nothing about its nodes." }),
  })
  .meta({ id: "Nodes" });
type NodesShape = z.infer<typeof nodesShape>;

export function shapeNodes({ columns, unplaced, notice }: NodesView): NodesShape {
  return {
    items: columns.map(shapeColumn),
    unplaced: unplaced.map(shapeActive),
    ...(notice !== undefined && { notice }),
  };
}

function shapeColumn({ name, nodes, active, past }: NodeColumn): NodesShape["items"][number] {
  return {
    name,
    nodes: nodes.map(({ id, state, availability, role, isLeader, engineVersion }) => ({
      id,
      state,
      availability,
      ...(role && { role }),
      leader: isLeader,
      ...(engineVersion !== undefined && { engineVersion }),
    })),
    active: active.map(shapeActive),
    ended: past.map(({ job, run, scheduledAt, startedAt, finishedAt, durationMs, outcome, exitCode }) => ({
      job,
      ...(run !== undefined && { run }),
      scheduledAt,
      ...(startedAt && { startedAt }),
      finishedAt,
      ...(durationMs !== undefined && { durationMs }),
      outcome: outcomeOf(outcome, exitCode),
    })),
  };
}

function shapeActive({ job, run, trigger, scheduledAt, state, attempt, since, isLong }: NodeRun) {
  return { job, run, trigger, scheduledAt, state, attempt, since, long: isLong };
}
