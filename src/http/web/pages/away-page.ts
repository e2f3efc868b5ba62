import type { Answer } from "../../answer.ts";
import { type Content, html } from "../html.ts";
import { schedulesShort } from "../job-words.ts";
import { layout } from "../layout.ts";
import type { Page } from "../page.ts";

/**
 * What every page is while the records cannot be read: what they said a while ago is not shown as if it held now. What
 * schedule files declare holds.
 */
export function awayPage(page: Page): Answer {
  const { role, ledgerDownBecause, engineDownBecause, jobs } = page.parts.scheduler;
  const isStarting = ledgerDownBecause === undefined && role.kind !== "active";
  // Only while it starts has a scheduler declared jobs and no records.
  const isEngineAway = role.kind === "starting" && engineDownBecause !== undefined && jobs.size > 0;
  const title = isEngineAway ? "The engine has not answered yet" : "The ledger cannot be read";
  return layout(page, {
    status: 503,
    title,
    main: page.live({
      id: "away",
      topics: "scheduler",
      again: 5,
      draw: (
        attributes,
      ) => html`<div class="stack"${attributes} data-awaits><section class="card empty"><h1>${title}</h1>
${isStarting && html`<p>This scheduler has just been started, or stands by, and has not read it yet.</p>`}
${
  isEngineAway
    ? html`<p>Where the ledger is, with all that has run, is not known before it does. It is asked again every few seconds, and nothing has to be done here when it is back.</p>`
    : html`<p>What runs goes on. Nothing is started until the ledger is back, and what was due by then is decided as <code>catch_up</code> says. Another scheduler of this instance may be able to read it.</p>`
}
<p><a class="button" href="">Try again</a></p></section>${isEngineAway && declaredCard(page)}</div>`,
    }),
  });
}

/** What is known of jobs without an engine. */
function declaredCard(page: Page): Content {
  const mayRead = page.may("read");
  const rows = [...page.parts.scheduler.jobs].map(([job, { origin }]) => {
    const row = page.rows.row(job, page.parts);
    return html`<tr><th scope="row">${job}</th><td>${row && schedulesShort(row, page)}</td>${mayRead && html`<td class="soft">${origin.at}</td>`}</tr>
`;
  });
  return html`<section class="card"><h2>Declared in schedule files</h2>
<div class="scroll"><table><caption class="hear">Jobs of schedule files</caption><thead><tr><th scope="col">Job</th><th scope="col">Schedule</th>${mayRead && html`<th scope="col">Where</th>`}</tr></thead><tbody>
${rows}</tbody></table></div></section>`;
}
