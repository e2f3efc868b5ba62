import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EngineFiles, engineFiles, hostFiles } from "./engine-files.ts";
import { type LabRecord, readRecord, readRecords } from "./lab-folder.ts";
import { networkOf, removeNetwork } from "./machine/network.ts";
import { isAlive } from "./machine/owner.ts";
import { endProcesses, type LabProcess, processesOf } from "./machine/processes.ts";
import { removeControlGroups, removeShimSockets, thawControlGroups, unmountUnder } from "./machine/remnants.ts";
import { isPodman } from "./variants/variants.ts";

/**
 * Takes down all that was started under a record, whatever state it is in, and at last the record itself:
 * a take-down that is itself interrupted is finished by the next. Ends only processes that were started for it.
 * Nothing where it is down already: name and network may be another's by now. Call it under the lock "up".
 */
export async function takeDown(record: LabRecord): Promise<void> {
  if ((await readRecord(record.name)).id !== record.id) return;
  const files = engineFiles(record);
  for (const { controlGroup } of placesOf(record)) await thawControlGroups(controlGroup);
  await endProcesses(() => processesFor(record));
  await unmountUnder(files.folder);
  for (const { containerdState } of placesOf(record)) await removeShimSockets(containerdState);
  await removeControlGroups(files.controlGroup);
  // Podman names them itself. Those of another Podman are in use, and stay.
  if (isPodman(record.variant)) await removeControlGroups("/libpod_parent");
  if (record.network !== undefined) await removeNetwork(networkOf(record.network), files.engineNetworks);
  await removeFolder(files.folder);
}

/** Its own folder and those of its hosts. */
function placesOf(record: LabRecord): EngineFiles[] {
  return [engineFiles(record), ...(record.hosts ?? []).map(({ name }) => hostFiles(record, name))];
}

const processesFor = (record: LabRecord): LabProcess[] =>
  placesOf(record).flatMap(({ mark, controlGroup }) => processesOf(mark, controlGroup));

/** Takes down what has lost its owner: records of processes that are gone, and detached engines whose dockerd is gone. */
export async function takeDownLeftovers(): Promise<void> {
  for (const record of await readRecords()) if (isLeftOver(record)) await takeDown(record).catch(warn);
}

/** Takes down what lives for this process, and what has lost its owner. */
export async function takeDownOwn(): Promise<void> {
  const isOwn = ({ owner }: LabRecord) => owner?.pid === process.pid && isAlive(owner);
  for (const record of await readRecords()) if (isOwn(record) || isLeftOver(record)) await takeDown(record).catch(warn);
}

/** What resists, such as a process that cannot be killed, does not prevent the next start. */
function warn(error: Error): void {
  process.stderr.write(`lab: something is left over that cannot be taken down: ${error.message}\n`);
}

export function isLeftOver(record: LabRecord): boolean {
  if (record.owner) return !isAlive(record.owner);
  return !processesFor(record).some(({ name }) => name === "dockerd");
}

/** The record goes last. Files under it may still come and go for a moment after their mount is gone. */
async function removeFolder(folder: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;
  for (const part of await readdir(folder)) if (part !== "record.json") await rm(join(folder, part), options);
  await rm(folder, options);
}
