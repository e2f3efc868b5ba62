import { isScalar, type Pair } from "yaml";
import { timesChecker } from "./check-times.ts";
import { checkJobName } from "./job-name.ts";
import type { Problem } from "./problem.ts";
import { type FileJob, type FileSettings, readFileJob } from "./read-file-job.ts";
import { type Reading, unreadable } from "./reading.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";
import { valueReader } from "./yaml-value.ts";

export type { FileSettings } from "./read-file-job.ts";

/** Reads entries under `jobs`, each to a reading of its own. Remembers the names of those it has read before. */
export type EntryReader = (document: YamlDocument, entries: readonly Pair[]) => Reading[];

export function entryReader(settings: FileSettings): EntryReader {
  const declaredAt = new Map<string, string>();
  const checkTimes = timesChecker(settings);
  return (document, entries) => {
    const readValue = valueReader(document, settings.variables);
    return entries.map((pair) => {
      const keyOffset = offsetOf(pair.key);
      const at = document.at(keyOffset);
      const name = nameOf(pair, at, declaredAt);
      // A name that is wrong or repeated may stand for any job that the file had before.
      if (typeof name !== "string") return unreadable(settings.path, [name]);
      declaredAt.set(name, at);
      const entry = { name, at, keyOffset, node: pair.value, document };
      return reading(readFileJob(entry, readValue(pair.value), { ...settings, checkTimes }), name, settings.path);
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
