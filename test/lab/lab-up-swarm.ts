import { detach, findDetached } from "./detached.ts";
import { ensureImages, labImages } from "./images.ts";
import { type LabSwarm, openSwarm, type SwarmRecord, startSwarm } from "./swarm.ts";
import type { SwarmSize } from "./swarm-record.ts";

export type DetachedSwarm = SwarmSize & { name: string };

/**
 * Starts a Swarm that stays until `down`, puts images on each host (all by default) and prints the DOCKER_HOST of its
 * first manager, and a line for each host. One that is up already is made whole first.
 */
export async function labUpSwarm(wanted: DetachedSwarm, images: readonly string[]): Promise<void> {
  const swarm = await detachedSwarm(wanted);
  await Promise.all(swarm.hosts.map((host) => ensureImages(host, images.length > 0 ? images : labImages)));
  process.stdout.write(`DOCKER_HOST=${swarm.managers[0]?.dockerHost}\n`);
  for (const { name, address, dockerHost } of swarm.hosts) process.stdout.write(`${name}\t${address}\t${dockerHost}\n`);
}

/** The Swarm of that name, whole, which stays until `labDown`; started if it is not up. Without any image, if it is new. */
export async function detachedSwarm(wanted: DetachedSwarm): Promise<LabSwarm> {
  const found = await findDetached<SwarmRecord>(wanted.name, "swarm");
  return found ? reopen(found, wanted) : startDetached(wanted);
}

async function reopen(record: SwarmRecord, wanted: DetachedSwarm): Promise<LabSwarm> {
  const swarm = openSwarm(record);
  const { managers, workers, name } = swarm;
  if (managers.length !== wanted.managers || workers.length !== wanted.workers)
    throw new Error(
      `"${name}" is up with ${managers.length} managers and ${workers.length} workers: give another --name.`,
    );
  await swarm.whole();
  return swarm;
}

/** It belongs to this process until it is up, so that the next start takes down what is left if this process dies midway. */
async function startDetached(wanted: DetachedSwarm): Promise<LabSwarm> {
  const swarm = await startSwarm(wanted);
  await detach(swarm.record);
  return swarm;
}
