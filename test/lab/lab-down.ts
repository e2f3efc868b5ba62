import { rm } from "node:fs/promises";
import { cacheFolder, readRecords } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { isAlive } from "./machine/owner.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

/**
 * Takes down the engine of that name, and whatever was left behind by processes that are gone. Without a name: all
 * engines that `up` started, and the image cache. What belongs to a living process stays: it is that process's to end.
 */
export async function labDown(name: string | undefined): Promise<void> {
  await withLock("up", async () => {
    const records = await readRecords();
    for (const record of records.filter((one) => name === undefined || one.name === name)) {
      if (record.owner && isAlive(record.owner))
        process.stderr.write(`"${record.name}" belongs to process ${record.owner.pid}: left up.\n`);
      else await takeDown(record);
    }
    await takeDownLeftovers();
  });
  if (name === undefined) await withLock("images", () => rm(cacheFolder(), { recursive: true, force: true }));
}
