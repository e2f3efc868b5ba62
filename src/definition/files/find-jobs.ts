import { isAlias, isMap, isScalar, type Pair, type YAMLMap } from "yaml";
import { didYouMean, nearestWord, type Problem } from "../../job/problem.ts";
import { SECTIONS } from "../compose/declarations.ts";
import { JOB_KEYS } from "../known-keys.ts";
import { nameIn, shown } from "../values/issue.ts";
import { nodeAt } from "./places.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";

export interface FoundJobs {
  /** Absent when it cannot be told which jobs the file declares. */
  readonly jobs?: readonly Pair[];
  /** What else stands at the top, by its key. */
  readonly top: ReadonlyMap<string, Pair>;
  /** True for a Compose file: a job has `triggers`, and Compose's keys may stand at the top. */
  readonly isCompose?: boolean | undefined;
  readonly problems: readonly Problem[];
}

/** Finds the entries under `jobs`, and what is wrong around them. */
export function findJobs(document: YamlDocument): FoundJobs {
  if (document.problems.length > 0) return { top: new Map(), problems: document.problems };
  const { root } = document;
  if (!isMap(root)) return { top: new Map(), problems: [notAMap(document)] };
  const isCompose = hasTriggers(root, document);
  const strangers = unknownKeys(root, document, isCompose);
  // Of a key that occurs twice, the first counts.
  const top = new Map(root.items.toReversed().map((pair) => [keyText(pair) ?? "", pair]));
  const found = top.get("jobs");
  if (found === undefined && strangers.length > 0) return { top, problems: strangers };
  const jobs = isAlias(found?.value) ? document.targetOf(found.value) : found?.value;
  if (!isMap(jobs)) return { top, problems: [...strangers, noJobs(found, document)] };
  return { jobs: jobs.items, top, isCompose, problems: strangers };
}

/** True where a job, or what all of them have, says in Docker's words when it is due. */
function hasTriggers(root: YAMLMap, document: YamlDocument): boolean {
  const { own } = document.keysOf(root);
  if (nodeAt(document, own.get("defaults")?.value, ["triggers"]) !== undefined) return true;
  const jobs = own.get("jobs")?.value;
  const map = isAlias(jobs) ? document.targetOf(jobs) : jobs;
  return isMap(map) && map.items.some(({ value }) => nodeAt(document, value, ["triggers"]) !== undefined);
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function unknownKeys(root: YAMLMap, document: YamlDocument, isCompose: boolean): Problem[] {
  const seen = new Set<string>();
  return root.items.flatMap((pair) => {
    const key = keyText(pair) ?? "";
    const at = document.at(offsetOf(pair.key));
    if (seen.has(key)) return [{ at, message: `the key ${shown(nameIn(key))} occurs twice`, hint: "keep one" }];
    seen.add(key);
    if (TOP_KEYS.includes(key) || key.startsWith("x-") || (isCompose && COMPOSE_KEYS.has(key))) return [];
    const message = `unknown key ${shown(nameIn(key))}; at the top of a schedule file stand ${TOP_KEYS.join(", ")}, and keys that begin with x-`;
    return [{ at, message, hint: hintOn(key) }];
  });
}

/** What may stand at the top of a file, as well as keys that begin with `x-`. */
const TOP_KEYS: readonly string[] = ["jobs", "defaults", "notify", "pools", ...SECTIONS];

/** Compose's keys that mean nothing in a schedule file, unless its jobs have `triggers`. */
const COMPOSE_KEYS: ReadonlyMap<string, string> = new Map([
  ["services", "did you mean jobs?"],
  ["version", "leave it out: a schedule file has no version, and Compose takes no notice of it either"],
  ["name", "leave it out: there is no project, and what the file declares is called as it is written"],
  ["include", "name several files, or a folder, in the setting schedules"],
  ["models", "leave it out"],
]);

function hintOn(key: string): string {
  const own = COMPOSE_KEYS.get(key);
  if (own !== undefined) return own;
  if (JOB_KEYS.includes(key)) return `move it under defaults: if all jobs of the file are to have it`;
  return didYouMean(nearestWord(key, TOP_KEYS)) ?? "move it under jobs if it is a job";
}

const EXAMPLE = "write jobs: and under it, indented, a name for each job; jobs: {} declares none";

function notAMap(document: YamlDocument): Problem {
  const isEmpty = isNull(document.root);
  const message = isEmpty ? "the file is empty" : "a schedule file must be a map with the key jobs";
  return { at: document.at(isEmpty ? 0 : offsetOf(document.root)), message, hint: EXAMPLE };
}

function noJobs(pair: Pair | undefined, document: YamlDocument): Problem {
  if (pair === undefined) return { at: document.at(0), message: "the key jobs is missing", hint: EXAMPLE };
  const isEmpty = isNull(pair.value);
  const message = isEmpty ? "there is nothing under jobs" : "jobs must be a map from names to jobs";
  return { at: document.at(offsetOf(isEmpty ? pair.key : pair.value)), message, hint: EXAMPLE };
}

/** The lines of one job in a schedule file, its name's first. */
interface JobLines {
  readonly text: string;
  /** How many lines stand before it. */
  readonly linesBefore: number;
}

const BLANK = /^ *(?:#.*)?\r?$/;
// Without a space before it, a # begins no comment.
const HEAD = /^jobs:(?:[ \t]+#.*|[ \t]*)\r?$/;
const NAME = /^ *[a-z0-9][a-z0-9_.-]*:(?:[ \t]+#.*|[ \t]*)\r?$/;

/**
 * Cuts a schedule file into its jobs, if its layout is plain: `jobs:`, and under it, equally indented, one name after the
 * other with its keys below. Parsing such parts one by one takes little more than half of the time that the parser needs
 * for a long file. Undefined for any other layout.
 */
export function splitJobs(text: string): readonly JobLines[] | undefined {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !BLANK.test(line));
  if (first === -1 || !HEAD.test(lines[first] ?? "")) return undefined;
  const starts = findStarts(lines, first + 1);
  return starts?.map((start, index) => ({
    text: lines.slice(start, starts[index + 1]).join("\n"),
    linesBefore: start,
  }));
}

/** Finds the lines that hold a name. A job's keys are indented deeper; anything else is another layout. */
function findStarts(lines: readonly string[], from: number): number[] | undefined {
  const starts: number[] = [];
  let indent: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (index < from || BLANK.test(line)) continue;
    const depth = line.search(/[^ ]/);
    indent ??= depth;
    if (depth === 0 || depth < indent) return undefined;
    if (depth > indent) continue;
    if (!NAME.test(line)) return undefined;
    starts.push(index);
  }
  return starts.length === 0 ? undefined : starts;
}
