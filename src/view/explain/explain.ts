import type { JobRecord } from "../../ledger/record.ts";
import { standingOf } from "../standing.ts";
import { explainDefinition } from "./definition.ts";
import { explainNext, explainRequests, explainWaiting } from "./next.ts";
import { explainActive, explainEnded } from "./runs.ts";
import { explainStanding } from "./standing.ts";
import { explainVerdicts } from "./verdicts.ts";
import type { ExplainParts } from "./sentence.ts";
import { timeWords } from "../words/time.ts";

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
