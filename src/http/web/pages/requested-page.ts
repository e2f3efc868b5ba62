import { runId } from "../../../job/names.ts";
import { allRequests, isExpired, type JobRecord, type RunRequest } from "../../../ledger/record.ts";
import { explainJob } from "../../../view/explain/explain.ts";
import type { Answer } from "../../answer.ts";
import { resultNote } from "../forms/result-note.ts";
import { html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { state } from "../marks.ts";
import { momentOf, type Page } from "../page.ts";

export interface Requested {
  readonly record: JobRecord;
  readonly request: RunRequest;
}

/** The request that a run of that ID will fulfil; undefined when there is none. */
export function findRequested({ parts }: Page, run: string): Requested | undefined {
  for (const record of parts.records.values()) {
    const isFor = ({ id, askedAt }: RunRequest) => runId(record.job, { scheduledAt: askedAt, request: id }) === run;
    const request = allRequests(record).find(isFor);
    if (request !== undefined) return { record, request };
  }
  return undefined;
}

/** Most starts take a second. A browser without scripts has no other way to hear of it. */
const LOOK_AGAIN_S = 2;

/** A run that was requested and is not started: what it waits for, or why it never will be. Once there is a run, its page follows. */
export function requestedPage(page: Page, { record, request }: Requested): Answer {
  const { job } = record;
  const { run = "" } = page.request.params;
  const { world, now, parts } = page;
  const clock = page.clock(zoneOfJob(page.rows.row(job, parts), page));
  const isOver = request.refused !== undefined || isExpired(record, request, now);
  const sentences = explainJob(record, {
    timetables: world.timetables,
    now,
    states: parts.states,
    answer: { kind: "answers", view: parts.scheduler },
  });
  const words = sentences.find((sentence) => sentence.about === "request" && sentence.request.id === request.id)?.text;
  const isLater = request.askedAt > now;
  const soon = isLater ? "It starts at its time." : "It starts within a second or two, if it can.";
  const unknown = isOver ? "It was not started." : soon;
  return layout(page, {
    place: "jobs",
    title: `${isOver ? "not started" : "requested"} · ${run}`,
    note: isOver ? undefined : resultNote(page, run),
    ...(!isOver && !isLater && { lookAgainS: LOOK_AGAIN_S }),
    main: page.live({
      id: "head",
      topics: `job-${job}`,
      again: 5,
      draw: (attributes) => html`<div class="head"${attributes}${!isOver && html` data-awaits`}>
<nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / <a href="${page.link(`jobs/${job}`)}">${job}</a> / ${run}</nav>
<h1><a href="${page.link(`jobs/${job}`)}">${job}</a>, ${momentOf(request.askedAt, clock)}</h1>${isOver ? state("failed", "not started") : state("waiting", isLater ? "planned" : "requested")}
<p class="lead">${(page.may("read") ? words : undefined) ?? unknown}</p></div>`,
    }),
  });
}
