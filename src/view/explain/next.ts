import { isAhead } from "../../decide/cursor-ahead.ts";
import { undecidedEnds } from "../../decide/ends.ts";
import { runId } from "../../job/names.ts";
import {
  activeRuns,
  allRequests,
  type DefinitionSeen,
  expiresAt,
  type InstanceRecord,
  isExpired,
  type JobRecord,
  type RunRequest,
} from "../../ledger/record.ts";
import { isReboot, type Timetables } from "../../schedule/timetable.ts";
import {
  isDone,
  nextDue,
  nextOccurrences,
  occurrencesBetween,
  unknownSchedules,
  unknownScheduleWords,
  waitsQuietUntil,
} from "../jobs/due.ts";
import { type PauseView, pausesOf } from "../jobs/pause-view.ts";
import { isCarriedOut, type Standing } from "../jobs/standing.ts";
import type { SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { afterInWords, afterOf } from "../words/after.ts";
import { byWords, reasonWords } from "../words/asked.ts";
import { occurrencesWords } from "../words/occurrences.ts";
import { pausedUntilWords } from "../words/pause.ts";
import { type PoolWait, poolWaitOf, poolWaitWords } from "../words/pool.ts";
import { refusalWords } from "../words/refusal.ts";
import type { TimeWords } from "../words/time.ts";
import { waitingWords } from "../words/waiting.ts";
import type { Sentence } from "./sentence.ts";
import { aboutStanding } from "./standing.ts";

interface NextParts {
  readonly record: JobRecord;
  readonly instance?: InstanceRecord | undefined;
  readonly upstream?: JobRecord | undefined;
  readonly timetables: Timetables;
  readonly now: Date;
  readonly when: TimeWords;
  readonly standing: Standing;
  readonly answer: SchedulerAnswer;
}

/** A scheduler decides within a second or two; the clocks of machines may differ by more. */
const GRACE_MS = 10_000;

/** What was due and is not decided: it waits for a slot, for the active run, or for a scheduler. */
export function explainWaiting(parts: NextParts): Sentence[] {
  const { record, standing, answer } = parts;
  if (!isCarriedOut(standing)) return [];
  const wait = answer.kind === "answers" ? poolWaitOf(record.job, answer.view) : undefined;
  return wait === undefined ? explainUndecided(parts) : [aboutPool(wait)];
}

function aboutPool(wait: PoolWait): Sentence {
  const { run, attempt, before, pool } = wait;
  const { name, limit, holders } = pool;
  const facts = { run, attempt, pool: name, limit, holders: holders.map(({ run }) => run), before };
  const what = attempt > 1 ? `${run} (attempt ${attempt})` : run;
  return { about: "waits-for-pool", ...facts, text: `${what} ${poolWaitWords(wait)}.` };
}

function explainUndecided(parts: NextParts): Sentence[] {
  const { record, timetables, now, when, answer } = parts;
  const { cursor, admittedThrough } = record;
  if (cursor >= now) return waitingEnds(parts);
  const quietUntil = waitsQuietUntil(record, timetables, now);
  if (quietUntil !== undefined) {
    const occurrences = occurrencesBetween(record, timetables, { after: cursor, upTo: now });
    const text = `Waiting for the end of a quiet window at ${when.atAndDistance(quietUntil)}: ${occurrencesWords(occurrences, when)}.`;
    return [{ about: "waiting", occurrences, until: quietUntil, text }];
  }
  const waitUntil = admittedThrough === undefined || admittedThrough < cursor ? cursor : admittedThrough;
  const upTo = waitUntil < now ? waitUntil : now;
  const waiting = occurrencesBetween(record, timetables, { after: cursor, upTo });
  const undecided = occurrencesBetween(record, timetables, { after: waitUntil, upTo: now });
  const sentences: Sentence[] = [];
  if (waiting.length > 0) {
    const text = `Waiting for the active run to end: ${occurrencesWords(waiting, when)}.`;
    sentences.push({ about: "waiting", occurrences: waiting, text });
  }
  const isLate = undecided[0] !== undefined && now.getTime() - undecided[0].getTime() > GRACE_MS;
  if (isLate) {
    const isAlone = answer.kind === "silent" ? ', or no scheduler is running ("shipbell health")' : "";
    const why = activeRuns(record).length > 0 ? "it waits for what is active" : "its start is being prepared";
    const text = `Not decided yet: ${occurrencesWords(undecided, when)}; ${why}${isAlone}.`;
    sentences.push({ about: "undecided", occurrences: undecided, text });
  }
  return [...sentences, ...waitingEnds(parts)];
}

/** Ends of another job's runs that are to start it, and have not. */
function waitingEnds({ record, upstream, now, when, answer }: NextParts): Sentence[] {
  const { ends } = undecidedEnds(record, upstream);
  const [first] = ends;
  if (first === undefined) return [];
  const occurrences = ends.map(({ at }) => at);
  const what =
    ends.length === 1
      ? `the end of ${first.run}, at ${when.at(first.at)}`
      : `${ends.length} ends of ${first.job}, from ${when.at(first.at)} to ${when.at(occurrences.at(-1) ?? first.at)}`;
  if (activeRuns(record).length > 0)
    return [{ about: "waiting", occurrences, text: `Waiting for the active run to end: ${what}.` }];
  if (now.getTime() - first.at.getTime() <= GRACE_MS) return [];
  const isAlone = answer.kind === "silent" ? ', or no scheduler is running ("shipbell health")' : "";
  return [
    { about: "undecided", occurrences, text: `Not decided yet: ${what}; its start is being prepared${isAlone}.` },
  ];
}

/** Manual starts that were requested and did not come yet, in the words of `run --wait`. */
export function explainRequests(parts: Pick<NextParts, "record" | "now" | "when" | "answer">): Sentence[] {
  const { record } = parts;
  return allRequests(record).map((request) => {
    const { id, askedAt, refused, by, reason } = request;
    const lapsesAt = expiresAt(record, request);
    const facts = {
      id,
      askedAt,
      lapsesAt,
      ...(refused && { refused: refused.reason }),
      ...(by && { by }),
      ...(reason !== undefined && { reason }),
    };
    return { about: "request", request: facts, text: requestWords(request, lapsesAt, parts) };
  });
}

function requestWords(
  request: RunRequest,
  lapsesAt: Date,
  { record, now, when, answer }: Pick<NextParts, "record" | "now" | "when" | "answer">,
): string {
  const planned = record.planned?.find(({ id }) => id === request.id);
  if (planned !== undefined) {
    const run = runId(record.job, { scheduledAt: planned.startAt, request: planned.id });
    const asked = `asked for${byWords(request.by)} at ${when.at(planned.askedAt)}${reasonWords(request.reason)}`;
    return `A manual start is planned for ${when.atAndDistance(planned.startAt)}, ${asked}; "shipbell cancel ${run}" takes it back.`;
  }
  const asked = `A manual start was asked for${byWords(request.by)} at ${when.atAndDistance(request.askedAt)}${reasonWords(request.reason)}`;
  if (request.refused !== undefined) return `${asked}, and refused: ${refusalWords(request.refused.reason)}.`;
  if (isExpired(record, request, now))
    return `${asked}, and lapsed at ${when.at(lapsesAt)}: ${refusalWords("expired")}.`;
  return `${asked}; it ${waitingWords(record, request, answer)}. The request lapses at ${when.atAndDistance(lapsesAt)}.`;
}

const NEXT_SHOWN = 3;

function noneLeft(record: JobRecord, timetables: Timetables): string {
  const after = afterOf(record);
  if (after !== undefined) return `It starts ${afterInWords(after)}.`;
  if (isDone(record, timetables)) return "It is done: no further time starts it.";
  const { schedules } = record.definition;
  if (schedules.some(({ pattern }) => isReboot(pattern))) return "It is due next after the next boot of its host.";
  return "None of its times is started: all that were looked at are left out.";
}

/** The next times, and what stands in the way of the schedule. */
export function explainNext(parts: NextParts): Sentence[] {
  const { record, instance, timetables, now, when, standing } = parts;
  if (!isCarriedOut(standing) || record.definition.schedules.length === 0) return [];
  const unknown = aboutUnknown(record, timetables);
  if (unknown.length > 0) return unknown;
  const [paused] = pausesOf(record, instance, now);
  const occurrences = nextOccurrences(record, timetables, { now, pausedUntil: paused?.until, count: NEXT_SHOWN });
  const timetable = timetables.ofRecord(record.definition.schedules);
  const times = occurrences.map((at) => {
    const nominal = timetable?.nominalOf(at) ?? at;
    return `${when.at(at)} (${when.distance(at)}${nominal < at ? `; ${when.at(nominal)} and its jitter` : ""})`;
  });
  const isSkipped = record.definition.suspended || (paused !== undefined && paused.until === undefined);
  const isLater = !isSkipped && paused !== undefined ? ", after its pause," : "";
  const text =
    times.length === 0
      ? noneLeft(record, timetables)
      : `It is due next${isSkipped ? ", and skipped unless that changes," : isLater} at ${times.join(", ")}.`;
  const next: Sentence = { about: "next", occurrences, text };
  const prepared = isSkipped ? [] : aboutPrepared(parts, occurrences[0]);
  const nexts = [...aboutExcluded(record, timetables, now, when), next, ...prepared];
  if (!isAhead(record, now)) return nexts;
  const ahead =
    `Its record is decided up to ${when.atAndDistance(record.cursor)}: a clock was set back. Until then nothing is started by ` +
    `schedule; "shipbell reset ${record.job}" mends it.`;
  return [{ about: "decided-ahead", decidedUpTo: record.cursor, text: ahead }, ...nexts];
}

function aboutPrepared({ record, when, answer }: NextParts, next: Date | undefined): Sentence[] {
  const preparedFor = answer.kind === "answers" ? answer.view.jobs.get(record.job)?.preparedFor : undefined;
  if (preparedFor === undefined || preparedFor.getTime() !== next?.getTime()) return [];
  const text = `The start at ${when.at(next)} is prepared: what runs then is created already, and does not run before.`;
  return [{ about: "prepared", occurrence: next, text }];
}

/** When the job is started next, or why it is not; with what the running scheduler says, where it says anything of it. */
export function explainStart({ record, instance, timetables, now, when, standing }: NextParts): Sentence[] {
  const sentences = standing.kind === "unknown" ? [] : aboutStanding(standing, when);
  if (!isCarriedOut(standing)) return sentences;
  const unknown = aboutUnknown(record, timetables);
  if (unknown.length > 0) return [...sentences, ...unknown];
  const [paused] = pausesOf(record, instance, now);
  const next = nextDue(record, timetables, { now, pausedUntil: paused?.until });
  sentences.push(...aboutExcluded(record, timetables, now, when));
  if (next === undefined) return [...sentences, { about: "next", occurrences: [], text: noneLeft(record, timetables) }];
  return [...sentences, aboutNextStart(record.definition, { paused, next }, when)];
}

/** That what is due now is not started, and until when. */
function aboutExcluded({ definition }: JobRecord, timetables: Timetables, now: Date, when: TimeWords): Sentence[] {
  const { schedules, exclusions } = definition;
  const timetable = exclusions && timetables.ofRecord(schedules, exclusions);
  if (timetable === undefined || schedules.length === 0) return [];
  const excepted = timetable.exceptedUntil(now);
  if (excepted === "for ever")
    return [{ about: "excluded", reason: "excepted", text: "No day is left on which only lets it start." }];
  if (excepted !== undefined) {
    const text = `Today is left out by except or only: what is due before ${when.at(excepted)} is skipped.`;
    return [{ about: "excluded", reason: "excepted", until: excepted, text }];
  }
  const until = timetable.quietUntil(now);
  if (until === undefined) return [];
  const then = exclusions?.defers ? "waits: the last of it is started then" : "is skipped";
  return [
    {
      about: "excluded",
      reason: "quiet",
      until,
      text: `It is quiet until ${when.atAndDistance(until)}: what is due before ${then}.`,
    },
  ];
}

function aboutNextStart(
  definition: DefinitionSeen,
  { paused, next }: { readonly paused: PauseView | undefined; readonly next: Date },
  when: TimeWords,
): Sentence {
  if (definition.node?.awaySince !== undefined)
    return { about: "suspended", text: `Nothing is started on ${definition.node.name} now: what is due is skipped.` };
  if (definition.suspended) return { about: "suspended", text: "Its definition suspends it: what is due is skipped." };
  if (paused !== undefined) {
    const after = paused.until === undefined ? "" : `; it is due next after that at ${when.atAndDistance(next)}`;
    return { about: "paused", paused, text: `${pausedUntilWords(paused, when)}: what is due is skipped${after}.` };
  }
  return { about: "next", occurrences: [next], text: `It is due next at ${when.atAndDistance(next)}.` };
}

function aboutUnknown(record: JobRecord, timetables: Timetables): Sentence[] {
  return unknownSchedules(record, timetables).map((schedule) => ({
    about: "unknown-schedule",
    schedule,
    text: unknownScheduleWords(record.job, schedule),
  }));
}
