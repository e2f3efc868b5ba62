import { nearestWord, type Problem } from "../../job/problem.ts";
import { UNSUPPORTED_KEYS } from "../compose/compose-keys.ts";
import { FOREIGN_KEYS } from "../compose/foreign-keys.ts";
import { HISTORY_KEYS, JOB_KEYS, LABEL_KEYS, RETRY_KEYS } from "../compose/job-schema.ts";
import { cut, shown } from "../values/issue.ts";
import { fitJobName } from "../values/job-name.ts";
import { instanceLabel } from "./labelled-object.ts";

/** What one job of an object says, by key: `PREFIX.KEY`, or `PREFIX.jobs.NAME.KEY`. */
export interface LabelGroup {
  /** Absent for the job that has the object's own name. */
  readonly name?: string;
  /** What stands before each key: `shipbell.` or `shipbell.jobs.NAME.`. */
  readonly prefix: string;
  readonly values: ReadonlyMap<string, string>;
  readonly unknown: readonly UnknownLabel[];
}

export interface UnknownLabel extends Omit<Problem, "at"> {
  readonly label: string;
}

/** Written by shipbell on its runs; without meaning anywhere else. */
const WRITTEN_BY_US: ReadonlySet<string> = new Set(
  ["job", "run", "scheduled-at", "attempt", "trigger", "definition", "object"].map((key) => `shipbell.${key}`),
);

/** Keys that are maps: each of theirs has a label of its own. */
const MAP_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["history", HISTORY_KEYS],
  ["retries", RETRY_KEYS],
]);

const KEYS: readonly string[] = LABEL_KEYS.flatMap((key) => {
  const inner = (MAP_KEYS.get(key) ?? []).map((each) => `${key}.${each}`);
  // A number alone is the limit.
  return key === "history" || key === "environment" ? inner : [key, ...inner];
});

/** What stands before the name of a variable. */
export const ENVIRONMENT = "environment.";

function isKnown(key: string): boolean {
  return KEYS.includes(key) || (key.startsWith(ENVIRONMENT) && key !== ENVIRONMENT);
}

interface OpenGroup extends LabelGroup {
  readonly values: Map<string, string>;
  readonly unknown: UnknownLabel[];
}

/** The jobs that an object's labels speak of, in the order of their names, the object's own first. */
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

/** What Ofelia's labels say of a container, and here the labelled object says itself. */
const OF_THE_OBJECT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    volume: "leave it out: a run has the volumes of this object; a schedule file may name others",
    network: "leave it out: a run is on the networks of this object; a schedule file may name others",
    container:
      "leave it out: with launch: exec the command runs in this very container; a schedule file may name another",
    delete: "leave it out: runs are removed as history says",
  }),
);

/** `jobs.a.b.schedule`: what is left of a name with a dot stands before a key. */
function dottedName(key: string, prefix: string): string | undefined {
  const [, name] = /\.jobs\.([^.]+)\.$/.exec(prefix) ?? [];
  const inner = KEYS.find((known) => key.endsWith(`.${known}`));
  if (name === undefined || inner === undefined) return undefined;
  const rest = key.slice(0, -inner.length - 1).replaceAll(".", "-");
  return `${prefix.slice(0, -1)}-${rest}.${inner}`;
}

/** What stands before a dot, beside the keys themselves: the names that other tools have for it. */
const FIRST_WORDS: readonly string[] = ["environment", ...MAP_KEYS.keys()];

/** Other words for what stands before the name of a job: `job.NAME.schedule`, Ofelia's `job-exec.NAME.schedule`. */
const JOBS = /^(?:(?:cron-?)?jobs?|tasks?|schedules|job-(?:exec|run|local|service-run))(?:\.([^.]+)(?:\.(.+))?)?$/is;

/** The whole label that was meant by one with a dot in it: `env.TZ`, `retry.limit`, `job.NAME.schedule`, `jobs.NAME`. */
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

/** The key that has another name elsewhere. */
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
