import { nearestWord, type Problem } from "../../job/problem.ts";
import { INPUT_KEYS } from "../inputs.ts";
import { FOREIGN_KEYS, JOB_KEYS, UNSUPPORTED_KEYS } from "../known-keys.ts";
import { INNER_POLICY_KEYS } from "../policies.ts";
import { cut, shown } from "../values/issue.ts";
import { fitJobName } from "../values/job-name.ts";
import { LABEL_KEYS } from "./label-form.ts";
import { instanceLabel } from "./labelled-object.ts";

/** The labels of one job of an object, by key: `PREFIX.KEY`, or `PREFIX.jobs.NAME.KEY`. */
export interface LabelGroup {
  /** Absent for the job that has the object's own name. */
  readonly name?: string;
  /** What stands before each key: `shipbell.` or `shipbell.jobs.NAME.`. */
  readonly prefix: string;
  readonly values: ReadonlyMap<string, string>;
  readonly unknown: readonly UnknownLabel[];
}

interface UnknownLabel extends Omit<Problem, "at"> {
  readonly label: string;
}

/** Labels that shipbell puts on its runs. They mean nothing elsewhere. */
const WRITTEN_BY_US: ReadonlySet<string> = new Set(
  ["job", "run", "scheduled-at", "attempt", "trigger", "definition", "object", "upstream"].map(
    (key) => `shipbell.${key}`,
  ),
);

/** Each key of a map has a label of its own. */
const KEYS: readonly string[] = LABEL_KEYS.flatMap((key) => {
  const inner = (INNER_POLICY_KEYS.get(key) ?? []).map((each) => `${key}.${each}`);
  // A number alone is the limit.
  return key === "history" || key === "environment" || key === "inputs" ? inner : [key, ...inner];
});

/** What stands before the name of a variable. */
export const ENVIRONMENT = "environment.";

/** What stands before the name of an input, which has a key after it: `inputs.DAY.type`. */
const INPUTS = "inputs.";

function isKnown(key: string): boolean {
  if (key.startsWith(INPUTS)) {
    const [, name = "", inner = "", ...more] = key.split(".");
    return name !== "" && more.length === 0 && INPUT_KEYS.includes(inner);
  }
  return KEYS.includes(key) || (key.startsWith(ENVIRONMENT) && key !== ENVIRONMENT);
}

interface OpenGroup extends LabelGroup {
  readonly values: Map<string, string>;
  readonly unknown: UnknownLabel[];
}

/** Returns the labels of each job of an object, in the order of the jobs' names, the object's own first. */
export function groupLabels(labels: Readonly<Record<string, string>>, labelPrefix: string): LabelGroup[] {
  const groups = new Map<string, OpenGroup>();
  const isOurs = (label: string) =>
    label.startsWith(`${labelPrefix}.`) && label !== instanceLabel(labelPrefix) && !WRITTEN_BY_US.has(label);
  for (const label of Object.keys(labels).filter(isOurs).sort()) {
    const { key, ...place } = splitLabel(label, `${labelPrefix}.`);
    const group: OpenGroup = groups.get(place.prefix) ?? { ...place, values: new Map(), unknown: [] };
    if (isKnown(key)) group.values.set(key, labels[label] ?? "");
    else group.unknown.push(unknownLabel(label, key, place.prefix));
    groups.set(place.prefix, group);
  }
  return [...groups.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function splitLabel(label: string, prefix: string): { key: string; prefix: string; name?: string } {
  const rest = label.slice(prefix.length);
  const [, name, key] = /^jobs\.([^.]+)\.(.+)$/s.exec(rest) ?? [];
  if (name === undefined || key === undefined) return { key: rest, prefix };
  return { key, prefix: `${prefix}jobs.${name}.`, name };
}

/** What Ofelia's labels say of a container. Here the labelled object has it itself. */
const OF_THE_OBJECT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    volume: "leave it out: a run has the volumes of this object; a schedule file may name others",
    network: "leave it out: a run is on the networks of this object; a schedule file may name others",
    container:
      "leave it out: with launch: exec the command runs in this very container; a schedule file may name another",
    delete: "leave it out: runs are removed as history says",
  }),
);

