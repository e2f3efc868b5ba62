import type * as z from "zod";
import { MOST_PROBLEMS, nearestWord } from "../job/problem.ts";
import { FOREIGN_KEYS, knownKeys } from "./known-keys.ts";
import { type Issue, keysOn, nameIn, shown } from "./values/issue.ts";

type ZodIssue = z.core.$ZodIssue;
type Path = Issue["path"];

/** What was checked, where it is not a job with a container of its own. */
export interface Checked {
  /** Where it stands in `value`. */
  readonly above: Path;
  /** The keys that it may have. */
  readonly known: typeof knownKeys;
}

const A_JOB: Checked = { above: [], known: knownKeys };

/** Explains what zod found to people. `value` is what was checked, from the top. */
export function explainSchemaIssues(found: readonly ZodIssue[], value: unknown, checked: Checked = A_JOB): Issue[] {
  const { above, known } = checked;
  const issues: Explained[] = [];
  for (const issue of found) {
    // One more than is shown, so that readers are told that there are more.
    if (issues.length > MOST_PROBLEMS) break;
    for (const explained of explain(issue, above, { value, known })) issues.push(explained);
  }
  // A misspelled key explains why the right one is missing.
  const misspelled = new Set(issues.flatMap(({ misspelling }) => misspelling ?? []));
  return issues.filter(({ missing }) => missing === undefined || !misspelled.has(missing));
}

interface Explained extends Issue {
  /** The key that is missing. */
  readonly missing?: string;
  /** The key that was probably meant, with its path. */
  readonly misspelling?: string;
}

interface Whole {
  readonly value: unknown;
  readonly known: typeof knownKeys;
}

function explain(issue: ZodIssue, above: Path, whole: Whole): Explained[] {
  const { value } = whole;
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === "unrecognized_keys")
    return issue.keys.slice(0, MOST_PROBLEMS + 1).map((key) => unknownKey(key, path, whole));
  if (path.length > 0 && !isPresent(value, path)) return [missingKey(path)];
  if (issue.code === "invalid_union") return explainUnion(issue, path, whole);
  const { hint, on }: Readonly<Record<string, unknown>> = (issue.code === "custom" && issue.params) || {};
  const message = `${keysOn(path)} ${issue.message}`.trim();
  const isOnKey = on === "key" || issue.code === "invalid_key";
  return [{ path, on: isOnKey ? "key" : "value", message, ...(typeof hint === "string" && { hint }) }];
}

/** Explains the issues of the form that was meant, of those that the value may have: the first whose outer type fits. */
function explainUnion(issue: Extract<ZodIssue, { code: "invalid_union" }>, path: Path, whole: Whole): Explained[] {
  const meant = issue.errors.find(
    ([first]) => first !== undefined && !(first.code === "invalid_type" && first.path.length === 0),
  );
  if (meant !== undefined) return meant.flatMap((inner) => explain(inner, path, whole));
  return [{ path, on: "value", message: `${keysOn(path)} ${issue.message}` }];
}

function unknownKey(key: string, parent: Path, { value, known }: Whole): Explained {
  const path = [...parent, key];
  const { allowed, unsupported, inWords } = known(keysOn(parent));
  if (unsupported.has(key)) {
    const hint = unsupported.get(key);
    const message = `${keysOn(path)} is not supported`;
    return hint === undefined ? { path, on: "key", message: `${message} yet` } : { path, on: "key", message, hint };
  }
  const foreign = parent.length === 0 ? FOREIGN_KEYS.get(key) : undefined;
  const nearest = nearestWord(key, allowed);
  const message = `unknown key ${shown(nameIn(key))}${parent.length > 0 ? ` under ${keysOn(parent)}` : ""}`;
  if (foreign !== undefined && allowed.includes(foreign.ours))
    return { path, on: "key", message, hint: foreign.hint, misspelling: foreign.ours };
  if (nearest === undefined) {
    const isMap = parent.length === 0 && shown((value as Readonly<Record<string, unknown>>)[key]) === "a map of keys";
    const hint = isMap ? "a job of its own is indented as the others are" : `known are ${inWords}`;
    return { path, on: "key", message, hint };
  }
  return { path, on: "key", message, hint: `did you mean ${nearest}?`, misspelling: [...parent, nearest].join() };
}

const EXAMPLES: ReadonlyMap<string, string> = new Map([
  [
    "schedule",
    'add for example schedule: "0 3 * * *", after: with the job whose success starts it, or schedule: [] for a job that only people start',
  ],
  ["image", "add for example image: busybox:1.36"],
  ["command", "add for example command: backup.sh --all"],
  ["http", "add for example http: { url: http://app:8080/tasks/clean, method: POST }"],
  ["http.url", "add for example url: http://app:8080/tasks/clean"],
  ["type", "add type: bind or type: volume"],
  ["options", "add for example options: [small, large]"],
  ["to", "add to: with the name of a channel"],
  ["target", "add target: with a path inside the container"],
  ["devices.source", "add source: with the device's path on the host"],
  ["capabilities", "add for example capabilities: [gpu]"],
  ["discrete_resource_spec", "add for example discrete_resource_spec: { kind: gpu, value: 1 }"],
  ["hard", "add hard: with the limit that soft may be raised to"],
  ["soft", "add soft: with the limit that holds"],
  ["source", "add source: with its name in Swarm's store"],
  ["spread", "add for example spread: node.labels.zone"],
]);

function missingKey(path: Path): Explained {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const hint = EXAMPLES.get(keysOn(path)) ?? EXAMPLES.get(key);
  const message = `${key} is missing${parent.length > 0 ? ` under ${keysOn(parent)}` : ""}`;
  const on = parent.length === 0 ? "key" : "value";
  return { path: parent, on, message, missing: path.join(), ...(hint !== undefined && { hint }) };
}

function isPresent(value: unknown, path: Path): boolean {
  let current = value;
  for (const step of path) {
    // Where one value stands for a list of one, the index leads nowhere.
    if (typeof current !== "object" || current === null) return current !== undefined;
    if (typeof step === "number" && !Array.isArray(current)) continue;
    current = (current as Readonly<Record<string, unknown>>)[step];
  }
  return current !== undefined;
}
