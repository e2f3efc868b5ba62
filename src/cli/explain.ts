import type { JobRecord } from "../ledger/record.ts";
import { standingOf } from "../view/standing.ts";
import { explainDefinition } from "./explain-definition.ts";
import { explainNext, explainRequests, explainWaiting } from "./explain-next.ts";
import { explainActive, explainEnded } from "./explain-runs.ts";
import { explainStanding } from "./explain-standing.ts";
import { explainVerdicts } from "./explain-verdicts.ts";
import type { ExplainParts } from "./explained.ts";
import { timeWords } from "./terminal/zoned-time.ts";

/** What a job is, what it does now, what comes next, and why it did or did not run lately: a sentence or two each. */
export function explainJob(record: JobRecord, parts: ExplainParts): string[] {
  const when = timeWords(record.definition.schedules, parts.now);
  const explained = { ...parts, record, when, standing: standingOf(record.job, record, parts.answer) };
  return [
    ...explainDefinition(explained),
    ...explainStanding(explained),
    ...explainActive(explained),
    ...explainWaiting(explained),
    ...explainRequests(explained),
    ...explainNext(explained),
    ...explainVerdicts(explained),
    ...explainEnded(explained),
  ];
}
