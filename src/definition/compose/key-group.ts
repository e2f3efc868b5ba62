import type * as z from "zod";
import type { ObjectKind } from "../../job/job.ts";
import { type Issue, part } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { Declared } from "./declared.ts";

/**
 * All that is known of a group of Compose keys. Each group is one file; `template.ts` lists them, and the parser, the
 * checks between keys, the hints on unknown keys, and the engine checks follow; a test holds `docs/schedule-files.md` to it.
 */
export interface KeyGroup<Keys = never> {
  /** The schema of each key. */
  readonly keys: z.ZodRawShape;
  /** The keys that maps of the group may have, by place: `credential_spec`, `networks.*`. `*` stands for a user's name. */
  readonly inner?: Readonly<Record<string, readonly string[]>>;
  /** Maps of the group, at any depth, whose keys are names of the user's: they may begin with `x-`. */
  readonly userNamed?: readonly string[];
  /** Keys that Compose has at such a place and shipbell does not, with what to do instead. */
  readonly unsupported?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Which engines cannot honour which keys. A key without a row is honoured by all. */
  readonly support?: readonly KeySupport[];
  /** Finds what is wrong between keys that are valid by themselves. `written` also has the keys that are not. */
  readonly check?: (keys: Keys, written: YamlMap) => Issue[];
  /** Finds what an engine cannot honour and no row can tell, such as a value that depends on declarations. */
  readonly checkEngine?: (written: YamlMap, engine: ObjectKind, declared: Declared) => Issue[];
}

/** Says of one key which kinds of engine cannot honour it, why, and what to do instead. */
export interface KeySupport {
  /** `*` stands for each name, or each item of a list. */
  readonly key: string;
  readonly container?: Refusal;
  readonly service?: Refusal;
}

export interface Refusal {
  readonly why: string;
  readonly instead: string;
  /** The values that are refused. Default: all that ask for something. */
  readonly of?: (value: YamlValue) => boolean;
}

export const LEAVE_OUT = "leave it out";
export const SHARES_NOTHING = "service shares no namespaces with its node or with other containers";
export const AS_SERVICES = "run jobs as services with --engine swarm";

export function swarmOnly(key: string, does: string): KeySupport {
  const why = `only a Swarm ${does}, and jobs run as plain containers here`;
  return { key, container: { why, instead: `${LEAVE_OUT}, or ${AS_SERVICES}` } };
}

export function containersOnly(key: string, why: string, instead: string): KeySupport {
  return { key, service: { why: `a Swarm ${why}`, instead } };
}

/** True for a value that asks for something: an empty list or map does not, and neither does `false`. */
export function isGiven(value: YamlValue | undefined): boolean {
  if (typeof value === "string") return value.toLowerCase() !== "false";
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** Returns the value of a key, if `value` is a map that has it. */
export function below(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as YamlMap)[key] : undefined;
}

export function isText(value: YamlValue): value is string {
  return typeof value === "string";
}

/** Finds the keys that this kind of engine cannot honour by the row, as they were written; they need not be valid. */
export function findRefused({ key, ...support }: KeySupport, written: YamlMap, engine: ObjectKind): Issue[] {
  const refusal = support[engine];
  if (refusal === undefined) return [];
  return find(written, key.split("."), [])
    .filter(({ value }) => isGiven(value) && (refusal.of?.(value) ?? true))
    .map(({ path, value }) => {
      const name = path.filter((step) => typeof step === "string").join(".");
      // Where only some values are refused, the value is to be changed, not the key.
      const isValue = refusal.of !== undefined && isText(value);
      const message = `${name} cannot be ${isValue ? part(value) : "honoured"}: ${refusal.why}`;
      return { path, on: isValue ? "value" : "key", message, hint: refusal.instead };
    });
}

interface Found {
  readonly path: Issue["path"];
  readonly value: YamlValue;
}

function find(value: YamlValue, steps: readonly string[], path: Issue["path"]): Found[] {
  const [step, ...more] = steps;
  if (step === undefined) return [{ path, value }];
  // One value may stand for a list of one, but never for a map.
  if (isText(value) && step === "*" && more.length === 0) return [{ path, value }];
  if (typeof value !== "object" || value === null) return [];
  return childrenOf(value)
    .filter(([key]) => step === "*" || step === key)
    .flatMap(([key, child]) => find(child, more, [...path, key]));
}

function childrenOf(value: YamlMap | readonly YamlValue[]): (readonly [string | number, YamlValue])[] {
  return Array.isArray(value) ? value.map((child, index) => [index, child]) : Object.entries(value);
}
