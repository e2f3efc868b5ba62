import type { Outcome } from "../../ledger/record.ts";
import type { JobState } from "../../view/jobs/job-row.ts";
import { outcomeInTable } from "../../view/words/outcome.ts";
import { type Content, type Html, html } from "./html.ts";
import { type Mark, mark, state } from "./marks.ts";

/** How each state of a job is shown: shape, word, and whether an operator should look at it. */
export const STATES: Readonly<Record<JobState, { readonly mark: Mark; readonly word: string; readonly isBad?: true }>> =
  {
    failing: { mark: "failed", word: "failing", isBad: true },
    overdue: { mark: "overdue", word: "overdue", isBad: true },
    unsure: { mark: "lost", word: "unsure", isBad: true },
    "running-long": { mark: "slow", word: "running long" },
    waiting: { mark: "waiting", word: "waiting" },
    paused: { mark: "paused", word: "paused" },
    suspended: { mark: "skipped", word: "suspended" },
    running: { mark: "running", word: "running" },
    kept: { mark: "kept", word: "kept" },
    "never-run": { mark: "none", word: "not run yet" },
    ok: { mark: "succeeded", word: "ok" },
    removed: { mark: "skipped", word: "removed" },
  };

/** Shape and word of a job's state. */
export function jobState(of: JobState): Html {
  const { mark: shape, word, isBad } = STATES[of];
  return html`<span class="state ${shape}${isBad && " bad"}">${mark(shape)}${word}</span>`;
}

/** Shape and words of an outcome: `✕ failed (2)`. */
export function outcomeState(outcome: Outcome, words: Content = outcomeInTable(outcome)): Html {
  return state(outcome.kind, words);
}
