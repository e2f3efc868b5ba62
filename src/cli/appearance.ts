import { styleText } from "node:util";
import type { Terminal } from "./terminal.ts";

/** What a word means; its colour follows. Each state also has a word of its own: colour only helps to find it. */
export type Tone = "good" | "bad" | "notable" | "active" | "quiet" | "strong";

/** How a command's output is to look: for a terminal, or for a file or a program. */
export interface Appearance {
  /** No line of a table, a sentence or a help text is longer, unless one word is. */
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
/** Also where there is no terminal: `docker exec` without `-t` is read on one all the same. */
const USUAL_COLUMNS = 80;

/** As wide as the terminal is, or `COLUMNS` says; coloured on terminals, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function appearanceOf({
  env,
  columns,
  isTerminal,
}: Pick<Terminal, "env" | "columns" | "isTerminal">): Appearance {
  const given = /^\d{1,4}$/.test(env.COLUMNS ?? "") ? Number(env.COLUMNS) : columns;
  const hasColour = isColourWanted(env, isTerminal);
  return {
    columns: Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, given || USUAL_COLUMNS)),
    paint: (tone, text) =>
      hasColour && tone !== undefined ? styleText(STYLES[tone], text, { validateStream: false }) : text,
  };
}

/** As https://no-color.org and Node itself read these variables: any text in `NO_COLOR` counts; `FORCE_COLOR=0` is none. */
function isColourWanted(env: Terminal["env"], isTerminal: boolean): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return isTerminal && env.TERM !== "dumb";
}

/** Between words, and not between a date and its time. */
const BETWEEN_WORDS = / (?!\d\d:\d\d:\d\d)/;

/** The text in lines of at most that many characters; those after the first are indented. A longer word is broken. */
export function wrap(text: string, columns: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(BETWEEN_WORDS).flatMap((word) => broken(word, columns - indent.length))) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function broken(word: string, columns: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < word.length; from += columns) parts.push(word.slice(from, from + columns));
  return parts.length === 0 ? [""] : parts;
}
