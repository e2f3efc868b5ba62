import { errorsOf } from "../../view/scheduler/problems.ts";
import { counted } from "../../view/words/counted.ts";
import type { Answer } from "../answer.ts";
import type { Role } from "../route.ts";
import { type Content, type Html, html } from "./html.ts";
import { mark, markShapes } from "./marks.ts";
import { momentOf, type Page } from "./page.ts";
import { byWords } from "./run-words.ts";

/** One of the pages that the header names. */
export type Place = "jobs" | "timeline" | "upcoming" | "nodes" | "notices" | "problems";

export interface Drawn {
  readonly place?: Place;
  /** Of the browser's tab, without the product's name. */
  readonly title: string;
  /** Between banners and foot. */
  readonly main: Content;
  /** The scripts that this page needs apart from those of every page. */
  readonly scripts?: readonly "log.js"[];
  readonly status?: number;
  /** After how many seconds a browser without scripts loads the page again. */
  readonly lookAgainS?: number;
  /** What happened, shown once above all else. */
  readonly note?: Content;
}

const PLACES: readonly { readonly place: Place; readonly path: string; readonly name: string }[] = [
  { place: "jobs", path: "", name: "Jobs" },
  { place: "timeline", path: "timeline", name: "Timeline" },
  { place: "upcoming", path: "upcoming", name: "Upcoming" },
  { place: "nodes", path: "nodes", name: "Nodes" },
  { place: "notices", path: "notices", name: "Notices" },
  { place: "problems", path: "problems", name: "Problems" },
];

