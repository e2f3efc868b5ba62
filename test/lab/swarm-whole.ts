import { until } from "./machine/until.ts";
import type { SwarmHost } from "./swarm-host.ts";
import { listNodes, type SwarmNode, tryToAsk } from "./swarm-nodes.ts";

const longestMs = 240_000;

/**
 * Brings back what was killed, cut off, frozen or drained, and waits until the managers see every host ready, active and,
 * if it is one of them, reachable. Rejects after four minutes with what is still missing.
 */
export async function makeWhole(hosts: readonly SwarmHost[]): Promise<void> {
  await Promise.all(hosts.map(bringBack));
  let missing: string[] = [];
  const isWhole = async () => {
    missing = await missingOf(hosts);
    return missing.length === 0;
  };
  await until(isWhole, AbortSignal.timeout(longestMs), 100).catch((cause) => {
    throw new Error(`the Swarm is not whole after ${longestMs / 1000} s: ${missing.join(", ")}.`, { cause });
  });
}

async function bringBack(host: SwarmHost): Promise<void> {
  host.thaw();
  await host.mend();
  await host.start();
}

/** What keeps the Swarm from being whole, each as words. Makes active again what is not. */
async function missingOf(hosts: readonly SwarmHost[]): Promise<string[]> {
  const nodes = await listNodes(hosts.filter(({ isManager }) => isManager));
  if (!nodes) return ["no manager answers"];
  return (await Promise.all(hosts.map((host) => missingFrom(host, nodes)))).flat();
}

/** For a while after a short absence the managers take it for there still. */
async function missingInItself(host: SwarmHost): Promise<string[]> {
  const answer = await tryToAsk<{ Swarm: { LocalNodeState: string; ControlAvailable: boolean } }>(host, "GET", "/info");
  if (answer?.status !== 200) return [`the engine of ${host.name} does not answer`];
  const { LocalNodeState, ControlAvailable } = answer.json.Swarm;
  if (LocalNodeState !== "active") return [`${host.name} is ${LocalNodeState} in its own eyes`];
  return host.isManager && !ControlAvailable ? [`${host.name} is no manager in its own eyes`] : [];
}

async function missingFrom(host: SwarmHost, nodes: readonly SwarmNode[]): Promise<string[]> {
  const id = await host.nodeId();
  const node = nodes.find(({ ID }) => ID === id);
  if (!node) return [`${host.name} is no node`];
  if (node.Spec.Availability !== "active") await host.activate();
  const { State } = node.Status;
  const reachability = node.ManagerStatus?.Reachability;
  return [
    ...(State === "ready" ? [] : [`${host.name} is ${State}`]),
    ...(host.isManager && reachability !== "reachable" ? [`manager ${host.name} is ${reachability ?? "none"}`] : []),
    ...(node.Spec.Availability === "active" ? [] : [`${host.name} was not active`]),
    ...(await missingInItself(host)),
  ];
}
