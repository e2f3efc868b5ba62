import type { Stats } from "node:fs";
import { join, resolve } from "node:path";
import type { Problem } from "../job/problem.ts";
import { type Disk, DiskHangs, NotLookedAt } from "./disk.ts";

/** A file as it looks without being read. */
export interface FileState {
  /** As the operator wrote it. */
  readonly path: string;
  /** Changes when the file does, as far as its file system can tell. */
  readonly version: string;
  readonly modifiedAt: Date;
  readonly sizeBytes: number;
  /** Why it cannot be read. */
  readonly unreadable?: string;
  readonly isMissing?: true;
  /** No folder has it: it is seen through a mount, and was replaced or removed where that comes from. */
  readonly isDetached?: true;
  /** Its disk does not look at it. */
  readonly isUnknown?: true;
}

const LARGEST_BYTES = 10 * 1024 ** 2;

/**
 * Lists the schedule files at these paths, each once, in the order of the paths and then of the file names. Rejects when
 * one of the paths itself cannot be read. A link stands for its target, as in mounted configs.
 */
export async function listScheduleFiles(paths: readonly string[], disk: Disk): Promise<FileState[]> {
  const lists = await Promise.all(paths.map((path) => listPath(path, disk)));
  const byPlace = new Map<string, FileState>();
  for (const state of lists.flat()) {
    const place = resolve(state.path);
    if (!byPlace.has(place)) byPlace.set(place, state);
  }
  return [...byPlace.values()];
}

async function listPath(path: string, disk: Disk): Promise<FileState[]> {
  const found = await disk.stat(path);
  if (!found.isDirectory()) return [stateOf(path, found)];
  const names = (await disk.readdir(path)).filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
  return Promise.all(names.map((name) => lookAt(join(path, name), disk)));
}

/** Returns the paths at which there is something, or may be: a file system that does not answer is not proof. */
export async function presentPaths(paths: readonly string[], disk: Disk): Promise<string[]> {
  const isThere = (path: string) =>
    disk.stat(path).then(
      () => true,
      (error) => error instanceof DiskHangs,
    );
  const present = await Promise.all(paths.map(isThere));
  return paths.filter((_, index) => present[index]);
}

/** Never rejects: a broken link, or a file that vanishes just now, exists and is unreadable. The next look knows more. */
export async function lookAt(path: string, disk: Disk): Promise<FileState> {
  try {
    return stateOf(path, await disk.stat(path));
  } catch (error) {
    const unreadable = reason(error);
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const state = { path, version: unreadable, modifiedAt: new Date(0), sizeBytes: 0, unreadable };
    return { ...state, ...(isMissing && { isMissing }), ...(error instanceof NotLookedAt && { isUnknown: true }) };
  }
}

function stateOf(path: string, found: Stats): FileState {
  const { mtimeMs, mtime, size, dev, ino, nlink } = found;
  const kind = found.isFile() ? {} : { unreadable: "it is not a file" };
  const detached = nlink === 0 && { isDetached: true as const };
  const version = `${mtimeMs} ${size} ${dev} ${ino}${detached ? " detached" : ""}`;
  return { path, version, modifiedAt: mtime, sizeBytes: size, ...kind, ...detached };
}

/** `mayPass`: the trouble is not the file itself, and may end without a change to it. */
type FileText = { readonly text: string } | { readonly problem: Problem; readonly mayPass?: true };

/** Returns the file's text, or a problem when it cannot be read, is larger than 10 MB, or is not UTF-8. */
export async function readTextFile({ path, sizeBytes, unreadable }: FileState, disk: Disk): Promise<FileText> {
  if (unreadable !== undefined) return problem(path, `the file cannot be read: ${unreadable}`);
  if (sizeBytes > LARGEST_BYTES) return problem(path, "the file is larger than 10 MB", "split it into several files");
  try {
    const bytes = await disk.readFile(path);
    return decode(bytes) ?? problem(path, "the file is not UTF-8 text", "save it as UTF-8");
  } catch (error) {
    return { ...problem(path, `the file cannot be read: ${reason(error)}`), mayPass: true };
  }
}

function decode(bytes: Uint8Array): FileText | undefined {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return undefined;
  }
}

function problem(at: string, message: string, hint?: string): { readonly problem: Problem } {
  return { problem: { at, message, ...(hint !== undefined && { hint }) } };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  ELOOP: "its links form a loop",
};

/** Returns why a file or folder cannot be read, in plain words where we have them. */
export function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
