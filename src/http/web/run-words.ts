import type { By, Run } from "../../ledger/record.ts";
import type { RunView } from "../../view/runs/run-view.ts";
import { outcomeInTable } from "../../view/words/outcome.ts";
import { type Content, type Html, html } from "./html.ts";
import { type Mark, mark } from "./marks.ts";
import type { Page } from "./page.ts";

const SHAPES: Readonly<Record<Exclude<RunView["state"], "ended">, { readonly mark: Mark; readonly word: string }>> = {
  running: { mark: "running", word: "running" },
  active: { mark: "running", word: "active" },
  starting: { mark: "waiting", word: "starting" },
  "waiting-for-retry": { mark: "waiting", word: "waits for its next attempt" },
  stopping: { mark: "cancelled", word: "being stopped" },
  ending: { mark: "none", word: "ending" },
};

/** Shape and words of how a run stands, or how it ended. */
export function runState({ state, outcome }: Pick<RunView, "state" | "outcome">, words?: Content): Html {
  if (outcome !== undefined) return shown(outcome.kind, words ?? outcomeInTable(outcome));
  if (state === "ended") return shown("none", "ended");
  const { mark: shape, word } = SHAPES[state];
  return shown(shape, words ?? word);
}

function shown(shape: Mark, words: Content): Html {
  return html`<span class="state ${shape}">${mark(shape)}<span>${words}</span></span>`;
}

/** `anna, on the page`, `root, at the command line`. */
export function byWords({ via, name }: By): string {
  const how = { cli: "at the command line", page: "on the page", api: "through the API" }[via];
  return name === undefined ? how : `${name}, ${how}`;
}

/** How the run came about, with who asked and why. */
export function originOf(
  { trigger, by, reason, after }: Pick<Run, "trigger" | "by" | "reason" | "after">,
  { may, link }: Pick<Page, "may" | "link">,
): Content {
  if (trigger === "after") {
    if (after === undefined) return "after the end of another job's run";
    return html`after the end of <a href="${link(`runs/${after.run}`)}">${after.run}</a> of ${after.job}`;
  }
  if (trigger === "schedule") return "by schedule";
  if (trigger === "catch-up") return "caught up: it was due while nothing could decide it";
  // Who may not read is not told what operators wrote.
  if (!may("read")) return "started manually";
  return html`started manually${by !== undefined && html` by ${byWords(by)}`}${reason !== undefined && html`: “${reason}”`}`;
}

/** Where there is no room for a column of nodes. */
export function nodeIfNarrow(node: string | undefined): Content {
  return node !== undefined && html`<span class="small narrow">on ${node}</span>`;
}
