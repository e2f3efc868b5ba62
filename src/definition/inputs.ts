/**
 * What a job lets people choose when they start it: the key `inputs`, in files and in labels. Values are checked by
 * `job/read-inputs.ts`, which also checks the defaults.
 */
import * as z from "zod";
import { INPUT_NAME, INPUT_TYPES, type Input, type Inputs, LONGEST_INPUT } from "../job/inputs/inputs.ts";
import {
  defaultsOf,
  expectedOf,
  findTooMuch,
  hintOn,
  IS_INTEGER,
  isDate,
  isLine,
  readInput,
} from "../job/inputs/read-inputs.ts";
import { LONGEST_PATTERN, parseTextPattern } from "../job/inputs/text-pattern.ts";
import { bool, choice, listOf, mapOf, matching, scalar, wholeNumber } from "./values/fields.ts";
import { given } from "./values/given.ts";
import { fromValue, type Issue, mustBe, quoted } from "./values/issue.ts";
import { isMapValue } from "./values/yaml.ts";

export const MOST_INPUTS = 20;
/** Of all inputs of a job, in JSON: schedulers tell commands what is declared. */
const INPUTS_BYTES = 8 * 1024;
const MOST_OPTIONS = 100;
const DEFAULT_LONGEST = 200;
/** Of an option, and of a description: they are shown in one line. */
const LONGEST_LINE = 200;

const line = (expected: string, longest: number) =>
  scalar({
    expected,
    read: (written) => (written !== "" && isLine(written) ? written : undefined),
    longest,
    forms: [matching(/./), { type: ["number", "boolean"] }],
  });

/** Texts that are read once the type is known. */
const end = scalar({ expected: "a whole number or a date", read: (written) => written });

const OPTIONS = "a list such as [small, large]";

const inputKeys = {
  type: choice(...INPUT_TYPES).nullish(),
  default: scalar({ expected: "a value", read: (written) => written }).nullish(),
  required: bool.nullish(),
  options: listOf(line("one line of text", LONGEST_LINE), OPTIONS)
    .min(1, { error: (issue) => mustBe(OPTIONS, issue.input) })
    .max(MOST_OPTIONS, { error: () => `has too many options; at most ${MOST_OPTIONS} are allowed` })
    .nullish(),
  pattern: line("a regular expression such as [a-z]+", LONGEST_PATTERN).nullish(),
  min: end.nullish(),
  max: end.nullish(),
  max_length: wholeNumber(1, LONGEST_INPUT).nullish(),
  description: line("one line of text", LONGEST_LINE).nullish(),
};

type InputKeys = z.output<z.ZodObject<typeof inputKeys>>;
type InputKey = keyof InputKeys & string;

export const INPUT_KEYS: readonly string[] = Object.keys(inputKeys);

/** Of the keys that not all types have: which have them. */
const TYPES_OF: ReadonlyMap<InputKey, readonly Input["type"][]> = new Map<InputKey, Input["type"][]>([
  ["options", ["choice"]],
  ["pattern", ["string"]],
  ["max_length", ["string"]],
  ["min", ["integer", "date"]],
  ["max", ["integer", "date"]],
]);

interface Wrong {
  readonly key: InputKey;
  readonly on?: "key";
  readonly message: string;
  readonly hint?: string;
}

const input = mapOf(inputKeys, "a map of keys such as type and default")
  .nullable()
  .transform((keys, context): Input => {
    const made = makeInput(keys ?? {});
    for (const { key, message, ...params } of made.wrong)
      context.issues.push({ code: "custom", input: keys?.[key], path: [key], message, params });
    return made.input;
  });

const INPUTS = "a map from names of variables to what they may be";

export const inputs = z
  .record(z.string().regex(INPUT_NAME), input, {
    error: (issue) => {
      if (issue.code === "invalid_key") return wrongName(String(issue.input));
      return issue.code === "invalid_type" ? mustBe(INPUTS, issue.input) : undefined;
    },
  })
  .check(({ value, issues }) => {
    for (const { message, hint } of tooMuch(value))
      issues.push({ code: "custom", input: value, message, params: { hint } });
  });

