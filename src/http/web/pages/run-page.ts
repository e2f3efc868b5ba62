import {
  type Attempt,
  isActive,
  type JobRecord,
  latestAttempt,
  type Run,
  type Stopping,
} from "../../../ledger/record.ts";
import { findRun } from "../../../view/find.ts";
import { runView } from "../../../view/runs/run-view.ts";
import { tellingsOf } from "../../../view/scheduler/tellings.ts";
import type { ClockWords } from "../../../view/words/clock-words.ts";
import { durationInWords, roughDuration, runTimeInWords } from "../../../view/words/duration.ts";
import { tellingSentences } from "../../../view/words/notices.ts";
import { outcomeInSentence } from "../../../view/words/outcome.ts";
import { timeWordsIn } from "../../../view/words/time.ts";
import { usageInWords } from "../../../view/words/usage.ts";
import type { Answer } from "../../answer.ts";
import { resultNote } from "../forms/result-note.ts";
import { type Content, type Html, html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { mark } from "../marks.ts";
import { outputCard } from "../output/output-card.ts";
import { distanceOf, momentOf, type Page } from "../page.ts";
import { byWords, nodeIfNarrow, originOf, runState } from "../run-words.ts";
import { noSuchRun } from "./missing.ts";
import { findPast, pastRunPage } from "./past-run-page.ts";
import { findRequested, requestedPage } from "./requested-page.ts";

/** One run: how it came about, its attempts, how it ended and why, and what it printed. */
export async function runPage(page: Page): Promise<Answer> {
  const id = page.request.params.run ?? "";
  const found = findRun(id, page.parts.records);
  if (found === undefined) {
    const requested = findRequested(page, id);
    if (requested !== undefined) return requestedPage(page, requested);
    const past = findPast(page, id);
    return past === undefined ? noSuchRun(page, id) : pastRunPage(page, past);
  }
  const { record, run } = found;
  const row = page.rows.row(record.job, page.parts);
  const clock = page.clock(zoneOfJob(row, page));
  const topics = `job-${record.job}`;
  const parts = { record, run, clock };
  return layout(page, {
    place: "jobs",
    title: `${run.outcome?.kind ?? "active"} · ${run.id}`,
    note: resultNote(page, run.id),
    scripts: page.may("read") ? ["log.js"] : [],
    main: html`${page.live({ id: "head", topics, draw: (attributes) => head(page, { ...parts, attributes }) })}
${page.live({ id: "facts", topics, draw: (attributes) => factsCard(page, { ...parts, attributes }) })}
${page.wanted === undefined && page.may("read") && (await outputCard(page, run, record.job))}`,
  });
}

interface RunParts {
  readonly record: JobRecord;
  readonly run: Run;
  readonly clock: ClockWords;
}

function head(page: Page, { record, run, clock, attributes }: RunParts & { readonly attributes: Html }): Html {
  const view = runView(run, { states: page.parts.states, now: page.now });
  const { job } = record;
  const isOver = !isActive(run);
  const buttons =
    page.may("operate") &&
    html`<div class="does">${!isOver && html`<a class="button stop" href="${page.link(`runs/${run.id}/cancel`)}" data-dialog>${mark("cancelled")}Cancel…</a>`}<a class="button" href="${page.link(`jobs/${job}/run`)}" data-dialog>${isOver ? "Run again…" : "Run another…"}</a></div>`;
  return html`<div class="head"${attributes}>
<nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / <a href="${page.link(`jobs/${job}`)}">${job}</a> / ${run.id}</nav>
<h1><a href="${page.link(`jobs/${job}`)}">${job}</a>, ${momentOf(run.scheduledAt, clock)}</h1>${runState(view)}${buttons}
<p class="lead">${sentence(page, run)}</p></div>`;
}

/** What happened, in one sentence. */
function sentence(page: Page, run: Run): Content {
  const { states } = page.parts;
  const view = runView(run, { states, now: page.now });
  const on = view.node === undefined ? "" : ` on ${view.node}`;
  if (run.outcome !== undefined) {
    const words = page.may("read")
      ? outcomeInSentence(run.outcome, `${after(view.durationMs)}${on}`)
      : `${run.outcome.kind}${after(view.durationMs)}${on}`;
    return html`It ${words}${run.finishedAt !== undefined && html`, ${distanceOf(run.finishedAt, page)}`}.`;
  }
  if (view.startedAt !== undefined) {
    const { timeoutMs } = run.policies;
    const stop =
      timeoutMs === undefined
        ? undefined
        : html`; its timeout stops it ${distanceOf(new Date(view.startedAt.getTime() + timeoutMs), page)}`;
    return html`It has been running${on} for <span data-since="${view.startedAt.toISOString()}">${roughDuration(page.now.getTime() - view.startedAt.getTime())}</span>${stop}.`;
  }
  return html`It was begun ${distanceOf(latestAttempt(run).boundAt, page)}.`;
}

function after(durationMs: number | undefined): string {
  return durationMs === undefined ? "" : ` after ${runTimeInWords(durationMs)}`;
}

function factsCard(page: Page, { record, run, clock, attributes }: RunParts & { readonly attributes: Html }): Html {
  const { attempts, inputs = {} } = run;
  const given = Object.entries(inputs);
  const image = latestAttempt(run).image;
  const told = page.may("read") ? toldOf(record, run, page) : [];
  const entries: readonly (readonly [string, Content])[] = [
    ["How it came about", originOf(run, page)],
    [run.trigger === "manual" ? "Requested" : "Due", html`${clock.full(run.scheduledAt)}`],
    ["Who was told", told.length > 0 && told.map((text, index) => html`${index > 0 && html`<br>`}${text}`)],
    [
      "Inputs",
      page.may("read") &&
        given.length > 0 &&
        given.map(([name, value], index) => html`${index > 0 && html`<br>`}<code>${name}=${value}</code>`),
    ],
    [
      "Image",
      page.may("read") &&
        image !== undefined &&
        html`<code>${image.name}</code>${image.digest !== undefined && html` <code class="soft">${image.digest}</code>`}`,
    ],
  ];
  return html`<section class="card"${attributes}><h2>${attempts.length === 1 ? "The run" : `${attempts.length} attempts`}</h2>
<dl class="in">${entries.map(([name, value]) => value !== false && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<div class="scroll" tabindex="0"><table><caption class="hear">Attempts</caption><thead><tr><th scope="col">Attempt</th><th scope="col">How it went</th><th scope="col">Started</th><th scope="col" class="number">Took</th><th scope="col" class="number minor">Late by</th><th scope="col" class="minor">Node</th></tr></thead>
<tbody>${attempts.map((attempt) => attemptRow(page, run, { attempt, clock }))}</tbody></table></div></section>`;
}

/** The notices about this run: those that were sent, and those still to be sent. */
function toldOf(record: JobRecord, { id }: Run, page: Page): readonly string[] {
  const when = timeWordsIn(page.commonZone, page.now);
  const about = tellingsOf(record).map(({ waiting, open, past, ...telling }) => ({
    ...telling,
    waiting: waiting.filter(({ run }) => run === id),
    open: open.filter(({ run }) => run === id),
    past: past.filter(({ run, endRun }) => run === id || endRun === id),
  }));
  return about.flatMap((telling) => tellingSentences(telling, when));
}

function attemptRow(
  page: Page,
  run: Run,
  { attempt, clock }: { readonly attempt: Attempt; readonly clock: ClockWords },
): Html {
  const isLatest = attempt === latestAttempt(run);
  const view = isLatest ? runView(run, { states: page.parts.states, now: page.now }) : undefined;
  const startedAt = attempt.startedAt ?? view?.startedAt;
  const ended = attempt.finishedAt ?? (view?.durationMs === undefined ? undefined : page.now);
  const took = startedAt && ended && ended.getTime() - startedAt.getTime();
  const due = attempt.number === 1 ? run.scheduledAt : undefined;
  const late = startedAt && due && startedAt.getTime() - due.getTime();
  const { stopping, outcome, usage, retryAt } = attempt;
  const used = usageInWords(usage);
  const state = {
    state: outcome === undefined ? (view?.state ?? "ending") : ("ended" as const),
    ...(outcome && { outcome }),
  };
  const more = [
    page.may("read") && outcome !== undefined && "message" in outcome && outcome.message,
    stopping !== undefined && `told to stop (${stopping.reason})${page.may("read") ? stoppedBy(stopping) : ""}`,
    used !== undefined && `used at least ${used}`,
    retryAt !== undefined && isLatest && isActive(run) && html`the next attempt is due ${distanceOf(retryAt, page)}`,
  ].filter((words) => words !== false && words !== undefined);
  const node = attempt.node ?? view?.node;
  return html`<tr><td>${attempt.number}</td><td>${runState(state)}${more.map((words) => html`<span class="small">${words}</span>`)}${nodeIfNarrow(node)}</td>
<td>${startedAt === undefined ? html`<span class="soft">not started</span>` : momentOf(startedAt, clock)}</td>
<td class="number">${took !== undefined && runTimeInWords(took)}</td><td class="number soft minor">${late !== undefined && (late < 1000 ? "0 s" : durationInWords(late))}</td><td class="minor">${node}</td></tr>
`;
}

function stoppedBy({ by, why }: Stopping): string {
  return `${by === undefined ? "" : `, by ${byWords(by)}`}${why === undefined ? "" : `: “${why}”`}`;
}
