import { listNodes } from "../../engines/docker/services.ts";
import { EngineUnavailable } from "../../engines/engine.ts";
import { chooseKind } from "../../engines/kinds.ts";
import { readNode } from "../../engines/swarm/read-tasks.ts";
import type { Greeted } from "../deployment.ts";
import type { SwarmFacts } from "../looks/swarm.ts";

/** Finds out what jobs run on, and lists the nodes where that is a Swarm. */
export async function gatherSwarm({ docker, settings, info }: Greeted, signal: AbortSignal): Promise<SwarmFacts> {
  let kind: Greeted["kind"];
  try {
    kind = await chooseKind(docker, settings.engine);
  } catch (error) {
    return { kind: "mismatch", message: error instanceof Error ? error.message : String(error) };
  }
  if (kind.ledgerFile !== undefined) return { kind: "single", runsJobsAs: kind.words.runsJobsAs };
  if (info?.swarm.error !== undefined) return { kind: "no-leader", message: info.swarm.error };
  try {
    const nodes = await listNodes(docker, signal);
    return {
      kind: "swarm",
      nodes: nodes.map((node) => {
        const { name, role = "worker", isLeader, state, availability, engineVersion } = readNode(node);
        const isReachable = node.ManagerStatus?.Reachability === "reachable";
        return { name, role, isLeader, state, availability, isReachable, ...(engineVersion && { engineVersion }) };
      }),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof EngineUnavailable ? { kind: "no-leader", message } : { kind: "unseen", message };
  }
}
