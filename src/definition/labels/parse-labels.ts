import type { ObjectKind } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import { boundProblem, isWarning, MOST_PROBLEMS, type Problem } from "../../job/problem.ts";
import { type CheckTimes, type TimeSettings, timesChecker } from "../check-times.ts";
import { NOTHING_DECLARED } from "../compose/declared.ts";
import { composeForm } from "../compose-form.ts";
import { withSchedule } from "../inputs.ts";
import { type Form, type JobEntry, readJob } from "../read-job.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import type { TellingSettings } from "../telling.ts";
import { Allowance } from "../values/allowance.ts";
import { type Issue, settleIssue } from "../values/issue.ts";
import { checkJobName, fitJobName } from "../values/job-name.ts";
import type { YamlMap } from "../values/yaml.ts";
import type { ForeignJob, ForeignLabels } from "./foreign.ts";
import { findSecondCopy, labelForm } from "./label-form.ts";
import { asWrittenInFiles, groupLabels, type LabelGroup } from "./label-keys.ts";
import {
  checkInstance,
  checkKind,
  checkMisplaced,
  isFor,
  type LabelledObject,
  type PlaceLabel,
  placeOnEngine,
  RUN_LABEL,
  stackOf,
} from "./labelled-object.ts";
import { type Refusal, refuseObject, refuseTemplate, withAllowedChannels } from "./refusal.ts";

export interface LabelSettings extends TimeSettings, TellingSettings {
  /** The name of this scheduler's instance. */
  readonly instance: string;
  /** What jobs run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Default: every object may declare jobs, by labels that begin with `shipbell.`. */
  readonly rules?: LabelRules;
  /** Where problems are. Default: on an engine, which has no lines. */
  readonly place?: PlaceLabel;
  /** Labels of other schedulers that count as well. Default: none. */
  readonly foreign?: ForeignLabels | undefined;
}

/**
 * Reads the jobs that objects declare by their labels, in the order of the objects. Never throws. An object that is a run,
 * or that is for another instance, declares none. A job that cannot be read is named in `broken`, and the others live. A
 * job that is refused is a problem alone: its last good version must not stay.
 */
export function parseLabels(objects: readonly LabelledObject[], settings: LabelSettings): Reading {
  const { instance, rules = DEFAULT_LABEL_RULES, place = placeOnEngine } = settings;
  const { labelPrefix } = rules;
  const checkTimes = timesChecker(settings);
  const templates = objects.filter(
    (object) => !Object.hasOwn(object.labels, RUN_LABEL) && isFor({ instance, labelPrefix }, object),
  );
  const all = { ...settings, rules, place, checkTimes, said: new Set<string>() };
  const held = settings.foreign?.heldBecause();
  const reading = joinReadings(templates.map((object) => readObject(object, { ...all, isHeld: held !== undefined })));
  return held === undefined ? reading : { ...reading, problems: [...reading.problems, boundProblem(held)] };
}

interface Settings extends LabelSettings {
  readonly rules: LabelRules;
  readonly place: PlaceLabel;
  readonly checkTimes: CheckTimes;
  /** Whether jobs in labels of other schedulers are left to these for now. */
  readonly isHeld: boolean;
  /** What was said of labels of other schedulers in general. */
  readonly said: Set<string>;
}

function readObject(object: LabelledObject, settings: Settings): Reading {
  const misplaced = { ...emptyReading, problems: checkMisplaced(object, settings.place) };
  const groups = groupLabels(object.labels, settings.rules.labelPrefix);
  const foreign = readForeign(groups, object, settings);
  const reading = joinReadings([misplaced, ...readGroups(groups, object, settings), ...foreign]);
  return { ...reading, problems: theFirst(reading.problems, settings.place(object)) };
}

/** An object may have as many labels as it likes, all of them wrong. */
function theFirst(problems: readonly Problem[], at: string): readonly Problem[] {
  const some = problems.slice(0, MOST_PROBLEMS).map(boundProblem);
  if (problems.length <= MOST_PROBLEMS) return some;
  return [...some, { at, message: "its labels have more than a hundred mistakes" }];
}

