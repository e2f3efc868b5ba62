/** No line of an output is told longer. */
const LONGEST_LINE = 500;

/** Colours and cursor movements of a terminal: CSI, OSC, and single characters after ESC. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of.
const TERMINAL = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** What cannot be seen, or changes the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

interface OutputTold {
  readonly output?: readonly string[];
  /** Lines before these were left out. */
  readonly truncated?: true;
}

/** Returns the last lines, as text that anything can show: without colours, and without characters that cannot be seen. */
export function outputLines(output: string, most: number): OutputTold {
  if (most === 0 || output === "") return {};
  const lines = output
    .replaceAll(TERMINAL, "")
    .replace(/\r?\n$/, "")
    .split("\n");
  const last = lines
    .slice(-most)
    .map((line) => cutLine(afterReturn(line).replaceAll("\t", "    ").replaceAll(UNSEEN, "")));
  return { output: last, ...(lines.length > most && { truncated: true }) };
}

/** A progress bar writes its line again and again; the last one stays on the screen. */
function afterReturn(line: string): string {
  return line.replace(/\r$/, "").split("\r").at(-1) ?? "";
}

function cutLine(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
