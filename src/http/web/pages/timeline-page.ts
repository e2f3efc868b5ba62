import type { JobRow } from "../../../view/jobs/job-row.ts";
import {
  type TimelineItem,
  type TimelinePart,
  type TimelineRow,
  timeline,
  timelineWindow,
} from "../../../view/times/timeline.ts";
import type { ClockWords } from "../../../view/words/clock-words.ts";
import { counted } from "../../../view/words/counted.ts";
import { roughDuration, runTimeInWords } from "../../../view/words/duration.ts";
import type { Answer } from "../../answer.ts";
import { axis, grid, percent, type Span, ticksOf } from "../axis.ts";
import { type Content, type Html, html } from "../html.ts";
import { layout } from "../layout.ts";
import { type Mark, mark, state } from "../marks.ts";
import { minuteOf, type Page, type Query } from "../page.ts";

const HOURS = [1, 6, 24, 168] as const;
/** As wide as a timeline usually is. Drawn elsewhere, what is too close to be apart may be a little closer or further. */
const WIDTH = 1000;

/** What ran, what runs and what is due, one lane for each job: what overlapped, what was late, what did not run. */
export async function timelinePage(page: Page): Promise<Answer> {
  const { now, world, parts, request } = page;
  const hours = HOURS.find((hours) => String(hours) === request.query.get("hours")) ?? 24;
  const until = readUntil(request.query.get("until"));
  const onlyFailed = request.query.get("only") === "failed";
  const span = timelineWindow({ now, hours, ...(until && { until }) });
  const upcoming =
    span.to > now ? await world.upcoming({ from: now, to: span.to, only: ({ job }) => page.sees(job) }) : undefined;
  const found = timeline({
    ...span,
    now,
    width: WIDTH,
    records: parts.records,
    states: parts.states,
    page: Number(request.query.get("page") ?? 1) || 1,
    ...(upcoming?.kind === "occurrences" && { upcoming }),
    ...(onlyFailed && { only: (job: string) => hasFailed(page, job, span) }),
  });
  const query = { hours: String(hours), until: until?.toISOString(), only: onlyFailed ? "failed" : undefined };
  return layout(page, {
    place: "timeline",
    title: "Timeline",
    main: html`<div class="head"><h1>Timeline</h1>${choices(page, span, query)}</div>
${page.live({ id: "timeline", topics: "jobs scheduler", again: 30, draw: (attributes) => lanes(page, { ...found, span, query, attributes }) })}`,
  });
}

const LATEST = Date.UTC(9999, 0);

/** Undefined for what is no time, and where a calendar ends. */
function readUntil(text: string | null): Date | undefined {
  const asked = new Date(text ?? "");
  return asked.getTime() >= 0 && asked.getTime() <= LATEST ? asked : undefined;
}

const FAILED: ReadonlySet<string> = new Set(["failed", "rejected", "timed-out", "lost"]);

function hasFailed({ rows, parts }: Page, job: string, { from, to }: Span): boolean {
  const runs = rows.row(job, parts)?.past.runs ?? [];
  return runs.some(({ outcome, finishedAt }) => FAILED.has(outcome) && finishedAt >= from && finishedAt <= to);
}

function choices(page: Page, { from, to }: Span, query: Query): Html {
  const { link, now } = page;
  const address = (change: Query) => link("timeline", { ...query, ...change });
  const words: Readonly<Record<number, string>> = { 1: "1 h", 6: "6 h", 24: "24 h", 168: "7 d" };
  const lengths = HOURS.map(
    (hours) =>
      html`<a href="${address({ hours: String(hours) })}"${String(hours) === query.hours && html` aria-current="true"`}>${words[hours]}</a>`,
  );
  const ms = to.getTime() - from.getTime();
  const move = (by: number) => address({ until: new Date(to.getTime() + by).toISOString() });
  const isNow = query.until === undefined;
  return html`<nav class="chooser" aria-label="Length of the timeline">${lengths}</nav>
<nav class="chooser" aria-label="Part of the timeline"><a href="${move(-ms / 2)}" rel="prev">← Earlier</a>${isNow ? html`<a href="${address({})}" aria-current="true">Now</a>` : html`<a href="${address({ until: undefined })}">Now</a>`}<a href="${move(ms / 2)}" rel="next"${to > now && isNow && html``}>Later →</a></nav>
<nav class="chooser" aria-label="Which jobs"><a href="${address({ only: undefined })}"${query.only === undefined && html` aria-current="true"`}>All jobs</a><a href="${address({ only: "failed" })}"${query.only === "failed" && html` aria-current="true"`}>${mark("failed")}With failures</a></nav>`;
}

interface Lanes {
  readonly rows: readonly TimelineRow[];
  readonly page: number;
  readonly pages: number;
  readonly found: number;
  readonly span: Span;
  readonly query: Query;
  readonly attributes: Html;
}

