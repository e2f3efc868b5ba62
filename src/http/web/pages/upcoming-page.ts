import type { Occurrences } from "../../../view/times/upcoming.ts";
import {
  type StripDay,
  type UpcomingStrip,
  upcomingStrip,
  upcomingWindow,
} from "../../../view/times/upcoming-strip.ts";
import type { ClockWords } from "../../../view/words/clock-words.ts";
import { counted } from "../../../view/words/counted.ts";
import { roughDuration } from "../../../view/words/duration.ts";
import type { Answer } from "../../answer.ts";
import { axis, percent, type Span, ticksOf } from "../axis.ts";
import { type Content, type Html, html } from "../html.ts";
import { layout } from "../layout.ts";
import { mark } from "../marks.ts";
import { distanceOf, isoOf, momentOf, type Page } from "../page.ts";

const HOURS = [1, 6, 24, 72, 168, 744] as const;
const WORDS: Readonly<Record<number, string>> = { 1: "1 h", 6: "6 h", 24: "24 h", 72: "3 d", 168: "7 d", 744: "31 d" };
const DAY_HOURS = 24;

/** What will start, and where starts collide: a strip of quarter hours, and the list of them. */
export async function upcomingPage(page: Page): Promise<Answer> {
  const { now, world, request, commonZone } = page;
  const hours = HOURS.find((hours) => String(hours) === request.query.get("hours")) ?? 24;
  const window = upcomingWindow({ now, hours, timezone: commonZone });
  const found = await world.upcoming({ ...window, only: ({ job }) => page.sees(job) });
  const chooser = HOURS.map(
    (each) =>
      html`<a href="${page.link("upcoming", { hours: String(each) })}"${each === hours && html` aria-current="true"`}>${WORDS[each]}</a>`,
  );
  const head = html`<div class="head"><h1>Upcoming</h1><nav class="chooser" aria-label="How far to look">${chooser}</nav></div>`;
  if (found.kind === "too-many")
    return layout(page, {
      place: "upcoming",
      title: "Upcoming",
      status: 400,
      main: html`${head}<section class="card empty"><strong>Too many to list</strong><p>${found.message}.</p></section>`,
    });
  return layout(page, {
    place: "upcoming",
    title: "Upcoming",
    main: html`${head}
${page.live({ id: "upcoming", topics: "scheduler", again: 60, draw: (attributes) => drawUpcoming(page, { found, hours, attributes }) })}`,
  });
}

interface Found {
  readonly found: Occurrences;
  readonly hours: number;
  readonly attributes: Html;
}

function drawUpcoming(page: Page, { found, hours, attributes }: Found): Html {
  const clock = page.clock(page.commonZone);
  const strip = upcomingStrip(found, clock.zone);
  if (found.jobs.length === 0)
    return html`<section class="card empty"${attributes}><strong>Nothing is due in the next ${roughDuration(hours * 3_600_000)}</strong><p>Paused and suspended jobs are on the <a href="${page.link("")}">list of jobs</a>.</p></section>`;
  return html`<div class="stack"${attributes}>${stripCard(page, { strip, found, hours, clock })}${listCard(page, found, clock)}</div>`;
}

interface StripParts {
  readonly strip: UpcomingStrip;
  readonly found: Occurrences;
  readonly hours: number;
  readonly clock: ClockWords;
}

function stripCard(page: Page, { strip, found, hours, clock }: StripParts): Html {
  const most = Math.max(1, ...strip.days.flatMap(({ cells }) => cells.map(({ starts }) => starts)));
  const skipped = strip.skipped > 0 ? `, ${strip.skipped.toLocaleString("en")} skipped` : "";
  const excluded = strip.excluded > 0 ? `, ${strip.excluded.toLocaleString("en")} excluded` : "";
  const drawn =
    hours <= 2 * DAY_HOURS
      ? oneStrip(strip, { found, most, clock })
      : html`<div class="days">${dayAxis()}${strip.days.map((day) => dayStrip(day, { most, clock }))}</div>`;
  const changes = strip.days.flatMap(({ date, clockChange }) =>
    clockChange === undefined ? [] : html`<p class="in soft">${mark("overdue")} ${date}: ${clockChange}.</p>`,
  );
  return html`<section class="card"><header><h2>${strip.starts.toLocaleString("en")} starts${skipped}${excluded}</h2><p class="soft">by quarter hours · ${clock.zone}</p></header>
<figure class="in">${drawn}</figure>${changes}${busiest(page, strip, clock)}</section>`;
}

