import { counted } from "../words/counted.ts";
import { durationInWords, runTimeInWords } from "../words/duration.ts";
import { stretchWords } from "../words/occurrences.ts";
import type { TimeWords } from "../words/time.ts";
import { isUndeclared, type Told, type ToldOutcome } from "./told.ts";

/** One line that says what happened to which job: `backup failed (exit code 2)`. */
export function noticeTitle(told: Told, when: TimeWords): string {
  const { notice, record, known } = told;
  const { count = 1, times = 1 } = notice;
  const { job } = record;
  switch (notice.kind) {
    case "failed": {
      const how = told.outcome ? inBrackets(told.outcome) : "";
      if (times > 1) return `${job} still fails${how}`;
      return `${job} ${verb(told.outcome)}${count > 1 ? ` ${count} times in a row` : ""}${how}`;
    }
    case "recovered":
      if (isUndeclared(notice)) return `${job} is no longer declared`;
      return count > 1 ? `${job} recovered after ${count} failures` : `${job} recovered`;
    case "missed":
    case "skipped":
      return `${job} ${notice.kind} ${occurrencesOf(told, when)}`;
    case "long-running":
      return notice.closes ? `${job} ended${tookOf(told)}${endOf(told)}` : `${job} is still running${soFar(told)}`;
    case "not-run": {
      if (isUndeclared(notice)) return `${job} is no longer declared`;
      if (notice.closes) return `${job} is started again`;
      const { since = notice.at, held = "paused" } = notice;
      return `${job} has been ${held} for ${durationInWords(known.now.getTime() - since.getTime())}`;
    }
  }
}

function verb(outcome: ToldOutcome | undefined): string {
  switch (outcome?.kind) {
    case "timed-out":
      return "timed out";
    case "rejected":
    case "lost":
      return `was ${outcome.kind}`;
    default:
      return "failed";
  }
}

/** What tells it apart: ` (exit code 2)`, ` (image-missing)`. */
function inBrackets({ kind, exitCode, reason, oom, failure }: ToldOutcome): string {
  if (failure !== undefined) return ` (${failure})`;
  if (kind === "failed" && exitCode !== undefined) return ` (exit code ${exitCode}${oom ? ", out of memory" : ""})`;
  return reason === undefined ? "" : ` (${reason})`;
}

/** `the occurrence of A`, `3 occurrences`. */
function occurrencesOf({ notice: { count = 1, since } }: Told, when: TimeWords): string {
  return count === 1 && since ? stretchWords({ first: since, count }, when) : counted(count, "occurrence");
}

function tookOf({ notice, run }: Told): string {
  const [first] = run?.attempts ?? [];
  if (first === undefined) return "";
  const end = run?.finishedAt ?? notice.at;
  return ` after ${runTimeInWords(Math.max(0, end.getTime() - (first.startedAt ?? first.boundAt).getTime()))}`;
}

function endOf({ outcome }: Told): string {
  if (outcome === undefined) return "";
  const word = { "timed-out": "timed out" }[outcome.kind as string] ?? outcome.kind;
  return `: ${word}${outcome.kind === "succeeded" ? "" : inBrackets(outcome)}`;
}

function soFar({ run, known, notice }: Told): string {
  const startedAt = run?.attempts.at(-1)?.startedAt ?? run?.attempts.at(-1)?.boundAt;
  if (startedAt === undefined) return notice.run === undefined ? "" : ` (${notice.run})`;
  return ` after ${durationInWords(Math.max(0, known.now.getTime() - startedAt.getTime()))}`;
}
