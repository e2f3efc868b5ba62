import type { JobRecord, OutcomeKind } from "../../../ledger/record.ts";
import { openRecords } from "../../../view/find.ts";
import type { PastRun } from "../../../view/runs/past-runs.ts";
import { runTimeInWords } from "../../../view/words/duration.ts";
import { usageInWords } from "../../../view/words/usage.ts";
import type { Answer } from "../../answer.ts";
import { type Content, html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { state } from "../marks.ts";
import { distanceOf, momentOf, type Page } from "../page.ts";
import { originOf } from "../run-words.ts";

export interface FoundPast {
  readonly record: JobRecord;
  readonly past: PastRun;
}

/** The run of that ID, if the record has only its digest; undefined for one that it does not know. */
export function findPast({ rows, parts }: Page, id: string): FoundPast | undefined {
  for (const record of openRecords(parts.records).values()) {
    const past = rows.pastOf(record).runs.find(({ run }) => run === id);
    if (past !== undefined) return { record, past };
  }
  return undefined;
}

const VERBS: Readonly<Record<OutcomeKind, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  rejected: "was rejected",
  "timed-out": "timed out",
  replaced: "was stopped for a later one",
  cancelled: "was cancelled",
  lost: "was lost",
};

/** A run of which the history no longer has the details: how it went, and where its output is. */
export function pastRunPage(page: Page, { record, past }: FoundPast): Answer {
  const { job } = record;
  const { run = "", outcome, exitCode, scheduledAt, startedAt, finishedAt, durationMs, node, usage, attempts } = past;
  const clock = page.clock(zoneOfJob(page.rows.row(job, page.parts), page));
  const isFailed = outcome === "failed" && exitCode !== undefined;
  const verb = `${VERBS[outcome]}${isFailed ? ` with exit code ${exitCode}` : ""}`;
  const took = durationMs === undefined ? undefined : runTimeInWords(durationMs);
  const circumstances = `${took === undefined ? "" : ` after ${took}`}${node === undefined ? "" : ` on ${node}`}`;
  const entries: readonly (readonly [string, Content])[] = [
    ["How it came about", originOf(past, page)],
    [past.trigger === "manual" ? "Requested" : "Due", clock.full(scheduledAt)],
    ["Started", startedAt && clock.full(startedAt)],
    ["Ended", clock.full(finishedAt)],
    ["Took", took],
    ["Used at least", usageInWords(usage)],
    ["Node", node],
    ["Attempts", String(attempts)],
  ];
  const topics = `job-${job}`;
  return layout(page, {
    place: "jobs",
    title: `${outcome} · ${run}`,
    main: html`${page.live({
      id: "head",
      topics,
      draw: (attributes) => html`<div class="head"${attributes}>
<nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / <a href="${page.link(`jobs/${job}`)}">${job}</a> / ${run}</nav>
<h1><a href="${page.link(`jobs/${job}`)}">${job}</a>, ${momentOf(scheduledAt, clock)}</h1>${state(outcome, isFailed ? `failed (${exitCode})` : outcome)}
<p class="lead">It ${verb}${circumstances}, ${distanceOf(finishedAt, page)}.</p></div>`,
    })}
${page.live({
  id: "facts",
  topics,
  draw: (attributes) =>
    html`<section class="card"${attributes}><h2>The run</h2><dl class="in">${entries.map(([name, value]) => value !== undefined && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl><p class="in soft">Its output and attempts are no longer kept (history); the scheduler's log has them.</p></section>`,
})}`,
  });
}
