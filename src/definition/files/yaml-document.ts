import {
  type Alias,
  isAlias,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Problem } from "../../job/problem.ts";
import { explainYamlError } from "./yaml-errors.ts";

/** The nodes of a YAML text, with their places. */
export interface YamlDocument {
  readonly root: Node | null;
  /** Violations of YAML's own rules. With any of these, `root` is not to be trusted. */
  readonly problems: readonly Problem[];
  /** Returns `path:line:column` of an offset into the text. */
  at(offset: number): string;
  /** Returns the node that an alias stands for: the last one before it with that anchor. */
  targetOf(alias: Alias): Node | undefined;
  keysOf(map: YAMLMap): MapKeys;
}

/** A map's own keys (the first, if one comes twice), and what it merges. */
interface MapKeys {
  readonly own: ReadonlyMap<string, Pair>;
  readonly merged: readonly Pair[];
}

/** Most mistakes bring a trail of others. */
const MOST_PROBLEMS = 10;

/**
 * Reads every scalar as text ("failsafe"), so that a version such as 1.10 stays what was written. The library's own search
 * for doubled keys is off: it takes time with the square of the number of keys. If the text is a part of a file,
 * `linesBefore` is the number of lines before it.
 */
export function readYaml(text: string, path: string, linesBefore = 0): YamlDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    // Pieces that are put together with "+" or in a template stay pieces: three times the memory, for each job.
    return [path, line + linesBefore, col].join(":");
  };
  let targets: ReadonlyMap<Alias, Node> | undefined;
  const keys = new WeakMap<YAMLMap, MapKeys>();
  return {
    root: document.contents,
    problems: onePerLine([...document.errors, ...document.warnings], lineCounter).map((error) => {
      const { offset, ...problem } = explainYamlError(error, text, document.contents);
      return { at: at(offset), ...problem };
    }),
    at,
    targetOf: (alias) => {
      targets ??= findTargets(document.contents);
      return targets.get(alias);
    },
    keysOf: (map) => {
      const known = keys.get(map) ?? readMapKeys(map);
      keys.set(map, known);
      return known;
    },
  };
}

function onePerLine(errors: readonly YAMLError[], lines: LineCounter): YAMLError[] {
  const first = new Map(errors.toReversed().map((error) => [lines.linePos(error.pos[0]).line, error]));
  return [...first.values()].reverse().slice(0, MOST_PROBLEMS);
}

function findTargets(root: Node | null): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(root, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if ("anchor" in node && typeof node.anchor === "string") anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function readMapKeys({ items }: YAMLMap): MapKeys {
  const texts = items.filter((pair) => isScalar(pair.key) && !isMergeKey(pair.key)).toReversed();
  return {
    own: new Map(texts.map((pair) => [String((pair.key as { readonly value: unknown }).value), pair])),
    merged: items.filter((pair) => isMergeKey(pair.key)),
  };
}

/** `<<`, without quotes. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** Returns where a node begins. */
export function offsetOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0;
}

const NULLS: readonly unknown[] = ["", "~", "null", "Null", "NULL"];

/** True for a value that is not there, or written as `null` or `~`. */
export function isNull(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.type === "PLAIN" && NULLS.includes(node.value));
}
