import { checkTemplate } from "./check-template.ts";
import type { CheckTimes, TimeSettings } from "./check-times.ts";
import { checkEngine, type ObjectKind } from "./engine-keys.ts";
import { isExec, readExecKeys } from "./exec-schema.ts";
import { holdsJob } from "./holds-job.ts";
import { type Issue, shown } from "./issue.ts";
import type { Job, Template } from "./job.ts";
import { jobSchema, type PolicyKeys } from "./job-schema.ts";
import { makeExec } from "./make-exec.ts";
import { makePolicies, makeSchedules, makeTemplate, type TemplateSettings, withHash } from "./make-job.ts";
import { isWarning, type Problem } from "./problem.ts";
import { explainSchemaIssues } from "./schema-issues.ts";
import { withoutExtensions } from "./without-extensions.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import { offsetOfIssue } from "./yaml-place.ts";
import type { Flaw, ReadValue, YamlMap, YamlValue } from "./yaml-value.ts";

/** `path` is the file as people know it: the unit of its jobs, and the first part of each place. */
export interface FileSettings extends TimeSettings, TemplateSettings {
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
}

/** Reads the job that an entry declares, once its value has been read. */
export function readFileJob(entry: FileEntry, { value, flaws }: ReadValue, settings: FileJobSettings): FileJob {
  const read = readKeys(value, settings);
  const problems = placeProblems([...flaws], read.issues, entry);
  const isUsable = read.keys !== undefined && [...flaws].every(isWarning);
  if (!isUsable) return { problems, hidesOthers: holdsJob(value) };
  return { job: makeJob(read, entry, settings), problems };
}

/** Policies, and the template; or what is wrong. */
type ReadKeys =
  | { readonly keys: Omit<PolicyKeys, "command">; readonly template: Template; readonly issues: readonly Issue[] }
  | { readonly keys?: undefined; readonly issues: readonly Issue[] };

function readKeys(value: YamlValue, settings: FileJobSettings): ReadKeys {
  if (!isKeys(value)) return { issues: [notKeys(value)] };
  const known = withoutExtensions(value);
  const { template, keys, ...read } = isExec(value) ? readExec(known, settings) : readRun(known, settings);
  const issues = [...read.issues, ...settings.checkTimes(value), ...checkEngine(value, settings.engine)];
  return template && keys && issues.every(isWarning) ? { keys, template, issues } : { issues };
}

function readExec(value: YamlMap, { variables }: FileJobSettings) {
  const { keys, issues } = readExecKeys(value);
  return { issues, keys, template: keys && makeExec(keys, variables) };
}

function readRun(value: YamlMap, settings: FileJobSettings) {
  const parsed = jobSchema.safeParse(value);
  if (!parsed.success) return { issues: explainSchemaIssues(parsed.error.issues, value) };
  const keys = parsed.data;
  return { issues: checkTemplate(keys), keys, template: makeTemplate(keys, settings) };
}

function isKeys(value: YamlValue): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notKeys(value: YamlValue): Issue {
  const message = `a job must be a map of keys such as schedule and image, not ${shown(value)}`;
  return { path: [], on: "value", message, hint: "write both under its name, indented, or remove the name" };
}

function makeJob(
  { keys, template }: ReadKeys & { readonly keys: object },
  { name, at }: FileEntry,
  settings: FileSettings,
): Job {
  return withHash({
    name,
    origin: { source: "files", unit: settings.path, at },
    schedules: makeSchedules(keys, settings.defaultTimezone),
    template,
    policies: makePolicies(keys),
    suspended: keys.suspended ?? false,
  });
}

/** What a flaw left unread makes further issues in the same place: they would only distract. */
function placeProblems(flaws: readonly Flaw[], issues: readonly Issue[], entry: FileEntry): Problem[] {
  if (flaws.length + issues.length === 0) return [];
  const { document } = entry;
  const flawed = new Set(flaws.map(({ offset }) => offset));
  const placed = issues.map((issue) => ({
    ...issue,
    offset:
      offsetOfIssue(document, entry.node, issue) ??
      (issue.path.length === 0 && issue.on === "value" && !isNull(entry.node) ? offsetOf(entry.node) : entry.keyOffset),
  }));
  return [...flaws, ...placed.filter(({ offset }) => !flawed.has(offset))]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, hint, severity }) => ({
      at: document.at(offset),
      message,
      ...(hint !== undefined && { hint }),
      ...(severity !== undefined && { severity }),
    }));
}
