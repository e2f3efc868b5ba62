import { SOURCES } from "../../../job/job.ts";
import {
  JOB_SORTS,
  JOB_STATES,
  type JobRow,
  type JobSort,
  type JobTable,
  type JobTableQuery,
  ROWS_OF_A_PAGE,
} from "../../../view/jobs/job-row.ts";
import type { ActiveRun } from "../../../view/runs/active-runs.ts";
import { counted } from "../../../view/words/counted.ts";
import { roughDuration, roughRunTime, runTimeInWords } from "../../../view/words/duration.ts";
import { outcomeInTable } from "../../../view/words/outcome.ts";
import type { Answer } from "../../answer.ts";
import { smallBars } from "../bars.ts";
import { type Content, type Html, html } from "../html.ts";
import { jobState, STATES } from "../job-marks.ts";
import { schedulesShort, whyFor, zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { mark, state } from "../marks.ts";
import { distanceOf, minuteOf, momentOf, type Page } from "../page.ts";
import { glance } from "./glance.ts";

/** All jobs: what is wrong first, then by when they run next. Filters, order and page stand in the address. */
export function jobsPage(page: Page): Answer {
  drawWantedRows(page);
  // A row that has changed is drawn without a look at all the others.
  if (page.wanted !== undefined && !WHOLE.some((id) => page.wanted?.has(id)))
    return layout(page, { title: "", main: "" });
  const query = readQuery(page.request.query);
  const table = page.rows.table(page.parts, query);
  return layout(page, {
    place: "jobs",
    title: titleOf(table),
    main: html`<div class="head"><h1>Jobs</h1>${counts(page, table, query)}
${page.may("operate") && page.request.caller.jobs === undefined && table.total > 0 && html`<div class="does"><a class="button" href="${page.link("pause")}" data-dialog>${mark("paused")}${page.parts.instance?.paused === undefined ? "Pause all…" : "Change the pause…"}</a></div>`}</div>
${table.total > 0 && glance(page)}
${table.total === 0 ? noJobs(page) : jobsCard(page, table, query)}`,
  });
}

/** The parts that are about all jobs. */
const WHOLE = ["counts", "glance", "jobs"];

function titleOf({ counts: { failing, overdue } }: JobTable): string {
  const bad = [failing > 0 && `${failing} failing`, overdue > 0 && `${overdue} overdue`].filter(Boolean);
  return [...bad, "Jobs"].join(" · ");
}

/** Values that are not known are left out, as if they were not in the address. */
function readQuery(query: URLSearchParams): JobTableQuery {
  const one = <T extends string>(name: string, allowed: readonly T[]) =>
    allowed.find((value) => value === query.get(name));
  const text = (name: string) => query.get(name)?.slice(0, 200) || undefined;
  const [state, source, sort] = [one("state", JOB_STATES), one("source", SOURCES), one("sort", JOB_SORTS)];
  const [words, stack, node] = [text("q"), text("stack"), text("node")];
  const page = Number(query.get("page") ?? 1);
  return {
    ...(words !== undefined && { text: words }),
    ...(stack !== undefined && { stack }),
    ...(node !== undefined && { node }),
    ...(state && { state }),
    ...(source && { source }),
    ...(sort && { sort }),
    ...(Number.isSafeInteger(page) && page > 1 && { page }),
  };
}

/** The address of the same list with something else chosen. */
function choose(
  page: Page,
  query: JobTableQuery,
  change: Partial<Record<keyof JobTableQuery, string | undefined>>,
): string {
  const { text: q, state, stack, node, source, sort } = { ...query, ...change };
  return page.link("", { q, state, stack, node, source, sort, page: change.page });
}

/** How many jobs are in each state, each a link to those. */
function counts(page: Page, table: JobTable, query: JobTableQuery): Content {
  const some = JOB_STATES.filter((name) => table.counts[name] > 0 && name !== "ok");
  const items = [...some, ...(table.counts.ok > 0 ? (["ok"] as const) : [])].map((name) => {
    const isChosen = name === query.state;
    const address = choose(page, query, { state: isChosen ? undefined : name });
    const { mark: shape, word } = STATES[name];
    return html`<li><a href="${address}"${isChosen && html` aria-current="true"`}><span class="state ${shape}">${mark(shape)}${table.counts[name]} ${word}</span></a></li>`;
  });
  return page.live({
    id: "counts",
    topics: "jobs",
    draw: (attributes) => html`<ul class="counts" aria-label="Jobs by state"${attributes}>${items}</ul>`,
  });
}

function noJobs({ request, parts }: Page): Html {
  const { role } = parts.scheduler;
  if (role.kind !== "active")
    return html`<section class="card empty" id="jobs" data-live="jobs scheduler"><strong>No job is known yet</strong><p>This scheduler has not read its schedule files and labels yet.</p></section>`;
  return html`<section class="card empty" id="jobs" data-live="jobs scheduler"><strong>No job is declared yet</strong>
<p>A label on a service or a container declares one, and so does a schedule file. It appears here within a second.</p>
<div class="samples"><figure><pre>${LABEL_SAMPLE}</pre><figcaption class="small">Labels: each run is a copy of this service</figcaption></figure>
<figure><pre>${FILE_SAMPLE}</pre><figcaption class="small">A file in /etc/shipbell/schedules</figcaption></figure></div>
<p><a href="${request.root}problems">Problems</a> says what is wrong with a definition that does not appear.</p></section>`;
}

const LABEL_SAMPLE = `services:
  report:
    image: report:2
    labels:
      shipbell.schedule: "0 6 * * 1-5"`;
const FILE_SAMPLE = `jobs:
  backup:
    schedule: "0 3 * * *"
    image: restic/restic
    command: backup /data`;

function jobsCard(page: Page, table: JobTable, query: JobTableQuery): Html {
  return html`<section class="card" aria-label="Table of jobs">
${filters(page, table, query)}
${page.live({
  id: "jobs",
  topics: "scheduler",
  again: 30,
  draw: (attributes) =>
    table.found === 0
      ? html`<div class="empty"${attributes}><strong>No job matches</strong><p><a href="${page.link("")}">Show all ${counted(table.total, "job")}</a></p></div>`
      : html`<div${attributes}>${jobsTable(page, table, query)}${paging(page, table, query)}</div>`,
})}</section>`;
}

function filters(page: Page, table: JobTable, query: JobTableQuery): Html {
  const choice = (name: "stack" | "node" | "source", label: string, values: readonly string[]) => {
    if (values.length < 2 && query[name] === undefined) return undefined;
    const options = values.map(
      (value) => html`<option value="${value}"${value === query[name] && html` selected`}>${fileName(value)}</option>`,
    );
    return html`<select name="${name}" aria-label="${label}"><option value="">${label}</option>${options}</select>`;
  };
  const kept = Object.entries({ state: query.state, sort: query.sort, zone: page.zone });
  const isFiltered = [query.text, query.state, query.stack, query.node, query.source].some(
    (value) => value !== undefined,
  );
  return html`<form class="filter" role="search" action="${page.request.root}" method="get">
<input type="search" name="q" value="${query.text ?? ""}" placeholder="Find a job" aria-label="Find a job" autocomplete="off">
${choice("stack", "Any stack or file", table.stacks)}${choice("node", "Any node", table.nodes)}${choice("source", "Any source", table.sources)}
${kept.map(([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`)}
<button class="button">Find</button>${isFiltered && html` <a href="${page.link("", { sort: query.sort })}">Show all</a>`}
</form>`;
}

const COLUMNS: readonly { readonly name: string; readonly sort?: JobSort; readonly class?: string }[] = [
  { name: "State", sort: "urgency" },
  { name: "Job", sort: "name" },
  { name: "Schedule" },
  { name: "Last run", sort: "last" },
  { name: "Runs" },
  { name: "Next", sort: "next" },
];

function jobsTable(page: Page, table: JobTable, query: JobTableQuery): Html {
  const sorted = query.sort ?? "urgency";
  const heads = COLUMNS.map(({ name, sort }) => {
    if (sort === undefined) return html`<th scope="col">${name}</th>`;
    const isSorted = sort === sorted;
    const order = sort === "last" ? "descending" : "ascending";
    return html`<th scope="col"${isSorted && html` aria-sort="${order}"`}><a href="${choose(page, query, { sort: sort === "urgency" ? undefined : sort })}">${name}</a></th>`;
  });
  const does = page.may("operate") ? html`<th scope="col"><span class="hear">What you can do</span></th>` : undefined;
  return html`<table class="jobs"><caption class="hear">${counted(table.found, "job")}, ${sorted === "urgency" ? "the most urgent first" : `by ${sorted}`}</caption>
