/** How a record stays small enough for the ledger that keeps it. Pure. */

import {
  type Attempt,
  isActive,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type Run,
  type Stopping,
} from "../record.ts";

/** Every manager of a Swarm keeps every record in memory, and each change sends the whole record to all of them. */
export const LARGEST_RECORD_BYTES = 64 * 1024;

/** Kept free where something can be dropped: commands of earlier versions write without checking the size. */
const RESERVE_BYTES = 8 * 1024;

/** Never dropped: so many verdicts, and so much of what an engine said. */
const FEWEST_VERDICTS = 5;
const SHORTEST_MESSAGE_BYTES = 100;

/** Returns the change with its record made to fit. Ledgers write no other. */
export function fitted(change: (record: JobRecord | undefined) => JobRecord | undefined): typeof change {
  return (record) => {
    const next = change(record);
    return next && fitRecord(next);
  };
}

/**
 * Returns the record, below 64 KB. It drops, in this order: outputs, those of the oldest ended runs first; ended runs,
 * the oldest first; of active runs, the attempts before the latest, then most of what the engine said about that one;
 * the older verdicts; when its image was pulled; where the job is declared.
 *
 * Active runs, pending requests and totals stay. That they fit is ensured when a definition is read
 * (`definition/policies.ts`), when a run starts (`ledger/changes/active-runs.ts`) and when a request is made (`requests.ts`).
 */
export function fitRecord(record: JobRecord): JobRecord {
  const most = LARGEST_RECORD_BYTES - RESERVE_BYTES;
  if (largestSizeOf(record) <= most) return record;
  let fitted = record;
  while (sizeOf(fitted) > most) {
    const smaller =
      dropOldestOutput(fitted) ??
      dropOldestRun(fitted) ??
      dropOldestAttempts(fitted) ??
      dropOldestDetails(fitted) ??
      dropVerdicts(fitted) ??
      dropPulled(fitted) ??
      dropOrigin(fitted);
    if (smaller === undefined) break;
    fitted = smaller;
  }
  return fitted;
}

/** Returns an upper bound. Measuring a record costs more than the rest of a swap; this is a few sums. */
function largestSizeOf(record: JobRecord): number {
  const { definition, runs, requests, verdicts, paused, pulled, gaps = [], holds = [] } = record;
  const schedules = definition.schedules.map(({ pattern }) => 100 + largestText(pattern));
  const texts = [paused?.reason, pulled?.image, definition.origin?.unit].map(largestText);
  const asked = requests.map(({ environment }) => 400 + largestEnvironment(environment));
  const marks = 250 * gaps.length + 150 * holds.length;
  return 4000 + sum(schedules) + sum(texts) + sum(asked) + marks + 500 * verdicts.length + sum(runs.map(largestRun));
}

function largestRun({ policies, attempts, environment, outcome }: Run): number {
  const codes = policies.successExitCodes.length + (policies.retries?.on.length ?? 0);
  const fixed = 900 + 12 * codes + largestEnvironment(environment) + largestText(messageOf(outcome));
  return fixed + sum(attempts.map(largestAttempt));
}

function largestAttempt({ outcome, node, image, output, objectId, stopping }: Attempt): number {
  const texts = [messageOf(outcome), stopping?.notStarted, node, image?.name, output, objectId];
  return 900 + sum(texts.map(largestText));
}

function messageOf(outcome: Outcome | undefined): string | undefined {
  return outcome !== undefined && "message" in outcome ? outcome.message : undefined;
}

function largestEnvironment(environment: Readonly<Record<string, string>> = {}): number {
  return sum(Object.entries(environment).map(([name, value]) => largestText(name) + largestText(value)));
}

/** A control character takes six bytes. */
function largestText(text = ""): number {
  return 6 * text.length + 8;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}

function sizeOf(record: JobRecord): number {
  return Buffer.byteLength(JSON.stringify(record));
}

function dropOldestOutput(record: JobRecord): JobRecord | undefined {
  const hasOutput = ({ attempts }: Run) => attempts.some(({ output }) => output !== undefined);
  const run = record.runs.find((run) => !isActive(run) && hasOutput(run)) ?? record.runs.find(hasOutput);
  return run && replaceRun(record, run, { ...run, attempts: run.attempts.map(withoutOutput) });
}

function withoutOutput({ output: _output, ...attempt }: Attempt): Attempt {
  return attempt;
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
    if (largestAttempt(bare) < largestAttempt(latest)) return replaceRun(record, run, { ...run, attempts: [bare] });
  }
  return undefined;
}

function withoutDetails({ node: _node, image: _image, ...attempt }: Attempt): Attempt {
  const { outcome, stopping } = attempt;
  return {
    ...attempt,
    ...(outcome && { outcome: withShortMessage(outcome, SHORTEST_MESSAGE_BYTES) }),
    ...(stopping && { stopping: withShortReason(stopping, SHORTEST_MESSAGE_BYTES) }),
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
  const { notStarted } = stopping;
  return notStarted === undefined ? stopping : { ...stopping, notStarted: cutText(notStarted, mostBytes) };
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

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
