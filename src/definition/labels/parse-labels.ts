import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import { boundProblem, isWarning, MOST_PROBLEMS, type Problem, type RefusalReason } from "../../job/problem.ts";
import { checkCommand } from "../check-command.ts";
import { type CheckTimes, type TimeSettings, timesChecker } from "../check-times.ts";
import type { ObjectKind } from "../compose/engine-keys.ts";
import { type LabelKeys, labelSchema } from "../compose/job-schema.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import { explainSchemaIssues } from "../schema-issues.ts";
import { cut, type Issue, settleIssue } from "../values/issue.ts";
import { checkJobName, fitJobName } from "../values/job-name.ts";
import { checkExecLabels } from "./exec-labels.ts";
import { groupLabels, type LabelGroup } from "./label-keys.ts";
import { explainUser, mayRunAs } from "./label-user.ts";
import {
  checkInstance,
  checkKind,
  checkMisplaced,
  isFor,
  type LabelledObject,
  placeOf,
  RUN_LABEL,
} from "./labelled-object.ts";
import { makeLabelledJob } from "./make-labelled-job.ts";
import { type Refusal, refuseObject, refuseTemplate } from "./refusal.ts";
import { asWrittenInFiles } from "./written-labels.ts";

export type { LabelledObject } from "./labelled-object.ts";

export interface LabelSettings extends TimeSettings {
  /** The name of this scheduler's instance. */
  readonly instance: string;
  /** What the jobs are to run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Default: every object may declare jobs, by labels that begin with `shipbell.`. */
  readonly rules?: LabelRules;
}

/**
 * Reads the jobs that objects declare by their labels, in the order of the objects. Never throws, whatever the
 * labels. An object that is a run, or that is for another instance, declares none. A job that cannot be read is named
 * in `broken`, and the others live. One that is refused is only a problem: then nothing that was read of it before may stay.
 */
export function parseLabels(objects: readonly LabelledObject[], settings: LabelSettings): Reading {
  const { instance, rules = DEFAULT_LABEL_RULES } = settings;
  const { labelPrefix } = rules;
  const checkTimes = timesChecker(settings);
  const templates = objects.filter(
    (object) => !Object.hasOwn(object.labels, RUN_LABEL) && isFor({ instance, labelPrefix }, object),
  );
  return joinReadings(templates.map((object) => readObject(object, { ...settings, rules, checkTimes })));
}

interface Settings extends LabelSettings {
  readonly rules: LabelRules;
  readonly checkTimes: CheckTimes;
}

function readObject(object: LabelledObject, settings: Settings): Reading {
  const misplaced = { ...emptyReading, problems: checkMisplaced(object) };
  const groups = groupLabels(object.labels, settings.rules.labelPrefix);
  const reading = joinReadings([misplaced, ...readGroups(groups, object, settings)]);
  return { ...reading, problems: theFirst(reading.problems, object) };
}

/** An object may have as many labels as it likes, all of them wrong. */
function theFirst(problems: readonly Problem[], object: LabelledObject): readonly Problem[] {
  const some = problems.slice(0, MOST_PROBLEMS).map(boundProblem);
  if (problems.length <= MOST_PROBLEMS) return some;
  return [...some, { at: placeOf(object), message: "more than a hundred mistakes stand in its labels" }];
}

function readGroups(groups: readonly LabelGroup[], object: LabelledObject, settings: Settings): Reading[] {
  if (groups.length === 0) return [];
  const wrongInstance = checkInstance(object, settings.rules.labelPrefix);
  if (wrongInstance !== undefined) return [unreadable(object.name, [wrongInstance])];
  const wrongKind = checkKind(object, settings.engine);
  // Its definition is well, and never to be carried out here.
  if (wrongKind !== undefined) return [{ ...emptyReading, problems: [wrongKind] }];
  const refusal = refuseObject(object, settings.rules);
  if (refusal !== undefined) return groups.map((group) => refused(refusal, placeOf(object), group));
  return groups.map((group) => readGroup(group, object, settings));
}

function readGroup(group: LabelGroup, object: LabelledObject, settings: Settings): Reading {
  const unit = object.name;
  const at = placeOf(object);
  const name = nameOf(group, object);
  const { keys, issues } = readKeys(group, object, settings);
  const problems = issues.map((issue) => issueProblem(issue, at, group));
  if (group.unknown.length > 0) {
    const unknown = group.unknown.map(({ label, ...wrong }) => ({ at: `${at}, label ${cut(label)}`, ...wrong }));
    // The label that is missing may be the one that means nothing to us.
    const others = problems.filter((_, index) => issues[index]?.path.length !== 0);
    const wrongName = typeof name === "string" ? [] : [name];
    // A label that means nothing to us may stand for any job that the object had before.
    return { ...emptyReading, problems: [...unknown, ...wrongName, ...others], broken: [{ unit }] };
  }
  if (typeof name !== "string") return { ...emptyReading, problems: [name, ...problems], broken: [{ unit }] };
  // A daemon between its creation and its start looks like a template: what was read of it then must not stay.
  if (keys === undefined)
    return { ...emptyReading, problems, broken: isSecondCopy(issues) ? [] : [{ unit, job: name }] };
  const { defaultTimezone, rules } = settings;
  const job = makeLabelledJob(keys, { name, object, defaultTimezone });
  const refusedJob = refuseTemplate(job.template, object, rules);
  return refusedJob === undefined ? { jobs: [job], problems, broken: [] } : refused(refusedJob, at, group);
}

