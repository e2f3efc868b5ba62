import { listed } from "../listed.ts";
import { nearestWord, visible } from "../problem.ts";
import { type Input, type Inputs, LONGEST_INPUT, MOST_INPUT_BYTES } from "./inputs.ts";
import { parseTextPattern } from "./text-pattern.ts";

/** Values by name, as a command, a form or a JSON body has them. */
export type GivenInputs = Readonly<Record<string, string | number | boolean>>;

/** `values`: the variables of the run, defaults included. */
export type InputsRead =
  | { readonly values: Readonly<Record<string, string>> }
  | { readonly problems: readonly InputProblem[] };

/** `message` completes the sentence that begins with the input's name: `must be a date such as 2026-11-18, not "soon"`. */
export interface InputProblem {
  /** As it was given, shortened for a message. */
  readonly input: string;
  readonly message: string;
}

/**
 * Checks what was given against the inputs that a job declares, and returns the variables of the run. Commands, API, form
 * and scheduler use this one function.
 *
 * A value becomes text before it is checked: a number as JavaScript writes it, a boolean as `true` or `false`. What the run
 * gets is written in one way for each type: a text as it was given, an integer in decimal, a date as `2026-11-18`. An empty
 * text is a value for type `string` alone: elsewhere it means that nothing was given, as an empty field of a form does.
 * An input without a value and without a default is left out.
 */
export function readInputs(declared: Inputs | undefined, given: GivenInputs): InputsRead {
  const inputs = declared ?? {};
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(inputs, name))
    .slice(0, MOST_UNKNOWN)
    .map((name) => ({ input: visible(cut(name)), message: unknownInput(name, Object.keys(inputs)) }));
  const values: (readonly [name: string, value: string])[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const read = readGiven(input, Object.hasOwn(given, name) ? String(given[name]) : undefined);
    if ("wrong" in read) problems.push({ input: name, message: read.wrong });
    else if (read.value !== undefined) values.push([name, read.value]);
  }
  if (problems.length > 0) return { problems };
  const tooMuch = findTooMuch(values);
  return tooMuch === undefined ? { values: Object.fromEntries(values) } : { problems: [tooMuch] };
}

/** More misspelt names are no help. */
const MOST_UNKNOWN = 20;

function unknownInput(name: string, known: readonly string[]): string {
  if (known.length === 0) return "is unknown: the job has no inputs";
  const nearest = name.length > LONGEST_SHOWN ? undefined : nearestWord(name, known);
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  return `is unknown: the job has ${listedShort(known, "and")}${hint}`;
}

function readGiven(input: Input, given: string | undefined): { readonly value?: string } | { readonly wrong: string } {
  const isGiven = given !== undefined && (given !== "" || input.type === "string");
  const isEmpty = given === "" && input.required;
  if (isGiven && !isEmpty) return readInput(input, given);
  if (input.required && (isGiven || input.default === undefined))
    return { wrong: `is required: it must be ${expectedOf(input)}` };
  return input.default === undefined ? {} : { value: input.default };
}

/** The values of a run to which nothing was given. */
export function defaultsOf(declared: Inputs): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Reads one value. `wrong` completes the sentence that begins with what has the value. */
export function readInput(input: Input, text: string): { readonly value: string } | { readonly wrong: string } {
  const value = text.length > LONGEST_READ ? undefined : readText(input, text);
  return value === undefined ? { wrong: whatIsWrong(input, text) } : { value };
}

/** Nothing of this length is a value of any type. */
const LONGEST_READ = 2 * LONGEST_INPUT;

function readText(input: Input, text: string): string | undefined {
  switch (input.type) {
    case "string":
      return isText(input, text) ? text : undefined;
    case "integer":
      return readInteger(input, text);
    case "boolean":
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : undefined;
    case "date":
      return isDate(text) && text >= (input.min ?? text) && text <= (input.max ?? text) ? text : undefined;
    case "choice":
      return input.options.includes(text) ? text : undefined;
  }
}

function isText({ pattern, maxLength }: Extract<Input, { type: "string" }>, text: string): boolean {
  if (!isLine(text) || lengthOf(text) > maxLength) return false;
  return pattern === undefined || matchesPattern(pattern, text);
}

