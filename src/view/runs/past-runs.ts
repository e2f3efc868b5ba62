import { type PastRun as Digested, newestFirst, readPast } from "../../ledger/past.ts";
import type { JobRecord, OutcomeKind, Trigger, Usage } from "../../ledger/record.ts";

/** The runs of a job that have ended, as far as its record knows them. */
export interface PastRuns {
  /** In the order in which they ended, at most the last 60. */
  readonly runs: readonly PastRun[];
  /** How long it usually takes; absent until a run has succeeded. */
  readonly typical?: TypicalDuration;
  /** Before this instant, runs may have ended that the record no longer knows. Absent where it knows all that there were. */
  readonly unknownBefore?: Date;
}

/** One run that has ended. Start, duration, node and usage are those of its last attempt. */
export interface PastRun {
  /** Its ID, where that is known. */
  readonly run?: string;
  /** Whether the record still has the run itself, with all its attempts. */
  readonly hasDetails: boolean;
  readonly trigger: Trigger;
  /** When it was due; when it was requested, for a manual start. */
  readonly scheduledAt: Date;
  readonly outcome: OutcomeKind;
  readonly exitCode?: number;
  readonly attempts: number;
  /** When its process started; absent where it had none, or that is not known. */
  readonly startedAt?: Date;
  /** When the run ended, with all its attempts. */
  readonly finishedAt: Date;
  /** How long its process ran. */
  readonly durationMs?: number;
  /** Of the longest of these runs, from 0 to 1; 0 without a duration. */
  readonly share: number;
  readonly node?: string;
  readonly usage?: Usage;
}

/** Of the runs that succeeded: the middle, and between what half of them took. */
export interface TypicalDuration {
  readonly medianMs: number;
  /** A quarter took no longer than this. */
  readonly lowMs: number;
  /** A quarter took at least this long. */
  readonly highMs: number;
  /** How many succeeded. */
  readonly count: number;
}

export function pastRuns(record: JobRecord): PastRuns {
  const ended = readPast(record);
  const longestMs = Math.max(1, ...ended.map(({ durationMs = 0 }) => durationMs));
  const runs = ended.map((run) => pastRun(run, longestMs));
  const typical = typicalDuration(runs);
  const unknownBefore = beginOfKnown(record, runs);
  return { runs, ...(typical && { typical }), ...(unknownBefore && { unknownBefore }) };
}

/** What the run used that ended last. Undefined where that is not known, whatever is known of earlier ones. */
export function usageOfLastRun(record: JobRecord): Usage | undefined {
  const [last] = newestFirst(record);
  return last?.usage;
}

function pastRun({ id, kept, request: _, delayMs, ...run }: Digested, longestMs: number): PastRun {
  return {
    ...run,
    ...(id !== undefined && { run: id }),
    hasDetails: kept !== undefined,
    ...(delayMs !== undefined && { startedAt: new Date(run.scheduledAt.getTime() + delayMs) }),
    share: (run.durationMs ?? 0) / longestMs,
  };
}

function typicalDuration(runs: readonly PastRun[]): TypicalDuration | undefined {
  const took = runs
    .flatMap(({ outcome, durationMs }) => (outcome === "succeeded" ? (durationMs ?? []) : []))
    .sort((a, b) => a - b);
  if (took.length === 0) return undefined;
  return {
    medianMs: quantile(took, 0.5),
    lowMs: quantile(took, 0.25),
    highMs: quantile(took, 0.75),
    count: took.length,
  };
}

/** Between the two nearest values in proportion, as spreadsheets do; `sorted` has at least one. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return Math.round(low + (high - low) * (place - Math.floor(place)));
}

/** The totals count every run that has ever ended, so they say whether any is missing here. */
function beginOfKnown({ totals, cursor }: JobRecord, runs: readonly PastRun[]): Date | undefined {
  let ended = 0;
  for (const byTrigger of Object.values(totals.ended)) for (const count of Object.values(byTrigger)) ended += count;
  if (ended <= runs.length) return undefined;
  const [oldest] = runs;
  return oldest === undefined ? cursor : (oldest.startedAt ?? oldest.scheduledAt);
}

/** How far beyond the usual a run must be. Fewer runs do not say what is usual. */
const LEAST_RUNS = 5;
const LEAST_EXCESS_MS = 30_000;
const LEAST_FACTOR = 1.5;
/** Tukey's fence: what lies this many times the middle half's width beyond it is an outlier. */
const FENCE = 1.5;

/**
 * From when on a run takes longer than usual: past all that is usual by the spread of the runs that succeeded, and by half of
 * that again, and by half a minute, so that neither a job that takes equally long each time nor a short one is ever just
 * over. Undefined while fewer than five runs say what is usual.
 */
export function unusualFromMs(typical: TypicalDuration | undefined): number | undefined {
  if (typical === undefined || typical.count < LEAST_RUNS) return undefined;
  const { lowMs, highMs } = typical;
  return Math.max(highMs + FENCE * (highMs - lowMs), highMs * LEAST_FACTOR, highMs + LEAST_EXCESS_MS);
}
