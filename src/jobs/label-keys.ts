import { UNSUPPORTED_KEYS } from "./compose-keys.ts";
import { HISTORY_KEYS, JOB_KEYS, LABEL_KEYS, RETRY_KEYS } from "./job-schema.ts";
import { nearestWord } from "./problem.ts";

/** What one job of an object says, by key: `shipbell.KEY`, or `shipbell.jobs.NAME.KEY`. */
export interface LabelGroup {
  /** Absent for the job that has the object's own name. */
  readonly name?: string;
  /** What stands before each key: `shipbell.` or `shipbell.jobs.NAME.`. */
  readonly prefix: string;
  readonly values: ReadonlyMap<string, string>;
  readonly unknown: readonly UnknownLabel[];
}

export interface UnknownLabel {
  readonly label: string;
  readonly message: string;
  readonly hint: string;
}

const PREFIX = "shipbell.";

/** Written by shipbell on its runs; without meaning anywhere else. */
const WRITTEN_BY_US: ReadonlySet<string> = new Set(
  ["instance", "job", "run", "scheduled-at", "attempt", "trigger", "definition"].map((key) => PREFIX + key),
);

/** Keys that are maps: each of theirs has a label of its own. */
export const MAP_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["history", HISTORY_KEYS],
  ["retries", RETRY_KEYS],
]);

/** A map of whatever names: each variable has a label of its own. */
const ENVIRONMENT = "environment";

const KEYS: readonly string[] = LABEL_KEYS.flatMap((key) => {
  const inner = (MAP_KEYS.get(key) ?? []).map((each) => `${key}.${each}`);
  // A number alone is the limit.
  return key === "history" || key === ENVIRONMENT ? inner : [key, ...inner];
});

interface OpenGroup extends LabelGroup {
  readonly values: Map<string, string>;
  readonly unknown: UnknownLabel[];
}

/** The jobs that an object's labels speak of, in the order of their names, the object's own first. */
export function groupLabels(labels: Readonly<Record<string, string>>): LabelGroup[] {
  const groups = new Map<string, OpenGroup>();
  const ours = Object.keys(labels).filter((label) => label.startsWith(PREFIX) && !WRITTEN_BY_US.has(label));
  for (const label of ours.sort()) {
    const { key, ...place } = splitLabel(label);
    const group: OpenGroup = groups.get(place.prefix) ?? { ...place, values: new Map(), unknown: [] };
    if (KEYS.includes(key) || (key.startsWith(`${ENVIRONMENT}.`) && key.length > ENVIRONMENT.length + 1))
      group.values.set(key, labels[label] ?? "");
    else group.unknown.push(unknownLabel(label, key, place.prefix));
    groups.set(place.prefix, group);
  }
  return [...groups.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function splitLabel(label: string): { key: string; prefix: string; name?: string } {
  const [, name, key] = /^shipbell\.jobs\.([^.]+)\.(.+)$/s.exec(label) ?? [];
  if (name === undefined || key === undefined) return { key: label.slice(PREFIX.length), prefix: PREFIX };
  return { key, prefix: `${PREFIX}jobs.${name}.`, name };
}

function unknownLabel(label: string, key: string, prefix: string): UnknownLabel {
  const [first = ""] = key.split(".");
  if (JOB_KEYS.includes(first) && !LABEL_KEYS.includes(first))
    return {
      label,
      message: `${first} cannot be set by a label`,
      hint: "it is the object's own; a schedule file may set it",
    };
  if (UNSUPPORTED_KEYS.has(first))
    return { label, message: `${first} is not supported in labels`, hint: "leave it out" };
  const nearest = nearestWord(key, KEYS);
  const hint =
    nearest === undefined ? `known are ${KEYS.join(", ")}, each after ${prefix}` : `did you mean ${prefix}${nearest}?`;
  return { label, message: `unknown label ${JSON.stringify(label)}`, hint };
}
