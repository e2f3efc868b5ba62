import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import { interpolate, type Variables } from "./interpolate.ts";
import type { Severity } from "./problem.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";

export type YamlValue = string | null | readonly YamlValue[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** Something wrong with how a value is written, whatever it means. */
export interface Flaw {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
  /** A warning when the value can be used in spite of it. */
  readonly severity?: Severity;
}

export interface ReadValue {
  readonly value: YamlValue;
  readonly flaws: ReadonlySet<Flaw>;
}

/** Turns nodes into plain values: variables put in, aliases followed, `<<` merged. Never throws for what is written. */
export function valueReader(document: YamlDocument, variables: Variables): (node: unknown) => ReadValue {
  const reader = new ValueReader(document, variables);
  return (node) => reader.read(node);
}

class ValueReader {
  readonly #document: YamlDocument;
  readonly #variables: Variables;
  /** What aliases stand for is read once and shared, so that aliases of aliases cannot grow. */
  readonly #known = new Map<Node, ReadValue>();
  readonly #open = new Set<Node>();

  constructor(document: YamlDocument, variables: Variables) {
    this.#document = document;
    this.#variables = variables;
  }

  read(node: unknown): ReadValue {
    const flaws = new Set<Flaw>();
    return { value: this.#value(node, flaws), flaws };
  }

  #value(node: unknown, flaws: Set<Flaw>): YamlValue {
    if (isNull(node)) return null;
    if (isScalar(node)) return this.#text(node, flaws);
    if (isMap(node)) return this.#map(node, flaws);
    if (isSeq(node)) return node.items.map((item) => this.#value(item, flaws));
    return isAlias(node) ? this.#alias(node, flaws) : null;
  }

  #text(node: Scalar, flaws: Set<Flaw>): string {
    const read = interpolate(String(node.value), this.#variables);
    const offset = offsetOf(node);
    if ("wrong" in read) {
      flaws.add({ offset, message: read.wrong, hint: read.hint });
      return "";
    }
    for (const name of read.unset)
      flaws.add({
        offset,
        message: `the variable ${name} is not set; nothing is put in its place`,
        hint: `set it, write \${${name}:-} if that is meant, or $$${name} for the job's own shell`,
        severity: "warning",
      });
    return read.text;
  }

  #map(map: YAMLMap, flaws: Set<Flaw>): YamlMap {
    const merged: YamlMap[] = [];
    const own: Record<string, YamlValue> = {};
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) merged.push(...this.#merged(value, flaws));
      else if (!isScalar(key)) flaws.add({ offset: offsetOf(key), message: "a key must be plain text" });
      else this.#own(own, key, value, flaws);
    }
    return merged.length === 0 ? own : Object.assign({}, ...merged.reverse(), own);
  }

  #own(own: Record<string, YamlValue>, key: Scalar, value: unknown, flaws: Set<Flaw>): void {
    const name = String(key.value);
    const read = this.#value(value, flaws);
    if (name === "__proto__") flaws.add({ offset: offsetOf(key), message: "the key __proto__ is not allowed" });
    else if (Object.hasOwn(own, name))
      flaws.add({ offset: offsetOf(key), message: `the key ${JSON.stringify(name)} is there twice`, hint: "keep one" });
    else own[name] = read;
  }

  #merged(node: unknown, flaws: Set<Flaw>): YamlMap[] {
    const value = this.#value(node, flaws);
    const maps = Array.isArray(value) ? value : [value];
    const fit = maps.filter(isMapValue);
    if (fit.length < maps.length)
      flaws.add({
        offset: offsetOf(node),
        message: "<< must be an alias of a map, or a list of such",
        hint: "write <<: *defaults",
      });
    return fit;
  }

  #alias(alias: Alias, flaws: Set<Flaw>): YamlValue {
    const target = this.#document.targetOf(alias);
    const offset = offsetOf(alias);
    if (target === undefined || this.#open.has(target)) {
      const message =
        target === undefined ? `no &${alias.source} stands before this` : `*${alias.source} contains itself`;
      flaws.add({ offset, message, hint: `if *${alias.source} is meant as text, put it in quotes` });
      return null;
    }
    const known = this.#known.get(target) ?? this.#readTarget(target);
    for (const flaw of known.flaws) flaws.add(flaw);
    return known.value;
  }

  #readTarget(target: Node): ReadValue {
    this.#open.add(target);
    const read = this.read(target);
    this.#open.delete(target);
    this.#known.set(target, read);
    return read;
  }
}

export function isMapValue(value: unknown): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}
