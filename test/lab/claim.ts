import { readRecords, shortId, type UpRecord } from "./lab-folder.ts";
import { chooseNetwork } from "./machine/network.ts";
import { thisProcess } from "./machine/owner.ts";
import { takeDownLeftovers } from "./take-down.ts";

/**
 * Returns a record for something new of this process, with a free network. Takes down first what is left over.
 * Rejects when the name is in use. Call it under the lock "up", and write the record before that is free again.
 */
export async function claim(name: string, kind: "engine" | "swarm"): Promise<UpRecord> {
  await takeDownLeftovers();
  const others = await readRecords();
  const same = others.find((record) => record.name === name);
  if (same)
    throw new Error(
      `an engine "${name}" is up already, ${same.owner ? `for process ${same.owner.pid}` : "started by lab up"}.`,
    );
  const network = await chooseNetwork(new Set(others.map((record) => record.network)));
  return { id: shortId(), name, kind, owner: thisProcess(), network: network.number };
}
