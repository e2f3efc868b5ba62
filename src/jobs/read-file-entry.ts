import { isScalar, type Pair } from "yaml";
import { timesChecker } from "./check-times.ts";
import { type Declared, NOTHING_DECLARED } from "./declared.ts";
import { checkJobName } from "./job-name.ts";
import type { Problem } from "./problem.ts";
import { type FileJob, type FileSettings, readFileJob } from "./read-file-job.ts";
import { type Reading, unreadable } from "./reading.ts";
import { withDefaults } from "./with-defaults.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";
import { valueReader } from "./yaml-value.ts";

export type { FileSettings } from "./read-file-job.ts";

/** What stands around the jobs of a file. */
export interface Around {
  readonly declared: Declared;
  /** The node under `defaults`. */
  readonly defaults?: unknown;
}

const NOTHING_AROUND: Around = { declared: NOTHING_DECLARED };

/** Reads entries under `jobs`, each to a reading of its own. Remembers the names of those it has read before. */
export type EntryReader = (document: YamlDocument, entries: readonly Pair[]) => Reading[];

export function entryReader(settings: FileSettings, around: Around = NOTHING_AROUND): EntryReader {
  const declaredAt = new Map<string, string>();
  const checkTimes = timesChecker(settings);
  const { declared, defaults } = around;
  return (document, entries) => {
    const readValue = valueReader(document, settings.variables);
    const shared = defaults === undefined ? undefined : readValue(defaults);
    return entries.map((pair) => {
      const keyOffset = offsetOf(pair.key);
      const at = document.at(keyOffset);
      const name = nameOf(pair, at, declaredAt);
      // A name that is wrong or repeated may stand for any job that the file had before.
      if (typeof name !== "string") return unreadable(settings.path, [name]);
      declaredAt.set(name, at);
      const entry = { name, at, keyOffset, node: pair.value, document, ...(defaults !== undefined && { defaults }) };
      const value = withDefaults(readValue(pair.value), shared);
      return reading(readFileJob(entry, value, { ...settings, checkTimes, declared }), name, settings.path);
    });
  };
}

function nameOf({ key }: Pair, at: string, declaredAt: ReadonlyMap<string, string>): string | Problem {
  if (!isScalar(key)) return { at, message: "a job's name must be plain text" };
  const name = String(key.value);
  const wrong = checkJobName(name);
  if (wrong !== undefined) return { at, ...wrong };
  const before = declaredAt.get(name);
  if (before === undefined) return name;
  const message = `the job ${name} is already declared at ${before}, which counts`;
  return { at, message, hint: "give one of them another name" };
}

function reading({ job, problems, hidesOthers }: FileJob, name: string, path: string): Reading {
  if (job !== undefined) return { jobs: [job], problems, broken: [] };
  return hidesOthers ? unreadable(path, problems) : { jobs: [], problems, broken: [{ unit: path, job: name }] };
}
