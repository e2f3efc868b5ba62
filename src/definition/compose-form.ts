import type { Declared } from "../../job/declared.ts";
import type { Job, Template } from "../../job/job.ts";
import { isWarning, type Problem } from "../../job/problem.ts";
import { checkAddresses } from "../check-addresses.ts";
import { checkCommand } from "../check-command.ts";
import type { CheckTimes, TimeSettings } from "../check-times.ts";
import { checkTemplate } from "../compose/check-template.ts";
import { checkEngine, type ObjectKind } from "../compose/engine-keys.ts";
import { isExec, readExecKeys } from "../compose/exec-schema.ts";
import { jobSchema, type PolicyKeys, readUsableKeys } from "../compose/job-schema.ts";
import { useDeclared } from "../compose/use-declared.ts";
import { makeExec } from "../make-exec.ts";
import { makePolicies, makeSchedules, makeTemplate, type TemplateSettings, withHash } from "../make-job.ts";
import { explainSchemaIssues } from "../schema-issues.ts";
import type { DigestSecret } from "../secret-digest.ts";
import { type Issue, quoted } from "../values/issue.ts";
import { isMapValue, type YamlMap, type YamlValue } from "../values/yaml.ts";
import type { SeeBeside } from "../variables/beside.ts";
import type { EnvFileSettings } from "../variables/env-file.ts";
import type { VariableSettings } from "../variables/file-variables.ts";
import { holdsJob } from "./holds-job.ts";
import { doubtBinds, type HostPathSettings } from "./host-paths.ts";
import { placeProblems } from "./place-problems.ts";
import { withFiles } from "./with-files.ts";
import { withoutExtensions } from "./without-extensions.ts";
import type { YamlDocument } from "./yaml-document.ts";
import type { ReadValue } from "./yaml-value.ts";

/** `path` is the file as people know it: the unit of its jobs, and the first part of each place. */
export interface FileSettings extends TimeSettings, TemplateSettings, VariableSettings, HostPathSettings {
  readonly path: string;
  readonly digestSecret: DigestSecret;
  /** Absent where nothing is known of other files. */
  readonly seeBeside?: SeeBeside;
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
  readonly readBefore: EnvFileSettings["readBefore"];
  readonly allowance: EnvFileSettings["allowance"];
}

/** Reads the job that an entry declares, once its value has been read. */
export function readFileJob(entry: FileEntry, { value, flaws }: ReadValue, settings: FileJobSettings): FileJob {
  const read = readKeys(value, settings);
  const problems = placeProblems([...flaws], read.issues, entry);
  const isUsable = read.keys !== undefined && [...flaws].every(isWarning);
  const job = isUsable ? makeJob(read, entry, settings) : undefined;
  return job === undefined ? { problems, hidesOthers: !isUsable && holdsJob(value) } : { job, problems };
}

/** Policies, and the template; or what is wrong. */
type ReadKeys =
  | { readonly keys: Omit<PolicyKeys, "command">; readonly template: Template; readonly issues: readonly Issue[] }
  | { readonly keys?: undefined; readonly issues: readonly Issue[] };

function readKeys(value: YamlValue, settings: FileJobSettings): ReadKeys {
  if (!isMapValue(value)) return { issues: [notKeys(value)] };
  const { checkTimes, engine, declared } = settings;
  const known = withoutExtensions(value);
  const { template, keys, ...read } = isExec(value) ? readExec(known, settings) : readRun(known, settings);
  // Of a value that is wrong in itself, it would mislead to say what an engine makes of it.
  const beyondEngine = checkEngine(value, engine, declared).filter(
    ({ path }) => !read.issues.some((issue) => !isWarning(issue) && areInOneKey(issue.path, path)),
  );
  const commands = checkCommand(value, isExec(value) ? "exec" : "run");
  const issues = [...read.issues, ...commands, ...checkTimes(value).map(timeIssue), ...beyondEngine];
  return template && keys && issues.every(isWarning) ? { keys, template, issues } : { issues };
}

/** Whether one place is the other, or lies below it. */
function areInOneKey(a: Issue["path"], b: Issue["path"]): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length > 0 && shorter.every((step, index) => step === longer[index]);
}

/** What is said of a schedule or a time zone quotes it in its own ways. */
function timeIssue(issue: Issue): Issue {
  const what = issue.path[0] === "timezone" ? "an IANA time zone" : "a schedule";
  const doubt = "is probably not what was meant, with its variables filled in";
  return { ...issue, withVariables: isWarning(issue) ? doubt : `is not ${what}, with its variables filled in` };
}

function readExec(value: YamlMap, { variables }: FileJobSettings) {
  const { keys, issues } = readExecKeys(value);
  return { issues, keys, template: keys && makeExec(keys, variables) };
}

function readRun(value: YamlMap, settings: FileJobSettings) {
  const parsed = jobSchema.safeParse(value);
  if (!parsed.success) {
    const usable = readUsableKeys(value);
    const wrong = explainSchemaIssues(parsed.error.issues, value);
    return { issues: [...wrong, ...checkTemplate(usable, value), ...withFiles(usable, settings).issues] };
  }
  const { keys, issues: inFiles } = withFiles(parsed.data, settings);
  const issues = [...inFiles, ...doubtBinds(keys, settings), ...checkAddresses(keys, settings.declared)];
  return { issues: [...checkTemplate(parsed.data), ...issues], keys, template: makeTemplate(keys, settings) };
}

function notKeys(value: YamlValue): Issue {
  const message = `a job must be a map of keys such as schedule and image, not ${quoted(value)}`;
  return { path: [], on: "value", message, hint: "write both under its name, indented, or remove the name" };
}

/** Undefined when it uses a declaration that cannot be read, of which that has been said. */
function makeJob(
  { keys, template: written }: ReadKeys & { readonly keys: object },
  { name, at }: FileEntry,
  settings: FileJobSettings,
): Job | undefined {
  const template = written.kind === "compose" ? useDeclared(written, settings.declared) : written;
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
