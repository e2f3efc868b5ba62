/**
 * What a job lets people choose when they start it: variables of its process, by name, in the order in which they were
 * declared. `read-inputs.ts` checks values, `definition/inputs.ts` makes declarations.
 */
export type Inputs = Readonly<Record<string, Input>>;

export type Input = TextInput | IntegerInput | BooleanInput | DateInput | ChoiceInput;

export const INPUT_TYPES = ["string", "integer", "boolean", "date", "choice"] as const satisfies Input["type"][];

interface InputOfAnyType {
  /** What a run gets to which nothing else was given; checked, and written as a given value would be. */
  readonly default?: string;
  /** A value must be given, unless there is a default. */
  readonly required?: true;
  /** One line for people. */
  readonly description?: string;
}

interface TextInput extends InputOfAnyType {
  readonly type: "string";
  /** A `TextPattern` that the whole value matches. */
  readonly pattern?: string;
  /** In characters. */
  readonly maxLength: number;
}

interface IntegerInput extends InputOfAnyType {
  readonly type: "integer";
  readonly min?: number;
  readonly max?: number;
}

interface BooleanInput extends InputOfAnyType {
  readonly type: "boolean";
}

interface DateInput extends InputOfAnyType {
  readonly type: "date";
  /** `2026-11-18`. */
  readonly min?: string;
  readonly max?: string;
}

interface ChoiceInput extends InputOfAnyType {
  readonly type: "choice";
  /** At least one, none of them empty. */
  readonly options: readonly string[];
}

/** The name of a variable, as every shell can read it. Names that begin with `SHIPBELL_` are the scheduler's. */
export const INPUT_NAME: RegExp = /^(?!SHIPBELL_)[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** The values of a run stay on its job's record, which is bounded. In bytes of JSON, names included. */
export const MOST_INPUT_BYTES = 4096;

/** What `maxLength` may be at most. In characters. */
export const LONGEST_INPUT = 1000;
