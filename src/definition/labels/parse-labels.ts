import type { ObjectKind } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import { boundProblem, isWarning, MOST_PROBLEMS, type Problem } from "../../job/problem.ts";
import { type CheckTimes, type TimeSettings, timesChecker } from "../check-times.ts";
import { readJob } from "../read-job.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import { cut, type Issue, settleIssue } from "../values/issue.ts";
import { checkJobName, fitJobName } from "../values/job-name.ts";
import { findSecondCopy, labelForm } from "./label-form.ts";
import { asWrittenInFiles, groupLabels, type LabelGroup } from "./label-keys.ts";
import {
  checkInstance,
  checkKind,
  checkMisplaced,
  isFor,
  type LabelledObject,
  placeOf,
  RUN_LABEL,
} from "./labelled-object.ts";
import { type Refusal, refuseObject, refuseTemplate } from "./refusal.ts";

export interface LabelSettings extends TimeSettings {
  /** The name of this scheduler's instance. */
  readonly instance: string;
  /** What jobs run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Default: every object may declare jobs, by labels that begin with `shipbell.`. */
  readonly rules?: LabelRules;
}

/**
 * Reads the jobs that objects declare by their labels, in the order of the objects. Never throws. An object that is a run,
 * or that is for another instance, declares none. A job that cannot be read is named in `broken`, and the others live. A
 * job that is refused is a problem alone: its last good version must not stay.
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
  return [...some, { at: placeOf(object), message: "its labels have more than a hundred mistakes" }];
}

function readGroups(groups: readonly LabelGroup[], object: LabelledObject, settings: Settings): Reading[] {
  if (groups.length === 0) return [];
  const wrongInstance = checkInstance(object, settings.rules.labelPrefix);
  if (wrongInstance !== undefined) return [unreadable(object.name, [wrongInstance])];
  const wrongKind = checkKind(object, settings.engine);
  // A valid definition that this engine can never carry out.
  if (wrongKind !== undefined) return [{ ...emptyReading, problems: [wrongKind] }];
  const refusal = refuseObject(object, settings.rules);
  if (refusal !== undefined) return groups.map((group) => refused(refusal, placeOf(object), group));
  return groups.map((group) => readGroup(group, object, settings));
}

function readGroup(group: LabelGroup, object: LabelledObject, settings: Settings): Reading {
  const { kind, name: unit } = object;
  const at = placeOf(object);
  const name = nameOf(group, object);
  const written = asWrittenInFiles(group.values);
  const secondCopy = findSecondCopy(written, object, group.prefix);
  const { job, issues } = readJob(
    {
      name: typeof name === "string" ? name : "",
      origin: { source: kind === "service" ? "services" : "containers", unit, at },
      written,
    },
    labelForm(object, written, { secondCopy }),
    settings,
  );
  const problems = issues.map((issue) => issueProblem(issue, at, group));
  if (group.unknown.length > 0) {
    const unknown = group.unknown.map(({ label, ...wrong }) => ({ at: `${at}, label ${cut(label)}`, ...wrong }));
    // The label that is missing may be the unknown one.
    const others = problems.filter((_, index) => issues[index]?.path.length !== 0);
    const wrongName = typeof name === "string" ? [] : [name];
    // An unknown label may stand for any job that the object had before.
    return { ...emptyReading, problems: [...unknown, ...wrongName, ...others], broken: [{ unit }] };
  }
  if (typeof name !== "string") return { ...emptyReading, problems: [name, ...problems], broken: [{ unit }] };
  if (job === undefined) {
    // A daemon between its creation and its start looks like a template: what was read of it then must not stay.
    const errors = issues.filter((issue) => !isWarning(issue));
    const isSecondCopy = errors.length === 1 && errors[0] === secondCopy;
    return { ...emptyReading, problems, broken: isSecondCopy ? [] : [{ unit, job: name }] };
  }
  const refusal = refuseTemplate(job.template, object, settings.rules);
  return refusal === undefined ? { jobs: [job], problems, broken: [] } : refused(refusal, at, group);
}

/** A valid definition that must not be carried out. */
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

/**
 * Returns what may be quoted of a command: its program. Compose fills in variables before it writes a label, so that a
 * command may hold passwords. No other label does.
 */
function tellable({ path: [key] }: Issue, values: LabelGroup["values"]): string | undefined {
  if (key !== "command" && key !== "entrypoint") return undefined;
  const [program = "", ...more] = (values.get(key) ?? "").trim().split(/\s/, 2);
  return `${program.replace(/(?:=|(?<=\w)[^\w./-]).*/s, (rest) => (rest.startsWith("=") ? "=…" : "…"))}${more.length > 0 ? " …" : ""}`;
}

function issueProblem(issue: Issue, at: string, { prefix, values }: LabelGroup): Problem {
  const { path, message, hint, severity, refused } = settleIssue(issue, tellable(issue, values));
  const key = path.filter((step) => typeof step === "string").join(".");
  // Only the schedule can be missing; the hint of the schema speaks of files.
  if (key === "") return { at, message, hint: `add the label ${prefix}schedule, for example 0 3 * * *` };
  return {
    at: `${at}, label ${cut(`${prefix}${key}`)}`,
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(refused !== undefined && { refused }),
  };
}
