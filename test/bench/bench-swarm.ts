import { setTimeout as pause } from "node:timers/promises";
import { type LabSwarm, type SwarmHost, startSwarm } from "../lab/swarm.ts";

/** One manager, and two workers; all of them run tasks. */
export function startBenchSwarm(): Promise<LabSwarm> {
  return startSwarm({ managers: 1, workers: 2, images: ["busybox:latest"] });
}

/** Three managers and two workers. */
export function startSwarmOfFive(): Promise<LabSwarm> {
  return startSwarm({ managers: 3, workers: 2, images: ["busybox:latest"] });
}

export function managerOf({ managers: [manager] }: LabSwarm): SwarmHost {
  if (manager === undefined) throw new Error("a Swarm without a manager");
  return manager;
}

/** Resolves when it has no services, and none of its hosts a container: the next measurement finds it as the last did. */
export async function untilIdle(swarm: LabSwarm): Promise<void> {
  const lists = [
    () => managerOf(swarm).api<unknown[]>("GET", "/services"),
    ...swarm.hosts.map((host) => () => host.api<unknown[]>("GET", "/containers/json?all=1")),
  ];
  for (const list of lists) while ((await list()).json.length > 0) await pause(100);
  await pause(500);
}
