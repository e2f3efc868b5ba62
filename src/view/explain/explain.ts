import type { InstanceRecord, JobRecord } from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import { standingOf } from "../jobs/standing.ts";
import type { ObjectStates } from "../runs/run-view.ts";
import type { SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { timeWords } from "../words/time.ts";
import { explainDefinition, explainInputs, explainTranslation } from "./definition.ts";
import { explainNext, explainRequests, explainStart, explainWaiting } from "./next.ts";
import { explainActive, explainEnded } from "./runs.ts";
import type { Sentence } from "./sentence.ts";
import { explainStanding } from "./standing.ts";
import { explainTellings } from "./tellings.ts";
import { explainVerdicts } from "./verdicts.ts";

interface NextStartParts {
  /** What concerns all jobs. */
  readonly instance?: InstanceRecord | undefined;
  /** The record of the job whose end starts this one, where there is one. */
  readonly upstream?: JobRecord | undefined;
  readonly timetables: Timetables;
  readonly now: Date;
  /** What the running scheduler says. */
  readonly answer: SchedulerAnswer;
}

interface ExplainParts extends NextStartParts {
  readonly states: ObjectStates;
}

/** Why the job ran or did not: what it is, what it does now, what comes next, and what was decided lately. */
export function explainJob(record: JobRecord, parts: ExplainParts): readonly Sentence[] {
  const when = timeWords(record.definition.schedules, parts.now);
  const explained = { ...parts, record, when, standing: standingOf(record.job, record, parts.answer) };
  return [
    ...explainDefinition(explained),
    ...explainTranslation(explained),
    ...explainInputs(explained),
    ...explainStanding(explained),
    ...explainActive(explained),
    ...explainWaiting(explained),
    ...explainRequests(explained),
    ...explainNext(explained),
    ...explainVerdicts(explained),
    ...explainEnded(explained),
    ...explainTellings(explained),
  ];
}

/** When the job is started next, or why it is not. */
export function explainNextStart(record: JobRecord, parts: NextStartParts): readonly Sentence[] {
  const when = timeWords(record.definition.schedules, parts.now);
  return explainStart({ ...parts, record, when, standing: standingOf(record.job, record, parts.answer) });
}
