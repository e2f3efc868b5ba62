import { styleText } from "node:util";
import type { Outcome } from "../../ledger/record.ts";
import type { Terminal } from "./terminal.ts";

/** What a text means, which decides its colour. Each state also has a word of its own: colour only helps to find it. */
export type Tone = "good" | "bad" | "notable" | "active" | "quiet" | "strong";

/** Success is good, a run that an operator or its schedule ended is notable, everything else is bad. */
export function outcomeTone({ kind }: Outcome): Tone {
  if (kind === "succeeded") return "good";
  return kind === "cancelled" || kind === "replaced" ? "notable" : "bad";
}

/** How a command's output looks: on a terminal, or in a file. */
export interface Appearance {
  /** No line of a table, a sentence or a help text is longer, unless a single word is. */
  readonly columns: number;
  readonly paint: (tone: Tone | undefined, text: string) => string;
}

const STYLES = {
  good: "green",
  bad: "red",
  notable: "yellow",
  active: "cyan",
  quiet: "dim",
  strong: "bold",
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Narrower than this nothing can be laid out; wider than this sentences are hard to read. */
const [LEAST_COLUMNS, MOST_COLUMNS] = [40, 120];
/** Without a terminal, too: the output of `docker exec` without `-t` is usually read on one. */
const USUAL_COLUMNS = 80;

/** As wide as `COLUMNS` says, or the terminal is; coloured on terminals, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function appearanceOf(terminal: Pick<Terminal, "env" | "columns" | "isTerminal">): Appearance {
  const hasColour = isColourWanted(terminal.env, terminal.isTerminal);
  return {
    columns: knownColumns(terminal) ?? USUAL_COLUMNS,
    paint: (tone, text) =>
      hasColour && tone !== undefined ? styleText(STYLES[tone], text, { validateStream: false }) : text,
  };
}

/** Undefined where the width of the output is not known. */
function knownColumns({ env, columns }: Pick<Terminal, "env" | "columns">): number | undefined {
  if (/^[1-9]\d{0,3}$/.test(env.COLUMNS ?? "")) return Math.max(LEAST_COLUMNS, Number(env.COLUMNS));
  // A terminal whose size was never set says 0.
  return columns ? Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns)) : undefined;
}

/** Wraps a line that programs may search for, but only where the width of the output is known. */
export function wrapLine(text: string, terminal: Pick<Terminal, "env" | "columns">): string {
  const columns = knownColumns(terminal);
  return columns === undefined ? text : wrap(text, columns, "  ");
}

/** As https://no-color.org and Node itself read these variables: any text in `NO_COLOR` counts; `FORCE_COLOR=0` is none. */
function isColourWanted(env: Terminal["env"], isTerminal: boolean): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return isTerminal && env.TERM !== "dumb";
}

/** The same terminal, which wraps messages of ours on standard error. */
export function wrapComplaints(terminal: Terminal): Terminal {
  const err = (text: string) => terminal.err(text.startsWith("shipbell: ") ? wrapLine(text, terminal) : text);
  return { ...terminal, err };
}

/** Between words, and not between a date and its time. */
const BETWEEN_WORDS = / (?!\d\d:\d\d:\d\d)/;

/** The text in lines of at most that many characters; those after the first are indented. A longer word is broken. */
export function wrap(text: string, columns: number, indent = ""): string {
  const lines: string[] = [];
  const [start = ""] = /^ */.exec(text) ?? [];
  let line = start;
  let isEmpty = true;
  for (const word of text
    .slice(start.length)
    .split(BETWEEN_WORDS)
    .flatMap((word) => broken(word, columns - indent.length))) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent + word;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}

function broken(word: string, columns: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < word.length; from += columns) parts.push(word.slice(from, from + columns));
  return parts.length === 0 ? [""] : parts;
}
