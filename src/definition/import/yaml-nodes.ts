import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { isMergeKey, isNull, offsetOf, readYaml, type YamlDocument } from "../files/yaml-document.ts";
import type { FileValue, Place, SourceText } from "./imported.ts";

/** Why a text is not YAML, or more than its length justifies. */
export interface NotYaml {
  readonly place: Place;
  readonly wrong: string;
}

/** Reads a YAML or JSON text by its nodes. What `read` makes of them may go on until aliases stand for too much. */
export function readNodes<T>({ text, path }: SourceText, read: (nodes: YamlNodes) => T): T | NotYaml {
  try {
    const document = readYaml(text, path);
    const [problem] = document.problems;
    if (problem !== undefined) return { place: placeIn(problem.at), wrong: `this is not YAML: ${problem.message}` };
    return read(new YamlNodes(document));
  } catch (error) {
    if (error instanceof TooLarge) return { place: { line: 1, column: 1 }, wrong: "its aliases stand for too much" };
    // The parser recurses; a few thousand nested brackets are more than the stack holds.
    if (!(error instanceof RangeError)) throw error;
    return { place: { line: 1, column: 1 }, wrong: "it is nested too deeply" };
  }
}

/** Nodes that aliases may stand for, each time that they are used. */
const MOST_NODES = 100_000;

class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** Texts that a YAML document has under a key, with the nodes. */
type Pairs = ReadonlyMap<string, { readonly key: unknown; readonly value: unknown }>;

/** Values and places of the nodes of a YAML text. No variable is filled in; aliases and `<<` are followed. */
export class YamlNodes {
  readonly #document: YamlDocument;
  #nodes = 0;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  get root(): unknown {
    return this.#document.root;
  }

  place(node: unknown): Place {
    return placeIn(this.#document.at(offsetOf(node)));
  }

  resolve(node: unknown): unknown {
    if (++this.#nodes > MOST_NODES) throw new TooLarge();
    return isAlias(node) ? this.#document.targetOf(node) : node;
  }

  /** Returns where a node ends: on the line of its last character. */
  end(node: unknown): Place {
    const end = (this.resolve(node) as Node | undefined)?.range?.[1] ?? offsetOf(node);
    return placeIn(this.#document.at(Math.max(offsetOf(node), end - 1)));
  }

  /** A map's keys, with what it merges; its own come first. */
  pairs(node: unknown): Pairs {
    const map = this.resolve(node);
    const pairs = new Map<string, { readonly key: unknown; readonly value: unknown }>();
    if (!isMap(map)) return pairs;
    for (const { key, value } of map.items)
      if (isScalar(key) && !isMergeKey(key)) {
        const name = String(key.value);
        if (!pairs.has(name)) pairs.set(name, { key, value });
      }
    for (const { key, value } of map.items) {
      if (!isMergeKey(key)) continue;
      const merged = this.resolve(value);
      for (const each of isSeq(merged) ? merged.items : [merged])
        for (const [name, pair] of this.pairs(each)) if (!pairs.has(name)) pairs.set(name, pair);
    }
    return pairs;
  }

  map(node: unknown): Record<string, FileValue> {
    const map: Record<string, FileValue> = {};
    for (const [key, { value }] of this.pairs(node))
      Object.defineProperty(map, key, {
        value: this.value(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return map;
  }

  value(node: unknown): FileValue {
    const target = this.resolve(node);
    if (isNull(target)) return null;
    if (isScalar(target)) return String(target.value);
    if (isSeq(target)) return target.items.map((item) => this.value(item));
    return this.map(target);
  }
}

function placeIn(at: string): Place {
  const [, line = "1", column = "1"] = /:(\d+):(\d+)$/.exec(at) ?? [];
  return { line: Number(line), column: Number(column) };
}
