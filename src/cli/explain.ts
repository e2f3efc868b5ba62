import type { Page } from "../ledger/page.ts";
import { standingOf } from "../view/standing.ts";
import { explainDefinition } from "./explain-definition.ts";
import { explainNext, explainWaiting, explainWishes } from "./explain-next.ts";
import { explainActive, explainEnded } from "./explain-runs.ts";
import { explainStanding } from "./explain-standing.ts";
import { explainVerdicts } from "./explain-verdicts.ts";
import type { ExplainParts } from "./explained.ts";
import { timeWords } from "./terminal/zoned-time.ts";

/** What a job is, what it does now, what comes next, and why it did or did not run lately: a sentence or two each. */
export function explainJob(page: Page, parts: ExplainParts): string[] {
  const when = timeWords(page.definition.schedules, parts.now);
  const explained = { ...parts, page, when, standing: standingOf(page.job, page, parts.answer) };
  return [
    ...explainDefinition(explained),
    ...explainStanding(explained),
    ...explainActive(explained),
    ...explainWaiting(explained),
    ...explainWishes(explained),
    ...explainNext(explained),
    ...explainVerdicts(explained),
    ...explainEnded(explained),
  ];
}
