import type { Problem } from "../../job/problem.ts";
import type { FileSettings } from "../files/parse-schedule-file.ts";

/** A schedule file as another scheduler takes it. */
export interface ExportResult {
  readonly text: string;
  /** How many jobs are in it. */
  readonly jobs: number;
  /** What is lost is a warning; a job that is not in the text has an error. */
  readonly findings: readonly Problem[];
}

export interface ExportSettings extends FileSettings {
  /** The jobs to export. Default: all. */
  readonly names?: readonly string[];
}

/** Something about a key of a job that the other scheduler has not. */
export interface Reason {
  readonly key: string;
  readonly wrong: string;
  /** What is nearest to it. */
  readonly hint?: string;
}

/** Returns what the other scheduler has not as findings: `lost` without which the job runs all the same, or `refused`. */
export function findingsOf(
  reasons: readonly Reason[],
  { at, code }: { readonly at: (key: string) => string; readonly code: "export-lost" | "export-refused" },
): readonly Problem[] {
  return reasons.map(({ key, wrong, hint }) => ({
    at: at(key),
    message: `${code} ${key}: ${wrong}`,
    ...(hint !== undefined && { hint }),
    ...(code === "export-lost" && { severity: "warning" as const }),
  }));
}
