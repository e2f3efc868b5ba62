import { checkTemplate } from "./check-template.ts";
import type { CheckTimes, TimeSettings } from "./check-times.ts";
import type { Declared } from "./declared.ts";
import { checkEngine, type ObjectKind } from "./engine-keys.ts";
import type { VariableSettings } from "./file-variables.ts";
import { holdsJob } from "./holds-job.ts";
import { type Issue, shown } from "./issue.ts";
import type { Job } from "./job.ts";
import { type JobKeys, jobSchema } from "./job-schema.ts";
import { makePolicies, makeSchedules, makeTemplate, type TemplateSettings, withHash } from "./make-job.ts";
import { placeProblems } from "./place-problems.ts";
import { isWarning, type Problem } from "./problem.ts";
import { explainSchemaIssues } from "./schema-issues.ts";
import { useDeclared } from "./use-declared.ts";
import { withFiles } from "./with-files.ts";
import type { YamlDocument } from "./yaml-document.ts";
import { isMapValue, type ReadValue, type YamlValue } from "./yaml-value.ts";

/** `path` is the file as people know it: the unit of its jobs, and the first part of each place. */
export interface FileSettings extends TimeSettings, TemplateSettings, VariableSettings {
  readonly path: string;
  /** What the jobs are to run as; absent when that is not known. What it cannot honour is a problem. */
  readonly engine?: ObjectKind;
}

/** A job's entry in a schedule file. */
export interface FileEntry {
  readonly name: string;
  readonly at: string;
  readonly keyOffset: number;
  readonly node: unknown;
  readonly document: YamlDocument;
  /** The node of the file's defaults, whose keys are among the job's. */
  readonly defaults?: unknown;
}

export interface FileJob {
  /** Absent when a problem keeps it from being read. */
  readonly job?: Job;
  readonly problems: readonly Problem[];
  /** True when other jobs of the file may have become a part of this one. */
  readonly hidesOthers?: boolean;
}

export interface FileJobSettings extends FileSettings {
  readonly checkTimes: CheckTimes;
  readonly declared: Declared;
}

/** Reads the job that an entry declares, once its value has been read. */
export function readFileJob(entry: FileEntry, { value, flaws }: ReadValue, settings: FileJobSettings): FileJob {
  const { keys, issues } = readKeys(value, settings);
  const problems = placeProblems([...flaws], issues, entry);
  const isUsable = keys !== undefined && [...flaws].every(isWarning);
  const job = isUsable ? makeJob(keys, entry, settings) : undefined;
  return job === undefined ? { problems, hidesOthers: !isUsable && holdsJob(value) } : { job, problems };
}

function readKeys(value: YamlValue, settings: FileJobSettings): { keys?: JobKeys; issues: Issue[] } {
  const { checkTimes, engine, declared } = settings;
  if (!isMapValue(value)) return { issues: [notKeys(value)] };
  const parsed = jobSchema.safeParse(value);
  const wrong = parsed.success ? checkTemplate(parsed.data) : explainSchemaIssues(parsed.error.issues, value);
  const whole = parsed.success ? withFiles(parsed.data, settings) : undefined;
  const written = [...checkTimes(value), ...checkEngine(value, engine, declared)];
  const issues = [...wrong, ...(whole?.issues ?? []), ...written];
  return whole !== undefined && issues.every(isWarning) ? { keys: whole.keys, issues } : { issues };
}

function notKeys(value: YamlValue): Issue {
  const message = `a job must be a map of keys such as schedule and image, not ${shown(value)}`;
  return { path: [], on: "value", message, hint: "write both under its name, indented, or remove the name" };
}

/** Undefined when it uses a declaration that cannot be read, of which that has been said. */
function makeJob(keys: JobKeys, { name, at }: FileEntry, settings: FileJobSettings): Job | undefined {
  const template = useDeclared(makeTemplate(keys, settings), settings.declared);
  if (template === undefined) return undefined;
  return withHash({
    name,
    origin: { source: "files", unit: settings.path, at },
    schedules: makeSchedules(keys, settings.defaultTimezone),
    template,
    policies: makePolicies(keys),
    suspended: keys.suspended ?? false,
  });
}
