import { isWarning, type Problem } from "../../job/problem.ts";
import type { ReadBeside } from "./beside.ts";
import { parseDotenv } from "./dotenv.ts";
import type { Variables } from "./interpolate.ts";

export interface VariableSettings {
  /** The scheduler's own. */
  readonly variables: Variables;
  /** Absolute path of the schedule file's folder. */
  readonly folder: string;
  /** Files with further variables, in place of the `.env` beside the schedule file; the last counts. */
  readonly envFiles?: readonly string[] | undefined;
  readonly readBeside: ReadBeside;
}

/** The variables of a schedule file: the scheduler's, and below those what its env files say. */
export interface FileVariables {
  /** Absent when a file of variables cannot be used. */
  readonly variables?: Variables;
  readonly problems: readonly Problem[];
}

export function fileVariables(settings: VariableSettings): FileVariables {
  const { variables, envFiles, readBeside } = settings;
  const found: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const path of variableFiles(settings)) {
    const file = readBeside(path);
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

/** The files that are asked for variables. */
export function variableFiles({ folder, envFiles }: Pick<VariableSettings, "folder" | "envFiles">): readonly string[] {
  return envFiles ?? [`${folder}/.env`];
}
