import * as z from "zod";
import { listed } from "../../job/listed.ts";
import { didYouMean, nearestWord, onTypographicQuotes } from "../../job/problem.ts";
import { fromValue, mustBe } from "./issue.ts";

/**
 * A kind of value that keys may have. All of them read text: schedule files are read with every scalar as text, so that
 * quotes and `${VARIABLES}` make no difference, and labels are text anyway.
 */
interface Field<T> {
  /** Completes the sentence "must be …". */
  readonly expected: string;
  /** Returns undefined where the text is not what is expected. */
  readonly read: (written: string) => T | undefined;
  /** Returns what to write instead, where that can be told. */
  readonly hint?: (written: string) => string | undefined;
  /** The forms that it may have, for JSON Schema. Default: any text. */
  readonly forms?: readonly JsonSchema[];
  /** How many characters it may have. Default: as many as a path. */
  readonly longest?: number;
}

/** Linux takes no longer path, and nothing else that is one value is as long. */
const LONGEST_PATH = 4096;

/** A zod type for one scalar; its only issues are "must be …, not …". A text that is too long is not read. */
export function scalar<T>({ expected, read, hint, forms, longest = LONGEST_PATH }: Field<T>) {
  const says = { error: (issue: { readonly input?: unknown }) => mustBe(expected, issue.input) };
  const schema = z.string(says).transform((text, context): T => {
    const isTooLong = text.length > longest;
    const value = isTooLong ? undefined : read(text);
    if (value !== undefined) return value;
    const advice = isTooLong
      ? `at most ${longest} characters are allowed`
      : (hint?.(text) ?? onTypographicQuotes(text));
    context.issues.push({
      code: "custom",
      input: text,
      message: mustBe(expected, text),
      params: { hint: advice && fromValue(advice) },
    });
    return z.NEVER;
  });
  return written(schema, { is: scalarInput(expected, forms) });
}

/** A list of what `item` reads, or one of them alone. */
export function oneOrMore<Item extends z.ZodType>(item: Item, expected: string) {
  const list = listOf(item, expected).min(1, { error: (issue) => mustBe(expected, issue.input) });
  return written(
    z.preprocess((value) => (typeof value === "string" ? [value] : value), list),
    { orOne: true },
  );
}

/** A list of what `item` reads. */
export function listOf<Item extends z.ZodType>(item: Item, expected: string) {
  return z.array(item, { error: (issue) => mustBe(expected, issue.input) });
}

/** A map of these keys; every other key is an issue. `expected` is what a value of another kind should have been. */
export function mapOf<Shape extends z.ZodRawShape>(shape: Shape, expected: string) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? mustBe(expected, issue.input) : undefined),
  });
}

export const text = (expected: string) =>
  scalar({
    expected,
    read: (written) => written.trim() || undefined,
    forms: [matching(/\S/), { type: ["number", "boolean"] }],
  });

/** As `text`, for a name: it has no typographic quotes. */
export const name = (expected: string) =>
  scalar({
    expected,
    read: (written) => (onTypographicQuotes(written) === undefined ? written.trim() || undefined : undefined),
    forms: [matching(/\S/), { type: ["number", "boolean"] }],
  });

export function choice<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  const expected = listed(words, "or");
  const hint = (written: string) => didYouMean(nearestWord(written, words));
  const read = (written: string) => words.find((word) => word === written);
  return scalar({ expected, read, hint, forms: [{ enum: words }] });
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);
const BOOLEANS_MEANT: ReadonlyMap<string, string> = new Map(
  ["yes true", "on true", "1 true", "y true", "no false", "off false", "0 false", "n false"].map(
    (pair) => pair.split(" ") as [string, string],
  ),
);

export const bool = scalar({
  expected: "true or false",
  read: (written) => BOOLEANS.get(written.toLowerCase()),
  forms: [{ type: "boolean" }, matching(/^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$/)],
  hint: (written) => {
    const meant = BOOLEANS_MEANT.get(written.toLowerCase()) ?? nearestWord(written, BOOLEANS.keys());
    return meant === undefined ? undefined : `write ${meant}`;
  },
});

export function wholeNumber(lowest: number, highest: number) {
  return scalar({
    expected: `a whole number from ${lowest} to ${highest}`,
    read: (written) => {
      const value = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN;
      return value >= lowest && value <= highest ? value : undefined;
    },
    forms: [wholeFrom(lowest, highest), matching(/^\d{1,9}$/)],
  });
}

/** As `wholeNumber`, for numbers that may be below zero. */
export function integer(lowest: number, highest: number) {
  return scalar({
    expected: `a whole number from ${lowest} to ${highest}`,
    read: (written) => {
      const value = /^[+-]?\d{1,15}$/.test(written) ? Number(written) : Number.NaN;
      return value >= lowest && value <= highest ? value : undefined;
    },
    forms: [wholeFrom(lowest, highest), matching(/^[+-]?\d{1,15}$/)],
  });
}

/** Texts by their names, all kept as they are written. */
export function textMap(expected: string) {
  return z.record(z.string(), z.string({ error: (issue) => mustBe("text or a number", issue.input) }), {
    error: (issue) => (issue.code === "invalid_type" ? mustBe(expected, issue.input) : undefined),
  });
}

/** Docker Engine takes less, and then cannot start the container: the kernel divides no finer. */
const LEAST_CPUS = 0.01;

export const cpus = scalar({
  expected: `a number of at least ${LEAST_CPUS} such as 0.5 or 2`,
  read: (written) => {
    const value = /^(\d+(\.\d*)?|\.\d+)$/.test(written) ? Number(written) : 0;
    return value >= LEAST_CPUS ? value : undefined;
  },
  hint: (written) => (/^\d{1,9}m$/.test(written) ? `write ${Number.parseInt(written, 10) / 1000}` : undefined),
  forms: [{ type: "number", minimum: LEAST_CPUS }, matching(/^(\d+(\.\d*)?|\.\d+)$/)],
});

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What JSON Schema says of a value in addition to what zod makes of its schema. YAML gives numbers and booleans where the
 * parser reads text.
 */
export interface Written {
  /** In place of zod's. */
  readonly is?: JsonSchema;
  /** As an alternative to zod's. */
  readonly or?: JsonSchema;
  /** One item may stand for a list of one. */
  readonly orOne?: true;
}

/** Returns the same schema, with what JSON Schema is to say of it. */
export function written<T extends z.ZodType>(schema: T, says: Written): T {
  return schema.meta({ written: says }) as T;
}

export const WITH_VARIABLE_DEF: JsonSchema = {
  description: "A text with variables of the scheduler in it",
  type: "string",
  pattern: "\\$",
};

/** One scalar: of these forms, or with a variable in it, which may become anything. */
export function scalarInput(expected: string, forms: readonly JsonSchema[] = []): JsonSchema {
  const description = `Must be ${expected}`;
  if (forms.length === 0) return { description, type: ["string", "number", "boolean"] };
  return { description, anyOf: [...forms, { $ref: "#/$defs/withVariable" }] };
}

export function matching(pattern: RegExp): JsonSchema {
  return { type: "string", pattern: pattern.source };
}

export function wholeFrom(minimum: number, maximum?: number): JsonSchema {
  return { type: "integer", minimum, ...(maximum !== undefined && { maximum }) };
}
