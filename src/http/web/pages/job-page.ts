import { runId } from "../../../job/names.ts";
import { type JobRecord, latestAttempt, type Totals } from "../../../ledger/record.ts";
import { isReboot } from "../../../schedule/timetable.ts";
import { explainJob } from "../../../view/explain/explain.ts";
import type { Sentence } from "../../../view/explain/sentence.ts";
import { instanceForStatus, recordForStatus } from "../../../view/for-status.ts";
import { nextOccurrences } from "../../../view/jobs/due.ts";
import type { JobRow, JobState } from "../../../view/jobs/job-row.ts";
import { type RunView, runViews } from "../../../view/runs/run-view.ts";
import { afterInWords } from "../../../view/words/after.ts";
import { counted } from "../../../view/words/counted.ts";
import { roughDuration, runTimeInWords } from "../../../view/words/duration.ts";
import { exclusionsInWords } from "../../../view/words/exclusions.ts";
import { outcomeInSentence } from "../../../view/words/outcome.ts";
import type { Answer } from "../../answer.ts";
import { largeBars } from "../bars.ts";
import { resultNote } from "../forms/result-note.ts";
import { type Content, type Html, html } from "../html.ts";
import { jobState } from "../job-marks.ts";
import { afterLink, patternText, scheduleText, whyFor, zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { mark, state } from "../marks.ts";
import { lastLines } from "../output/write-line.ts";
import { distanceOf, momentOf, type Page } from "../page.ts";
import { nodeIfNarrow, runState } from "../run-words.ts";
import { definitionCard } from "./definition-card.ts";
import { groupPage } from "./group-page.ts";
import { noSuchJob } from "./missing.ts";

/** One job: how it stands and why, what comes next, how its runs went, what it is. */
export function jobPage(page: Page): Answer {
  const name = page.request.params.job ?? "";
  const row = page.rows.row(name, page.parts);
  if (row === undefined) return groupPage(page, name) ?? noSuchJob(page, name);
  const record = page.parts.records.get(name);
  const topics = `job-${name}`;
  return layout(page, {
    place: "jobs",
    title: `${row.job} · ${row.state}`,
    note: resultNote(page, row.job),
    main: html`${head(page, row)}
<div class="columns"><div>
${page.live({ id: "why", topics, draw: (attributes) => whyCard(page, row, { record, attributes }) })}
${page.live({ id: "runs", topics, draw: (attributes) => runsCard(page, row, { record, attributes }) })}
</div><div>
${record && page.live({ id: "next", topics, draw: (attributes) => nextCard(page, row, { record, attributes }) })}
${record && page.live({ id: "totals", topics, draw: (attributes) => totalsCard(record.totals, attributes) })}
</div></div>
${page.may("read") && definitionCard(page, row)}`,
  });
}

function head(page: Page, row: JobRow): Content {
  const { job } = row;
  const clock = page.clock(zoneOfJob(row, page));
  const record = page.parts.records.get(job);
  const paused = record?.paused;
  const group = record?.definition.node?.of;
  const button = (action: string, words: string, kind = "") =>
    html`<a class="button${kind}" href="${page.link(`jobs/${job}/${action}`)}" data-dialog>${words}</a>`;
  return page.live({
    id: "head",
    topics: `job-${job}`,
    draw: (attributes) => html`<div class="head"${attributes}>
<nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / ${group !== undefined && html`<a href="${page.link(`jobs/${group}`)}">${group}</a> / `}${job}</nav>
<h1>${job}</h1>${jobState(row.state)}
${row.states.slice(1).map((other) => (isSaidAlready(other, row) ? undefined : jobState(other)))}
${page.may("operate") && html`<div class="does">${button("run", "Run…", " main")}${button("pause", paused === undefined ? "Pause…" : "Change pause…")}${paused !== undefined && html`<form method="post" action="${page.link(`jobs/${job}/resume`)}"><button class="button">Resume</button></form>`}${button("reset", "Reset…")}</div>`}
<p class="lead">${row.schedules.map((schedule, index) => html`${index > 0 && "; "}<span title="${patternText(schedule)}">${scheduleText(schedule)}</span>${schedule.timezone !== undefined && html` <span class="soft">${schedule.timezone}</span>`}`)}${row.after && html`${row.schedules.length > 0 && "; "}${afterLink(row.after, page)}`}${row.next && html` · next ${distanceOf(row.next, page)} <span class="soft">(${momentOf(row.next, clock)})</span>`}${row.isDone && " · done"}</p></div>`,
  });
}

/** What waits for a node has a run that is active, and does not run. */
function isSaidAlready(state: JobState, row: JobRow): boolean {
  if (state !== "running") return false;
  return row.state === "running-long" || row.active.every((run) => run.state === "starting");
}

interface CardParts {
  readonly record: JobRecord | undefined;
  readonly attributes: Html;
}

/** What `explain` says about the times, states and outcomes, which is all that the role status may know. */
const FOR_STATUS: ReadonlySet<Sentence["about"]> = new Set([
  "schedules",
  "excluded",
  "suspended",
  "paused",
  "scheduler-down",
  "waiting",
  "undecided",
  "decided-ahead",
  "unknown-schedule",
  "next",
  "prepared",
  "verdict",
  "last-success",
  "never-started",
]);
/** Shown elsewhere on the page, in tables. */
const ELSEWHERE: ReadonlySet<Sentence["about"]> = new Set([
  "schedules",
  "exclusions",
  "definition",
  "image",
  "next",
  "ended-run",
]);

/** How it failed, and the sentences of `explain`: what happens now, and what was not started lately. */
function whyCard(page: Page, row: JobRow, { record, attributes }: CardParts): Html {
  const known = record && (page.may("read") ? record : recordForStatus(record));
  const sentences = known === undefined ? [] : explainJob(known, explainParts(page, known));
  const shown = sentences.filter(
    (sentence) =>
      !ELSEWHERE.has(sentence.about) && !isStart(sentence) && (page.may("read") || FOR_STATUS.has(sentence.about)),
  );
  const items = shown.map(({ about, text }) => html`<li class="about-${about}">${text}</li>`);
  const failure = row.states.includes("failing") && failureOf(page, row, record);
  const why =
    whyFor(page, row) ??
    (record === undefined ? "Nothing has been decided about it yet." : "Nothing stands in its way.");
  const nothing = !failure && html`<p class="nothing">${mark("none")}${why}</p>`;
  return html`<section class="card"${attributes}><h2>How it stands, and why</h2>${failure}${items.length === 0 ? nothing : html`<ul class="sentences">${items}</ul>`}</section>`;
}

/** What was started is in the table of runs. */
function isStart(sentence: Sentence): boolean {
  return sentence.about === "verdict" && sentence.verdict.kind === "started";
}

const LINES_SHOWN = 5;

/** The last failed run, with the end of what it printed. */
function failureOf(page: Page, row: JobRow, record: JobRecord | undefined): Content {
  const past = row.past.runs.findLast(
    ({ outcome }) => outcome !== "succeeded" && outcome !== "cancelled" && outcome !== "replaced",
  );
  if (past === undefined) return undefined;
  const run = record?.runs.find(({ id }) => id === past.run);
  const clock = page.clock(zoneOfJob(row, page));
  const how = run?.outcome === undefined || !page.may("read") ? past.outcome : outcomeInSentence(run.outcome);
  const took = past.durationMs === undefined ? "" : ` after ${runTimeInWords(past.durationMs)}`;
  const on = past.node === undefined ? "" : ` on ${past.node}`;
  const lines = run === undefined || !page.may("read") ? [] : lastLines(latestAttempt(run), LINES_SHOWN);
  return html`<div class="failure">${mark(past.outcome)}<p>The run of <strong>${momentOf(past.scheduledAt, clock)}</strong> ${how}${took}${on}.</p>${past.run !== undefined && html`<a href="${page.link(`runs/${past.run}`)}">${page.may("read") ? "All of its output" : "The run"}</a>`}${lines.length > 0 && html`<pre>${lines.join("\n")}</pre>`}</div>`;
}

function explainParts({ world, now, parts, may }: Page, { after }: JobRecord) {
  const { instance, records } = parts;
  return {
    upstream: after && records.get(after.job),
    instance: instance && (may("read") ? instance : instanceForStatus(instance)),
    timetables: world.timetables,
    now,
    states: parts.states,
    answer: { kind: "answers", view: parts.scheduler },
  } as const;
}

function runsCard(page: Page, row: JobRow, { record, attributes }: CardParts): Html {
  const { past } = row;
  const clock = page.clock(zoneOfJob(row, page));
  const views = record === undefined ? [] : runViews(record, { states: page.parts.states, now: page.now });
  const { typical } = past;
  const range =
    typical && typical.lowMs !== typical.highMs
      ? ` (${runTimeInWords(typical.lowMs)} to ${runTimeInWords(typical.highMs)})`
      : "";
  const usual = typical && html`<p class="soft">Usually ${runTimeInWords(typical.medianMs)}${range}</p>`;
  const drawn =
    past.runs.length > 0 &&
    html`<figure class="in">${largeBars(past, clock, (run) => page.link(`runs/${run}`))}<figcaption class="small">The last ${counted(past.runs.length, "run")}; taller took longer. ${firstDay(past.runs[0]?.finishedAt, clock.day)}</figcaption></figure>`;
  const none = html`<p class="nothing">${mark("none")}No run is kept. ${(row.next ?? row.planned) === undefined ? "Nothing is due." : "The first one comes when it is due."}</p>`;
  return html`<section class="card"${attributes}><header><h2>Runs</h2>${usual}</header>${drawn}
${views.length === 0 ? none : html`${runsTable(page, row, views)}${olderOutput(page, row)}`}</section>`;
}

/** Where the output is of runs that are not in the table. */
function olderOutput({ may, world }: Page, { job }: JobRow): Content {
  if (!may("read")) return undefined;
  const history = world.definition(job)?.policies.history;
  const kept =
    history &&
    `; history keeps the last ${history.succeeded} that succeeded and the last ${history.failed} that failed`;
  return html`<p class="in soft">Older output is in the scheduler's log${kept}.</p>`;
}

function firstDay(first: Date | undefined, day: (at: Date) => string): string {
  return first === undefined ? "" : `The oldest ended on ${day(first)}.`;
}

function runsTable(page: Page, row: JobRow, views: readonly RunView[]): Html {
  const clock = page.clock(zoneOfJob(row, page));
  const rows = views.map((view) => {
    const { run, startedAt, scheduledAt, durationMs, node, trigger, attempts } = view;
    const delay = startedAt && startedAt.getTime() - scheduledAt.getTime();
    return html`<tr><td>${runState(view)}${nodeIfNarrow(node)}</td>
<th scope="row"><a href="${page.link(`runs/${run}`)}">${momentOf(scheduledAt, clock)}</a><span class="small">${TRIGGERS[trigger]}${attempts > 1 && `, attempt ${attempts}`}</span></th>
<td class="number">${durationMs !== undefined && runTimeInWords(durationMs)}</td>
<td class="number soft minor">${delay !== undefined && delay >= 1000 && `+${roughDuration(delay)}`}</td>
<td class="minor">${node}</td></tr>
`;
  });
  return html`<div class="scroll"><table class="runs"><caption class="hear">Kept runs, newest first</caption>
<thead><tr><th scope="col">How it went</th><th scope="col">Due</th><th scope="col" class="number">Took</th><th scope="col" class="number minor">Late by</th><th scope="col" class="minor">Node</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

export const TRIGGERS = {
  schedule: "by schedule",
  "catch-up": "caught up",
  manual: "started manually",
  after: "after another job",
} as const;

const NEXT_SHOWN = 10;

function nextCard(page: Page, row: JobRow, { record, attributes }: CardParts & { readonly record: JobRecord }): Html {
  const clock = page.clock(zoneOfJob(row, page));
  const times = nextOccurrences(record, page.world.timetables, { now: page.now, count: NEXT_SHOWN });
  const { suspended, exclusions } = record.definition;
  const excluded =
    exclusions &&
    html`<p class="in soft">It ${exclusionsInWords(exclusions).join("; it ")} (${exclusions.timezone}).</p>`;
  const bySchedule = times.map((at) => {
    const isPaused = row.paused !== undefined && (row.paused.until === undefined || at < row.paused.until);
    return { at, words: (suspended || isPaused) && html` ${state("skipped")}` };
  });
  const byHand = (record.planned ?? []).map(({ id, startAt }) => {
    const run = runId(row.job, { scheduledAt: startAt, request: id });
    return { at: startAt, words: html` <a class="soft" href="${page.link(`runs/${run}`)}">manually</a>` };
  });
  const sorted = [...bySchedule, ...byHand].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  // Between the last time that is shown and a later manual start there are others, as a rule.
  const lastShown = times.length === NEXT_SHOWN ? times.at(-1) : undefined;
  const firstBeyond = lastShown && sorted.find(({ at }) => at > lastShown);
  const gap = html`<li class="soft">… and so on by its schedule; planned are also:</li>`;
  const items = sorted.map((item) => {
    const { at, words } = item;
    return html`${item === firstBeyond && gap}<li><span>${momentOf(at, clock)}${words}</span><span class="soft">${distanceOf(at, page)}</span></li>`;
  });
  return html`<section class="card"${attributes}><h2>Next</h2>${items.length === 0 ? html`<p class="nothing">${mark("none")}${untimedWords(row)}</p>` : html`<ol class="list">${items}</ol>`}${excluded}</section>`;
}

/** What starts a job that has no next time. */
function untimedWords({ schedules, after }: JobRow): string {
  const boots = schedules.some(({ pattern }) => isReboot(pattern)) ? ["after the next boot of its host"] : [];
  const ends = after === undefined ? [] : [afterInWords(after)];
  const starts = [...boots, ...ends].join(", and ");
  return starts === "" ? "There is no further time." : `It starts ${starts}.`;
}

function totalsCard(totals: Totals, attributes: Html): Html {
  const { sum, count } = totals.runSeconds;
  const started = sumOf(Object.values(totals.started));
  const entries: readonly (readonly [string, Content])[] = [
    ["Started", started],
    ...Object.entries(totals.ended).map(([kind, by]) => [kind, sumOf(Object.values(by))] as const),
    ...Object.entries(totals.skipped).map(([reason, number]) => [`skipped, ${reason}`, number] as const),
    ...Object.entries(totals.missed).map(([reason, number]) => [`missed, ${reason}`, number] as const),
    ...(totals.retries ? [["retries", totals.retries] as const] : []),
    ...(count > 0 ? [["Total run time", runTimeInWords(sum * 1000)] as const] : []),
  ];
  return html`<section class="card"${attributes}><h2>Totals</h2><dl class="in">${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${typeof value === "number" ? value.toLocaleString("en") : value}</dd>`)}</dl></section>`;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
