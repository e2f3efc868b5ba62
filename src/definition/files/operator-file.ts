import { isMap, isScalar, isSeq } from "yaml";
import * as z from "zod";
import { boundProblem, MOST_PROBLEMS, nearestWord, type Problem } from "../../job/problem.ts";
import { shown } from "../values/issue.ts";
import { maybeSecret } from "../values/maybe-secret.ts";
import { isNull, offsetOf, readYaml, type YamlDocument } from "./yaml-document.ts";

/**
 * A YAML file of the operator, in which there may be secrets: what is read from one, in plain values, and where each value
 * stands. It has no aliases, merges or variables: a hash has dollar signs, and everything can be written out.
 */
export interface OperatorFile {
  /** Every scalar is a text. An empty file is an empty map. */
  readonly value: unknown;
  /** Returns `path:line:column` of what is wrong. */
  placeOf(path: Path, on?: "key" | "value"): string;
}

export type Path = readonly (string | number)[];

const LARGEST_CHARACTERS = 1_000_000;

/** Reads the file, and gives it to `use`. No message quotes what may be a secret. */
export function readOperatorFile<T>(
  text: string,
  path: string,
  use: (file: OperatorFile) => T,
): T | { readonly problems: readonly Problem[] } {
  try {
    if (text.length > LARGEST_CHARACTERS) throw new WrongFile([{ at: path, message: "the file is larger than 1 MB" }]);
    const document = readYaml(text, path);
    const [broken] = document.problems;
    // What YAML's own messages quote may be a password.
    if (broken !== undefined) {
      const hint = "indent with spaces, put a space after each colon, and put values with signs in quotes";
      throw new WrongFile([{ at: broken.at, message: "this is not valid YAML", hint }]);
    }
    const value = plainValue(document.root, document) ?? {};
    return use({ value, placeOf: (path, on) => document.at(offsetAt(document.root, path, on)) });
  } catch (error) {
    if (error instanceof WrongFile) return { problems: error.problems.map(boundProblem) };
    // The parser recurses; a few thousand nested brackets are more than the stack holds.
    if (error instanceof RangeError) return { problems: [{ at: path, message: "the file is nested too deeply" }] };
    throw error;
  }
}

/** Thrown by `use` of `readOperatorFile`, with all that is wrong. */
export class WrongFile extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super("the file is wrong");
    this.problems = problems;
  }
}

/** One of these words. */
export const oneOf = <const W extends readonly string[]>(words: W) =>
  z.enum(words, { error: ({ input }) => mustBe(`one of ${words.join(", ")}`, input) });

/** A text of which something is made; undefined where it is not what is expected. */
export const madeOf = <T>(expected: string, read: (text: string) => T | undefined) =>
  z.string({ error: ({ input }) => mustBe(expected, input) }).transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", input: text, message: mustBe(expected, text) });
    return z.NEVER;
  });

/** A list with at least one item. */
export const listOf = <Item extends z.ZodType>(item: Item, expected: string) =>
  z
    .array(item, { error: ({ input }) => mustBe(`a list of ${expected}`, input) })
    .min(1, { error: () => `must be a list of ${expected}, and is empty` });

/** A map with these keys alone. */
export const mapOf = <Shape extends z.ZodRawShape>(shape: Shape, expected: string) =>
  z.strictObject(shape, {
    error: ({ code, input }) => (code === "invalid_type" ? mustBe(`a map with ${expected}`, input) : undefined),
  });

/** Completes a sentence that begins with the key. What is too long for a word, or looks like a secret, is not quoted. */
export function mustBe(expected: string, input: unknown): string {
  if (input === undefined) return "is missing";
  return `must be ${expected}, not ${typeof input === "string" && maybeSecret(input) ? "what is written" : shown(input)}`;
}

/** Explains what zod found. `known`: the keys that the map at this path may have. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  file: OperatorFile,
  known: (path: Path) => readonly string[],
): Problem[] {
  return issues.slice(0, MOST_PROBLEMS).flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        at: file.placeOf([...path, key], "key"),
        ...unknownKey(key, path, known(path)),
      }));
    const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "") : issue.message;
    const params: Readonly<Record<string, unknown>> = (issue.code === "custom" && issue.params) || {};
    const hint = typeof params.hint === "string" ? { hint: params.hint } : {};
    const text = `${issue.code === "invalid_key" ? "" : written(path)} ${message}`.trim();
    return [{ at: file.placeOf(path), message: text, ...hint }];
  });
}

/** The key itself is quoted only if it is nearly one of ours: it may be anything. */
function unknownKey(key: string, path: Path, known: readonly string[]): Omit<Problem, "at"> {
  const nearest = nearestWord(key, known);
  const under = path.length > 0 ? ` under ${written(path)}` : "";
  if (nearest === undefined) return { message: `unknown key${under}`, hint: `known are ${known.join(", ")}` };
  return { message: `unknown key ${shown(key)}${under}`, hint: `did you mean ${nearest}?` };
}

/** `users.ops.role`; places in a list are told by the position. */
export function written(path: Path): string {
  return path.filter((step) => typeof step === "string").join(".");
}

/**
 * Where the value begins, if it is a single one that is wrong. Otherwise its key: of a map or list, of a key that shipbell does not
 * knows, and the last key on the way to what is missing.
 */
function offsetAt(root: unknown, path: Path, on: "key" | "value" = "value"): number {
  let node = root;
  let key = root;
  for (const step of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const item = isSeq(node) ? node.items[Number(step)] : undefined;
    if (pair === undefined && item === undefined) return offsetOf(key);
    key = pair?.key ?? item;
    node = pair?.value ?? item;
  }
  return offsetOf(on === "value" && isScalar(node) && !isNull(node) ? node : key);
}

function plainValue(node: unknown, document: YamlDocument): unknown {
  if (isNull(node)) return undefined;
  if (isScalar(node)) return String(node.value);
  if (isSeq(node)) return node.items.map((item) => plainValue(item, document));
  const wrong = (place: unknown, message: string) => new WrongFile([{ at: document.at(offsetOf(place)), message }]);
  if (!isMap(node)) throw wrong(node, "aliases are not allowed here");
  const map: Record<string, unknown> = {};
  for (const { key, value } of node.items) {
    if (!isScalar(key)) throw wrong(key, "a key must be plain text");
    const name = String(key.value);
    if (name === "__proto__") throw wrong(key, "the key __proto__ is not allowed");
    if (Object.hasOwn(map, name)) throw wrong(key, "this key occurs twice");
    map[name] = plainValue(value, document);
  }
  return map;
}
