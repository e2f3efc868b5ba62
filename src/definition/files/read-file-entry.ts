import { isScalar, type Pair } from "yaml";
import type { Declared } from "../../job/declared.ts";
import type { Problem } from "../../job/problem.ts";
import { timesChecker } from "../check-times.ts";
import { type Reading, unreadable } from "../reading.ts";
import { type Allowance, GROWS_TOO_LARGE, PER_VALUE } from "../values/allowance.ts";
import { checkJobName } from "../values/job-name.ts";
import type { ReadBefore } from "../variables/env-file.ts";
import { type FileJob, type FileSettings, readFileJob } from "./read-file-job.ts";
import { withDefaults } from "./with-defaults.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";
import { valueReader } from "./yaml-value.ts";

export type { FileSettings } from "./read-file-job.ts";

/** What stands around the jobs of a file. */
export interface Around {
  readonly declared: Declared;
  /** The node under `defaults`. */
  readonly defaults?: unknown;
  /** How much the jobs of the file may repeat. */
  readonly allowance: Allowance;
}

/** Reads entries under `jobs`, each to a reading of its own. Remembers the names of those it has read before. */
export type EntryReader = (document: YamlDocument, entries: readonly Pair[]) => Reading[];

export function entryReader(settings: FileSettings, { declared, defaults, allowance }: Around): EntryReader {
  const declaredAt = new Map<string, string>();
  const readBefore = new Map<string, ReadBefore>();
  const checkTimes = timesChecker(settings);
  const jobSettings = { ...settings, checkTimes, declared, readBefore, allowance };
  return (document, entries) => {
    const readValue = valueReader(document, { variables: settings.variables, allowance });
    const shared = defaults === undefined ? undefined : readValue(defaults);
    return entries.map((pair) => {
      const keyOffset = offsetOf(pair.key);
      const at = document.at(keyOffset);
      const name = nameOf(pair, at, declaredAt);
      // A name that is wrong or repeated may stand for any job that the file had before.
      if (typeof name !== "string") return unreadable(settings.path, [name]);
      declaredAt.set(name, at);
      const entry = { name, at, keyOffset, node: pair.value, document, ...(defaults !== undefined && { defaults }) };
      const isTooMuch = shared !== undefined && !allowance.take(shared.size + PER_VALUE * shared.flaws.size);
      if (isTooMuch) return reading({ problems: [{ at, ...GROWS_TOO_LARGE }] }, name, settings.path);
      return reading(readFileJob(entry, withDefaults(readValue(pair.value), shared), jobSettings), name, settings.path);
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