function lanes(page: Page, { rows, page: at, pages, found, span, query, attributes }: Lanes): Html {
  const clock = page.clock(page.commonZone);
  const day = clock.namedDay(span.from) === clock.namedDay(span.to) ? "" : ` to ${clock.namedDay(span.to)}`;
  const heading = html`<header><h2>${clock.namedDay(span.from)} ${clock.time(minute(span.from))}${day} ${clock.time(minute(span.to))}</h2><p class="soft">${clock.zone} · ${counted(found, "job")}</p></header>`;
  if (rows.length === 0) {
    const what =
      query.only === undefined ? "Nothing ran in this time, and nothing is due" : "No run failed in this time";
    return html`<section class="card"${attributes}>${heading}<div class="empty"><strong>${what}</strong></div></section>`;
  }
  const ticks = ticksOf(span, clock);
  const turn = (to: number, words: string) =>
    to >= 1 &&
    to <= pages &&
    html`<a class="button few" href="${page.link("timeline", { ...query, page: String(to) })}">${words}</a>`;
  return html`<section class="card"${attributes}>${heading}
<div class="scroll to-end"><div class="timeline"><div class="through">${grid(span, ticks, page.now)}</div>
<div class="lane head-lane"><span></span>${axis(span, ticks, page.now)}</div>
${rows.map((row) => lane(page, row, { span, clock }))}</div></div>
${legend()}
${pages > 1 && html`<nav class="paging" aria-label="Pages of the timeline"><span>Page ${at} of ${pages}</span>${turn(at - 1, "Previous")}${turn(at + 1, "Next")}</nav>`}
<details class="in"><summary>The same as a table</summary>${asTable(page, rows, clock)}</details></section>`;
}

function minute(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 60_000) * 60_000);
}

const LANE = { height: 26, top: 9, bar: 12 };

interface LaneParts {
  readonly span: Span;
  readonly clock: ClockWords;
}

function lane(page: Page, row: TimelineRow, { span, clock }: LaneParts): Html {
  const { job, items, unknownBefore, band } = row;
  const known = page.rows.row(job, page.parts);
  const unknown =
    unknownBefore !== undefined &&
    html`<rect class="unknown" fill="url(#hatch)" x="0" width="${percent(span, unknownBefore)}%" y="${LANE.top}" height="${LANE.bar}"><title>Older runs of this job are in the log and in Prometheus</title></rect>`;
  const often =
    band !== undefined &&
    html`<rect class="band" fill="url(#hatch-due)" x="${percent(span, band.from)}%" width="${100 - percent(span, band.from)}%" y="${LANE.top}" height="${LANE.bar}" rx="2"><title>${band.skipped === undefined ? band.words : `${band.words}, skipped: ${band.skipped}`}</title></rect>`;
  const drawn = items.map((item) => draw(page, item, clock));
  return html`<div class="lane"><a href="${page.link(`jobs/${job}`)}">${laneMark(known)}${job}</a><svg width="100%" height="${LANE.height}" role="group" aria-label="${laneInWords(row)}">${unknown}${often}${drawn}</svg></div>
`;
}

function laneMark(row: JobRow | undefined): Content {
  return row?.states.includes("failing") === true && mark("failed");
}

function draw(page: Page, item: TimelineItem, clock: ClockWords): Html {
  const { parts, x, width } = item;
  const [first] = parts;
  if (first === undefined) return html``;
  const [left, wide] = [x / (WIDTH / 100), width / (WIDTH / 100)].map((value) => Math.round(value * 100) / 100);
  const words = parts.length === 1 ? partInWords(first, clock) : batchInWords(parts, clock);
  const form = formOf(parts);
  const isDue = parts.every(({ kind }) => kind === "due");
  const shape = isDue
    ? html`<rect class="due${form === "skipped" && " skipped"}" x="${left}%" width="${wide}%" y="${LANE.top + 3}" height="${LANE.bar - 6}" rx="1"/>`
    : html`<rect class="${form}" x="${left}%" width="${wide}%" y="${LANE.top}" height="${LANE.bar}" rx="2"/>`;
  const sign =
    form !== "succeeded" &&
    form !== "due" &&
    form !== "skipped" &&
    form !== "active" &&
    html`<svg x="${left}%" y="0" width="9" height="9" class="${form}" aria-hidden="true"><use href="#m-${form}" width="9" height="9"/></svg>`;
  const count =
    parts.length > 1 &&
    html`<text x="${Math.round((left ?? 0) * 100 + (wide ?? 0) * 50) / 100}%" y="${LANE.top + 10}" text-anchor="middle" class="many">${parts.length}</text>`;
  const body = html`<title>${words}</title>${shape}${sign}${count}`;
  const run =
    parts.length === 1 && "run" in first && (first.kind === "active" || first.hasDetails) ? first.run : undefined;
  return run === undefined
    ? html`<g>${body}</g>`
    : html`<a href="${page.link(`runs/${run}`)}" tabindex="-1">${body}</a>`;
}

