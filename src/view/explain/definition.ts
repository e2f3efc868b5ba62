import type { Exclusions } from "../../job/exclusions/exclusions.ts";
import { type After, AWAY_STAYS_MS, type Schedule } from "../../job/job.ts";
import type { InstanceRecord, JobRecord } from "../../ledger/record.ts";
import { isOnClock, timezoneOf } from "../../schedule/timetable.ts";
import { awayWords, nodeOfJob } from "../jobs/node-of-job.ts";
import { pausesOf } from "../jobs/pause-view.ts";
import type { SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { afterInWords, afterOf } from "../words/after.ts";
import { durationInWords } from "../words/duration.ts";
import { exclusionsInWords } from "../words/exclusions.ts";
import { inputInWords } from "../words/inputs.ts";
import { pausedSince, pauseMeaning } from "../words/pause.ts";
import type { TimeWords } from "../words/time.ts";
import type { Sentence } from "./sentence.ts";

/** Enough of a hash to tell it from others. */
const HASH_SHOWN = 12;

/** What the job is, and whether it is kept from starting by its definition or an operator. */
export function explainDefinition({
  record,
  instance,
  now,
  when,
  answer,
}: {
  readonly record: JobRecord;
  readonly instance?: InstanceRecord | undefined;
  readonly now: Date;
  readonly when: TimeWords;
  readonly answer: SchedulerAnswer;
}): Sentence[] {
  const { job, definition } = record;
  const { schedules, exclusions, suspended, hash, generation } = definition;
  const after = afterOf(record);
  const sentences: Sentence[] = [
    { about: "schedules", schedules, ...(after && { after }), text: whenWords(job, schedules, after) },
    ...(exclusions === undefined ? [] : [aboutExclusions(exclusions)]),
    {
      about: "definition",
      hash,
      generation,
      text: `Its definition is ${hash.slice(0, HASH_SHOWN)}, from generation ${generation} of the definitions.`,
    },
  ];
  const isSkipped = `what is due is skipped, and only "shipbell run ${job}" starts it`;
  const declared = answer.kind === "answers" ? answer.view.jobs.get(job) : undefined;
  const node = nodeOfJob(definition.node, declared?.node);
  if (node !== undefined)
    sentences.push({
      about: "node",
      node,
      text: `It runs on node ${node.name}: ${node.of} is declared for each node ("shipbell explain ${node.of}").`,
    });
  const { awaySince } = node ?? {};
  if (node !== undefined && awaySince !== undefined) {
    const gone = when.at(new Date(awaySince.getTime() + AWAY_STAYS_MS));
    const text = `Since ${when.atAndDistance(awaySince)}, ${awayWords(node)}: ${isSkipped}. Unless that changes, this job goes at ${gone}.`;
    sentences.push({ about: "suspended", text });
  } else if (suspended) sentences.push({ about: "suspended", text: `Its definition suspends it: ${isSkipped}.` });
  for (const paused of pausesOf(record, instance, now)) {
    const text = `${pausedSince(paused, when)}: ${pauseMeaning(paused, job)}.`;
    sentences.push({ about: "paused", paused, text });
  }
  return sentences;
}

function whenWords(job: string, schedules: readonly Schedule[], after: After | undefined): string {
  const starts = after && `starts ${afterInWords(after)}`;
  const due = `${job} is due by ${schedules.map((schedule) => scheduleWords(schedule)).join(" and by ")}`;
  if (schedules.length > 0) return starts === undefined ? `${due}.` : `${due}; it also ${starts}.`;
  return starts === undefined ? `${job} has no schedule: only "shipbell run ${job}" starts it.` : `${job} ${starts}.`;
}

/** Whose labels declare it, and how that is written here. */
export function explainTranslation({
  record,
  answer,
}: {
  readonly record: JobRecord;
  readonly answer: SchedulerAnswer;
}): Sentence[] {
  const { at, translated } = (answer.kind === "answers" && answer.view.jobs.get(record.job)?.origin) || {};
  if (translated === undefined) return [];
  const lines = translated.native.split("\n").join("; ");
  const what = translated.native.startsWith("jobs:") ? "In a schedule file" : "In labels of shipbell";
  const text = `It is carried out as ${at} say. ${what}: ${lines}.`;
  return [{ about: "translated", ...translated, text }];
}

/** What people may choose when they start it: as the running scheduler has it, since no record says it. */
export function explainInputs({
  record,
  answer,
}: {
  readonly record: JobRecord;
  readonly answer: SchedulerAnswer;
}): Sentence[] {
  const declared = answer.kind === "answers" ? answer.view.jobs.get(record.job) : undefined;
  return Object.entries(declared?.inputs ?? {}).map(([name, input]) => {
    const { description } = input;
    const text = `Its input ${name}${description === undefined ? "" : ` (${description})`} is ${inputInWords(input)}.`;
    return { about: "input", name, input, text };
  });
}

function aboutExclusions(exclusions: Exclusions): Sentence {
  const text = `It ${exclusionsInWords(exclusions).join("; it ")} (${exclusions.timezone}).`;
  return { about: "exclusions", exclusions, text };
}

/** `@every` knows no time zone. */
function scheduleWords(schedule: Schedule): string {
  const { pattern, written } = schedule;
  const words = written === undefined ? `"${pattern}"` : `"${written}", which is "${pattern}" for it,`;
  const later = schedule.jitter === undefined ? "" : `, up to ${durationInWords(schedule.jitter.ms)} later`;
  return `${isOnClock(schedule) ? `${words} in ${timezoneOf(schedule)}` : words}${later}`;
}
