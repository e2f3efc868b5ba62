import { activeRuns, type JobRecord, latestAttempt } from "../../../ledger/record.ts";
import type { JobRow } from "../../../view/jobs/job-row.ts";
import type { ActiveRun } from "../../../view/runs/active-runs.ts";
import type { PastRun } from "../../../view/runs/past-runs.ts";
import { counted } from "../../../view/words/counted.ts";
import { roughDuration, roughRunTime } from "../../../view/words/duration.ts";
import { outcomeInTable } from "../../../view/words/outcome.ts";
import { type Content, type Html, html } from "../html.ts";
import { whyFor, zoneOfJob } from "../job-words.ts";
import { mark } from "../marks.ts";
import { lastLines } from "../output/write-line.ts";
import { distanceOf, minuteOf, momentOf, type Page } from "../page.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** In each of the three lists. */
const SHOWN = 4;

/** Three answers above the table: what failed lately, what runs now, what runs within the hour. */
export function glance(page: Page): Content {
  return page.live({
    id: "glance",
    topics: "jobs",
    draw: (attributes) =>
      html`<div class="glance"${attributes}>${failedCard(page)}${runningCard(page)}${nextCard(page)}</div>`,
  });
}

function failedCard(page: Page): Html {
  const failures = failuresSince(page, new Date(page.now.getTime() - DAY_MS));
  const items = failures.slice(0, SHOWN).map(({ row, run }) => {
    const clock = page.clock(zoneOfJob(row, page));
    const address = run.run === undefined ? `jobs/${row.job}` : `runs/${run.run}`;
    const since = row.states.includes("failing") ? undefined : html` <span class="soft">· succeeded since</span>`;
    const line = page.may("read") ? lastLineOf(page, row, run) : undefined;
    return html`<li>${mark(run.outcome)}<span><a href="${page.link(address)}">${row.job}</a> ${failureWords(page, row, run)}${since}</span><span class="soft">${minuteOf(run.finishedAt, clock)}</span>${line !== undefined && html`<code class="line" title="${line}">${line}</code>`}</li>`;
  });
  return html`<section class="card"><h2>Failed in the last 24 hours</h2>${items.length === 0 ? html`<p class="nothing">${mark("succeeded")}No run has failed.</p>` : html`<ul>${items}${more(failures.length, page.link("timeline", { hours: "24", only: "failed" }), "job")}</ul>`}</section>`;
}

interface Failure {
  readonly row: JobRow;
  readonly run: PastRun;
}

const NO_FAILURES: ReadonlySet<string> = new Set(["succeeded", "cancelled", "replaced"]);

/** The last failed run of each job, newest first. Jobs that are failing come before those that have succeeded since. */
function failuresSince({ rows, parts }: Page, since: Date): readonly Failure[] {
  const found: Failure[] = [];
  for (const { job, totals } of parts.records.values()) {
    if (totals.lastFailureAt === undefined || totals.lastFailureAt < since) continue;
    const row = rows.row(job, parts);
    const run = row?.past.runs.findLast(({ outcome }) => !NO_FAILURES.has(outcome));
    if (row !== undefined && run !== undefined && run.finishedAt >= since) found.push({ row, run });
  }
  const rank = ({ row }: Failure) => (row.states.includes("failing") ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || b.run.finishedAt.getTime() - a.run.finishedAt.getTime());
}

function failureWords({ parts }: Page, { job }: JobRow, run: PastRun): string {
  const outcome = parts.records.get(job)?.runs.find(({ id }) => id === run.run)?.outcome;
  return outcome === undefined ? run.outcome : outcomeInTable(outcome);
}

/** The last thing that it printed, if the record has it: most often the reason. */
function lastLineOf({ parts }: Page, { job }: JobRow, { run: id }: PastRun): string | undefined {
  const run = parts.records.get(job)?.runs.find((run) => run.id === id);
  return run && lastLines(latestAttempt(run), 1)[0];
}

function runningCard(page: Page): Html {
  const active = activeNow(page);
  const items = active.slice(0, SHOWN).map(({ row, run }) => {
    const isUnderWay = run.state === "running" || run.state === "active";
    const shape = run.isLong ? "slow" : isUnderWay ? "running" : "waiting";
    return html`<li>${mark(shape)}<span><a href="${page.link(`runs/${run.run}`)}">${row.job}</a></span><span class="soft">${runningWords(page, row, run)}</span></li>`;
  });
  return html`<section class="card"><h2>Running now</h2>${items.length === 0 ? html`<p class="nothing">${mark("none")}Nothing runs.</p>` : html`<ul>${items}${more(active.length, page.link("", { state: "running" }), "run")}</ul>`}</section>`;
}

const BEFORE: Readonly<Partial<Record<ActiveRun["state"], string>>> = {
  starting: "starting ",
  stopping: "being stopped, ",
  ending: "ending, ",
};

/** `24 min, usually 9 min`, `waiting 17 min`: why it waits is under the pointer. */
function runningWords(page: Page, row: JobRow, run: ActiveRun): Content {
  if (run.state === "waiting-for-retry") return "waits for its next attempt";
  const since = html`<span data-since="${run.since.toISOString()}">${roughDuration(page.now.getTime() - run.since.getTime())}</span>`;
  if (run.state === "starting" && row.states.includes("waiting")) {
    const why = row.state === "waiting" ? whyFor(page, row) : undefined;
    return html`<span${why !== undefined && html` title="${shortened(why)}"`}>waiting ${since}</span>`;
  }
  const usual = run.shareOfTypical === undefined ? undefined : row.past.typical;
  return html`${BEFORE[run.state]}${since}${usual && `, usually ${roughRunTime(usual.medianMs)}`}`;
}

const LONGEST_WHY = 120;

function shortened(words: string): string {
  return words.length <= LONGEST_WHY ? words : `${words.slice(0, LONGEST_WHY - 1)}…`;
}

/** The longest first. */
function activeNow({ rows, parts }: Page): readonly { readonly row: JobRow; readonly run: ActiveRun }[] {
  const active = [...parts.records.values()]
    .filter((record) => hasActive(record))
    .flatMap(({ job }) => rows.row(job, parts) ?? []);
  return active
    .flatMap((row) => row.active.map((run) => ({ row, run })))
    .sort((a, b) => a.run.since.getTime() - b.run.since.getTime());
}

function hasActive(record: JobRecord): boolean {
  return record.closedAt === undefined && activeRuns(record).length > 0;
}

function nextCard(page: Page): Html {
  const { rows, parts, now } = page;
  const due = rows.due(parts, new Date(now.getTime() + HOUR_MS));
  const items = due.slice(0, SHOWN).map((row) => {
    const clock = page.clock(zoneOfJob(row, page));
    return html`<li>${momentOf(row.next, clock)}<a href="${page.link(`jobs/${row.job}`)}">${row.job}</a><span class="soft">${distanceOf(row.next, page)}</span></li>`;
  });
  return html`<section class="card"><h2>Next hour</h2>${items.length === 0 ? html`<p class="nothing">${mark("none")}Nothing is due.</p>` : html`<ul>${items}${more(due.length, page.link("upcoming", { hours: "1" }), "job")}</ul>`}</section>`;
}

/** Where the rest of a list is. */
function more(all: number, address: string, noun: "job" | "run"): Content {
  return all > SHOWN && html`<li class="more"><a href="${address}">${counted(all - SHOWN, `more ${noun}`)}</a></li>`;
}