/** The worst of what is drawn together. */
function formOf(parts: readonly TimelinePart[]): Mark | "active" | "due" {
  const bad = parts.find((part) => part.kind === "ended" && FAILED.has(part.outcome));
  if (bad?.kind === "ended") return bad.outcome;
  if (parts.some(({ kind }) => kind === "active")) return "active";
  const [first] = parts;
  if (first?.kind === "due")
    return parts.every((part) => part.kind === "due" && part.skipped !== undefined) ? "skipped" : "due";
  return first?.kind === "ended" ? first.outcome : "due";
}

function partInWords(part: TimelinePart, clock: ClockWords): string {
  if (part.kind === "due")
    return `${clock.moment(part.from)}, due${part.skipped === undefined ? "" : `, will be skipped (${part.skipped})`}`;
  const took = part.to.getTime() - part.from.getTime();
  if (part.kind === "active") return `${clock.moment(part.scheduledAt)}, ${part.state} for ${roughDuration(took)}`;
  return `${clock.moment(part.scheduledAt)}, ${part.outcome}, ${runTimeInWords(took)}`;
}

function batchInWords(parts: readonly TimelinePart[], clock: ClockWords): string {
  const [first, last] = [parts[0], parts.at(-1)];
  const counts = new Map<string, number>();
  for (const part of parts) {
    const word = part.kind === "ended" ? part.outcome : part.kind === "active" ? part.state : "due";
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const each = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  return `${first === undefined ? "" : clock.moment(first.from)} to ${last === undefined ? "" : clock.moment(last.to)}: ${each}`;
}

function laneInWords({ job, items, band }: TimelineRow): string {
  const parts = items.flatMap(({ parts }) => parts);
  const ended = parts.filter(({ kind }) => kind === "ended");
  const failed = ended.filter((part) => part.kind === "ended" && FAILED.has(part.outcome)).length;
  const due = parts.filter(({ kind }) => kind === "due").length;
  const later = band === undefined ? `${due} due` : `due ${band.words}`;
  return `${job}: ${counted(ended.length, "run")}${failed > 0 ? `, ${failed} failed` : ""}, ${later}`;
}

const FILLS: Readonly<Record<string, string>> = { band: "hatch-due", unknown: "hatch" };

function legend(): Html {
  const block = (form: string, words: string) =>
    html`<li><svg class="key" width="18" height="12" aria-hidden="true"><rect class="${form}"${FILLS[form] !== undefined && html` fill="url(#${FILLS[form]})"`} x="1" y="1" width="16" height="10" rx="2"/></svg>${words}</li>`;
  return html`<ul class="legend">${block("succeeded", "succeeded")}<li>${state("failed", "failed, or another mark above the bar")}</li>${block("active", "running")}${block("due", "due")}${block("band", "due too often to draw each")}${block("unknown", "no longer known")}</ul>`;
}

const MOST_IN_TABLE = 200;

function asTable(page: Page, rows: readonly TimelineRow[], clock: ClockWords): Html {
  const all = rows.flatMap(({ job, items }) => items.flatMap(({ parts }) => parts.map((part) => ({ job, part }))));
  const sorted = all.toSorted((a, b) => a.part.from.getTime() - b.part.from.getTime());
  const shown = sorted.slice(-MOST_IN_TABLE);
  const lines = shown.map(({ job, part }) => {
    const what =
      part.kind === "ended"
        ? state(part.outcome)
        : part.kind === "active"
          ? state("running", part.state)
          : state(
              part.skipped === undefined ? "none" : "skipped",
              part.skipped === undefined ? "due" : `skipped (${part.skipped})`,
            );
    const took = part.kind === "due" ? undefined : runTimeInWords(part.to.getTime() - part.from.getTime());
    const isLinked = part.kind === "active" || (part.kind === "ended" && part.hasDetails);
    const when = minuteOf(part.from, clock);
    return html`<tr><td>${isLinked ? html`<a href="${page.link(`runs/${part.run}`)}">${when}</a>` : when}</td><th scope="row"><a href="${page.link(`jobs/${job}`)}">${job}</a></th><td>${what}</td><td class="number">${took}</td></tr>
`;
  });
  return html`<div class="scroll"><table><caption class="small">${shown.length < all.length ? `The last ${shown.length} of ${all.length} entries` : counted(all.length, "entry", "entries")}</caption><thead><tr><th scope="col">When</th><th scope="col">Job</th><th scope="col">What</th><th scope="col" class="number">Took</th></tr></thead><tbody>${lines}</tbody></table></div>`;
}
