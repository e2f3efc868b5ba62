/** How a record stays small enough for what keeps it. Pure. */

import { type Attempt, isActive, type JobRecord, latestAttempt, type Outcome, type Run } from "../record.ts";
import { withShortMessage, withShortReason } from "./attempts.ts";

/** Every manager of a Swarm keeps every record in memory, and sends the whole record at each change. */
export const LARGEST_PAGE_BYTES = 64 * 1024;

/** Left where something can give way: for what commands of a version before this one write without a look at the size. */
const RESERVE_BYTES = 8 * 1024;

/** Of the verdicts, and of what an engine said, so much stays. */
const FEWEST_VERDICTS = 5;
const SHORTEST_MESSAGE_BYTES = 100;

/** The change, and its record made to fit. Every ledger writes no other. */
export function fitted(change: (record: JobRecord | undefined) => JobRecord | undefined): typeof change {
  return (record) => {
    const next = change(record);
    return next && fitRecord(next);
  };
}

/**
 * The record, below 64 KB. What can give way does, in this order: outputs, those of the oldest ended runs before the
 * others; ended runs, the oldest first; of active runs, the attempts before the latest, and then what the engine said of
 * that; the older verdicts; when its image was pulled; where the job is declared. What runs, what is asked for and the totals stay: that they fit
 * is seen to where a definition is read (`definition/record-limits.ts`), where a run starts (`job/overlap.ts`) and where
 * something is asked for (`requests.ts`).
 */
export function fitRecord(record: JobRecord): JobRecord {
  const most = LARGEST_PAGE_BYTES - RESERVE_BYTES;
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

/** No record is larger than this says. To measure one costs more than all else that a swap does; this is a few sums. */
function largestSizeOf({
  definition,
  runs,
  requests,
  verdicts,
  paused,
  pulled,
  gaps = [],
  holds = [],
}: JobRecord): number {
  const schedules = definition.schedules.reduce((sum, { pattern }) => sum + 100 + largestText(pattern), 0);
  const texts = largestText(paused?.reason) + largestText(pulled?.image) + largestText(definition.origin?.unit);
  const asked = requests.reduce((sum, { environment }) => sum + 400 + largestEnvironment(environment), 0);
  const marks = 250 * gaps.length + 150 * holds.length;
  return (
    4000 +
    schedules +
    texts +
    asked +
    marks +
    verdicts.length * 500 +
    runs.reduce((sum, run) => sum + largestRun(run), 0)
  );
}

function largestRun({ policies, attempts, environment, outcome }: Run): number {
  const codes = policies.successExitCodes.length + (policies.retries?.on.length ?? 0);
  const fixed = 900 + 12 * codes + largestEnvironment(environment) + largestText(messageOf(outcome));
  return attempts.reduce((sum, attempt) => sum + largestAttempt(attempt), fixed);
}

function largestAttempt({ outcome, node, image, output, objectId, stopping }: Attempt): number {
  const texts = [messageOf(outcome), stopping?.notStarted, node, image?.name, output, objectId].reduce(
    (sum, text) => sum + largestText(text),
    0,
  );
  return 900 + texts;
}

function messageOf(outcome: Outcome | undefined): string | undefined {
  return outcome !== undefined && "message" in outcome ? outcome.message : undefined;
}

function largestEnvironment(environment: Readonly<Record<string, string>> = {}): number {
  return Object.entries(environment).reduce((sum, [name, value]) => sum + largestText(name) + largestText(value), 0);
}

/** A control character takes six bytes. */
function largestText(text = ""): number {
  return 6 * text.length + 8;
}

function dropOldestOutput(record: JobRecord): JobRecord | undefined {
  const hasOutput = ({ attempts }: Run) => attempts.some(({ output }) => output !== undefined);
  const run = record.runs.find((run) => !isActive(run) && hasOutput(run)) ?? record.runs.find(hasOutput);
  return run && replaceRun(record, run, { ...run, attempts: run.attempts.map(withoutOutput) });
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

/** Then it is asked for once more. */
function dropPulled({ pulled, ...record }: JobRecord): JobRecord | undefined {
  return pulled && record;
}

function dropOrigin({ definition: { origin, ...definition }, ...record }: JobRecord): JobRecord | undefined {
  return origin && { ...record, definition };
}

function replaceRun(record: JobRecord, run: Run, changed: Run): JobRecord {
  return { ...record, runs: record.runs.map((other) => (other === run ? changed : other)) };
}

function withoutOutput({ output: _output, ...attempt }: Attempt): Attempt {
  return attempt;
}

/** As it is written. */
function sizeOf(record: JobRecord): number {
  return Buffer.byteLength(JSON.stringify(record));
}
