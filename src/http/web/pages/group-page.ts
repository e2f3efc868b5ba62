import { jobView } from "../../../view/jobs/job-view.ts";
import { activeRunsOfGroup, groupInWords, jobsOfGroup } from "../../../view/jobs/node-group.ts";
import { outcomeInTable } from "../../../view/words/outcome.ts";
import type { Answer } from "../../answer.ts";
import { resultNote } from "../forms/result-note.ts";
import { type Html, html } from "../html.ts";
import { jobState } from "../job-marks.ts";
import { zoneOfJob } from "../job-words.ts";
import { layout } from "../layout.ts";
import { momentOf, type Page } from "../page.ts";

/** How a job that is declared for each node stands on them. Undefined where the name is that of no such job. */
export function groupPage(page: Page, group: string): Answer | undefined {
  const jobs = jobsOfGroup(group, page.parts.records);
  if (jobs.length === 0) return undefined;
  return layout(page, {
    place: "jobs",
    title: group,
    note: resultNote(page, group),
    main: html`${page.live({ id: "head", topics: "jobs", draw: (attributes) => head(page, group, attributes) })}
${page.live({ id: "nodes", topics: "jobs", draw: (attributes) => nodesCard(page, group, attributes) })}`,
  });
}

/** What is done there is done for the jobs of all nodes. */
function head(page: Page, group: string, attributes: Html): Html {
  const jobs = jobsOfGroup(group, page.parts.records);
  const button = (action: string, words: string, kind = "") =>
    html`<a class="button${kind}" href="${page.link(`jobs/${group}/${action}`)}" data-dialog>${words}</a>`;
  const isPaused = jobs.some((job) => page.parts.records.get(job)?.paused !== undefined);
  const isActive = activeRunsOfGroup(group, page.parts.records).length > 0;
  const resume =
    isPaused &&
    html`<form method="post" action="${page.link(`jobs/${group}/resume`)}"><button class="button">Resume</button></form>`;
  const does = html`<div class="does">${button("run", "Run…", " main")}${button("pause", "Pause…")}${resume}${isActive && button("cancel", "Cancel…")}</div>`;
  return html`<div class="head"${attributes}><nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / ${group}</nav><h1>${group}</h1>${page.may("operate") && does}</div>`;
}

function nodesCard(page: Page, group: string, attributes: Html): Html {
  const { parts, now, world } = page;
  const { records, instance, scheduler: view } = parts;
  const known = { answer: { kind: "answers", view }, instance, timetables: world.timetables, now } as const;
  const views = jobsOfGroup(group, records).flatMap((job) => jobView(job, records.get(job), known) ?? []);
  const rows = views.map(({ job, node, lastOutcome, lastStartAt }) => {
    const row = page.rows.row(job, parts);
    return html`<tr><th scope="row"><a href="${page.link(`jobs/${job}`)}">${node?.name ?? job}</a></th>
<td>${row && jobState(row.state)}</td><td>${lastOutcome && outcomeInTable(lastOutcome)}</td>
<td class="minor">${row && lastStartAt && momentOf(lastStartAt, page.clock(zoneOfJob(row, page)))}</td></tr>
`;
  });
  return html`<section class="card"${attributes}><h2>On each node: ${groupInWords(views)}</h2><div class="scroll"><table><caption class="hear">The job of each node</caption>
<thead><tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Last run</th><th scope="col" class="minor">Last start</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}