/** Reads what labels of other schedulers declare. Of a job that labels of ours declare too, ours count. */
function readForeign(groups: readonly LabelGroup[], object: LabelledObject, settings: Settings): Reading[] {
  const { foreign, place, rules } = settings;
  const jobs = foreign?.read(object) ?? [];
  if (jobs.length === 0 || checkInstance(object, rules.labelPrefix, place) !== undefined) return [];
  const at: PlaceInObject = (label, on) => place(object, label, on);
  const refusal = refuseObject(object, rules);
  return jobs.map((job) => {
    if (refusal !== undefined) return refusedLabel(refusal, at(job.label));
    if (groups.some(({ name }) => name === job.name)) return notCounted(job, object, settings);
    return readForeignJob(job, object, settings);
  });
}

function notCounted({ label }: ForeignJob, object: LabelledObject, { place, rules }: Settings): Reading {
  const message = `is not looked at: labels that begin with ${rules.labelPrefix} declare the same job`;
  const problem: Problem = { at: place(object, label), message, hint: "remove it", severity: "warning" };
  return { ...emptyReading, problems: [problem] };
}

function readForeignJob(job: ForeignJob, object: LabelledObject, settings: Settings): Reading {
  const { kind, name: unit } = object;
  const at: PlaceInObject = (label, on) => settings.place(object, label, on);
  const prefix = `${settings.rules.labelPrefix}.${job.name === undefined ? "" : `jobs.${job.name}.`}`;
  const named = nameOf({ ...(job.name !== undefined && { name: job.name }), prefix }, object, at);
  const name = typeof named === "string" ? named : "";
  const general = job.general.filter(({ message }) => !settings.said.has(message) && settings.said.add(message));
  const found = [...general, ...job.findings].map(({ label, ...finding }): Problem => ({ at: at(label), ...finding }));
  const broken = [{ unit, ...(name !== "" && { job: name }) }];
  if (typeof named !== "string") return { ...emptyReading, problems: [{ ...named, at: at(job.label) }], broken };
  if (job.translated === undefined)
    return { ...emptyReading, problems: found, broken: found.some(({ refused }) => refused) ? [] : broken };
  const { written: keys, as, native, secondCopy } = job.translated;
  const written = withSchedule(settings.isHeld ? { ...keys, suspended: "true" } : keys);
  const stack = stackOf(object);
  const origin = {
    source: kind === "service" ? "services" : "containers",
    unit,
    at: `${at()}, labels of ${job.from}`,
    ...(stack !== undefined && { stack }),
    translated: { from: job.from, native: native({ job: name, prefix }) },
  } as const;
  const form =
    as === "label" ? labelForm(object, written, { secondCopy, isForeign: true }) : ownForm(written, settings);
  const read = readJob({ name, origin, written }, form, settings);
  const issues = read.issues.map((issue) => foreignProblem(issue, job, at));
  const problems = [...found, ...issues];
  if (read.job === undefined) {
    const isGone = issues.some(({ refused }) => refused !== undefined) || secondCopy !== undefined;
    return { ...emptyReading, problems, broken: isGone ? [] : broken };
  }
  const refusal = refuseTemplate(read.job.template, object, settings.rules);
  return refusal === undefined ? { jobs: [read.job], problems, broken: [] } : refusedLabel(refusal, at(job.label));
}

/** Reads a job that another scheduler's own container declares: the author of this scheduler's own container may do anything. */
function ownForm(written: JobEntry["written"] & YamlMap, settings: Settings): Form {
  return composeForm(written, {
    declared: NOTHING_DECLARED,
    variables: {},
    folder: "/",
    readReferenced: () => ({ unreadable: "labels have no files", isMissing: false, isUnknown: true }),
    readBefore: new Map(),
    allowance: new Allowance(0),
    ...(settings.engine !== undefined && { engine: settings.engine }),
  });
}

function foreignProblem(issue: Issue, { label, labels }: ForeignJob, at: PlaceInObject): Problem {
  const { path, message, severity, refused, ...issued } = settleIssue(issue, undefined);
  const key = String(path[0] ?? "");
  // It may be the other scheduler's default, which no label says.
  const hint =
    key === "user" ? `name another in ${labels.user ?? label}, or declare the job in a schedule file` : issued.hint;
  return {
    at: at(labels[key] ?? label),
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(refused !== undefined && { refused }),
  };
}