/** Of `jobs.a.b.schedule`, returns the label without a dot in the job's name. */
function dottedName(key: string, prefix: string): string | undefined {
  const [, name] = /\.jobs\.([^.]+)\.$/.exec(prefix) ?? [];
  const inner = KEYS.find((known) => key.endsWith(`.${known}`));
  if (name === undefined || inner === undefined) return undefined;
  const rest = key.slice(0, -inner.length - 1).replaceAll(".", "-");
  return `${prefix.slice(0, -1)}-${rest}.${inner}`;
}

/** What may stand before a dot, whatever other tools call it. */
const FIRST_WORDS: readonly string[] = ["environment", ...INNER_POLICY_KEYS.keys()];

/** Other words for `jobs.` before a job's name: `job.NAME.schedule`, Ofelia's `job-exec.NAME.schedule`. */
const JOBS = /^(?:(?:cron-?)?jobs?|tasks?|schedules|job-(?:exec|run|local|service-run))(?:\.([^.]+)(?:\.(.+))?)?$/is;

/** Returns the label that one with a dot in it was meant to be: `env.TZ`, `retry.limit`, `job.NAME.schedule`, `jobs.NAME`. */
function meantLabel(key: string, prefix: string): string | undefined {
  const isInJob = /\.jobs\.[^.]+\.$/.test(prefix);
  const [isJob, name, inner = "schedule"] = isInJob ? [] : (JOBS.exec(key) ?? []);
  if (isJob !== undefined) {
    const job = `${prefix}jobs.${name === undefined ? "NAME" : (fitJobName(name)?.replaceAll(".", "-") ?? "NAME")}.`;
    const known = isKnown(inner) ? `${job}${inner}` : (meantLabel(inner, job) ?? joined(job, nearestWord(inner, KEYS)));
    return known ?? joined(job, ourName(inner));
  }
  const [, first = "", rest = ""] = /^([^.]+)\.(.+)$/s.exec(key) ?? [];
  const ours = ourName(first) ?? nearestWord(first, FIRST_WORDS);
  if (rest === "" || ours === undefined || !FIRST_WORDS.includes(ours)) return undefined;
  if (isKnown(`${ours}.${rest}`)) return `${prefix}${ours}.${rest}`;
  return joined(prefix, nearestWord(`${ours}.${rest}`, KEYS));
}

function joined(prefix: string, key: string | undefined): string | undefined {
  return key === undefined ? undefined : `${prefix}${key}`;
}

/** Returns our name of a key that has another name elsewhere. */
function ourName(key: string): string | undefined {
  const ours = FOREIGN_KEYS.get(key)?.ours ?? FOREIGN_KEYS.get(key.toLowerCase())?.ours;
  return ours !== undefined && (isKnown(ours) || ours === "environment") ? ours : undefined;
}

function unknownLabel(label: string, key: string, prefix: string): UnknownLabel {
  const [first = ""] = key.split(".");
  if (key === "environment" || key === ENVIRONMENT || ourName(key.replace(/\.$/, "")) === "environment")
    return {
      label,
      message: `${cut(label)} names no variable`,
      hint: `each has a label of its own: ${prefix}${ENVIRONMENT}NAME`,
    };
  if (first === "inputs") return unknownInputLabel(label, key, prefix);
  if (first === "healthchecks")
    return {
      label,
      message: "healthchecks cannot be set by a label: it has an address, which the scheduler would call",
      hint: "a schedule file may set it",
      refused: "asks-for-more",
    };
  if (first === "notify")
    return {
      label,
      message: `${cut(label)} cannot be set: a label names channels, and nothing else`,
      hint: `write ${prefix}notify: ops-chat; a schedule file may say more`,
      refused: "asks-for-more",
    };
  if (JOB_KEYS.includes(first) && !LABEL_KEYS.includes(first))
    return {
      label,
      message: `${first} cannot be set by a label`,
      hint: "it is the object's own; a schedule file may set it",
      refused: "asks-for-more",
    };
  if (UNSUPPORTED_KEYS.has(first))
    return { label, message: `${first} is not supported in labels`, hint: "leave it out", refused: "asks-for-more" };
  const message = `unknown label ${shown(label)}`;
  const dotted = dottedName(key, prefix);
  if (dotted !== undefined)
    return { label, message: `${message}: a job's name has no dot in a label`, hint: `write ${dotted}` };
  const own = OF_THE_OBJECT.get(key);
  if (own !== undefined) return { label, message, hint: own, refused: "asks-for-more" };
  const foreign = FOREIGN_KEYS.get(key);
  if (foreign !== undefined && isKnown(foreign.ours))
    return { label, message, hint: `${foreign.hint}; here that is ${prefix}${foreign.ours}` };
  const meant = meantLabel(key, prefix);
  if (meant !== undefined) return { label, message, hint: `write ${meant}` };
  const nearest = nearestWord(key, KEYS);
  const hint =
    nearest === undefined ? `known are ${KEYS.join(", ")}, each after ${prefix}` : `did you mean ${prefix}${nearest}?`;
  return { label, message, hint };
}

