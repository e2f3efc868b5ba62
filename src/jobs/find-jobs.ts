import { isAlias, isMap, isScalar, type Pair, type YAMLMap } from "yaml";
import { nearestWord, type Problem } from "./problem.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";

export interface FoundJobs {
  /** Absent when it cannot be told which jobs the file declares. */
  readonly jobs?: readonly Pair[];
  readonly problems: readonly Problem[];
}

/** The entries under `jobs`, and what is wrong around them. */
export function findJobs(document: YamlDocument): FoundJobs {
  if (document.problems.length > 0) return { problems: document.problems };
  const { root } = document;
  if (!isMap(root)) return { problems: [notAMap(document)] };
  const strangers = unknownKeys(root, document);
  const found = root.items.find((pair) => keyText(pair) === "jobs");
  if (found === undefined && strangers.length > 0) return { problems: strangers };
  const jobs = isAlias(found?.value) ? document.targetOf(found.value) : found?.value;
  if (!isMap(jobs)) return { problems: [...strangers, noJobs(found, document)] };
  return { jobs: jobs.items, problems: strangers };
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function unknownKeys(root: YAMLMap, document: YamlDocument): Problem[] {
  const seen = new Set<string>();
  return root.items.flatMap((pair) => {
    const key = keyText(pair) ?? "";
    const at = document.at(offsetOf(pair.key));
    if (seen.has(key)) return [{ at, message: `the key ${JSON.stringify(key)} is there twice`, hint: "keep one" }];
    seen.add(key);
    if (key === "jobs" || key.startsWith("x-")) return [];
    const message = `unknown key ${JSON.stringify(key)}; at the top of a schedule file stand jobs, and keys that begin with x-`;
    return [{ at, message, hint: hintOn(key) }];
  });
}

/** What Compose declares at the top of a file, is there already when a job names it. */
const DECLARED_ELSEWHERE: readonly string[] = ["secrets", "configs", "networks", "volumes"];

function hintOn(key: string): string {
  if (DECLARED_ELSEWHERE.includes(key)) return `leave it out: a job names ${key} as Docker has them`;
  const isMeant = key === "services" || nearestWord(key, ["jobs"]) !== undefined;
  return isMeant ? "did you mean jobs?" : "move it under jobs if it is a job";
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
