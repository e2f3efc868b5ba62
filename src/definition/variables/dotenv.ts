import { isWarning, MOST_PROBLEMS, type Problem } from "../../job/problem.ts";
import { Allowance, GROWS_TOO_LARGE } from "../values/allowance.ts";
import { shown } from "../values/issue.ts";
import { ALLOWED_VARIABLES, type FindVariable, interpolate, type Variables, variableIn } from "./interpolate.ts";

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** If any of these is an error, `values` must not be used. */
  readonly problems: readonly Problem[];
}

/** A text with variables, and how to read it. */
export interface DotenvSource {
  readonly text: string;
  /** As people know it. */
  readonly path: string;
  /** What `$NAME` in a value means, and what a name alone stands for; before the names that the file itself has. */
  readonly variables: Variables;
  /** The variables of the files before this one; `variables` come first. */
  readonly earlier?: Variables;
  /** `raw`: everything after `=` is the value as it is written. */
  readonly format?: "raw";
}

/**
 * Reads variables as Compose does: `NAME=value` or `NAME: value`, with or without `export`, comments, and values in
 * single quotes (as they are written), double quotes (with `\\n` and its like, and variables) or none (with variables).
 * Quoted values may go over several lines. A name alone takes the variable of that name. A variable without a value is
 * nothing, as in Compose, and a warning. Never throws.
 */
export function parseDotenv(source: DotenvSource): Dotenv {
  const text = source.text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  const placeOf = placesIn(text, source.path);
  const scope = { ...source, values, find: finder(source, values), allowance: new Allowance(text.length) };
  for (let at = nextStatement(text, 0); at < text.length; at = nextStatement(text, at)) {
    if (problems.length === MOST_PROBLEMS) {
      problems.push({ at: placeOf(at), message: "what follows is not read: there are too many mistakes before it" });
      break;
    }
    const read = readStatement(text, at, scope);
    if ("message" in read) {
      const { offset, end: _, ...problem } = read;
      problems.push({ at: placeOf(offset), ...problem });
    } else {
      if (read.value !== undefined) define(values, read.name, read.value);
      if (read.unsetAt !== undefined) problems.push({ at: placeOf(read.unsetAt), ...NOT_SET });
    }
    at = read.end;
  }
  return { values, problems };
}

/** The name is not shown: what follows a `$` in an unquoted password is a piece of it. */
const NOT_SET = {
  message: "a variable in this value is not set; nothing is put in its place",
  hint: "set it, write $$ for a dollar sign itself, or put the value in single quotes",
  severity: "warning",
} as const;

/** True where the values may be used. */
export function isUsable({ problems }: Dotenv): boolean {
  return problems.every(isWarning);
}

/** The scheduler's variables first, then the files before this one, then what this one has said so far. */
function finder({ variables, earlier = {} }: DotenvSource, values: Variables): FindVariable {
  return (name) => {
    const holder = [variables, earlier, values].find((each) => Object.hasOwn(each, name));
    return holder === undefined ? undefined : variableIn(holder, name);
  };
}

function define(values: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Skips blank lines and comments. */
function nextStatement(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\s#]/.test(text.charAt(at))) at = text[at] === "#" ? endOfLine(text, at) : at + 1;
  return at;
}

/** Returns `path:line:column` of offsets, which must not decrease. */
function placesIn(text: string, path: string): (offset: number) => string {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (let end = text.indexOf("\n", lineStart); end !== -1 && end < offset; end = text.indexOf("\n", lineStart)) {
      line++;
      lineStart = end + 1;
    }
    return `${path}:${line}:${offset - lineStart + 1}`;
  };
}

type Statement = { readonly end: number } & (
  | { readonly name: string; readonly value?: string; readonly unsetAt?: number }
  | { readonly offset: number; readonly message: string; readonly hint?: string }
);

interface Scope extends DotenvSource {
  readonly find: FindVariable;
  /** What variables may add to the file. */
  readonly allowance: Allowance;
}