/** True for a text that can be shown in one line, and is what it looks like. */
export function isLine(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** Ends of lines, NUL and other controls; what changes the direction of writing; half of a surrogate pair. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** A pattern is checked where it is declared. */
function matchesPattern(source: string, text: string): boolean {
  const pattern = parseTextPattern(source);
  return "matches" in pattern && pattern.matches(text);
}

function readInteger({ min, max }: Extract<Input, { type: "integer" }>, text: string): string | undefined {
  if (!IS_INTEGER.test(text)) return undefined;
  const value = Number(text);
  if (value < (min ?? value) || value > (max ?? value)) return undefined;
  // Not "-0".
  return String(value === 0 ? 0 : value);
}

/** Exact in every program that reads it. */
export const IS_INTEGER: RegExp = /^[+-]?\d{1,15}$/;

/** True for a day of the calendar, written as 2026-11-18. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function whatIsWrong(input: Input, text: string): string {
  if (input.type === "string") {
    const { maxLength, pattern } = input;
    const [unprintable] = UNPRINTABLE.exec(text) ?? [];
    if (unprintable !== undefined) return `must be one line of text, without ${nameOf(unprintable)}`;
    const length = lengthOf(text);
    if (length > maxLength) return `has ${length} characters; at most ${maxLength} are allowed`;
    return `must match ${pattern ?? ""} as a whole; ${shown(text)} does not`;
  }
  const hint = hintOn(input, text);
  return `must be ${expectedOf(input)}, not ${shown(text)}${hint === undefined ? "" : ` (${hint})`}`;
}

/** What was probably meant by a value that is wrong. */
export function hintOn(input: Input, text: string): string | undefined {
  if (text.length > LONGEST_SHOWN) return undefined;
  switch (input.type) {
    case "boolean": {
      const meant = BOOLEANS_MEANT.get(text.toLowerCase());
      return meant === undefined ? undefined : `write ${meant}`;
    }
    case "choice": {
      const nearest = nearestWord(text, input.options);
      return nearest === undefined ? undefined : `did you mean ${nearest}?`;
    }
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && !isDate(text) ? "there is no such day" : undefined;
    default:
      return undefined;
  }
}

const BOOLEANS_MEANT: ReadonlyMap<string, string> = new Map(
  ["yes true", "y true", "on true", "1 true", "no false", "n false", "off false", "0 false"].map(
    (pair) => pair.split(" ") as [string, string],
  ),
);

/** What a value must be, for people: `a date from 2026-01-01 on`. */
export function expectedOf(input: Input): string {
  switch (input.type) {
    case "string":
      return `a line of at most ${input.maxLength} characters${input.pattern === undefined ? "" : ` that matches ${input.pattern}`}`;
    case "integer":
      return `a whole number${rangeOf(input)}`;
    case "boolean":
      return "true or false";
    case "date":
      return `a date${rangeOf(input) || " such as 2026-11-18"}`;
    case "choice":
      return listedShort(input.options, "or");
  }
}

function rangeOf({ min, max }: { readonly min?: number | string; readonly max?: number | string }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` from ${min} on`;
  return max === undefined ? "" : ` up to ${max}`;
}

const MOST_LISTED = 12;

function listedShort(words: readonly string[], word: "and" | "or"): string {
  const more = words.length - MOST_LISTED;
  const shown = more > 1 ? [...words.slice(0, MOST_LISTED), `${more} others`] : words;
  return listed(shown.map(cut), word);
}

/** Finds that these are more than a record has room for. The largest value is the one to shorten. */
export function findTooMuch(values: readonly (readonly [name: string, value: string])[]): InputProblem | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(values)));
  if (bytes <= MOST_INPUT_BYTES) return undefined;
  const [[input] = [""]] = values.toSorted(([, a], [, b]) => Buffer.byteLength(b) - Buffer.byteLength(a));
  return {
    input: visible(cut(input)),
    message: `makes ${bytes} bytes of all inputs together; at most ${MOST_INPUT_BYTES} are allowed`,
  };
}

const LONGEST_SHOWN = 80;

function shown(text: string): string {
  return visible(JSON.stringify(cut(text)));
}

function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function nameOf(character: string): string {
  if (character === "\n" || character === "\r") return "an end of line";
  if (character === "\0") return "NUL";
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the character U+${code}`;
}
