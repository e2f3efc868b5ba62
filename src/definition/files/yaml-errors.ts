import { isCollection, isMap, type Node, type YAMLError } from "yaml";
import { cut, shown } from "../values/issue.ts";

export interface Explained {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** Explains in plain words what YAML's rules forbid, and where the mistake begins. */
export function explainYamlError(error: YAMLError, text: string, root: Node | null): Explained {
  const offset = error.pos[0];
  return (
    unquotedStart(text, offset) ?? byCode(error, text, root) ?? { offset, message: `not valid YAML: ${error.message}` }
  );
}

/** YAML gives these characters a meaning of their own at the start of a value. */
const UNQUOTED = /^(\s*(?:- +)*(?:[\w.-]+:\s+)?(?:- +)*)([*@`%].*?)(?:\s+#.*)?$/;

function unquotedStart(text: string, offset: number): Explained | undefined {
  const start = lineStart(text, offset);
  const [, before, value] = UNQUOTED.exec(lineAt(text, offset)) ?? [];
  if (before !== undefined && value !== undefined) return putInQuotes(value, start + before.length);
  const first = text.charAt(offset);
  return "*@`%".includes(first || " ") ? putInQuotes(first, offset) : undefined;
}

function putInQuotes(value: string, offset: number): Explained {
  const first = value.charAt(0);
  if (!looksLikeSchedule(value))
    return { offset, message: `a value that begins with ${first} must be in quotes`, hint: "put the value in quotes" };
  const message = `a schedule that begins with ${first} must be in quotes, since YAML gives ${first} a meaning of its own`;
  return {
    offset,
    message,
    hint:
      value.length > 1 && value.length < LONGEST_LINE / 2
        ? `put the schedule in quotes: "${value}"`
        : "put the schedule in quotes",
  };
}

function looksLikeSchedule(value: string): boolean {
  return value.startsWith("@") || /^\*(\/\d+)?(\s|$)/.test(value);
}

function byCode(error: YAMLError, text: string, root: Node | null): Explained | undefined {
  const offset = error.pos[0];
  switch (error.code) {
    case "TAB_AS_INDENT":
      return {
        offset,
        message: "a tab is used to indent; YAML allows spaces only",
        hint: "write two spaces for each tab",
      };
    case "MULTIPLE_DOCS":
      return {
        offset,
        message: "a second YAML document begins here; a file holds one",
        hint: "put all jobs under one jobs:",
      };
    case "TAG_RESOLVE_FAILED":
      return { offset, message: `the tag ${cut(text.slice(...error.pos))} is not supported`, hint: "leave it out" };
    case "MISSING_CHAR":
      return error.message.includes("quote")
        ? unclosedQuote(root, offset)
        : (missingSpace(text, offset) ?? noColon(text, offset));
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return missingSpace(text, offset) ?? misplacedColon(error, text);
    case "BAD_INDENT":
      return badIndent(error, text);
    default:
      return missingSpace(text, offset);
  }
}

/** The value that begins with the unclosed quote is the last of all: it takes in the rest of the text. */
function unclosedQuote(root: Node | null, end: number): Explained {
  let node: unknown = root;
  let offset = end;
  while (isCollection(node) && node.items.length > 0) {
    const last: unknown = node.items.at(-1);
    node = isMap(node) ? ((last as { value?: unknown; key: unknown }).value ?? (last as { key: unknown }).key) : last;
  }
  if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
    offset = Number(node.range[0]);
  return { offset, message: "the quote that begins here has no end", hint: "end it with the same quote" };
}

function missingSpace(text: string, offset: number): Explained | undefined {
  const [, before, key, value] = /^(\s*(?:- +)?)([\w.-]+):([^\s:]\S*.*)$/.exec(lineAt(text, offset)) ?? [];
  if (before === undefined || key === undefined) return undefined;
  return {
    offset: lineStart(text, offset) + before.length,
    message: `${shown(`${key}:${value}`)} has no space after its colon`,
    hint: `write ${cut(`${key}: ${value}`)}`,
  };
}

function noColon(text: string, offset: number): Explained | undefined {
  if (lineAt(text, offset).includes(":")) return undefined;
  return { offset, message: "a key, a colon and a value must stand here", hint: "write for example image: busybox" };
}

function badIndent(error: YAMLError, text: string): Explained {
  const offset = firstWord(text, error.pos[0]);
  // The library has one code for both; only its words tell a bracket's content from a line of its own.
  if (!error.message.startsWith("Flow")) {
    const message = "the indentation does not fit the lines before";
    return { offset, message, hint: "let the keys of one job begin in one column, and use spaces alone" };
  }
  return { offset, message: "a { or [ before this has no end", hint: "end it with } or ]" };
}

function misplacedColon(error: YAMLError, text: string): Explained {
  const offset = error.pos[0];
  if (/:\s.*:(\s|$)/.test(lineAt(text, offset)))
    return { offset, message: 'a value that has ": " in it must be in quotes', hint: "put the value in quotes" };
  return { offset, message: "this value is followed by a line that is indented deeper, or has no colon" };
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** Enough to see what is wrong with a line. */
const LONGEST_LINE = 500;

function lineAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  const end = text.indexOf("\n", offset);
  return text.slice(start, Math.min(end === -1 ? text.length : end, start + LONGEST_LINE)).replace(/\r$/, "");
}

function firstWord(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return start + lineAt(text, offset).search(/\S|$/);
}
