import { splitShellWords } from "../../values/shell-words.ts";
import { literal } from "../imported.ts";

/** Words of a line that bash runs, as a schedule file must have them. */
export interface BashWords {
  readonly words: readonly string[];
  /** Variables that bash fills in from its own environment. */
  readonly variables: readonly string[];
  /** The file that the output goes to. */
  readonly output?: string;
}

/** Why there is no list of words that means the same. */
export interface NotWords {
  readonly wrong: string;
}

/** Splits what stands in a line of a script of bash. A redirection of the output at its end is taken off. */
export function splitBashWords(line: string): BashWords | NotWords {
  const [, before, output] = REDIRECTED.exec(line) ?? [];
  if (before !== undefined && output !== undefined) {
    const read = splitBashWords(before);
    return "wrong" in read ? read : { ...read, output };
  }
  const split = splitShellWords(line);
  if ("unfinished" in split) return { wrong: `${split.unfinished} has no end` };
  if ("operator" in split) return { wrong: `"${split.operator}" is for a shell` };
  const words: string[] = [];
  const variables: string[] = [];
  for (const [index, word] of split.words.entries()) {
    const written = split.written[index] ?? "";
    const read = withVariables(word, written);
    if ("wrong" in read) return read;
    words.push(read.text);
    variables.push(...read.variables);
  }
  return { words, variables };
}

/** `> FILE`, with or without `2>&1`. */
const REDIRECTED =
  /^(.*?\S)\s*(?:[1&]?>>?|\|\s*tee(?:\s+-a)?)\s*([^\s'"|;&<>]+)(?:\s*2>(?:&1|>?\s*[^\s'"|;&<>]+))?\s*$/s;

/** What bash fills in: names outside of single quotes. All else with a dollar sign there is not followed. */
function withVariables(
  word: string,
  written: string,
): { readonly text: string; readonly variables: readonly string[] } | NotWords {
  const open = written.replaceAll(/'[^']*'|\\./gs, "");
  if (!open.includes("$")) return { text: literal(word), variables: [] };
  if (written !== open && /['\\]/.test(written) && word.split("$").length !== open.split("$").length)
    return { wrong: `dollar signs stand both inside and outside of single quotes in ${written}` };
  const variables = [...open.matchAll(/\$(?:(\w+)|\{(\w+)\})/g)].map(([, a, b]) => a ?? b ?? "");
  if (variables.length !== open.split("$").length - 1) return { wrong: `${written} is for a shell` };
  return { text: word.replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (_, a, b) => `$\{${a ?? b}}`), variables };
}
