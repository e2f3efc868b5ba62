import { isActive, type Run } from "../../../ledger/record.ts";
import type { OutputListener, ReadPlace, RunLine } from "../../../operate/output/output-listener.ts";
import { readRun } from "../../../operate/output/run-output.ts";
import { counted } from "../../../view/words/counted.ts";
import { writePlace } from "../../output-place.ts";
import { type Content, type Html, html } from "../html.ts";
import { mark } from "../marks.ts";
import type { Page } from "../page.ts";
import { lineWriter, type WriteLine } from "./write-line.ts";

/** As many lines as a page shows; in a browser that follows an output, too. */
export const MOST_LINES = 5000;
/** As HTML. Without this bound, 5,000 long lines would be a page of a hundred megabytes. */
const MOST_CHARACTERS = 2_000_000;
/** A page does not wait longer for an engine that is slow. */
const PATIENCE_MS = 5000;

/** What the run has printed. While it runs, `log.js` appends what it prints from now on. */
export async function outputCard(page: Page, run: Run, job: string): Promise<Html> {
  const { lines, dropped, notes, place } = await readOutput(page, run, job);
  const follows = isActive(run);
  const after = place === undefined ? undefined : writePlace(place);
  const address = page.link(`runs/${run.id}/output`, { after });
  const nothing = follows ? "It has not printed anything yet." : "It has printed nothing that is kept.";
  return html`<section class="card" aria-labelledby="output-title"><header><h2 id="output-title">Output</h2>
<p class="soft" id="output-state">${follows ? "As of now" : notes.length === 0 && lines.length > 0 && "All of it"}</p></header>
${lines.length === 0 && notes.length > 0 && html`<p class="in soft">${notes.map((note) => html`${sentence(note)} `)}</p>`}
<div class="output"${follows && html` data-follow="${address}"`} data-most="${MOST_LINES}" data-before="${dropped}" tabindex="0" role="region" aria-label="What ${run.id} has printed">
<p class="before"${dropped === 0 && html` hidden`}>${counted(dropped, "earlier line")} not shown</p>
<ol>${lines}</ol>
<p class="nothing"${lines.length > 0 && html` hidden`}>${mark("none")}${nothing}</p></div></section>`;
}

/** One line as an item of the list. */
export function outputLine({ line, stream }: Pick<RunLine, "line" | "stream">, write: WriteLine): Html {
  return html`<li${stream === "stderr" && html` class="stderr"`}>${write(line)}</li>`;
}

/** What comes between attempts, or is missing. The page of a run need not name it. */
export function outputNote(note: string): Html {
  return html`<li class="says">${sentence(note.replace(/^(attempt \d+) of \S+:$/, "$1:"))}</li>`;
}

/** `attempt 2 of …:` says what comes next, not what is missing. */
function isHeading(note: string): boolean {
  return note.endsWith(":");
}

function sentence(note: string): string {
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}${/[.:]$/.test(note) ? "" : "."}`;
}

interface Read {
  readonly lines: readonly Content[];
  /** How many lines came before these. */
  readonly dropped: number;
  /** What is missing. */
  readonly notes: readonly string[];
  /** Where the last line ends, for the reader that goes on. */
  readonly place?: ReadPlace;
}

/** The lines that there are now, of all attempts. */
async function readOutput({ world, request }: Page, run: Run, job: string): Promise<Read> {
  const [engine, ledger] = [world.engine(), world.ledger()];
  if (engine === undefined || ledger === undefined)
    return { lines: [], dropped: 0, notes: ["the engine cannot be asked at present"] };
  const write = await lineWriter();
  const items: Html[] = [];
  const notes: string[] = [];
  let [count, dropped, size] = [0, 0, 0];
  let place: ReadPlace | undefined;
  const add = (item: Html) => {
    items.push(item);
    size += item.html.length;
    if (items.length < 2 * MOST_LINES && size < 2 * MOST_CHARACTERS) return;
    drop();
  };
  /** In larger steps than one, each of which would move all the others. */
  const drop = () => {
    const { surplus, left } = surplusOf(items);
    dropped += surplus;
    size = left;
    items.splice(0, surplus);
  };
  const listener: OutputListener = {
    line: (line) => {
      count++;
      place = line.place?.() ?? place;
      add(outputLine(line, write));
    },
    note: (text) => {
      if (!isHeading(text)) notes.push(text);
      add(outputNote(text));
    },
  };
  const signal = AbortSignal.any([request.gone, AbortSignal.timeout(PATIENCE_MS)]);
  const reread = async () => (await ledger.read(job))?.runs.find(({ id }) => id === run.id);
  await readRun(run, reread, { tail: MOST_LINES, signal }, { engine, listener });
  drop();
  return {
    lines: count === 0 ? [] : items.map((item) => html`${item}\n`),
    dropped,
    notes,
    ...(place && { place }),
  };
}

/** How many of the first lines are too many, and how long the others are together. */
function surplusOf(items: readonly Html[]): { readonly surplus: number; readonly left: number } {
  let left = 0;
  for (let kept = 0; kept < items.length; kept++) {
    const length = items[items.length - 1 - kept]?.html.length ?? 0;
    const isFull = kept >= MOST_LINES || (kept > 0 && left + length > MOST_CHARACTERS);
    if (isFull) return { surplus: items.length - kept, left };
    left += length;
  }
  return { surplus: 0, left };
}
