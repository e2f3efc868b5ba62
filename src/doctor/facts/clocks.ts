import { listNodes } from "../../engines/docker/services.ts";
import { readNodeClocks } from "../../engines/swarm/node-clocks.ts";
import { readNode } from "../../engines/swarm/read-tasks.ts";
import type { Greeted } from "../deployment.ts";
import type { ClockFacts } from "../looks/clocks.ts";

/** Asks the engine what time it is, and looks for proof that a node's clock is wrong. */
export async function gatherClocks({ docker, clock, info, kind }: Greeted, signal: AbortSignal): Promise<ClockFacts> {
  const askedAt = clock.now().getTime();
  const { systemTime } = await docker.info({ signal });
  const answeredAt = clock.now().getTime();
  const withinMs = answeredAt - askedAt;
  const engine = systemTime && { aheadMs: systemTime.getTime() - (askedAt + withinMs / 2), withinMs };
  const isSwarm = kind?.abilities.objectKind === "service" && info?.swarm.controlAvailable === true;
  const aheadMs = isSwarm ? await readNodeClocks(docker, signal).catch(() => new Map<string, number>()) : new Map();
  const names = aheadMs.size > 0 ? await nodeNames(docker, signal) : new Map<string, string>();
  const nodes = [...aheadMs].map(([id, ahead]) => ({ name: names.get(id) ?? id, aheadMs: ahead }));
  return { ...(engine && { engine }), nodes, nodesSeen: nodes.length };
}

async function nodeNames(docker: Greeted["docker"], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const nodes = await listNodes(docker, signal).catch(() => []);
  return new Map(nodes.map(readNode).map(({ id, name }) => [id, name]));
}
