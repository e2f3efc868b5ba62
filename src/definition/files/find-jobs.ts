import { isAlias, isMap, isScalar, type Pair, type YAMLMap } from "yaml";
import { didYouMean, nearestWord, type Problem } from "../../job/problem.ts";
import { SECTIONS } from "../compose/declaration-schema.ts";
import { shown } from "../values/issue.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";

export interface FoundJobs {
  /** Absent when it cannot be told which jobs the file declares. */
  readonly jobs?: readonly Pair[];
  /** What else stands at the top, by its key. */
  readonly top: ReadonlyMap<string, Pair>;
  readonly problems: readonly Problem[];
}

/** The entries under `jobs`, and what is wrong around them. */
export function findJobs(document: YamlDocument): FoundJobs {
  if (document.problems.length > 0) return { top: new Map(), problems: document.problems };
  const { root } = document;
  if (!isMap(root)) return { top: new Map(), problems: [notAMap(document)] };
  const strangers = unknownKeys(root, document);
  // Of a key that is there twice the first counts.
  const top = new Map(root.items.toReversed().map((pair) => [keyText(pair) ?? "", pair]));
  const found = top.get("jobs");
  if (found === undefined && strangers.length > 0) return { top, problems: strangers };
  const jobs = isAlias(found?.value) ? document.targetOf(found.value) : found?.value;
  if (!isMap(jobs)) return { top, problems: [...strangers, noJobs(found, document)] };
  return { jobs: jobs.items, top, problems: strangers };
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function unknownKeys(root: YAMLMap, document: YamlDocument): Problem[] {
  const seen = new Set<string>();
  return root.items.flatMap((pair) => {
    const key = keyText(pair) ?? "";
    const at = document.at(offsetOf(pair.key));
    if (seen.has(key)) return [{ at, message: `the key ${shown(key)} is there twice`, hint: "keep one" }];
    seen.add(key);
    if (TOP_KEYS.includes(key) || key.startsWith("x-")) return [];
    const message = `unknown key ${shown(key)}; at the top of a schedule file stand ${TOP_KEYS.join(", ")}, and keys that begin with x-`;
    return [{ at, message, hint: hintOn(key) }];
  });
}

/** What may stand at the top of a file, beside keys that begin with `x-`. */
const TOP_KEYS: readonly string[] = ["jobs", "defaults", ...SECTIONS];

/** What Compose has there, and means nothing for a schedule. */
const COMPOSE_KEYS: ReadonlyMap<string, string> = new Map([
  ["services", "did you mean jobs?"],
  ["version", "leave it out: a schedule file has no version, and Compose takes no notice of it either"],
  ["name", "leave it out: there is no project, and what the file declares is called as it is written"],
  ["include", "name several files, or a folder, in the setting schedules"],
  ["models", "leave it out"],
]);

function hintOn(key: string): string {
  return COMPOSE_KEYS.get(key) ?? didYouMean(nearestWord(key, TOP_KEYS)) ?? "move it under jobs if it is a job";
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
