import { cut, shown } from "../values/issue.ts";

/** The scheduler's variables, for `${NAME}` in schedule files. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Finds the value of a variable, where there are several places to look for it. */
export type FindVariable = (name: string) => string | undefined;

type Interpolated = Filled | Wrong;

interface Filled {
  readonly text: string;
  /** Variables without a value, which were replaced by nothing; each once. */
  readonly unset: readonly string[];
}

interface Wrong {
  readonly wrong: string;
  readonly hint: string;
  /** `wrong` quotes what is written: there is a dollar sign, and no variable. */
  readonly isInvalid?: true;
}

/**
 * Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?message}`, `${NAME?message}`, `${NAME:+other}`, `${NAME+other}`, nested; `$$` is a dollar sign, and so is one
 * before anything else (`$1`, `$(date)`).
 * With a colon an empty variable counts as unset. What comes to more than a million characters is wrong.
 */
export function interpolate(text: string, variables: Variables | FindVariable): Interpolated {
  return fillIn(text, typeof variables === "function" ? variables : (name) => variableIn(variables, name));
}

/** Returns a variable's value; inherited properties of the object are none. */
export function variableIn(variables: Variables, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

/** A process takes 128 KB for one argument, or one variable. */
const LONGEST = 1_000_000;

function fillIn(text: string, find: FindVariable): Interpolated {
  if (!text.includes("$")) return { text, unset: [] };
  const unset = new Set<string>();
  let result = "";
  let at = 0;
  for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
    result += text.slice(at, dollar);
    const piece = replaceOne(text, dollar, find);
    if ("wrong" in piece) return piece;
    result += piece.text;
    if (result.length > LONGEST) return TOO_LONG;
    for (const name of piece.unset) unset.add(name);
    at = piece.end;
  }
  return { text: result + text.slice(at), unset: [...unset] };
}

const TOO_LONG: Wrong = {
  wrong: "with its variables filled in, this is longer than a million characters",
  hint: "pass it as a file",
};

type Piece = Filled & { readonly end: number };

/** Far deeper than any real text; keeps a hostile file from costing much. */
const DEEPEST = 20;

/** Returns what `[A-Za-z_][A-Za-z0-9_]*` matches there. */
function nameAt(text: string, at: number): string | undefined {
  let end = at;
  while (/\w/.test(text.charAt(end))) end++;
  return end === at || /\d/.test(text.charAt(at)) ? undefined : text.slice(at, end);
}

const OPERATION = /^:?[-?+]/;

function operationAt(text: string, at: number): string | undefined {
  return OPERATION.exec(text.slice(at, at + 2))?.[0];
}

function replaceOne(text: string, dollar: number, find: FindVariable): Piece | Wrong {
  const next = dollar + 1;
  if (text[next] === "$") return { text: "$", unset: [], end: next + 1 };
  if (text[next] === "{") return replaceBraced(text, next + 1, find);
  const name = nameAt(text, next);
  if (name === undefined) return { text: "$", unset: [], end: next };
  return { ...plainValue(name, find), end: next + name.length };
}

function replaceBraced(text: string, start: number, find: FindVariable): Piece | Wrong {
  const close = closingBrace(text, start);
  if (close === -1) return invalid(text.slice(start - 2, start + 20));
  const name = nameAt(text, start);
  if (name === undefined) return invalid(text.slice(start - 2, close + 1));
  const afterName = start + name.length;
  if (afterName === close) return { ...plainValue(name, find), end: close + 1 };
  const operation = operationAt(text, afterName);
  if (operation === undefined) return invalid(text.slice(start - 2, close + 1));
  const operand = text.slice(afterName + operation.length, close);
  const value = operate({ name, operation, operand }, find);
  return "wrong" in value ? value : { ...value, end: close + 1 };
}

/** Returns the brace that ends the expression from `start` on. Plain braces, as in JSON, count as pairs where they are pairs. */
function closingBrace(text: string, start: number): number {
  const paired = closingAfter(text, start, "{");
  return paired === -1 ? closingAfter(text, start, "${") : paired;
}

function closingAfter(text: string, start: number, opening: string): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith(opening, at) && ++depth > DEEPEST) return -1;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

interface Expression {
  readonly name: string;
  readonly operation: string;
  readonly operand: string;
}

function operate({ name, operation, operand }: Expression, find: FindVariable): Interpolated {
  const value = find(name);
  const isSet = value !== undefined && !(operation.startsWith(":") && value === "");
  switch (operation.at(-1)) {
    case "-":
      return isSet ? { text: value, unset: [] } : fillIn(operand, find);
    case "+":
      return isSet ? fillIn(operand, find) : { text: "", unset: [] };
    default:
      return isSet ? { text: value, unset: [] } : missing(name, operand);
  }
}

function plainValue(name: string, find: FindVariable): Filled {
  const value = find(name);
  return value === undefined ? { text: "", unset: [name] } : { text: value, unset: [] };
}

/** The reason is quoted as written: variables in it may hold secrets. */
function missing(name: string, reason: string): Wrong {
  return {
    wrong: `the variable ${name} must be set${reason === "" ? "" : `: ${cut(reason)}`}`,
    hint: `set ${name} in the scheduler's environment`,
  };
}

export const ALLOWED_VARIABLES = `allowed are $NAME, \${NAME}, \${NAME:-default}, \${NAME:?message}`;

function invalid(written: string): Wrong {
  const wrong = `${shown(written)} is not a variable; ${ALLOWED_VARIABLES}`;
  return { wrong, hint: "for a dollar sign itself write $$", isInvalid: true };
}
