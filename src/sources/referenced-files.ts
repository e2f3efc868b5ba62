import type { DigestSecret, SecretDigests } from "../definition/secret-digest.ts";
import type { ReferencedFile, SeeReferenced } from "../definition/variables/file-variables.ts";
import type { Disk } from "./disk.ts";
import { type FileState, lookAt, readTextFile } from "./text-files.ts";

/** A file that a schedule file refers to, as it was when it was read. */
interface ReadFile {
  readonly state: FileState;
  /** Absent when the parser only asked whether the file exists. */
  readonly read?: ReferencedFile;
  /** As in `FileText`. */
  readonly mayPass?: true;
}

/** The files that were read for one schedule file, by their absolute paths. */
export type ReadFiles = ReadonlyMap<string, ReadFile>;

/** What a parser, which cannot wait, may ask for. Plain values, which a thread can be sent. */
export interface Known {
  readonly files: ReadFiles;
  /** By the texts of the secrets. */
  readonly digests: ReadonlyMap<string, string>;
}

/** What a parser asks for. Undefined means: not known yet. */
interface Asking {
  readonly readReferenced: (path: string) => ReferencedFile | undefined;
  readonly seeReferenced: SeeReferenced;
  readonly digestSecret: DigestSecret;
}

/** What was parsed with what was known, and what was asked for and not known: with any of it, `parsed` is not to be used. */
export interface ParsedOnce<T> {
  readonly parsed: T;
  readonly unread: readonly string[];
  readonly unseen: readonly string[];
  readonly secrets: readonly string[];
}

/** Parses once, and notes what the parser asked for in vain. */
export function parseOnce<T>({ files, digests }: Known, parse: (asking: Asking) => T): ParsedOnce<T> {
  const asked = new Set<string>();
  const looked = new Set<string>();
  const secrets = new Set<string>();
  const parsed = parse({
    readReferenced: (path) => {
      asked.add(path);
      return files.get(path)?.read;
    },
    seeReferenced: (path) => {
      looked.add(path);
      const state = files.get(path)?.state;
      return state && seen(state);
    },
    digestSecret: (text) => {
      const digest = digests.get(text);
      if (digest === undefined) secrets.add(text);
      return digest;
    },
  });
  return {
    parsed,
    unread: [...asked].filter((path) => files.get(path)?.read === undefined),
    unseen: [...looked].filter((path) => !files.has(path) && !asked.has(path)),
    secrets: [...secrets],
  };
}

interface Beforehand {
  /** Files that will be asked for. */
  readonly expected: readonly string[];
  readonly digests: SecretDigests;
  readonly disk: Disk;
}

/**
 * Calls `parse`, reads the files and computes the digests that it asked for, and calls it again until nothing is missing.
 * Returns the last result and the files that it took.
 */
export async function parseWithFiles<T>(
  { expected, digests, disk }: Beforehand,
  parse: (known: Known) => Promise<ParsedOnce<T>>,
): Promise<{ readonly parsed: T; readonly files: ReadFiles }> {
  const files = new Map<string, ReadFile>();
  const known = new Map<string, string>();
  for (const path of expected) files.set(path, await readReferenced(path, disk));
  for (;;) {
    const { parsed, unread, unseen, secrets } = await parse({ files, digests: known });
    if (unread.length + unseen.length + secrets.length === 0) return { parsed, files };
    for (const path of unread) files.set(path, await readReferenced(path, disk));
    for (const path of unseen) files.set(path, { state: await lookAt(path, disk) });
    for (const text of secrets) known.set(text, await digests.of(text));
  }
}

function seen({ unreadable, isUnknown }: FileState): ReturnType<SeeReferenced> {
  return { ...(unreadable !== undefined && { unreadable }), ...(isUnknown && { isUnknown }) };
}

/** Returns the same files as they are now. */
export async function readAgain(files: ReadFiles, disk: Disk): Promise<ReadFiles> {
  const again = new Map<string, ReadFile>();
  for (const [path, { read }] of files)
    again.set(path, read === undefined ? { state: await lookAt(path, disk) } : await readReferenced(path, disk));
  return again;
}

export function haveSameTexts(a: ReadFiles, b: ReadFiles): boolean {
  return [...a].every(([path, file]) => {
    const other = b.get(path);
    const isSameState = file.read !== undefined || file.state.unreadable === other?.state.unreadable;
    return isSameState && JSON.stringify(file.read) === JSON.stringify(other?.read);
  });
}

async function readReferenced(path: string, disk: Disk): Promise<ReadFile> {
  const state = await lookAt(path, disk);
  const text = await readTextFile(state, disk);
  if ("text" in text) return { state, read: text };
  const unreadable = state.unreadable ?? text.problem.message.replace("the file cannot be read: ", "");
  const { isMissing = false, isUnknown } = state;
  const read = { unreadable, isMissing, ...(isUnknown && { isUnknown }) };
  return { state, read, ...(text.mayPass && { mayPass: true }) };
}

/** True while each of the files looks as it did. */
export async function areUnchanged(files: ReadFiles, disk: Disk): Promise<boolean> {
  for (const { state } of files.values()) if ((await lookAt(state.path, disk)).version !== state.version) return false;
  return true;
}
