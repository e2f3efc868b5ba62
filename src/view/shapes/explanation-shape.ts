import * as z from "zod";
import type { InstanceRecord, JobRecord } from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import { explainJob } from "../explain/explain.ts";
import type { Sentence } from "../explain/sentence.ts";
import { jobView } from "../jobs/job-view.ts";
import type { Standing } from "../jobs/standing.ts";
import { type ObjectStates, runViews } from "../runs/run-view.ts";
import type { SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { notifyRuleShape, tellingShape } from "./channel-shape.ts";
import { exclusionsShape, shapeExclusions } from "./exclusions-shape.ts";
import {
  afterShape,
  inputShape,
  jobKeys,
  nodeOfJobShape,
  pauseShape,
  scheduleShape,
  shapeJob,
  troubleShape,
} from "./job-shape.ts";
import { problemShape, shapeProblem } from "./problem-shape.ts";
import { byShape, imageShape, runShape, shapeRun } from "./run-shape.ts";
import { instant, list, openWord } from "./shape.ts";
import { shapeVerdict, verdictShape } from "./verdict-shape.ts";

const text = { text: z.string().meta({ description: "The sentence. Its times are in the job's own zone." }) };
const occurrences = list(instant);

const standingFact = z.object({
  kind: z.enum(["declared", "kept", "elsewhere", "unsure", "removed", "unknown"]),
  at: z.exactOptional(z.string()),
  because: z.exactOptional(list(problemShape)),
  removedAt: z.exactOptional(instant),
  since: z.exactOptional(instant),
  why: z.exactOptional(z.string()),
});

/** One sentence of an explanation, with the facts that it states: `about` says which there are. */
export const sentenceShape = z
  .discriminatedUnion("about", [
    z.object({
      about: z.literal("schedules"),
      ...text,
      schedules: list(scheduleShape),
      after: z.exactOptional(afterShape),
    }),
    z.object({ about: z.literal("definition"), ...text, hash: z.string(), generation: z.number().int() }),
    z.object({ about: z.literal("translated"), ...text, from: z.string(), native: z.string() }),
    z.object({ about: z.literal("input"), ...text, name: z.string(), input: inputShape }),
    z.object({ about: z.literal("exclusions"), ...text, exclusions: exclusionsShape }),
    z.object({
      about: z.literal("excluded"),
      ...text,
      reason: z.enum(["excepted", "quiet"]),
      until: z.exactOptional(instant).meta({ description: "Absent where nothing is ever started." }),
    }),
    z.object({ about: z.literal("suspended"), ...text }),
    z.object({ about: z.literal("node"), ...text, node: nodeOfJobShape }),
    z.object({ about: z.literal("paused"), ...text, paused: pauseShape }),
    z.object({ about: z.literal("standing"), ...text, standing: standingFact }),
    z.object({ about: z.literal("scheduler-down"), ...text }),
    z.object({ about: z.literal("trouble"), ...text, trouble: troubleShape }),
    z.object({ about: z.literal("also-engine-job"), ...text, dockerJobs: list(z.string()) }),
    z.object({ about: z.literal("unreadable-record"), ...text, problem: problemShape }),
    z.object({ about: z.literal("active-run"), ...text, run: runShape }),
    z.object({ about: z.enum(["waiting", "undecided"]), ...text, occurrences, until: z.exactOptional(instant) }),
    z.object({
      about: z.literal("waits-for-pool"),
      ...text,
      run: z.string(),
      attempt: z.number().int(),
      pool: z.string(),
      limit: z.number().int().meta({ description: "How many slots the pool has." }),
      holders: list(z.string()).meta({ description: "The runs that take its slots." }),
      before: z.number().int().meta({ description: "How many come before it." }),
    }),
    z.object({
      about: z.literal("request"),
      ...text,
      request: z.object({
        id: z.string(),
        askedAt: instant,
        lapsesAt: instant,
        refused: z.exactOptional(openWord("Why it was refused.")),
        by: z.exactOptional(byShape),
        reason: z.exactOptional(z.string()),
      }),
    }),
    z.object({ about: z.literal("unknown-schedule"), ...text, schedule: scheduleShape }),
    z.object({ about: z.literal("decided-ahead"), ...text, decidedUpTo: instant }),
    z.object({ about: z.literal("next"), ...text, occurrences }),
    z.object({ about: z.literal("prepared"), ...text, occurrence: instant }),
    z.object({
      about: z.literal("verdict"),
      ...text,
      verdict: verdictShape,
      last: instant,
      count: z.number().int(),
    }),
    z.object({ about: z.literal("ended-run"), ...text, run: runShape }),
    z.object({ about: z.literal("image"), ...text, run: z.string(), image: imageShape }),
    z.object({ about: z.literal("last-success"), ...text, lastSuccessAt: z.exactOptional(instant) }),
    z.object({ about: z.literal("never-started"), ...text }),
    z.object({ about: z.literal("notify"), ...text, rules: list(notifyRuleShape) }),
    z.object({ about: z.literal("telling"), ...text, telling: tellingShape }),
  ])
  .meta({ id: "Sentence" });
type SentenceShape = z.infer<typeof sentenceShape>;

export function shapeSentence(sentence: Sentence): SentenceShape {
  switch (sentence.about) {
    case "standing":
      return { ...sentence, standing: shapeStanding(sentence.standing) };
    case "exclusions":
      return { ...sentence, exclusions: shapeExclusions(sentence.exclusions) };
    case "unreadable-record":
      return { ...sentence, problem: shapeProblem(sentence.problem) };
    case "active-run":
    case "ended-run":
      return { ...sentence, run: shapeRun(sentence.run) };
    default:
      return sentence;
  }
}

function shapeStanding(standing: Standing) {
  return "because" in standing ? { ...standing, because: standing.because.map(shapeProblem) } : standing;
}

/** Everything that is known about a job. */
export const explanationShape = z
  .object({
    ...jobKeys,
    sentences: list(z.string()),
    facts: list(sentenceShape).meta({ description: "The same sentences, each with the facts that it states." }),
    verdicts: list(verdictShape).meta({ description: "The last 20, oldest first." }),
    runs: list(runShape).meta({ description: "Those that are kept, newest first." }),
  })
  .meta({ id: "Explanation" });
export type ExplanationShape = z.infer<typeof explanationShape>;

interface ExplanationParts {
  /** What concerns all jobs. */
  readonly instance?: InstanceRecord | undefined;
  readonly upstream?: JobRecord | undefined;
  readonly states: ObjectStates;
  readonly timetables: Timetables;
  readonly now: Date;
  readonly answer: SchedulerAnswer;
}

/** Undefined when the record is closed. */
export function shapeExplanation(record: JobRecord, parts: ExplanationParts): ExplanationShape | undefined {
  const view = jobView(record.job, record, parts);
  if (view === undefined) return undefined;
  const facts = explainJob(record, parts);
  return {
    ...shapeJob(view),
    sentences: facts.map(({ text }) => text),
    facts: facts.map(shapeSentence),
    verdicts: record.verdicts.map(shapeVerdict),
    runs: runViews(record, parts).map((view) => shapeRun(view)),
  };
}
