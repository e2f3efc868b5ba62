import { isAlias, isMap, isSeq, type YAMLMap } from "yaml";
import type { Issue } from "../values/issue.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";

export interface IssuePlace {
  readonly offset: number;
  /** How many steps of the path led somewhere. */
  readonly depth: number;
  /** The node of the value there. */
  readonly value: unknown;
}

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
    place = { offset, depth: index + 1, value: found.value };
    node = found.value;
  }
  return place;
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

/** Of the map itself, or of what is merged into it: the first that has the key. Merges of merges can be many, so each is looked at once. */
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