/** The name stands before it. */
function wrongName(name: string): string {
  if (name.startsWith("SHIPBELL_"))
    return "cannot be the name of an input; names that begin with SHIPBELL_ are the scheduler's";
  return `cannot be the name of an input; A-Z, a-z, 0-9 and "_" are allowed, no digit first, at most 64 characters`;
}

function tooMuch(inputs: Inputs): { message: string; hint: string }[] {
  const count = Object.keys(inputs).length;
  if (count > MOST_INPUTS)
    return [{ message: `has ${count} inputs; at most ${MOST_INPUTS} are allowed`, hint: "make several jobs of it" }];
  const bytes = Buffer.byteLength(JSON.stringify(inputs));
  if (bytes > INPUTS_BYTES) {
    const hint = "shorten options and descriptions";
    return [{ message: `has ${bytes} bytes in all; at most ${INPUTS_BYTES} are allowed`, hint }];
  }
  const defaults = findTooMuch(Object.entries(defaultsOf(inputs)));
  return defaults === undefined
    ? []
    : [{ message: `has defaults of which ${defaults.input} ${defaults.message}`, hint: "shorten it" }];
}

/** Makes an input of valid keys, and finds what is wrong between them. */
function makeInput(keys: InputKeys): { readonly input: Input; readonly wrong: readonly Wrong[] } {
  const type = keys.type ?? "string";
  const misplaced = findMisplaced(keys, type);
  const isAlone = (key: InputKey) => !misplaced.some((each) => each.key === key);
  const { input: bare, wrong } = makeBare(type, keys);
  const made = {
    ...bare,
    ...(keys.required && { required: true as const }),
    ...given("description", keys.description),
  };
  const inType = wrong.filter(({ key }) => isAlone(key));
  // Against a range or a pattern that is wrong, no default says anything.
  const read = keys.default == null || inType.length > 0 ? undefined : readInput(made, keys.default);
  if (read === undefined) return { input: made, wrong: [...misplaced, ...inType] };
  if ("value" in read) return { input: { ...made, default: read.value }, wrong: misplaced };
  const message = mustBe(wordsOf(made), keys.default);
  const hint = made.type === "choice" ? undefined : hintOn(made, keys.default ?? "");
  const wrongDefault = { key: "default", message, ...given("hint", hint && fromValue(hint)) } as const;
  return { input: made, wrong: [...misplaced, wrongDefault] };
}

/** What a default must be. Other keys are named and not quoted: a variable may have brought a secret into them. */
function wordsOf(input: Input): string {
  switch (input.type) {
    case "string":
      return input.pattern === undefined ? expectedOf(input) : "a line that matches pattern as a whole";
    case "integer":
      return `a whole number${rangeInWords(input)}`;
    case "date":
      return `a date${rangeInWords(input) || " such as 2026-11-18"}`;
    case "boolean":
      return expectedOf(input);
    case "choice":
      return "one of its options";
  }
}

function rangeInWords({ min, max }: { readonly min?: unknown; readonly max?: unknown }): string {
  if (min !== undefined && max !== undefined) return " between min and max";
  if (min !== undefined) return " from min on";
  return max === undefined ? "" : " up to max";
}

function findMisplaced(keys: InputKeys, type: Input["type"]): Wrong[] {
  return [...TYPES_OF].flatMap(([key, types]): Wrong[] => {
    if (keys[key] == null || types.includes(type)) return [];
    const have = types.join(" and ");
    const message = `says nothing of an input of type ${type}`;
    const hint = keys.type == null ? `write type: ${types[0]}` : `leave it out: only ${have} inputs have it`;
    return [{ key, on: "key", message, hint }];
  });
}

interface Bare {
  readonly input: Input;
  readonly wrong: readonly Wrong[];
}

