import { isAlias, isCollection, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { isWarning, MOST_PROBLEMS, type Problem } from "../../job/problem.ts";
import { type Issue, settleIssue } from "../values/issue.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import type { Flaw } from "./yaml-value.ts";

/** Where things stand that may be wrong. */
export interface Place {
  readonly document: YamlDocument;
  /** What the paths of issues start from. */
  readonly node: unknown;
  /** What its keys are taken from where it does not have them itself, the nearest first. */
  readonly inherited?: readonly unknown[];
  readonly keyOffset: number;
}

type Placed = Flaw & Pick<Issue, "at">;

/**
 * Makes problems of flaws and issues: with their places, and quoting values as they are written there. An error leaves its
 * value unread, and further issues in that place would only distract. A warning leaves nothing unread.
 */
export function placeProblems(flaws: readonly Flaw[], issues: readonly Issue[], place: Place): Problem[] {
  if (flaws.length + issues.length === 0) return [];
  const { document } = place;
  const flawed = new Set(flaws.filter((flaw) => !isWarning(flaw)).map(({ offset }) => offset));
  const placed = issues.map((issue) => placeIssue(issue, place)).filter(({ offset }) => !flawed.has(offset));
  const problems = [...flaws, ...placed]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, hint, severity, at }: Placed) => {
      const where = at ?? document.at(offset);
      return { at: where, message, ...(hint !== undefined && { hint }), ...(severity !== undefined && { severity }) };
    });
  const [next] = problems.slice(MOST_PROBLEMS);
  if (next === undefined) return problems;
  const message = "there are more than a hundred mistakes before this one, and later ones are not shown";
  return [...problems.slice(0, MOST_PROBLEMS), { at: next.at, message }];
}

function placeIssue(issue: Issue, place: Place): Placed {
  const { document, node, inherited = [], keyOffset } = place;
  const found = [node, ...inherited]
    .map((each) => placeOfIssue(document, each, issue))
    .reduce((best, each) => ((each?.depth ?? 0) > (best?.depth ?? 0) ? each : best));
  const isWhole = issue.path.length === 0 && issue.on === "value" && !isNull(node);
  const offset = found?.offset ?? (isWhole ? offsetOf(node) : keyOffset);
  const { message, hint, severity, at } = settleIssue(issue, writtenAt(document, found, isWhole ? node : undefined));
  return {
    offset,
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(at !== undefined && { at }),
  };
}

/** Returns what is written there, if it has variables in it: a single text, or an ellipsis for more than one. */
function writtenAt(document: YamlDocument, place: IssuePlace | undefined, whole: unknown): string | undefined {
  const node = place?.value ?? whole;
  const target = isAlias(node) ? document.targetOf(node) : node;
  if (isScalar(target)) return hasVariables(target.value) ? String(target.value) : undefined;
  return isCollection(target) && holdsVariables(document, target) ? "…" : undefined;
}

function hasVariables(value: unknown): boolean {
  return String(value).includes("$");
}

/** More than a job usually has. A larger part is taken to have variables in it. */
const MOST_NODES = 1000;

function holdsVariables(document: YamlDocument, root: unknown): boolean {
  const open: unknown[] = [root];
  for (let seen = 0; open.length > 0; seen++) {
    const node = open.pop();
    if (seen > MOST_NODES) return true;
    if (isAlias(node)) open.push(document.targetOf(node));
    else if (isScalar(node) && hasVariables(node.value)) return true;
    else if (isMap(node)) open.push(...node.items.map((pair) => pair.value));
    else if (isCollection(node)) open.push(...node.items);
  }
  return false;
}

interface IssuePlace {
  readonly offset: number;
  /** How many steps of the path led somewhere. */
  readonly depth: number;
  /** The node of the value there. */
  readonly value: unknown;
}

/**
 * Returns where the key or value of an issue stands, through aliases and merges. Where the path ends early (the key is
 * missing, or one value stands for a list of one), the last place on the way counts. Undefined when even the first step
 * leads nowhere.
 */
function placeOfIssue(document: YamlDocument, start: unknown, issue: Issue): IssuePlace | undefined {
  let node: unknown = start;
  let place: IssuePlace | undefined;
  for (const [index, step] of issue.path.entries()) {
    // A map may stand for a list of one.
    if (typeof step === "number" && isMap(isAlias(node) ? document.targetOf(node) : node)) continue;
    const found = child(document, node, step);
    if (found === undefined) break;
    const isLast = index === issue.path.length - 1;
    const offset = isLast && issue.on === "key" ? offsetOf(found.key) : offsetOf(found.value ?? found.key);
    place = { offset, depth: index + 1, value: found.value };
    node = found.value;
  }
  return place;
}

/** Returns the key and value to which a path leads, through aliases and merges; undefined where it ends early. */
export function nodeAt(document: YamlDocument, start: unknown, path: readonly (string | number)[]): Child | undefined {
  let found: Child | undefined;
  let node: unknown = start;
  for (const step of path) {
    found = child(document, node, step);
    if (found === undefined) return undefined;
    node = found.value;
  }
  return found;
}

interface Child {
  readonly key: unknown;
  readonly value: unknown;
}

function child(document: YamlDocument, parent: unknown, step: string | number): Child | undefined {
  const node = isAlias(parent) ? document.targetOf(parent) : parent;
  if (isMap(node)) return pairOf(document, node, String(step));
  if (!isSeq(node)) return undefined;
  const value: unknown = node.items[Number(step)];
  return value === undefined ? undefined : { key: value, value };
}

/**
 * Returns the first pair with the key, of the map itself or of what is merged into it. Merges of merges multiply, so that
 * each map is looked at once.
 */
function pairOf(document: YamlDocument, map: YAMLMap, key: string): Child | undefined {
  const seen = new Set<unknown>();
  const open: unknown[] = [map];
  while (open.length > 0) {
    const next = open.pop();
    const node = isAlias(next) ? document.targetOf(next) : next;
    if (seen.has(node)) continue;
    seen.add(node);
    if (isSeq(node)) open.push(...node.items.toReversed());
    if (!isMap(node)) continue;
    const { own, merged } = document.keysOf(node);
    const found = own.get(key);
    if (found !== undefined) return found;
    open.push(...merged.map((pair) => pair.value).toReversed());
  }
  return undefined;
}