<thead><tr>${heads}${does}</tr></thead>
<tbody>
${table.rows.map((row) => drawRow(page, row))}</tbody></table>`;
}

/** The rows that a script asks for, whichever page of the table they are on. */
function drawWantedRows(page: Page): void {
  for (const id of page.wanted ?? []) {
    const row = id.startsWith("job-") ? page.rows.row(id.slice("job-".length), page.parts) : undefined;
    if (row !== undefined) drawRow(page, row);
  }
}

function drawRow(page: Page, row: JobRow): Content {
  return page.live({
    id: `job-${row.job}`,
    topics: `job-${row.job}`,
    draw: (attributes) => rowOf(page, row, attributes),
  });
}

function rowOf(page: Page, row: JobRow, attributes: Html): Html {
  const does = page.may("operate")
    ? html`<td class="does-one"><a class="button few" href="${page.link(`jobs/${row.job}/run`)}" data-dialog>Run…<span class="hear"> ${row.job}</span></a></td>`
    : undefined;
  const place = row.source === "files" ? fileName(row.stack ?? "") : (row.stack ?? row.at ?? "");
  return html`<tr${attributes}>
<td class="is">${jobState(row.state)}${underState(page, row)}</td>
<th scope="row" class="job"><a href="${page.link(`jobs/${row.job}`)}">${row.job}</a>${place !== "" && html`<span class="small">${place}</span>`}</th>
<td class="when">${schedulesShort(row, page)}</td>
<td class="last">${lastCell(page, row)}</td>
<td class="past">${row.past.runs.length > 0 && smallBars(row.past)}</td>
<td class="next">${nextCell(page, row)}</td>${does}</tr>
`;
}

/** All schedule files are in one folder. */
function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Why, or how long it has been running. */
function underState(page: Page, row: JobRow): Content {
  const [active] = row.active;
  const why = whyFor(page, row);
  const lines: Content[] = [];
  if (row.state !== "failing" && row.state !== "running-long" && why !== undefined)
    lines.push(html`<span class="small why" title="${why}">${why}</span>`);
  if (row.state === "paused" && row.paused?.until !== undefined)
    lines.push(html`<span class="small">until ${momentOf(row.paused.until, page.clock(zoneOfJob(row, page)))}</span>`);
  if (active !== undefined) lines.push(html`<span class="small">${activeWords(page, row, active)}</span>`);
  return lines;
}

function activeWords({ now }: Page, { state: shown, past: { typical }, active }: JobRow, run: ActiveRun): Content {
  const isUnderWay = run.state === "running" || run.state === "active";
  const isSaid = !isUnderWay || shown === "running" || shown === "running-long";
  const is = isSaid ? undefined : html`${mark("running")} running `;
  const usual = run.shareOfTypical !== undefined && typical ? `, usually ${roughRunTime(typical.medianMs)}` : "";
  const more = active.length > 1 ? `, ${active.length} runs` : "";
  return html`${is ?? (isUnderWay ? "" : "for ")}<span data-since="${run.since.toISOString()}">${roughDuration(now.getTime() - run.since.getTime())}</span>${usual}${more}`;
}

function lastCell(page: Page, row: JobRow): Content {
  const { last } = row;
  if (last === undefined) return html`<span class="soft">never</span>`;
  const clock = page.clock(zoneOfJob(row, page));
  const words = last.outcome === undefined ? last.kind : outcomeInTable(last.outcome);
  const shown = last.run === undefined ? words : html`<a href="${page.link(`runs/${last.run}`)}">${words}</a>`;
  const took = last.durationMs === undefined ? "" : `took ${runTimeInWords(last.durationMs)}`;
  const under = [
    minuteOf(last.finishedAt, clock),
    took !== "" && html` · ${took}`,
    last.node !== undefined && html` · ${last.node}`,
  ];
  return html`${state(last.kind, shown)}<span class="small">${under}</span>`;
}

function nextCell(page: Page, row: JobRow): Content {
  const clock = page.clock(zoneOfJob(row, page));
  if (row.overdueSince !== undefined)
    return html`<span class="bad">due ${distanceOf(row.overdueSince, page)}</span><span class="small">${minuteOf(row.overdueSince, clock)}</span>`;
  if (row.planned !== undefined && (row.next === undefined || row.planned < row.next))
    return html`${distanceOf(row.planned, page)}<span class="small">${minuteOf(row.planned, clock)}, manually</span>`;
  if (row.next === undefined) return html`<span class="soft">${row.isDone ? "done" : "–"}</span>`;
  return html`${distanceOf(row.next, page)}<span class="small">${minuteOf(row.next, clock)}</span>`;
}

function paging(page: Page, { page: at, pages, found }: JobTable, query: JobTableQuery): Content {
  if (pages === 1) return undefined;
  const first = (at - 1) * ROWS_OF_A_PAGE + 1;
  const last = Math.min(found, at * ROWS_OF_A_PAGE);
  const to = (number: number, words: string, rel: string) =>
    number >= 1 && number <= pages
      ? html`<a class="button few" rel="${rel}" href="${choose(page, query, { page: String(number) })}">${words}</a>`
      : html`<span class="button few" aria-disabled="true">${words}</span>`;
  return html`<nav class="paging" aria-label="Pages of the table"><span>${first}–${last} of ${found}</span>${to(at - 1, "Previous", "prev")}${to(at + 1, "Next", "next")}</nav>`;
}
