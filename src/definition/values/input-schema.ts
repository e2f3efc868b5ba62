import type * as z from "zod";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What JSON Schema can say of what may be written for a value, beside what zod says of it. YAML gives numbers and
 * booleans where the parser reads text.
 */
export interface Written {
  /** In place of what zod says. */
  readonly is?: JsonSchema;
  /** Beside what zod says. */
  readonly or?: JsonSchema;
  /** Beside a list, one of what it holds. */
  readonly orOne?: true;
}

/** The same schema, with what JSON Schema is to say of it. */
export function written<T extends z.ZodType>(schema: T, says: Written): T {
  return schema.meta({ written: says }) as T;
}

/** Any text, which may come as a number, true or false. */
const ANY_SCALAR: JsonSchema = { type: ["string", "number", "boolean"] };

/** A text that holds a variable may come to anything. */
const WITH_VARIABLE: JsonSchema = { $ref: "#/$defs/withVariable" };

export const WITH_VARIABLE_DEF: JsonSchema = {
  description: "A text with variables of the scheduler in it",
  type: "string",
  pattern: "\\$",
};

/** One scalar: of the forms that are right as they are written, or one with a variable in it. */
export function scalarInput(expected: string, forms: readonly JsonSchema[] = []): JsonSchema {
  const description = `Must be ${expected}`;
  return forms.length === 0 ? { description, ...ANY_SCALAR } : { description, anyOf: [...forms, WITH_VARIABLE] };
}

export const matching = (pattern: RegExp): JsonSchema => ({ type: "string", pattern: pattern.source });

export const wholeFrom = (minimum: number, maximum?: number): JsonSchema => ({
  type: "integer",
  minimum,
  ...(maximum !== undefined && { maximum }),
});
