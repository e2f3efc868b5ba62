import { isAhead } from "../../decide/cursor-ahead.ts";
import { activeRuns, expiresAt, isExpired } from "../../ledger/record.ts";
import { nextDue, unknownScheduleSentences } from "../job-view.ts";
import { isCarriedOut } from "../standing.ts";
import type { Explained } from "./sentence.ts";
import { occurrencesWords, undecided } from "../words/occurrences.ts";
import { refusalWords } from "../words/refusal.ts";
import { waitingWords } from "../words/waiting.ts";

const NEXT_SHOWN = 3;
/** A scheduler decides within a second or two; the clocks of machines may differ by more. */
const GRACE_MS = 10_000;

/** What was due and is not decided: it waits for the active run, or for a scheduler. */
export function explainWaiting({ record, timetables, now, when, standing, answer }: Explained): string[] {
  const { cursor, admittedThrough } = record;
  if (!isCarriedOut(standing) || cursor >= now) return [];
  const waitUntil = admittedThrough === undefined || admittedThrough < cursor ? cursor : admittedThrough;
  const waiting = undecided(record, timetables, cursor, waitUntil < now ? waitUntil : now);
  const open = undecided(record, timetables, waitUntil, now);
  const isLate = open[0] !== undefined && now.getTime() - open[0].getTime() > GRACE_MS;
  const isAlone = answer.kind === "silent" ? ', or no scheduler is running ("shipbell health")' : "";
  const why = activeRuns(record).length > 0 ? "it waits for what is active" : "its start is being prepared";
  return [
    ...(waiting.length > 0 ? [`Waiting for the active run to end: ${occurrencesWords(waiting, when)}.`] : []),
    ...(isLate ? [`Not decided yet: ${occurrencesWords(open, when)}; ${why}${isAlone}.`] : []),
  ];
}

/** Starts that were asked for by hand and did not come yet: in the words of `run --wait`. */
export function explainRequests({ record, when, now, answer }: Explained): string[] {
  return record.requests.map((request) => {
    const asked = `A start by hand was asked for at ${when.atAndDistance(request.askedAt)}`;
    if (request.refused !== undefined) return `${asked}, and refused: ${refusalWords(request.refused.reason)}.`;
    const lapses = expiresAt(record, request);
    if (isExpired(record, request, now))
      return `${asked}, and lapsed at ${when.at(lapses)}: ${refusalWords("expired")}.`;
    return `${asked}; it ${waitingWords(record, request, answer)}. The request lapses at ${when.atAndDistance(lapses)}.`;
  });
}

/** The next times, and what stands in the way of the schedule. */
export function explainNext(explained: Explained): string[] {
  const { record, now, when, standing, timetables } = explained;
  if (!isCarriedOut(standing)) return [];
  const unknown = unknownScheduleSentences(record, timetables);
  if (unknown.length > 0) return [...unknown];
  const times = nextTimes(explained).map((at) => `${when.at(at)} (${when.distance(at)})`);
  const isSkipped = record.definition.suspended || record.paused !== undefined;
  const next =
    times.length === 0
      ? "There is no further occurrence."
      : `It is due next${isSkipped ? ", and skipped unless that changes," : ""} at ${times.join(", ")}.`;
  if (!isAhead(record, now)) return [next];
  return [
    `Its record is decided up to ${when.atAndDistance(record.cursor)}: a clock was set back. Until then nothing is started by ` +
      `schedule; "shipbell reset ${record.job}" mends it.`,
    next,
  ];
}

function nextTimes({ record, timetables, now }: Explained): readonly Date[] {
  const times: Date[] = [];
  const timetable = timetables.ofRecord(record.definition.schedules);
  let at = nextDue(record, timetables, now);
  while (at !== undefined && times.length < NEXT_SHOWN) {
    times.push(at);
    at = timetable?.next(at);
  }
  return times;
}
