import type { PastRun, PastRuns } from "../../view/runs/past-runs.ts";
import type { ClockWords } from "../../view/words/clock-words.ts";
import { runTimeInWords } from "../../view/words/duration.ts";
import { type Html, html } from "./html.ts";

/** How a run ended decides the form of its bar: solid, solid under a dot, or hollow. */
const FORMS = { succeeded: "good", cancelled: "hollow", replaced: "hollow" } as const;
type Form = "good" | "bad" | "hollow";

/** Runs further apart than the bars are wide. */
const APART = 4;
const SMALL = { bars: 30, height: 24 };
const LARGE = { bars: 60, height: 56, apart: 12, top: 12 };
/** Of the height, for a run that took no time. */
const LEAST = 0.14;

/**
 * The last runs for a row of a table, newest on the right: one path for each form, which keeps a thousand of these drawings
 * small.
 */
export function smallBars({ runs }: PastRuns): Html {
  const shown = runs.slice(-SMALL.bars);
  const width = SMALL.bars * APART;
  const bottom = SMALL.height;
  const paths: Record<Form, string> = { good: "", bad: "", hollow: "" };
  let dots = "";
  for (const [index, run] of shown.entries()) {
    const form = formOf(run);
    const x = width - (shown.length - index) * APART + 2;
    const room = form === "bad" ? bottom - 6 : bottom;
    const height = Math.round(heightOf(run) * room);
    paths[form] += `M${x} ${bottom}v-${height}`;
    if (form === "bad") dots += `M${x} ${bottom - height - 4}h0`;
  }
  const drawn = Object.entries(paths).flatMap(([form, d]) => (d === "" ? [] : html`<path class="${form}" d="${d}"/>`));
  return html`<svg class="bars" width="${width}" height="${bottom}" viewBox="0 0 ${width} ${bottom}" role="img"><title>${barsInWords(shown)}</title>${drawn}${dots !== "" && html`<path class="bad dot" d="${dots}"/>`}</svg>`;
}

/** The last 60 runs, each with its own words and, where its ID is known, a link. */
export function largeBars({ runs }: PastRuns, clock: ClockWords, address: (run: string) => string): Html {
  const { height, apart, top } = LARGE;
  const shown = runs.slice(-LARGE.bars);
  const width = LARGE.bars * apart;
  const bars = shown.map((run, index) => {
    const x = width - (shown.length - index) * apart;
    const tall = Math.max(2, Math.round(heightOf(run) * height));
    const form = formOf(run);
    const bar = html`<rect class="reach" x="${x}" y="0" width="${apart}" height="${top + height}"/><rect class="${form}" x="${x + 2}" y="${top + height - tall}" width="8" height="${tall}" rx="1.5"/>${form === "bad" && html`<use href="#m-${run.outcome}" class="${run.outcome}" x="${x + 1}" y="${top + height - tall - 12}" width="10" height="10"/>`}`;
    const words = html`<title>${runInWords(run, clock)}</title>`;
    return run.run === undefined
      ? html`<g>${words}${bar}</g>`
      : html`<a href="${address(run.run)}" aria-label="${runInWords(run, clock)}">${words}${bar}</a>`;
  });
  return html`<svg class="bars large" viewBox="0 0 ${width} ${top + height}" role="group" aria-label="${barsInWords(shown)}">${bars}</svg>`;
}

/** `60 runs: 58 succeeded, 2 failed`. */
export function barsInWords(runs: readonly PastRun[]): string {
  if (runs.length === 0) return "No run has ended yet";
  const counts = new Map<string, number>();
  for (const { outcome } of runs) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const each = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  return `${runs.length === 1 ? "1 run" : `${runs.length} runs`}: ${each}`;
}

/** `18 Nov 03:00, failed, 20 min`. */
function runInWords({ scheduledAt, outcome, durationMs }: PastRun, clock: ClockWords): string {
  const took = durationMs === undefined ? "" : `, ${runTimeInWords(durationMs)}`;
  return `${clock.day(scheduledAt)} ${clock.time(scheduledAt)}, ${outcome}${took}`;
}

function formOf({ outcome }: PastRun): Form {
  return Object.hasOwn(FORMS, outcome) ? FORMS[outcome as keyof typeof FORMS] : "bad";
}

/** As a part of the height. The square root keeps short runs visible next to long ones. */
function heightOf({ share }: PastRun): number {
  return LEAST + (1 - LEAST) * Math.sqrt(share);
}
