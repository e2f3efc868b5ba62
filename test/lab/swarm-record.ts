import type { HostRecord, UpRecord } from "./lab-folder.ts";
import { gatewayOf, networkOf } from "./machine/network.ts";

/** What the lab writes down about a Swarm. It can be given to another process as JSON, for `openSwarm`. */
export type SwarmRecord = UpRecord & { hosts: readonly HostRecord[] };

export type SwarmSize = { managers: 1 | 3; workers: number };

const mostWorkers = 20;

/** Throws for what is no number of hosts that the lab offers. */
export function readSize(managers: string, workers: string): SwarmSize {
  if (managers !== "1" && managers !== "3")
    throw new Error(`--managers ${managers}: a Swarm of the lab has 1 or 3 managers.`);
  if (!/^\d+$/.test(workers) || Number(workers) > mostWorkers)
    throw new Error(`--workers ${workers}: a Swarm of the lab has 0 to ${mostWorkers} workers.`);
  return { managers: managers === "1" ? 1 : 3, workers: Number(workers) };
}

/** m1, m2, … and w1, w2, …; the last byte of an address is from 11 on for managers, and from 101 on for workers. */
export function planHosts(network: number, { managers, workers }: SwarmSize): HostRecord[] {
  const start = gatewayOf(networkOf(network)).replace(/1$/, "");
  const plan = (count: number, letter: string, offset: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${letter}${index + 1}`,
      address: `${start}${offset + index + 1}`,
      isManager: letter === "m",
    }));
  return [...plan(managers, "m", 10), ...plan(workers, "w", 100)];
}