/** Its definition is well, and must not be carried out. */
function refused({ refused, message, hint }: Refusal, at: string, group: LabelGroup): Reading {
  const [first] = group.values.has("schedule") ? ["schedule"] : group.values.keys();
  const label = first === undefined ? group.unknown[0]?.label : `${group.prefix}${first}`;
  return { ...emptyReading, problems: [{ at: `${at}, label ${cut(label ?? "")}`, message, hint, refused }] };
}

function nameOf({ name, prefix }: LabelGroup, object: LabelledObject): string | Problem {
  const at = placeOf(object);
  const own = fitJobName(object.name);
  if (own === undefined) {
    const message = `no job name can be made of the ${object.kind}'s name; at most 63 of a-z, 0-9, "_", "." and "-" are allowed`;
    return { at, message, hint: `give the ${object.kind} a shorter name` };
  }
  if (name === undefined) return own;
  const wrong = checkJobName(name) ?? checkJobName(`${own}.${name}`);
  return wrong === undefined ? `${own}.${name}` : { at: `${at}, label ${prefix}schedule`, ...wrong };
}

interface ReadKeys {
  /** Absent when an issue is more than a warning. */
  readonly keys?: LabelKeys;
  readonly issues: readonly LabelIssue[];
}

interface LabelIssue extends Issue {
  /** The definition is well, and must not be carried out. */
  readonly isSecondCopy?: true;
  readonly refused?: RefusalReason;
}

function readKeys(group: LabelGroup, object: LabelledObject, { checkTimes }: Settings): ReadKeys {
  const written = asWrittenInFiles(group.values);
  const parsed = labelSchema.safeParse(written);
  const second = secondCopy(group, object);
  const issues: readonly LabelIssue[] = [
    ...(parsed.success ? [] : explainSchemaIssues(parsed.error.issues, written)),
    ...checkTimes(written),
    ...checkCommand(written, group.values.get("launch")?.trim() === "exec" ? "exec" : "run"),
    ...checkExecLabels(group.values, object),
    ...(second.length > 0 ? second : oneOfMany(group, object)),
    ...otherUser(labelSchema.shape.user.safeParse(written.user).data, object),
  ];
  return parsed.success && issues.every(isWarning) ? { keys: parsed.data, issues } : { issues };
}

function secondCopy({ values, prefix }: LabelGroup, { kind, running }: LabelledObject): LabelIssue[] {
  const startsNone = values.has("command") || values.has("entrypoint") || values.get("launch")?.trim() === "exec";
  if (!running || startsNone || !values.has("schedule")) return [];
  const message = `this ${kind} is running, and a job without a command of its own would start a second copy of it`;
  const inert =
    kind === "service"
      ? "give the service replicas: 0, in mode replicated"
      : "create the container without starting it";
  const hint = `say what to run with ${prefix}command, or ${inert}`;
  return [{ path: ["schedule"], on: "value", message, hint, isSecondCopy: true }];
}

/** A run is one task on one node, whatever the mode of the service makes of it. */
function oneOfMany({ values }: LabelGroup, { spread }: LabelledObject): LabelIssue[] {
  if (spread === undefined || !values.has("schedule")) return [];
  const issue = { path: ["schedule"], on: "value" } as const;
  if (spread.mode === "replicated-job") {
    const message = `this service is in mode replicated-job with ${spread.completions} tasks, and a run is one of them`;
    return [{ ...issue, message, hint: "give it replicas: 1, or a job for each task", severity: "warning" }];
  }
  const message = `this service is in mode ${spread.mode}, on each node, and a run is one task on one node`;
  const hint = "write mode: replicated and replicas: 0; for each node a job of its own, with a placement constraint";
  // A command beside what the service itself does is rarely meant for each node.
  return [{ ...issue, message, hint, ...(spread.mode === "global" && { severity: "warning" }) }];
}

/** Promise 7: a label asks for no more than its object has. */
function otherUser(user: string | null | undefined, object: LabelledObject): LabelIssue[] {
  if (user == null || mayRunAs(user, object)) return [];
  return [{ path: ["user"], on: "value", ...explainUser(user, object), refused: "asks-for-more" }];
}

function isSecondCopy(issues: readonly LabelIssue[]): boolean {
  const errors = issues.filter((issue) => !isWarning(issue));
  return errors.length === 1 && errors[0]?.isSecondCopy === true;
}

/**
 * What is quoted of a command: its program. Compose has filled in variables before it writes a label, so that passwords
 * stand in it; in what else labels say, there are none.
 */
function tellable({ path: [key] }: LabelIssue, values: LabelGroup["values"]): string | undefined {
  if (key !== "command" && key !== "entrypoint") return undefined;
  const [program = "", ...more] = (values.get(key) ?? "").trim().split(/\s/, 2);
  return `${program.replace(/(?:=|(?<=\w)[^\w./-]).*/s, (rest) => (rest.startsWith("=") ? "=…" : "…"))}${more.length > 0 ? " …" : ""}`;
}

function issueProblem(issue: LabelIssue, at: string, { prefix, values }: LabelGroup): Problem {
  const { path, message, hint, severity, refused } = settleIssue(issue, tellable(issue, values));
  const key = path.filter((step) => typeof step === "string").join(".");
  // Only of the schedule can it be said that it is missing; its hint speaks of files.
  if (key === "") return { at, message, hint: `add the label ${prefix}schedule, for example 0 3 * * *` };
  return {
    at: `${at}, label ${cut(`${prefix}${key}`)}`,
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(refused !== undefined && { refused }),
  };
}
