import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import type { Issue } from "./issue.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";
import { isMergeKey } from "./yaml-value.ts";

/**
 * Where the key or value of an issue stands, through aliases and merges. Where the path leads no further (the key
 * is missing, or one value stands for a list of one), the last place on the way counts. Undefined when even the
 * first step leads nowhere.
 */
export function placeOfIssue(document: YamlDocument, start: unknown, issue: Issue): IssuePlace | undefined {
  let node: unknown = start;
  let place: IssuePlace | undefined;
  for (const [index, step] of issue.path.entries()) {
    const found = child(document, node, step);
    if (found === undefined) break;
    const isLast = index === issue.path.length - 1;
    const offset = isLast && issue.on === "key" ? offsetOf(found.key) : offsetOf(found.value ?? found.key);
    place = { offset, depth: index + 1 };
    node = found.value;
  }
  return place;
}

interface IssuePlace {
  readonly offset: number;
  /** How many steps of the path led somewhere. */
  readonly depth: number;
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

function pairOf(document: YamlDocument, map: YAMLMap, key: string): Child | undefined {
  const own = map.items.find(
    (pair: Pair) => isScalar(pair.key) && !isMergeKey(pair.key) && String(pair.key.value) === key,
  );
  if (own !== undefined) return own;
  const merged = map.items.filter((pair) => isMergeKey(pair.key)).map((pair) => pair.value);
  for (const source of merged) {
    const found = fromMerged(document, source, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fromMerged(document: YamlDocument, source: unknown, key: string): Child | undefined {
  if (!isSeq(source)) return child(document, source, key);
  for (const item of source.items) {
    const found = child(document, item, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
