import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import type { Severity } from "../../job/problem.ts";
import { type Allowance, GROWS_TOO_LARGE, PER_VALUE } from "../values/allowance.ts";
import { cut, shown } from "../values/issue.ts";
import { isMapValue, type YamlMap, type YamlValue } from "../values/yaml.ts";
import { interpolate, type Variables } from "../variables/interpolate.ts";
import { isMergeKey, isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";

/** A mistake in how a value is written, whatever it means. */
export interface Flaw {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
  /** A warning where the value can be used all the same. */
  readonly severity?: Severity;
}

export interface ReadValue {
  readonly value: YamlValue;
  readonly flaws: ReadonlySet<Flaw>;
  /** What it costs to go through it, in characters, including all that its aliases stand for. */
  readonly size: number;
}

interface ValueSettings {
  readonly variables: Variables;
  /** What aliases, merges and variables may add. */
  readonly allowance: Allowance;
}

/** Turns nodes into plain values, with variables filled in, aliases followed and `<<` merged. Never throws. */
export function valueReader(document: YamlDocument, settings: ValueSettings): (node: unknown) => ReadValue {
  const reader = new ValueReader(document, settings);
  return (node) => reader.read(node);
}

class ValueReader {
  readonly #document: YamlDocument;
  readonly #variables: Variables;
  readonly #allowance: Allowance;
  /** The size of all that has been read. */
  #size = 0;
  /** What aliases stand for, read once and shared, so that aliases of aliases do not multiply. */
  readonly #known = new Map<Node, ReadValue>();
  readonly #open = new Set<Node>();

  constructor(document: YamlDocument, { variables, allowance }: ValueSettings) {
    this.#document = document;
    this.#variables = variables;
    this.#allowance = allowance;
  }

  read(node: unknown): ReadValue {
    const flaws = new Set<Flaw>();
    const before = this.#size;
    const value = this.#value(node, flaws);
    return { value, flaws, size: this.#size - before };
  }

  #value(node: unknown, flaws: Set<Flaw>): YamlValue {
    this.#size += PER_VALUE;
    if (isNull(node)) return null;
    if (isScalar(node)) return this.#text(node, flaws);
    if (isMap(node)) return this.#map(node, flaws);
    if (isSeq(node)) return node.items.map((item) => this.#value(item, flaws));
    return isAlias(node) ? this.#alias(node, flaws) : null;
  }

  #text(node: Scalar, flaws: Set<Flaw>): string {
    const written = String(node.value);
    const read = interpolate(written, this.#variables);
    const offset = offsetOf(node);
    if ("wrong" in read) {
      flaws.add({ offset, message: read.wrong, hint: read.hint });
      return "";
    }
    if (!this.#allowance.take(read.text.length - written.length)) {
      flaws.add({ offset, ...GROWS_TOO_LARGE });
      return "";
    }
    this.#size += read.text.length;
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
      if (isMergeKey(key)) for (const each of this.#merged(value, flaws)) merged.push(each);
      else if (!isScalar(key)) flaws.add({ offset: offsetOf(key), message: "a key must be plain text" });
      else this.#own(own, key, value, flaws);
    }
    if (merged.length === 0) return own;
    const all: Record<string, YamlValue> = {};
    for (const each of [...merged.reverse(), own]) Object.assign(all, each);
    return all;
  }

  #own(own: Record<string, YamlValue>, key: Scalar, value: unknown, flaws: Set<Flaw>): void {
    const name = String(key.value);
    this.#size += name.length;
    const read = this.#value(value, flaws);
    if (name === "__proto__") flaws.add({ offset: offsetOf(key), message: "the key __proto__ is not allowed" });
    else if (Object.hasOwn(own, name))
      flaws.add({ offset: offsetOf(key), message: `the key ${shown(name)} occurs twice`, hint: "keep one" });
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
      const source = cut(alias.source);
      const message = target === undefined ? `no &${source} comes before this` : `*${source} contains itself`;
      flaws.add({ offset, message, hint: `if *${source} is meant as text, put it in quotes` });
      return null;
    }
    const known = this.#known.get(target) ?? this.#readTarget(target);
    if (!this.#allowance.take(known.size + PER_VALUE * known.flaws.size)) {
      flaws.add({ offset, ...GROWS_TOO_LARGE });
      return null;
    }
    this.#size += known.size;
    for (const flaw of known.flaws) flaws.add(flaw);
    return known.value;
  }

  #readTarget(target: Node): ReadValue {
    this.#open.add(target);
    const before = this.#size;
    const read = this.read(target);
    this.#size = before;
    this.#open.delete(target);
    this.#known.set(target, read);
    return read;
  }
}
