import type { AnserJsonEntry } from "anser";
import type { Attempt } from "../../../ledger/record.ts";
import { type Content, type Html, html } from "../html.ts";

/** Writes a line that a process printed, without its end. Colours become classes; what else terminals obey is left out. */
export type WriteLine = (line: string) => Html;

/** More of one line is not shown: a browser that lays out a megabyte in one line stands still. */
const LONGEST_LINE = 4000;

/** anser's names of colours; those without a name are not shown. */
const COLOUR = /^ansi-(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white)$/;

/** Loads anser, which only pages with output need. */
export async function lineWriter(): Promise<WriteLine> {
  const { default: Anser } = await import("anser");
  return (line) => {
    const visible = visiblePart(line);
    const shown = visible.slice(0, LONGEST_LINE);
    const left = visible.length - shown.length;
    const more = left > 0 && html`<span class="soft"> … and ${left.toLocaleString("en")} more characters</span>`;
    if (!shown.includes(ESCAPE)) return html`${shown}${more}`;
    const parts = Anser.ansiToJson(shown, { use_classes: true, remove_empty: true, json: true });
    return html`${parts.map(colouredPart)}${more}`;
  };
}

/** The last lines that the record has of an attempt, without colours and without empty ones. Untrusted, as all output is. */
export function lastLines({ output = "" }: Pick<Attempt, "output">, count: number): readonly string[] {
  const lines = output.split("\n").map((line) => visiblePart(line).replaceAll(OTHER_SEQUENCES, "").trim());
  return lines
    .filter((line) => line !== "")
    .slice(-count)
    .map((line) => line.slice(0, LONGEST_SHOWN));
}

const LONGEST_SHOWN = 400;

const ESCAPE = "\u001b";
/** Titles of windows and links, which run up to a bell or a terminator. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const COMMANDS = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g;
/** Control characters, and those that change the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const UNSEEN = /[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** What a terminal shows in the end: each carriage return begins the line again. */
function visiblePart(line: string): string {
  const last = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
  return last.replaceAll(COMMANDS, "").replaceAll(UNSEEN, "");
}

/** What anser does not take for a colour, such as movements of the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const OTHER_SEQUENCES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]?|.)?/g;

function colouredPart({ content, fg, bg, decorations }: AnserJsonEntry): Content {
  const text = content.replaceAll(OTHER_SEQUENCES, "");
  const classes = [
    ...(COLOUR.test(fg) ? [fg] : []),
    ...(COLOUR.test(bg) ? [bg.replace("ansi-", "on-")] : []),
    ...decorations.map((decoration) => `is-${decoration}`),
  ];
  return classes.length === 0 ? text : html`<span class="${classes.join(" ")}">${text}</span>`;
}
