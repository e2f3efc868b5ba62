import { isWarning, type Problem } from "../../job/problem.ts";
import { parseDotenv } from "./dotenv.ts";
import type { Variables } from "./interpolate.ts";

/** A file that a schedule file names. */
export type ReferencedFile = { readonly text: string } | UnreadFile;

interface UnreadFile {
  /** Why it was not read. */
  readonly unreadable: string;
  readonly isMissing: boolean;
  /** It was not looked for: the file may be there, and to name it is no mistake. */
  readonly isUnknown?: true;
}

/**
 * Returns what the file at this absolute path holds. Undefined while it has not been read yet: the schedule file is then
 * parsed once more when it has, and what was made of it this time is not used.
 */
export type ReadReferenced = (path: string) => ReferencedFile | undefined;

/**
 * Returns whether such a file can be read, and if not, why. What it holds may be a secret, and is not returned. Undefined
 * while it has not been looked for yet, as with `ReadReferenced`.
 */
export type SeeReferenced = (path: string) => Partial<Pick<UnreadFile, "unreadable" | "isUnknown">> | undefined;

export interface VariableSettings {
  /** The scheduler's own. */
  readonly variables: Variables;
  /** Absolute path of the schedule file's folder. */
  readonly folder: string;
  /** Files with further variables, in place of the `.env` next to the schedule file. The last one counts. */
  readonly envFiles?: readonly string[] | undefined;
  readonly readReferenced: ReadReferenced;
}

/** The variables of a schedule file: the scheduler's, and those of its files where the scheduler has none. */
interface FileVariables {
  /** Absent when a file of variables cannot be used. */
  readonly variables?: Variables;
  readonly problems: readonly Problem[];
}

export function fileVariables(settings: VariableSettings): FileVariables {
  const { variables, envFiles, readReferenced } = settings;
  const found: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const path of variableFiles(settings)) {
    const file = readReferenced(path);
    if (file === undefined || ("isMissing" in file && file.isMissing && envFiles === undefined)) continue;
    if ("unreadable" in file) {
      problems.push({ at: path, message: `the file of variables cannot be read: ${file.unreadable}` });
      continue;
    }
    const read = parseDotenv({ text: file.text, path, variables, earlier: found });
    problems.push(...read.problems);
    Object.assign(found, read.values);
  }
  return problems.every(isWarning) ? { problems, variables: { ...found, ...variables } } : { problems };
}

/** Returns the files that hold a schedule file's variables. */
export function variableFiles({ folder, envFiles }: Pick<VariableSettings, "folder" | "envFiles">): readonly string[] {
  return envFiles ?? [`${folder}/.env`];
}
