import { existsSync, readdirSync, readFileSync } from "node:fs";
import { glob, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finish } from "./run-command.ts";

/** The mount points under this folder, the innermost first. */
export function mountsUnder(folder: string): string[] {
  return mounts()
    .filter(({ point }) => point.startsWith(`${folder}/`))
    .map(({ point }) => point)
    .reverse();
}

/**
 * Unmounts all under the folder, also what is still in use: it goes when its last user does. Rejects when something
 * stays mounted, since removing the folder would empty the mount as well, and a volume may be a folder of the user's.
 */
export async function unmountUnder(folder: string): Promise<void> {
  for (const point of mountsUnder(folder)) await finish("umount", ["--lazy", point]);
  const left = mountsUnder(folder);
  if (left.length > 0) throw new Error(`${left.join(", ")} cannot be unmounted.`);
}

/** The folders of a control group, one tree in each hierarchy that this machine has, each after its children. */
export function controlGroupFolders(group: string): string[] {
  const roots = mounts().filter(({ type }) => type.startsWith("cgroup"));
  return roots.flatMap(({ point }) => foldersFrom(`${point}${group}`));
}

/** Lets the processes of paused containers go on: what is frozen cannot be killed. */
export async function thawControlGroups(group: string): Promise<void> {
  for (const folder of controlGroupFolders(group)) {
    for (const [file, thawed] of [
      ["freezer.state", "THAWED"],
      ["cgroup.freeze", "0"],
    ] as const)
      if (existsSync(join(folder, file))) await writeFile(join(folder, file), thawed).catch(() => {}); // it has just gone
  }
}

/** Removes an engine's control groups. They must have no living processes. */
export async function removeControlGroups(group: string): Promise<void> {
  for (const folder of controlGroupFolders(group)) await rmdir(folder).catch(() => {}); // busy: a later run's turn
}

/** A shim's socket lies in a folder that all engines share. Its name is known only to the container's own folder. */
export async function removeShimSockets(containerdState: string): Promise<void> {
  for await (const file of glob(`${containerdState}/io.containerd.runtime.v2.task/*/*/address`)) {
    const address = await readFile(file, "utf8");
    if (address.startsWith("unix://")) await rm(address.slice("unix://".length), { force: true });
  }
}

function foldersFrom(root: string): string[] {
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = entries.map((entry) => join(entry.parentPath, entry.name));
  return [root, ...folders].sort((a, b) => b.length - a.length);
}

function mounts(): { point: string; type: string }[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  return lines.map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    return { point: unescapeOctal(before.split(" ")[4] ?? ""), type: after.split(" ")[0] ?? "" };
  });
}

const unescapeOctal = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
