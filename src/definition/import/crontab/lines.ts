import type { Quote } from "../imported.ts";

/** A line of a crontab, without its line end. */
export interface Line {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** The lines that it is written in, if there are several. */
  readonly written?: readonly Quote[];
  /** Ends with the file, and not with a line end. */
  readonly isCut?: true;
}

/** Splits a text into lines. A line end at the end begins no further line. */
export function linesOf(text: string): readonly Line[] {
  const texts = text.split("\n");
  const last = texts.pop();
  const lines: Line[] = texts.map((each, index) => ({ line: index + 1, text: each }));
  return last === undefined || last === "" ? lines : [...lines, { line: lines.length + 1, text: last, isCut: true }];
}

/** Splits a text into lines as BusyBox's crond does: a line that ends with a backslash goes on in the next. */
export function busyboxLinesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let written: Quote[] = [];
  for (const { line, text: each } of linesOf(text)) {
    written.push({ line, text: each });
    if (each.endsWith("\\")) continue;
    lines.push(joined(written));
    written = [];
  }
  return written.length === 0 ? lines : [...lines, joined(written)];
}

function joined(written: readonly Quote[]): Line {
  const [{ line, text } = { line: 1, text: "" }, ...more] = written;
  const all = written.map((each) => each.text.replace(/\\$/, "")).join("");
  return more.length === 0 ? { line, text: text.replace(/\\$/, "") } : { line, text: all, written };
}

export interface Assignment {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads `NAME = value` as cron does: blanks around the sign, quotes round name and value, nothing expanded. Undefined for a
 * line that cron takes for a job: after a quoted value nothing may follow.
 */
export function readAssignment(text: string): Assignment | undefined {
  const [, , quotedName, plainName, rest = ""] = /^\s*(?:(["'])(.*?)\1|([^\s=]+))\s*=\s*(.*)$/s.exec(text) ?? [];
  const name = quotedName ?? plainName;
  if (name === undefined) return undefined;
  const quote = /^["']/.exec(rest)?.[0];
  if (quote === undefined) return { name, value: rest.trimEnd() };
  const end = rest.indexOf(quote, 1);
  return end === -1 || rest.slice(end + 1).trim() !== "" ? undefined : { name, value: rest.slice(1, end) };
}

/** The only three that BusyBox's crond knows, up to the first blank or `#`. */
export function readBusyboxAssignment(text: string): Assignment | undefined {
  const [, name, value = ""] = /^[ \t]*(MAILTO|SHELL|PATH)=([^ \t#]*)/.exec(text) ?? [];
  return name === undefined ? undefined : { name, value };
}

/** A command of a crontab. */
export interface CommandText {
  readonly command: string;
  /** What the command reads from standard input; absent where no `%` begins it. */
  readonly input?: string;
}

/**
 * Splits a command at its first `%` that no backslash protects, quotes or not. What follows is standard input, with a new
 * line for each further `%`; `\%` is a percent sign.
 */
export function splitCommand(text: string): CommandText {
  let command = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "%") return { command, input: readInput(text.slice(at + 1)) };
    if (char !== "\\") command += char;
    else if (text.charAt(at + 1) === "%") command += text.charAt(++at);
    else command += char + text.charAt(++at);
  }
  return { command };
}

/** A backslash protects `%` alone here. A last line gets its end. */
function readInput(text: string): string {
  const lines = text.replaceAll(/\\%|%/g, (found) => (found === "%" ? "\n" : "%"));
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}
