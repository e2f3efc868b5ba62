import type { Page } from "../ledger/page.ts";
import { explainDefinition } from "./explain-definition.ts";
import { explainNext, explainWaiting, explainWishes } from "./explain-next.ts";
import { explainActive, explainEnded } from "./explain-runs.ts";
import { explainVerdicts } from "./explain-verdicts.ts";
import type { ExplainParts } from "./explained.ts";
import { timeWords } from "./zoned-time.ts";

/** What a job is, what it does now, what comes next, and why it did or did not run lately: a sentence or two each. */
export function explainJob(page: Page, parts: ExplainParts): string[] {
  const explained = { ...parts, page, when: timeWords(page.definition.schedules, parts.now) };
  return [
    ...explainDefinition(explained),
    ...explainActive(explained),
    ...explainWaiting(explained),
    ...explainWishes(explained),
    ...explainNext(explained),
    ...explainVerdicts(explained),
    ...explainEnded(explained),
  ];
}
