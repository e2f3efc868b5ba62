import { ALLOWED_VARIABLES, interpolate, type Variables } from "./interpolate.ts";
import type { Problem } from "./problem.ts";

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** With any of these, `values` are not to be used. */
  readonly problems: readonly Problem[];
}

/** A text in which something was written down, and how it is to be read. */
export interface DotenvSource {
  readonly text: string;
  /** As people know it. */
  readonly path: string;
  /** What `$NAME` in a value means, and what a name alone stands for; before the names that the file itself has. */
  readonly variables: Variables;
  /** `raw`: everything after `=` is the value as it is written. */
  readonly format?: "raw";
}

/**
 * Reads variables as Compose does: `NAME=value` or `NAME: value`, with or without `export`, comments, and values in
 * single quotes (as they are written), double quotes (with `\\n` and its like, and variables) or none (with variables).
 * Quoted values may go over several lines. A name alone takes the variable of that name. Never throws.
 */
export function parseDotenv(source: DotenvSource): Dotenv {
  const text = source.text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  for (let at = nextStatement(text, 0); at < text.length; at = nextStatement(text, at)) {
    const read = readStatement(text, at, { ...source, values });
    if ("message" in read) {
      const { offset, end: _, ...problem } = read;
      problems.push({ at: placeOf(source.path, text, offset), ...problem });
    } else if (read.value !== undefined) define(values, read.name, read.value);
    at = read.end;
  }
  return { values, problems };
}

function define(values: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Past blank lines and comments. */
function nextStatement(text: string, from: number): number {
  const skipped = /^(?:\s|#[^\n]*)*/.exec(text.slice(from))?.[0].length ?? 0;
  return from + skipped;
}

function placeOf(path: string, text: string, offset: number): string {
  const line = text.slice(0, offset).split("\n").length;
  return `${path}:${line}:${offset - text.lastIndexOf("\n", offset - 1)}`;
}

type Statement = { readonly end: number } & (
  | { readonly name: string; readonly value?: string }
  | { readonly offset: number; readonly message: string; readonly hint?: string }
);

type Scope = DotenvSource & { readonly values: Readonly<Record<string, string>> };

const HEAD = /^(?:export[ \t]+)?([^\s=:'"#]+)[ \t]*(?:([=:])[ \t]*|(?=\n|$))/;

function readStatement(text: string, at: number, scope: Scope): Statement {
  const lineEnd = endOfLine(text, at);
  if (scope.format === "raw") return readRaw(text.slice(at, lineEnd), at, scope);
  const [head, name = "", sign] = HEAD.exec(text.slice(at)) ?? [];
  if (head === undefined) return notAStatement(text.slice(at, lineEnd), at, lineEnd);
  const wrong = name.search(/[^\p{L}\p{N}_.[\]-]/u);
  // It is not quoted: of a key or a password that went over the line, this may be a piece.
  if (wrong !== -1) {
    const message = `a name here has a ${JSON.stringify(name[wrong])} in it; allowed are letters, digits, _ . and -`;
    return { end: lineEnd, offset: at, message };
  }
  if (sign === undefined) return { end: lineEnd, name, ...inherited(scope.variables, name) };
  const start = at + head.length;
  const value = /^['"]/.test(text.slice(start, start + 1))
    ? readQuoted(text, start, scope)
    : readPlain(text, { start, end: lineEnd }, scope);
  return "message" in value ? value : { ...value, name };
}

/** A line of `docker run --env-file`: all before the first `=` is the name, all after it the value. */
function readRaw(line: string, at: number, { variables }: Scope): Statement {
  const end = at + line.length;
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(line) ?? [];
  if (name === "" || /\s/.test(name)) return notAStatement(line, at, end);
  return value === undefined ? { end, name, ...inherited(variables, name) } : { end, name, value };
}

function notAStatement(line: string, at: number, end: number): Statement {
  const equals = line.indexOf("=");
  const what = equals === -1 ? "a line" : "what stands before =";
  return { end, offset: at, message: `${what} must be a name, as in NAME=value`, hint: "comments begin with #" };
}

function inherited(variables: Variables, name: string): { readonly value?: string } {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
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

type Value = Exclude<Statement, { readonly name: string }> | { readonly end: number; readonly value: string };

/** Up to the end of the line, or to a comment: a `#` after a space, but not one that the value begins with. */
function readPlain(text: string, { start, end }: Span, scope: Scope): Value {
  const [written = ""] = text.slice(start, end).trim().split(" #", 1);
  return fill(written.trimEnd(), { start, end }, scope);
}

function readQuoted(text: string, start: number, scope: Scope): Value {
  const quote = text[start] ?? "";
  const [whole, inner = ""] =
    new RegExp(`^${quote}((?:\\\\[^]|[^\\\\${quote}])*)${quote}`).exec(text.slice(start)) ?? [];
  if (whole === undefined)
    return { end: text.length, offset: start, message: `a ${quote} begins a value here and is never ended` };
  const end = start + whole.length;
  const [rest = ""] = /^[^\n]*/.exec(text.slice(end)) ?? [];
  if (!/^\s*(?:#.*)?$/.test(rest))
    return { end: end + rest.length, offset: end, message: "there is more after the end of a quoted value" };
  const unquoted = inner.replaceAll(`\\${quote}`, quote);
  if (quote === "'") return { end: end + rest.length, value: unquoted };
  return fill(readEscapes(unquoted), { start, end: end + rest.length }, scope);
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

/** The escapes of a shell. A dollar sign becomes one that is no variable's. */
function readEscapes(text: string): string {
  return text.replaceAll(/\\(?:0(\d{1,3})|([abcfnrtv$"\\]))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}

/** What begins there is not quoted: it may be a piece of a password. */
const NO_VARIABLE = `a $ here begins no variable; ${ALLOWED_VARIABLES}`;

/** A variable without a value is nothing, as in Compose. */
function fill(written: string, { start, end }: Span, scope: Scope): Value {
  if (!written.includes("$")) return { end, value: written };
  const read = interpolate(written, { ...scope.values, ...scope.variables });
  if ("wrong" in read)
    return { end, offset: start, message: read.isInvalid ? NO_VARIABLE : read.wrong, hint: read.hint };
  return { end, value: read.text };
}
