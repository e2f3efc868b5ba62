import type { EngineNode } from "../../../engines/engine.ts";
import type { NodeColumn, NodeRun, NodesView } from "../../../view/scheduler/nodes-view.ts";
import { roughDuration, roughRunTime } from "../../../view/words/duration.ts";
import type { Answer } from "../../answer.ts";
import { barsInWords, smallBars } from "../bars.ts";
import { type Content, type Html, html } from "../html.ts";
import { layout } from "../layout.ts";
import { mark, state } from "../marks.ts";
import { minuteOf, type Page } from "../page.ts";

/** Where runs are: one column for each node, a box for each run on it. Only what shipbell runs is shown. */
export async function nodesPage(page: Page): Promise<Answer> {
  const view = seenNodes(page, await page.world.nodesView());
  return layout(page, {
    place: "nodes",
    title: "Nodes",
    main: html`<div class="head"><h1>Nodes</h1><p class="soft">What shipbell runs, and where. Other tasks are not shown.</p></div>
${page.live({ id: "nodes", topics: "jobs scheduler", again: 10, draw: (attributes) => drawNodes(page, view, attributes) })}`,
  });
}

/** Without the runs of jobs that do not exist for the caller. */
function seenNodes({ sees, may }: Page, { columns, unplaced, notice, ...view }: NodesView): NodesView {
  const seen = <T extends { readonly job: string }>(runs: readonly T[]) => runs.filter(({ job }) => sees(job));
  return {
    ...view,
    // The engine's own words are not for everyone.
    ...(notice !== undefined && { notice: may("read") ? notice : "The engine does not tell of its nodes." }),
    columns: columns.map(({ active, past, ...column }) => ({ ...column, active: seen(active), past: seen(past) })),
    unplaced: seen(unplaced),
  };
}

function drawNodes(page: Page, { columns, unplaced, notice }: NodesView, attributes: Html): Html {
  const told =
    notice === undefined
      ? undefined
      : html`<p class="note calm">${mark("lost")}<span>${notice} These are the names that the ledger knows.</span></p>`;
  if (columns.length === 0 && unplaced.length === 0)
    return html`<div class="stack"${attributes}>${told}<section class="card empty"><strong>No node is known yet</strong><p>A node appears here with the first run on it, or when the engine tells of it.</p></section></div>`;
  const waiting =
    unplaced.length > 0 &&
    html`<section class="card node"><header><h2>${mark("waiting")} On no node yet</h2></header>${boxes(page, unplaced)}</section>`;
  return html`<div class="stack"${attributes}>${told}<div class="nodes">${waiting}${columns.map((column) => nodeCard(page, column))}</div></div>`;
}

function nodeCard(page: Page, { name, nodes, active, past }: NodeColumn): Html {
  const clock = page.clock(page.commonZone);
  const last = past.at(-1);
  const none = html`<p class="nothing">${mark("none")}Nothing runs here.</p>`;
  const bars =
    past.length > 0 &&
    html`<div class="in ended">${smallBars({ runs: past })}<p class="small">${barsInWords(past)}${last && html`; the last one, <a href="${page.link(`jobs/${last.job}`)}">${last.job}</a>, ended ${minuteOf(last.finishedAt, clock)}`}</p></div>`;
  return html`<section class="card node"><header><h2>${name}</h2>${nodes.map(nodeState)}</header>
${active.length > 0 ? boxes(page, active) : none}${bars}</section>
`;
}

/** Ready and active is what a node should be; anything else is said first. */
function nodeState({ state: is, availability, role, isLeader, engineVersion }: EngineNode): Html {
  const shown =
    is !== "ready"
      ? state("lost", is)
      : availability === "active"
        ? state("succeeded", "ready")
        : state("paused", { pause: "paused: no new work", drain: "drained: no work" }[availability]);
  const more = [isLeader ? "leader" : role, engineVersion !== undefined && `Engine ${engineVersion}`]
    .filter(Boolean)
    .join(" · ");
  return html`<p class="is-node">${shown}${more !== "" && html` <span class="soft">${more}</span>`}</p>`;
}

function boxes(page: Page, runs: readonly NodeRun[]): Html {
  return html`<ul class="boxes">${runs.map((run) => box(page, run))}</ul>`;
}

function box(page: Page, run: NodeRun): Html {
  const { job, state: is, since, shareOfTypical, isLong } = run;
  const usual = page.rows.row(job, page.parts)?.past.typical;
  const shape = isLong ? "slow" : is === "running" || is === "active" ? "running" : "waiting";
  const words: Content = shareOfTypical !== undefined && usual && html`, usually ${roughRunTime(usual.medianMs)}`;
  const before = is === "running" || is === "active" ? "" : `${is} for `;
  return html`<li class="box ${shape}"><a href="${page.link(`runs/${run.run}`)}">${mark(shape)}${job}</a><span class="small">${before}<span data-since="${since.toISOString()}">${roughDuration(page.now.getTime() - since.getTime())}</span>${words}</span>${shareOfTypical !== undefined && share(shareOfTypical)}</li>`;
}

/** How much of what is usual has passed; what is beyond it has another form. */
function share(of: number): Html {
  const whole = Math.max(1, of);
  const usual = Math.round((Math.min(1, of) / whole) * 1000) / 10;
  const beyond = Math.round(((of - 1) / whole) * 1000) / 10;
  return html`<svg class="share" width="100%" height="6" role="img" aria-label="${Math.round(of * 100)} % of what is usual"><rect class="all" width="100%" height="6" rx="3"/><rect class="usual" width="${usual}%" height="6" rx="3"/>${beyond > 0 && html`<rect class="beyond" x="${usual}%" width="${beyond}%" height="6" rx="3"/>`}</svg>`;
}
