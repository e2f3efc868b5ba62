import { visible } from "../../job/problem.ts";
import { latestAttempt } from "../../ledger/record.ts";
import { endWords } from "../explain/runs.ts";
import { verdictSentence, verdictStretches } from "../explain/verdicts.ts";
import { counted } from "../words/counted.ts";
import { durationInWords, runTimeInWords } from "../words/duration.ts";
import { stretchWords } from "../words/occurrences.ts";
import { pausedSince } from "../words/pause.ts";
import type { TimeWords } from "../words/time.ts";
import { isUndeclared, type Told, type ToldOutcome } from "./told.ts";

/** The engine's own words can be as long as it likes. */
const LONGEST_TEXT = 1500;

/** Sentences that say what happened, to which run, where, and since when, in the words of `explain`. One line. */
export function noticeText(told: Told, when: TimeWords): string {
  const sentences = sentencesOf(told, when).filter((sentence) => sentence !== "");
  const text = visible(sentences.join(" "));
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function sentencesOf(told: Told, when: TimeWords): readonly string[] {
  if (isUndeclared(told.notice)) return undeclaredWords(told, when);
  switch (told.notice.kind) {
    case "failed":
      return [runWords(told, when), rowWords(told, when), lastSuccessWords(told, when), nextWords(told, when)];
    case "recovered":
      return [runWords(told, when), beforeWords(told, when)];
    case "missed":
    case "skipped":
      return [...verdictWords(told, when), nextWords(told, when)];
    case "long-running":
      return told.notice.closes
        ? [runWords(told, when), expectedWords(told)]
        : [runningWords(told, when), nextWords(told, when)];
    case "not-run":
      return [...notRunWords(told, when), nextWords(told, when)];
  }
}

/** How the run began and ended; as far as it is known. */
function runWords({ notice, run, past, outcome, record }: Told, when: TimeWords): string {
  if (run?.outcome !== undefined) return `${endWords(run, when)}.`;
  const name = notice.run ?? `A run of ${record.job}`;
  const due = past === undefined ? "" : `, due ${when.at(past.scheduledAt)},`;
  const took = past?.durationMs === undefined ? "" : ` after ${runTimeInWords(past.durationMs)}`;
  const where = past?.node === undefined ? "" : ` on ${past.node}`;
  return `${name}${due} ${outcomeWords(outcome)}${took}${where}, at ${when.at(past?.finishedAt ?? notice.at)}.`;
}

function outcomeWords(outcome: ToldOutcome | undefined): string {
  if (outcome === undefined) return "ended";
  const { kind, exitCode, reason, failure } = outcome;
  if (kind === "timed-out") return "timed out";
  const verb = kind === "failed" || kind === "succeeded" ? kind : `was ${kind}`;
  if (failure !== undefined) return `${kind} (${failure})`;
  const code = kind === "failed" && exitCode !== undefined ? ` with exit code ${exitCode}` : "";
  return `${verb}${code}${reason === undefined ? "" : ` (${reason})`}`;
}

function rowWords({ notice: { count = 1, since } }: Told, when: TimeWords): string {
  return count > 1 && since ? `It has failed ${count} times in a row, since ${when.at(since)}.` : "";
}

function lastSuccessWords({ record }: Told, when: TimeWords): string {
  const { lastSuccessAt } = record.totals;
  return lastSuccessAt === undefined ? "It has never succeeded." : `It succeeded last at ${when.at(lastSuccessAt)}.`;
}

function beforeWords({ notice: { count = 1, since } }: Told, when: TimeWords): string {
  if (since === undefined) return "";
  return count === 1
    ? `Before that it failed, at ${when.at(since)}.`
    : `Before that it failed ${count} times, from ${when.at(since)} on.`;
}

function undeclaredWords({ notice, record }: Told, when: TimeWords): readonly string[] {
  const { kind, at, since, count = 1 } = notice;
  const gone = `No source has declared ${record.job} since ${when.at(at)}: it is not started, and there are no more notices about it.`;
  if (since === undefined) return [gone];
  if (kind === "not-run") return [gone, `Before that it was not started, from ${when.at(since)} on.`];
  const times = count === 1 ? `it failed, at ${when.at(since)}` : `it failed ${count} times, from ${when.at(since)} on`;
  return [gone, `Before that ${times}, and it has not succeeded since.`];
}

function nextWords({ known: { nextAt }, record }: Told, when: TimeWords): string {
  return nextAt === undefined || record.definition.suspended ? "" : `It is due next at ${when.at(nextAt)}.`;
}

function runningWords({ run, notice, known }: Told, when: TimeWords): string {
  const expected = known.expectedDurationMs;
  const longer = expected === undefined ? "" : `, longer than the expected ${durationInWords(expected)}`;
  if (run === undefined) return `${notice.run ?? "A run"} was still running at ${when.at(notice.at)}${longer}.`;
  const { startedAt, boundAt, node } = latestAttempt(run);
  const began = startedAt ?? boundAt;
  const { timeoutMs } = run.policies;
  const stop =
    timeoutMs === undefined ? "" : `; its timeout stops it at ${when.at(new Date(began.getTime() + timeoutMs))}`;
  return `${run.id} has been running${node === undefined ? "" : ` on ${node}`} since ${when.at(began)}${longer}${stop}.`;
}

function expectedWords({ known: { expectedDurationMs } }: Told): string {
  return expectedDurationMs === undefined ? "" : `It was expected to take ${durationInWords(expectedDurationMs)}.`;
}

const STRETCHES_TOLD = 3;

function verdictWords({ notice, record }: Told, when: TimeWords): readonly string[] {
  const { kind, count = 1, since, through = since, reason } = notice;
  const told = record.verdicts.filter(
    ({ scheduledAt, through: last = scheduledAt }) => since && through && scheduledAt <= through && last >= since,
  );
  const stretches = verdictStretches(told).filter(({ verdict }) => verdict.kind === kind);
  if (stretches.length > 0) return stretches.slice(-STRETCHES_TOLD).map((stretch) => verdictSentence(stretch, when));
  const verb = kind === "missed" ? "Missed" : "Skipped";
  const which = since ? stretchWords({ first: since, ...(through && { last: through }), count }, when) : "";
  return [`${verb} ${which || counted(count, "occurrence")}${reason === undefined ? "" : ` (${reason})`}.`];
}

function notRunWords({ notice, known, record }: Told, when: TimeWords): readonly string[] {
  const { since, held, at, closes } = notice;
  const from = since === undefined ? "" : ` from ${when.at(since)}`;
  if (closes) return [`It was not started${from} to ${when.at(at)}.`];
  if (held !== "suspended" && known.pause !== undefined)
    return [`${pausedSince(known.pause, when)}: what is due is skipped.`];
  const { node } = record.definition;
  const suspended = node?.awaySince === undefined ? "Its definition suspends it" : `Nothing is started on ${node.name}`;
  const what = held === "suspended" ? suspended : "It is paused";
  return [`${what}${since === undefined ? "" : ` since ${when.at(since)}`}: what is due is skipped.`];
}