const HEAD = /^(?:export[ \t]+)?([^\s=:'"#]+)[ \t]*(?:([=:])[ \t]*|(?=\n|$))/;

function readStatement(text: string, at: number, scope: Scope): Statement {
  const lineEnd = endOfLine(text, at);
  if (scope.format === "raw") return readRaw(text.slice(at, lineEnd), at, scope);
  const [head, name = "", sign] = HEAD.exec(text.slice(at)) ?? [];
  if (head === undefined) return notAStatement(text.slice(at, lineEnd), at, lineEnd);
  const wrong = name.search(/[^\p{L}\p{N}_.[\]-]/u);
  // Only one character is shown: this may be a piece of a key or password that continues from the line before.
  if (wrong !== -1) {
    const message = `a name here has a ${shown(name[wrong])} in it; allowed are letters, digits, _ . and -`;
    return { end: lineEnd, offset: at, message };
  }
  if (sign === undefined) return { end: lineEnd, name, ...inherited(scope, name) };
  const start = at + head.length;
  const value = /^['"]/.test(text.slice(start, start + 1))
    ? readQuoted(text, start, scope)
    : readPlain(text, { start, end: lineEnd }, scope);
  return "message" in value ? value : { ...value, name };
}

/** A line of `docker run --env-file`: all before the first `=` is the name, all after it the value. */
function readRaw(line: string, at: number, scope: Scope): Statement {
  const end = at + line.length;
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(line) ?? [];
  if (name === "" || /\s/.test(name)) return notAStatement(line, at, end);
  return value === undefined ? { end, name, ...inherited(scope, name) } : { end, name, value };
}

function notAStatement(line: string, at: number, end: number): Statement {
  const equals = line.indexOf("=");
  const what = equals === -1 ? "a line" : "what stands before =";
  return { end, offset: at, message: `${what} must be a name, as in NAME=value`, hint: "comments begin with #" };
}

/** Returns the value of a name that stands alone. */
function inherited({ variables, earlier = {} }: Scope, name: string): { readonly value?: string } {
  const value = variableIn(Object.hasOwn(variables, name) ? variables : earlier, name);
  return value === undefined ? {} : { value };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

type Value =
  | Exclude<Statement, { readonly name: string }>
  | { readonly end: number; readonly value: string; readonly unsetAt?: number };

/** Reads to the end of the line, or to a comment: a `#` after a space, but not at the start of the value. */
function readPlain(text: string, { start, end }: Span, scope: Scope): Value {
  const [written = ""] = text.slice(start, end).trim().split(" #", 1);
  return fill(written.trimEnd(), { start, end }, scope);
}

function readQuoted(text: string, start: number, scope: Scope): Value {
  const quote = text[start] ?? "";
  const close = closingQuote(text, start);
  if (close === undefined)
    return { end: text.length, offset: start, message: `a ${quote} begins a value here and has no end` };
  const inner = text.slice(start + 1, close);
  const end = close + 1;
  const rest = text.slice(end, endOfLine(text, end));
  if (!/^\s*(?:#.*)?$/.test(rest))
    return { end: end + rest.length, offset: end, message: "there is more after the end of a quoted value" };
  const unquoted = inner.replaceAll(`\\${quote}`, quote);
  if (quote === "'") return { end: end + rest.length, value: unquoted };
  return fill(readEscapes(unquoted), { start, end: end + rest.length }, scope);
}

/** A backslash escapes the character after it. */
function closingQuote(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === text[start]) return at;
    if (text[at] === "\\") at++;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  c: "\\c",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  $: "$$",
  "\\": "\\",
  '"': '"',
};

/** Reads a shell's escapes. An escaped dollar sign begins no variable. */
function readEscapes(text: string): string {
  return text.replaceAll(/\\(?:0(\d{1,3})|([abcfnrtv$"\\]))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}

/** The text is not quoted: it may be a piece of a password. */
const NO_VARIABLE = `a $ here begins no variable; ${ALLOWED_VARIABLES}`;

/** Fills in the variables of a value that begins at `start`; `written` is the value without its quotes. */
function fill(written: string, { start, end }: Span, { find, allowance }: Scope): Value {
  if (!written.includes("$")) return { end, value: written };
  const read = interpolate(written, find);
  if ("wrong" in read)
    return { end, offset: start, message: read.isInvalid ? NO_VARIABLE : read.wrong, hint: read.hint };
  if (!allowance.take(read.text.length - written.length)) return { end, offset: start, ...GROWS_TOO_LARGE };
  return { end, value: read.text, ...(read.unset.length > 0 && { unsetAt: start }) };
}