function refusedLabel({ refused, message, hint }: Omit<Refusal, "setting">, at: string): Reading {
  return { ...emptyReading, problems: [{ at, message, hint, refused }] };
}

function readGroups(groups: readonly LabelGroup[], object: LabelledObject, settings: Settings): Reading[] {
  if (groups.length === 0) return [];
  const { place, rules } = settings;
  const wrongInstance = checkInstance(object, rules.labelPrefix, place);
  if (wrongInstance !== undefined) return [unreadable(object.name, [wrongInstance])];
  const wrongKind = checkKind(object, settings.engine, place);
  // A valid definition that this engine can never carry out.
  if (wrongKind !== undefined) return [{ ...emptyReading, problems: [wrongKind] }];
  const refusal = refuseObject(object, rules);
  if (refusal !== undefined)
    return groups.map((group) => refused(refusal, group, (...label) => place(object, ...label)));
  return groups.map((group) => readGroup(group, object, settings));
}

/** As `PlaceLabel`, of one object. */
type PlaceInObject = (label?: string, on?: Issue["on"]) => string;

function readGroup(group: LabelGroup, object: LabelledObject, settings: Settings): Reading {
  const { kind, name: unit } = object;
  const at: PlaceInObject = (label, on) => settings.place(object, label, on);
  const stack = stackOf(object);
  const name = nameOf(group, object, at);
  const { written, refused: refusedChannels } = withAllowedChannels(asKeys(group), settings.rules);
  const secondCopy = findSecondCopy(written, object, group.prefix);
  const { job, issues } = readJob(
    {
      name: typeof name === "string" ? name : "",
      origin: {
        source: kind === "service" ? "services" : "containers",
        unit,
        at: at(),
        ...(stack !== undefined && { stack }),
      },
      written,
    },
    labelForm(object, written, { secondCopy }),
    settings,
  );
  const problems = [...issues, ...refusedChannels].map((issue) => issueProblem(issue, at, group));
  if (group.unknown.length > 0) {
    const unknown = group.unknown.map(({ label, ...wrong }) => ({ at: at(label, "key"), ...wrong }));
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
  return refusal === undefined ? { jobs: [job], problems, broken: [] } : refused(refusal, group, at);
}

function asKeys({ values }: LabelGroup): JobEntry["written"] {
  return withSchedule(asWrittenInFiles(values));
}

/** A valid definition that must not be carried out. */
function refused({ refused, message, hint }: Omit<Refusal, "setting">, group: LabelGroup, at: PlaceInObject): Reading {
  const [first] = group.values.has("schedule") ? ["schedule"] : group.values.keys();
  const label = first === undefined ? group.unknown[0]?.label : `${group.prefix}${first}`;
  return refusedLabel({ refused, message, hint }, at(label ?? ""));
}

function nameOf(
  { name, prefix }: Pick<LabelGroup, "name" | "prefix">,
  object: LabelledObject,
  at: PlaceInObject,
): string | Problem {
  const own = fitJobName(object.name);
  if (own === undefined) {
    const message = `no job name can be made of the ${object.kind}'s name; at most 63 of a-z, 0-9, "_", "." and "-" are allowed`;
    return { at: at(), message, hint: `give the ${object.kind} a shorter name` };
  }
  if (name === undefined) return own;
  const wrong = checkJobName(name) ?? checkJobName(`${own}.${name}`);
  return wrong === undefined ? `${own}.${name}` : { at: at(`${prefix}schedule`), ...wrong };
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

function issueProblem(issue: Issue, at: PlaceInObject, { prefix, values }: LabelGroup): Problem {
  const { path, message, hint, severity, refused } = settleIssue(issue, tellable(issue, values));
  // The names of all channels stand in one label.
  const steps = path[0] === "notify" ? path.slice(0, 1) : path;
  const key = steps.filter((step) => typeof step === "string").join(".");
  // Only the schedule can be missing; the hint of the schema speaks of files.
  if (key === "") return { at: at(), message, hint: `add the label ${prefix}schedule, for example 0 3 * * *` };
  return {
    at: at(`${prefix}${key}`, issue.on),
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(refused !== undefined && { refused }),
  };
}
