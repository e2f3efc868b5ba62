/** How a record stays small enough for the ledger that keeps it. Pure. */

import { shortenPast } from "../past.ts";
import {
  type Attempt,
  isActive,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type Run,
  type Stopping,
} from "../record.ts";
import { closeOldest, forgetLast, giveUpOldest } from "./deliveries.ts";

/** Never dropped: so many verdicts, and so much of what an engine said. */
const FEWEST_VERDICTS = 5;
const SHORTEST_MESSAGE_BYTES = 100;

/**
 * Returns the record without one thing that can be spared; undefined when there is none. The order: what channels heard of
 * last; notices, the oldest first, which are counted as dropped; outputs, those of the oldest ended runs first; the digest of
 * ended runs, half by half; ended runs, the oldest first; of active runs, the attempts before the latest, then most of what the
 * engine said about that one; the older verdicts; when its image was pulled; where the job is declared; what is open for a
 * channel, so that it is not told the end.
 *
 * Active runs, pending requests and totals stay. That they fit is ensured when a definition is read
 * (`definition/policies.ts`), when a run starts (`ledger/changes/active-runs.ts`) and when a request is made (`requests.ts`).
 */
export function smallerRecord(record: JobRecord): JobRecord | undefined {
  return (
    forgetLast(record) ??
    giveUpOldest(record) ??
    dropOldestOutput(record) ??
    dropPast(record) ??
    dropOldestRun(record) ??
    dropOldestAttempts(record) ??
    dropOldestDetails(record) ??
    dropVerdicts(record) ??
    dropPulled(record) ??
    dropOrigin(record) ??
    closeOldest(record)
  );
}

function dropOldestOutput(record: JobRecord): JobRecord | undefined {
  const hasOutput = ({ attempts }: Run) => attempts.some(({ output }) => output !== undefined);
  const run = record.runs.find((run) => !isActive(run) && hasOutput(run)) ?? record.runs.find(hasOutput);
  return run && replaceRun(record, run, { ...run, attempts: run.attempts.map(withoutOutput) });
}

function withoutOutput({ output: _output, ...attempt }: Attempt): Attempt {
  return attempt;
}

function dropPast({ past, ...record }: JobRecord): JobRecord | undefined {
  const shorter = past && shortenPast(past);
  return past && { ...record, ...(shorter && { past: shorter }) };
}

function dropOldestRun(record: JobRecord): JobRecord | undefined {
  const run = record.runs.find((run) => !isActive(run));
  return run && { ...record, runs: record.runs.filter((other) => other !== run) };
}

function dropOldestAttempts(record: JobRecord): JobRecord | undefined {
  const run = record.runs.find(({ attempts }) => attempts.length > 1);
  return run && replaceRun(record, run, { ...run, attempts: [latestAttempt(run)] });
}

function dropOldestDetails(record: JobRecord): JobRecord | undefined {
  for (const run of record.runs) {
    const latest = latestAttempt(run);
    const bare = withoutDetails(latest);
    if (jsonBytes(bare) < jsonBytes(latest)) return replaceRun(record, run, { ...run, attempts: [bare] });
  }
  return undefined;
}

function withoutDetails({ node: _node, image: _image, usage: _usage, ...attempt }: Attempt): Attempt {
  const { outcome, stopping } = attempt;
  return {
    ...attempt,
    ...(outcome && { outcome: withShortMessage(outcome, SHORTEST_MESSAGE_BYTES) }),
    ...(stopping && { stopping: withoutAsker(withShortReason(stopping, SHORTEST_MESSAGE_BYTES)) }),
  };
}

function dropVerdicts(record: JobRecord): JobRecord | undefined {
  if (record.verdicts.length <= FEWEST_VERDICTS) return undefined;
  return { ...record, verdicts: record.verdicts.slice(-FEWEST_VERDICTS) };
}

/** The registry is then asked once more. */
function dropPulled({ pulled, ...record }: JobRecord): JobRecord | undefined {
  return pulled && record;
}

function dropOrigin({ definition: { origin, ...definition }, ...record }: JobRecord): JobRecord | undefined {
  return origin && { ...record, definition };
}

function replaceRun(record: JobRecord, run: Run, changed: Run): JobRecord {
  return { ...record, runs: record.runs.map((other) => (other === run ? changed : other)) };
}

export function withShortMessage(outcome: Outcome, mostBytes: number): Outcome {
  if (!("message" in outcome) || outcome.message === undefined) return outcome;
  return { ...outcome, message: cutText(outcome.message, mostBytes) };
}

export function withShortReason(stopping: Stopping, mostBytes: number): Stopping {
  const { notStarted, why } = stopping;
  return {
    ...stopping,
    ...(notStarted !== undefined && { notStarted: cutText(notStarted, mostBytes) }),
    ...(why !== undefined && { why: cutText(why, mostBytes) }),
  };
}

function withoutAsker({ by: _by, why: _why, ...stopping }: Stopping): Stopping {
  return stopping;
}

/** Returns as much of the text's beginning as takes at most `mostBytes` in JSON, where a control character takes six. */
export function cutText(text: string, mostBytes: number): string {
  if (6 * text.length + QUOTES <= mostBytes || (text.length < mostBytes && jsonBytes(text) <= mostBytes)) return text;
  let fits = 0;
  let tooLong = Math.min(text.length, mostBytes);
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (jsonBytes(beginningOf(text, middle) + CUT) <= mostBytes) fits = middle;
    else tooLong = middle;
  }
  return beginningOf(text, fits) + CUT;
}

const CUT = "…";
const QUOTES = 2;

/** Never ends in half of a surrogate pair. */
function beginningOf(text: string, length: number): string {
  const isHalf =
    /[\ud800-\udbff]$/.test(text.slice(0, length)) && /^[\udc00-\udfff]/.test(text.slice(length, length + 1));
  return text.slice(0, isHalf ? length - 1 : length);
}

function jsonBytes(value: string | Attempt): number {
  return Buffer.byteLength(JSON.stringify(value));
}