/** A label such as `inputs`, `inputs.DAY` or `inputs.DAY.typ`. */
function unknownInputLabel(label: string, key: string, prefix: string): UnknownLabel {
  const [, name = "", inner = ""] = key.split(".");
  const allowed = `${cut(`${prefix}${INPUTS}${name || "NAME"}`)}.`;
  if (inner === "")
    return {
      label,
      message: `${cut(label)} says nothing of an input`,
      hint: `each of its keys has a label of its own, such as ${allowed}type`,
    };
  const nearest = nearestWord(inner, INPUT_KEYS);
  const hint =
    nearest === undefined
      ? `known are ${INPUT_KEYS.join(", ")}, each after ${allowed}`
      : `did you mean ${allowed}${nearest}?`;
  return { label, message: `unknown label ${shown(label)}`, hint };
}

/**
 * Returns the keys of a job as a schedule file would have them. Labels are text: the items of a list have `,` between
 * them, or `;` if they are schedules or quiet windows, which have commas of their own.
 */
export function asWrittenInFiles(values: ReadonlyMap<string, string>): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  const maps = new Map<string, Map<string, unknown>>();
  const inputs = new Map<string, Map<string, unknown>>();
  for (const [key, value] of values) {
    if (key.startsWith(INPUTS)) {
      const [, name = "", inner = ""] = key.split(".");
      inputs.set(name, (inputs.get(name) ?? new Map()).set(inner, readInputLabel(inner, value)));
      continue;
    }
    const [first = "", inner] = key.startsWith(ENVIRONMENT) ? splitVariable(key) : key.split(".");
    const read = readLabel(key, value);
    if (inner === undefined) written[first] = read;
    else maps.set(first, (maps.get(first) ?? new Map()).set(inner, read));
  }
  for (const [key, map] of maps) written[key] = { ...alone(key, written[key]), ...Object.fromEntries(map) };
  if (inputs.size > 0)
    written.inputs = Object.fromEntries([...inputs].map(([name, keys]) => [name, Object.fromEntries(keys)]));
  return written;
}

/** A default is taken as it is, as the value of a variable is. */
function readInputLabel(key: string, value: string): string | string[] {
  if (key === "options") return splitList(value, ",");
  return key === "default" ? value : value.trim();
}

/** A variable's name may have dots. */
function splitVariable(key: string): readonly string[] {
  return ["environment", key.slice(ENVIRONMENT.length)];
}

const LISTS: ReadonlySet<string> = new Set(["success_exit_codes", "retries.on", "notify", "except", "only"]);

function readLabel(key: string, value: string): string | string[] {
  if (key.startsWith(ENVIRONMENT)) return value;
  const separator = key === "schedule" || key === "quiet" ? ";" : LISTS.has(key) ? "," : undefined;
  const items = separator === undefined ? [] : splitList(value, separator);
  // An empty label is an empty text, not a list without items: a label cannot hold that.
  return items.length === 0 ? value.trim() : items;
}

/** With `shipbell.retries.delay: 10s`, `shipbell.retries: 3` is the limit; with `shipbell.after.on: ended`, `shipbell.after: dump` the job. */
function alone(key: string, written: unknown): object {
  return typeof written === "string" ? { [key === "after" ? "job" : "limit"]: written } : {};
}

function splitList(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