/** The whole page: header, banners, what is drawn, foot. */
export function layout(page: Page, drawn: Drawn): Answer {
  const { world, request, parts } = page;
  const { title, main, scripts = [], status = 200, lookAgainS } = drawn;
  const top = header(page, drawn.place);
  const warnings = page.live({
    id: "banners",
    topics: "scheduler",
    draw: (attributes) =>
      html`<section aria-label="What stands in the way of all jobs"${attributes}>${banners(page)}${pausedBanner(page)}</section>`,
  });
  if (page.wanted !== undefined) return fragmentsOf(page, { title, status });
  const { instance } = parts.scheduler;
  const asset = (name: string) => `${request.root}${world.asset(name)}`;
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${
  lookAgainS !== undefined &&
  html`<noscript><meta http-equiv="refresh" content="${lookAgainS}"></noscript>
`
}<title>${title} · ${instance}</title>
<link rel="icon" href="${asset("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${asset("style.css")}">
${["live.js", "dialog.js", ...scripts].map((name) => html`<script type="module" src="${asset(name)}"></script>\n`)}</head>
<body data-root="${request.root}" data-morph="${asset("idiomorph.js")}" data-up-to="${page.upTo}">
<a class="skip" href="#main">Skip to the content</a>
${markShapes()}
${top}
<p id="said" class="hear" aria-live="polite"></p>
<div id="live-state" class="banner wait" role="status" hidden></div>
${warnings}
<main id="main" tabindex="-1">
${drawn.note !== undefined && html`<div class="note" role="status" id="note">${drawn.note}</div>`}
${main}
</main>
${foot(page)}
</body>
</html>
`;
  return { status, contentType: "text/html; charset=utf-8", body: body.html };
}

/** What a script has asked for. Rows are in a table, since they exist nowhere else. */
function fragmentsOf(
  { fragments }: Page,
  { title, status }: { readonly title: string; readonly status: number },
): Answer {
  const rows = fragments.filter(({ html }) => html.startsWith("<tr"));
  const others = fragments.filter(({ html }) => !html.startsWith("<tr"));
  const body = html`<!doctype html><title>${title}</title>${others}<table><tbody>${rows}</tbody></table>`;
  return { status, contentType: "text/html; charset=utf-8", body: body.html };
}

function header(page: Page, current: Place | undefined): Html {
  const { world, link, request, parts } = page;
  const scheduler = parts.scheduler;
  const errors = errorsOf(scheduler).length;
  const places = PLACES.filter(({ place }) => place !== "notices" || place === current || tellsAnybody(page));
  const links = places.map(({ place, path, name }) => {
    const here = place === current ? html` aria-current="page"` : undefined;
    const count = place === "problems" && errors > 0 ? html` <span class="count">${errors}</span>` : undefined;
    return html`<li><a href="${link(path)}"${here}>${name}${count}</a></li>`;
  });
  return html`<header class="top">
<a class="brand" href="${link("")}"><img src="${request.root}${world.asset("icon.svg")}" alt="" width="24" height="24">shipbell</a>
<span class="instance" title="The instance of this scheduler">${scheduler.instance}</span>
${page.live({ id: "nav", topics: "problems scheduler", draw: (attributes) => html`<nav aria-label="Pages"${attributes}><ul>${links}</ul></nav>` })}
${zoneChoice(page)}
</header>`;
}

/** Whether there is anything to see on the page of notices. */
function tellsAnybody({ parts, may }: Page): boolean {
  if (!may("read")) return false;
  return (
    parts.scheduler.channels !== undefined ||
    [...parts.records.values()].some(({ definition }) => (definition.telling?.notify.length ?? 0) > 0)
  );
}

/** In which zone times are shown. `live.js` adds the browser's own, which only the browser knows. */
function zoneChoice({ request, zone }: Page): Html {
  const others = [...request.query].filter(([name]) => name !== "zone" && name !== "done" && name !== "to");
  const option = (value: string, words: string) =>
    html`<option value="${value}"${value === (zone ?? "") && html` selected`}>${words}</option>`;
  const chosen = zone !== undefined && zone !== "UTC" ? option(zone, zone) : undefined;
  return html`<form class="zone" method="get"><select name="zone" aria-label="Times in the zone">${option("", "Times: each job’s zone")}${option("UTC", "Times: UTC")}${chosen}</select>${others.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<noscript><button class="button few">Set</button></noscript></form>`;
}

/** What stands in the way of all jobs, most serious first. */
export function banners(page: Page): Content {
  const { role, engineDownBecause, engineDownSince: since, ledgerDownBecause, jobs } = page.parts.scheduler;
  const unread = jobs.size === 0 ? "its schedule files and labels" : "labels and records";
  const whenDown = since && html` since ${momentOf(since, page.clock(page.commonZone))}`;
  return [
    ledgerDownBecause !== undefined &&
      banner("bad", "The ledger cannot be used.", `Nothing is decided or started until it can: ${ledgerDownBecause}`),
    engineDownBecause !== undefined &&
      banner(
        "bad",
        html`The engine does not answer${whenDown}.`,
        `Nothing is started until it does: ${engineDownBecause}`,
      ),
    role.kind === "standby" && banner("calm", "This scheduler stands by.", role.because),
    role.kind === "starting" && banner("calm", "This scheduler is starting.", `It has not read ${unread} yet.`),
  ];
}

/** That all jobs are paused, by whom and until when, with the way to end it. */
function pausedBanner(page: Page): Content {
  const { parts, now } = page;
  const paused = parts.instance?.paused;
  if (paused === undefined || (paused.until !== undefined && paused.until <= now)) return undefined;
  const { since, until, by, reason } = paused;
  const clock = page.clock(page.commonZone);
  const mayRead = page.may("read");
  const who = mayRead && by !== undefined && html` by ${byWords(by)}`;
  const why = mayRead && reason !== undefined && html`: “${reason}”`;
  const resume =
    page.may("operate") &&
    page.request.caller.jobs === undefined &&
    html`<form method="post" action="${page.link("resume")}"><button class="button few">Resume all</button></form>`;
  return html`<div class="banner calm paused-all">${mark("paused")}<p><strong>All jobs are paused</strong> since ${momentOf(since, clock)}${who}${until === undefined ? ", until they are resumed" : html`, until ${momentOf(until, clock)}`}${why}. What is due is skipped.</p>${resume}</div>`;
}

function banner(kind: "bad" | "calm", what: Content, more: string): Html {
  return html`<p class="banner ${kind}">${mark(kind === "bad" ? "overdue" : "waiting")}<span><strong>${what}</strong> ${more}</span></p>`;
}

const MAY: Readonly<Record<Role, string>> = {
  none: "You may see nothing here.",
  status: "You may see names, times and outcomes. Definitions and output need the role read.",
  read: "You may read. Starting, cancelling and pausing need the role operate.",
  operate: "You may start, cancel and pause.",
};

function foot(page: Page): Html {
  const { world, now, request, parts } = page;
  const { version, jobs } = parts.scheduler;
  const clock = page.clock(page.commonZone);
  const time = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const { name, role } = request.caller;
  return html`<footer class="foot">
<p>As of <time id="as-of" datetime="${time.toISOString()}">${clock.time(time)}</time> ${clock.zone} by scheduler ${world.host} (${version}, ${counted(jobs.size, "job")})</p>
<p>${name !== undefined && html`Signed in as ${name}. `}${MAY[role]}${request.signIn !== undefined && html` <a href="${request.signIn}">Sign in</a>`}</p>
<p class="for-machines"><a href="${request.root}metrics">Metrics</a> <a href="${request.root}healthz">Health</a> <a href="${request.root}readyz">Readiness</a></p>
</footer>`;
}
