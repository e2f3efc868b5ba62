import { jobView } from "../../../view/jobs/job-view.ts";
import { groupInWords, jobsOfGroup } from "../../../view/jobs/node-group.ts";
import { outcomeInTable } from "../../../view/words/outcome.ts";
import type { Answer } from "../../answer.ts";
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
    main: html`<div class="head"><nav class="crumbs" aria-label="Where you are"><a href="${page.link("")}">Jobs</a> / ${group}</nav><h1>${group}</h1></div>
${page.live({ id: "nodes", topics: "jobs", draw: (attributes) => nodesCard(page, group, attributes) })}`,
  });
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
<td class="minor">${row && lastStartAt && momentOf(lastStartAt, page.clock(zoneOfJob(row)))}</td></tr>
`;
  });
  return html`<section class="card"${attributes}><h2>On each node: ${groupInWords(views)}</h2><div class="scroll"><table><caption class="hear">The job of each node</caption>
<thead><tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Last run</th><th scope="col" class="minor">Last start</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}