function makeBare(type: Input["type"], keys: InputKeys): Bare {
  switch (type) {
    case "string": {
      const text = { type, ...given("pattern", keys.pattern), maxLength: keys.max_length ?? DEFAULT_LONGEST };
      return { input: text, wrong: wrongPattern(keys) };
    }
    case "integer": {
      const { min, max, wrong } = readRange(keys, {
        expected: "a whole number",
        read: (written) => (IS_INTEGER.test(written) ? Number(written) : undefined),
      });
      return { input: { type, ...given("min", min), ...given("max", max) }, wrong };
    }
    case "date": {
      const { min, max, wrong } = readRange(keys, {
        expected: "a date such as 2026-11-18",
        read: (written) => (isDate(written) ? written : undefined),
      });
      return { input: { type, ...given("min", min), ...given("max", max) }, wrong };
    }
    case "boolean":
      return { input: { type }, wrong: [] };
    case "choice":
      return { input: { type, options: keys.options ?? [] }, wrong: wrongOptions(keys) };
  }
}

function wrongPattern({ pattern }: InputKeys): Wrong[] {
  const read = pattern == null ? undefined : parseTextPattern(pattern);
  if (read === undefined || "matches" in read) return [];
  return [{ key: "pattern", message: read.wrong, hint: read.instead }];
}

function wrongOptions({ options }: InputKeys): Wrong[] {
  if (options == null) return [{ key: "options", message: "is missing" }];
  const twice = options.find((option, index) => options.indexOf(option) < index);
  return twice === undefined
    ? []
    : [{ key: "options", message: `has ${quoted(twice)} twice`, hint: "keep one of them" }];
}

interface Ends<End> {
  readonly expected: string;
  readonly read: (written: string) => End | undefined;
}

function readRange<End extends number | string>(keys: InputKeys, { expected, read }: Ends<End>) {
  const [min, max] = [keys.min, keys.max].map((written) => (written == null ? undefined : read(written)));
  const wrong = (["min", "max"] as const).flatMap((key): Wrong[] => {
    const written = keys[key];
    const isRead = written == null || read(written) !== undefined;
    return isRead ? [] : [{ key, message: mustBe(expected, written) }];
  });
  const isUpsideDown = min !== undefined && max !== undefined && min > max;
  const upsideDown: Wrong = { key: "max", message: "must not be less than min" };
  return { min, max, wrong: isUpsideDown ? [...wrong, upsideDown] : wrong };
}

/**
 * Finds inputs that a schedule cannot give a value: they are required, and have no default. Works on keys as they were
 * written, which need not be valid.
 */
export function checkInputs({ inputs: declared, schedule, after }: Readonly<Record<string, unknown>>): Issue[] {
  const hasSchedule = Array.isArray(schedule) ? schedule.length > 0 : typeof schedule === "string";
  if (!(hasSchedule || after != null) || !isMapValue(declared)) return [];
  const starter = hasSchedule ? "schedule" : "after";
  return Object.entries(declared).flatMap(([name, each]): Issue[] => {
    const isRequired = isMapValue(each) && bool.safeParse(each.required).data === true && each.default == null;
    if (!isRequired) return [];
    const message = `inputs.${name} is required and has no default, and a run that ${hasSchedule ? "the schedule" : "another job's end"} starts would have no value`;
    const hint = `add default:, or leave ${starter} out where only people start the job`;
    return [{ path: ["inputs", name, "required"], on: "key", message, hint }];
  });
}

/**
 * Returns the keys with an empty list of schedules where a job has no schedule, and `after` or inputs: another job's end, or
 * only people, start it then. A job without any of these has more likely been left unfinished.
 */
export function withSchedule<Keys extends Readonly<Record<string, unknown>>>(written: Keys): Keys {
  const { schedule, after, inputs: declared } = written;
  const isStartedOtherwise = after != null || (declared != null && !isEmptyMap(declared));
  return schedule == null && isStartedOtherwise ? { ...written, schedule: [] } : written;
}

function isEmptyMap(value: unknown): boolean {
  return isMapValue(value) && Object.keys(value).length === 0;
}
