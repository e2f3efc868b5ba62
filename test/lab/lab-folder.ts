import { randomUUID } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Owner } from "./machine/owner.ts";

/**
 * What the lab writes down about each thing that it starts, before it starts it.
 * Everything that is to be taken down again follows from this and from the folder it lies in.
 */
export type LabRecord = {
  /** Another one for each start, also under the same name. */
  id: string;
  name: string;
  kind: "alertmanager" | "browser" | "engine" | "prometheus" | "proxy" | "registry" | "swarm";
  /** The process that it lives for; null if it stays until `lab down`. */
  owner: Owner | null;
  /** The number of its network, see network.ts. */
  network?: number;
  /** The hosts of a Swarm: each has its own folder in that of the Swarm. */
  hosts?: readonly HostRecord[];
  /** Of what variant its engines are (`variants/variants.ts`); absent for this machine's own. */
  variant?: string;
  /** More options of each host's dockerd, for its next start. */
  dockerdOptions?: readonly string[];
};

export type HostRecord = { name: string; address: string; isManager: boolean };

/** What has a network of its own. */
export type UpRecord = LabRecord & { network: number };

/** The lab's folder; only its owner may enter. Throws when another user owns it. */
export function labFolder(): string {
  const folder = join(tmpdir(), "shipbell-lab");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (statSync(folder).uid === process.getuid?.()) return folder;
  throw new Error(`${folder} belongs to another user: remove it, or set TMPDIR to a folder of your own.`);
}

export const cacheFolder = () => join(labFolder(), "cache");
/** The docker CLI's configuration for all of the lab: none. */
export const cliFolder = () => join(labFolder(), "cli");
export const upFolder = () => join(labFolder(), "up");

/** The folder of one thing that is up. The name is part of socket paths, links and control groups: keep it short. */
export function folderOf(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,23}$/.test(name)) return join(upFolder(), name);
  throw new Error(`"${name}" cannot name an engine: use at most 24 small letters, digits and hyphens.`);
}

export async function writeRecord(record: LabRecord): Promise<void> {
  const folder = folderOf(record.name);
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, "record.json"), JSON.stringify(record));
}

/** All that is up, or was left behind. */
export async function readRecords(): Promise<LabRecord[]> {
  const names = await readdir(upFolder()).catch(() => []);
  return Promise.all(names.map(readRecord));
}

/** A folder without a record was left by a start that died early: it has no owner. The same goes for no folder at all. */
export async function readRecord(name: string): Promise<LabRecord> {
  const text = await readFile(join(upFolder(), name, "record.json"), "utf8").catch(() => undefined);
  return text ? JSON.parse(text) : { id: "", name, kind: "engine", owner: null };
}

/** Writes a file so that others see it whole or not at all. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, path);
}

export const shortId = () => randomUUID().slice(0, 8);