const STRIP_HEIGHT = 72;

/** Up to two days as columns: the higher, the more starts. */
function oneStrip(
  strip: UpcomingStrip,
  { found, most, clock }: { readonly found: Occurrences; readonly most: number; readonly clock: ClockWords },
): Html {
  const cells = strip.days.flatMap(({ cells }) => cells);
  const [first, last] = [cells[0], cells.at(-1)];
  if (first === undefined || last === undefined) return html``;
  const span: Span = { from: first.at, to: new Date(last.at.getTime() + 900_000) };
  const wide = Math.round(8500 / cells.length) / 100;
  const peaks = new Set(strip.busiest.slice(0, 3).map(({ at }) => at.getTime()));
  const columns = cells.map(({ at, starts, skipped }) => {
    if (starts + skipped === 0) return undefined;
    const x = percent(span, at);
    const height = Math.round((starts / most) * STRIP_HEIGHT);
    const words = `${clock.moment(at)}: ${counted(starts, "start")}${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    const isPeak = peaks.has(at.getTime());
    return html`<g><title>${words}</title>${skipped > 0 && html`<rect class="skips" x="${x}%" width="${wide}%" y="${14 + STRIP_HEIGHT - height - 4}" height="3"/>`}<rect class="${isPeak ? "peak" : "starts"}" x="${x}%" width="${wide}%" y="${14 + STRIP_HEIGHT - height}" height="${Math.max(height, starts > 0 ? 2 : 0)}"/>${isPeak && html`<text x="${x + wide / 2}%" y="${10 + STRIP_HEIGHT - height}" text-anchor="middle">${starts}</text>`}</g>`;
  });
  const [top] = strip.busiest;
  const label = `${counted(strip.starts, "start")}${top === undefined ? "" : `; the most, ${top.starts}, in the quarter hour from ${clock.moment(top.at)}`}`;
  return html`<svg class="strip" width="100%" height="${14 + STRIP_HEIGHT}" role="img" aria-label="${label}">${columns}</svg>${axis(span, ticksOf(span, clock), found.from)}`;
}

function dayAxis(): Html {
  const words = [0, 6, 12, 18].map(
    (hour) => html`<text x="${(hour / 24) * 100}%" y="11">${String(hour).padStart(2, "0")}:00</text>`,
  );
  return html`<div class="day" aria-hidden="true"><span></span><svg class="plain" width="100%" height="14">${words}</svg><span></span></div>`;
}

/** One day of many: the darker, the more starts; the numbers are in the titles, and the busiest below. */
function dayStrip(
  { date, cells }: StripDay,
  { most, clock }: { readonly most: number; readonly clock: ClockWords },
): Html {
  const [first] = cells;
  if (first === undefined) return html``;
  const wide = Math.round(10_000 / Math.max(cells.length, 92)) / 100;
  const begin = ((first.at.getTime() + clock.offsetAt(first.at)) % 86_400_000) / 864_000;
  const starts = cells.reduce((sum, { starts }) => sum + starts, 0);
  const squares = cells.map(({ at, starts }, index) => {
    if (starts === 0) return undefined;
    const height = Math.max(3, Math.round((starts / most) * 20));
    return html`<rect class="starts" x="${Math.round((begin + index * wide) * 100) / 100}%" width="${wide}%" y="${20 - height}" height="${height}"><title>${clock.moment(at)}: ${counted(starts, "start")}</title></rect>`;
  });
  return html`<div class="day"><span>${clock.namedDay(first.at)}</span><svg width="100%" height="20" role="img" aria-label="${date}: ${counted(starts, "start")}">${squares}</svg><span class="number soft">${starts.toLocaleString("en")}</span></div>`;
}

function busiest(page: Page, { busiest }: UpcomingStrip, clock: ClockWords): Content {
  if (busiest.length === 0) return undefined;
  const items = busiest.map(({ at, starts, peak, jobs, moreJobs }) => {
    const names = jobs.map((job, index) => html`${index > 0 && ", "}<a href="${page.link(`jobs/${job}`)}">${job}</a>`);
    const exact =
      peak.starts > 1 ? html`<span class="soft">, ${peak.starts} of them at ${clock.time(peak.at)}</span>` : undefined;
    return html`<li><span>${momentOf(at, clock)}</span><span><strong>${counted(starts, "start")}</strong>${exact}: ${names}${moreJobs > 0 && html` <span class="soft">and ${moreJobs} more</span>`}</span></li>`;
  });
  const isShared = busiest.some(({ peak }) => peak.starts > 1);
  const advice =
    isShared &&
    html`<p class="soft">A job that needs no exact minute can have one of its own: <code>H</code> in place of the minute, as in <code>H 3 * * *</code>.</p>`;
  return html`<div class="in"><h3>The busiest quarter hours</h3><ol class="busiest">${items}</ol>${advice}</div>`;
}

const MOST_LISTED = 100;
const JOBS_OF_A_TIME = 12;

interface Time {
  readonly at: number;
  readonly jobs: { readonly job: string; readonly isSkipped: boolean }[];
}

/** Each time with the jobs that are due then. Those that are due too often to list each are named above. */
function listCard(page: Page, { jobs }: Occurrences, clock: ClockWords): Html {
  const times = new Map<number, Time>();
  for (const { job, times: due, band, skips } of jobs) {
    if (band !== undefined) continue;
    for (const at of due) {
      const time = times.get(at) ?? { at, jobs: [] };
      const isSkipped = skips !== undefined && (skips.until === undefined || at < skips.until.getTime());
      time.jobs.push({ job, isSkipped });
      times.set(at, time);
    }
  }
  const sorted = [...times.values()].sort((a, b) => a.at - b.at);
  const shown = sorted.slice(0, MOST_LISTED);
  const rows = shown.map(({ at, jobs }) => {
    const when = new Date(at);
    const links = jobs
      .slice(0, JOBS_OF_A_TIME)
      .map(
        ({ job, isSkipped }, index) =>
          html`${index > 0 && ", "}<a href="${page.link(`jobs/${job}`)}">${job}</a>${isSkipped && html` <span class="soft">(skipped)</span>`}`,
      );
    const more =
      jobs.length > JOBS_OF_A_TIME && html` <span class="soft">and ${jobs.length - JOBS_OF_A_TIME} more</span>`;
    return html`<tr><th scope="row">${momentOf(when, clock)}</th><td class="soft">${distanceOf(when, page)}</td><td class="number">${jobs.length}</td><td>${links}${more}</td></tr>
`;
  });
  const often = jobs.filter(({ band }) => band !== undefined);
  const frequent =
    often.length > 0 &&
    html`<p class="in">Too often to list each: ${often.slice(0, JOBS_OF_A_TIME).map(({ job, band, times }, index) => html`${index > 0 && "; "}<a href="${page.link(`jobs/${job}`)}">${job}</a> <span class="soft">(${band}, ${counted(times.length, "time")})</span>`)}${often.length > JOBS_OF_A_TIME && html` <span class="soft">and ${often.length - JOBS_OF_A_TIME} more</span>`}</p>`;
  const end = shown.at(-1);
  const cut =
    sorted.length > shown.length &&
    end !== undefined &&
    html`<p class="in soft">These are the first ${MOST_LISTED} of ${sorted.length.toLocaleString("en")} times, up to <time datetime="${isoOf(new Date(end.at))}">${clock.moment(new Date(end.at))}</time>. The page of each job has its next ones.</p>`;
  return html`<section class="card"><header><h2>What is due when</h2></header>${frequent}
${rows.length > 0 && html`<div class="scroll"><table class="due-list"><caption class="hear">Times at which jobs are due</caption><thead><tr><th scope="col">When</th><th scope="col"><span class="hear">In</span></th><th scope="col" class="number">Starts</th><th scope="col">Jobs</th></tr></thead><tbody>${rows}</tbody></table></div>`}${cut}</section>`;
}
