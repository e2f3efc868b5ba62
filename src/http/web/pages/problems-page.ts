import { isWarning } from "../../../job/problem.ts";
import { errorsOf } from "../../../view/scheduler/problems.ts";
import type { ViewProblem } from "../../../view/scheduler/scheduler-view.ts";
import { keptJobs } from "../../../view/scheduler/scheduler-view.ts";
import { counted } from "../../../view/words/counted.ts";
import type { Answer } from "../../answer.ts";
import { type Content, type Html, html } from "../html.ts";
import { layout } from "../layout.ts";
import { type Mark, mark, state } from "../marks.ts";
import type { Page } from "../page.ts";

/** What is wrong now: engine, ledger and sources of this scheduler, and every problem of a definition with what to write instead. */
export function problemsPage(page: Page): Answer {
  const { problems } = page.parts.scheduler;
  const errors = errorsOf({ problems });
  const warnings = problems.filter(isWarning);
  return layout(page, {
    place: "problems",
    title: errors.length > 0 ? counted(errors.length, "problem") : "Problems",
    main: html`<div class="head"><h1>Problems</h1></div>
${page.live({ id: "scheduler", topics: "scheduler problems", draw: (attributes) => schedulerCard(page, attributes) })}
${page.live({ id: "problems", topics: "problems scheduler", draw: (attributes) => html`<div class="stack"${attributes}>${problemsCard(page, { title: "Problems", problems: errors })}${warnings.length > 0 && problemsCard(page, { title: "Warnings", problems: warnings })}</div>` })}`,
  });
}

/** Whether this scheduler can do its work. */
function schedulerCard(page: Page, attributes: Html): Html {
  const view = page.parts.scheduler;
  const { role, engineDownBecause, ledgerDownBecause } = view;
  const kept = keptJobs(view);
  const row = (
    what: string,
    { shape, word, more }: { readonly shape: Mark; readonly word: string; readonly more?: Content },
  ) => html`<tr><th scope="row">${what}</th><td>${state(shape, word)}</td><td>${more}</td></tr>`;
  const links = (jobs: readonly string[]) =>
    jobs.slice(0, 20).map((job, index) => html`${index > 0 && ", "}<a href="${page.link(`jobs/${job}`)}">${job}</a>`);
  const unsure = [...view.unsure];
  return html`<section class="card"${attributes}><h2>This scheduler</h2><div class="scroll"><table><caption class="hear">How this scheduler stands</caption><thead class="hear"><tr><th scope="col">What</th><th scope="col">How it stands</th><th scope="col">Why</th></tr></thead><tbody>
${row("Scheduler", role.kind === "active" ? { shape: "succeeded", word: "active", more: `${page.world.host}, version ${view.version}` } : { shape: "waiting", word: role.kind, more: role.kind === "standby" ? role.because : "it has not read its schedule files and labels yet" })}
${row("Engine", engineDownBecause === undefined ? { shape: "succeeded", word: "answers" } : { shape: "overdue", word: "does not answer", more: engineDownBecause })}
${row("Ledger", ledgerDownBecause === undefined ? { shape: "succeeded", word: "can be used" } : { shape: "overdue", word: "cannot be used", more: ledgerDownBecause })}
${kept.length > 0 && row("Kept", { shape: "kept", word: counted(kept.length, "job"), more: html`${links(kept)}: the definition cannot be read, and the last good one is used` })}
${unsure.length > 0 && row("Unsure", { shape: "lost", word: counted(unsure.length, "job"), more: html`${links(unsure)}: something that cannot be read may declare them, and nothing of them is started` })}
</tbody></table></div></section>`;
}

function problemsCard(
  page: Page,
  { title, problems }: { readonly title: string; readonly problems: readonly ViewProblem[] },
): Html {
  if (problems.length === 0)
    return html`<section class="card empty">${mark("succeeded")}<strong>No problems</strong><p>Every definition that this scheduler can see is read, and nothing fails repeatedly.</p></section>`;
  const mayRead = page.may("read");
  const rows = problems.map(({ at, message, hint, source, job, severity }) => {
    const where = job === undefined ? html`<code>${at}</code>` : html`<a href="${page.link(`jobs/${job}`)}">${at}</a>`;
    const what = mayRead
      ? html`${message}${hint !== undefined && html`<span class="small">${hint}</span>`}`
      : html`<span class="soft">told to those with the role read</span>`;
    return html`<tr><td>${state(severity === "warning" ? "missed" : "failed", severity ?? "error")}</td><th scope="row">${where}<span class="small">${source}</span></th><td>${what}</td></tr>
`;
  });
  return html`<section class="card"><header><h2>${title}</h2><p class="soft">${problems.length}</p></header><div class="scroll"><table class="problems"><caption class="hear">${title}</caption><thead class="hear"><tr><th scope="col">Severity</th><th scope="col">Where</th><th scope="col">What is wrong, and what to write instead</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
