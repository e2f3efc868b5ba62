import { nearestWord } from "../../../job/problem.ts";
import { openRecords, runIds } from "../../../view/find.ts";
import type { JobTableParts } from "../../../view/jobs/job-row.ts";
import type { Answer } from "../../answer.ts";
import { type Content, html } from "../html.ts";
import { layout } from "../layout.ts";
import type { Page } from "../page.ts";

/** There is no such job; the page names the one that was probably meant. */
export function noSuchJob(page: Page, name: string): Answer {
  const near = nearestWord(name, jobNames(page.parts));
  return missing(
    page,
    `There is no job “${name}”`,
    near !== undefined && html`<p>Did you mean <a href="${page.link(`jobs/${near}`)}">${near}</a>?</p>`,
  );
}

/** There is no such run, or it ended too long ago for any of it to be kept. */
export function noSuchRun(page: Page, id: string): Answer {
  const records = openRecords(page.parts.records);
  const near = nearestWord(id, runIds(records));
  const owner = jobNames(page.parts)
    .filter((job) => id.startsWith(`${job}-`))
    .toSorted((a, b) => b.length - a.length)[0];
  const hints = [
    owner !== undefined &&
      html`<p>Perhaps it is no longer kept: <a href="${page.link(`jobs/${owner}`)}">${owner}</a> has the runs that are, and how the last 60 went. What it printed is in the log of the scheduler.</p>`,
    near !== undefined && html`<p>Did you mean <a href="${page.link(`runs/${near}`)}">${near}</a>?</p>`,
  ];
  return missing(page, `There is no run “${id}”`, hints);
}

function jobNames({ records, scheduler }: JobTableParts): readonly string[] {
  return [...new Set([...openRecords(records).keys(), ...scheduler.jobs.keys()])];
}

function missing(page: Page, what: string, hints: Content): Answer {
  return layout(page, {
    status: 404,
    title: "Not found",
    main: html`<section class="card empty"><h1>${what}</h1>${hints}<p><a href="${page.link("")}">All jobs</a></p></section>`,
  });
}
