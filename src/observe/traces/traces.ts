import type { Clock } from "../../clock.ts";
import type { Job, ObjectKind } from "../../job/job.ts";
import { type CallerTrace, type Tracing, traceOf } from "../../job/trace.ts";
import { type PastRun, readPast } from "../../ledger/past.ts";
import { isActive, type JobRecord, type Run } from "../../ledger/record.ts";
import type { RunEvent } from "../run-events.ts";
import { type EndedRun, type Pull, runSpans } from "./run-spans.ts";
import type { Span, SpanLink } from "./span.ts";

interface TracesParts {
  /** Called with what went wrong: a fault of ours, which stops no run. */
  readonly onFault: (cause: unknown) => void;
  readonly clock: Pick<Clock, "now">;
  readonly tracing: Tracing;
  readonly objectKind: ObjectKind;
  readonly records: () => ReadonlyMap<string, JobRecord>;
  readonly jobs: () => ReadonlyMap<string, Job>;
  /** Takes the spans of one run. It must not wait. */
  readonly add: (spans: readonly Span[]) => void;
}

/** Of starts whose runs end elsewhere, or never begin, nothing more is heard: the oldest go. */
const MOST_SEEN = 1000;
/** Of a start whose pulls fail again and again, the last ones are kept. */
const MOST_PULLS = 10;

/** What was seen of a start, and stands on no record. */
interface StartSeen {
  readonly pulls: readonly Pull[];
  readonly pullingSince?: Date;
  readonly waitedForPool: boolean;
}

const nothingSeen: StartSeen = { pulls: [], waitedForPool: false };

/**
 * Makes spans of runs as they end. The scheduler whose swap ended a run makes them, and no other does: so each span is made
 * at most once, whatever schedulers there are. One that dies right after that swap makes none.
 */
export class Traces {
  readonly #parts: TracesParts;
  readonly #seen = new Map<string, StartSeen>();

  constructor(parts: TracesParts) {
    this.#parts = parts;
  }

  /** For `RunEvents.on`. */
  readonly onEvent = (event: RunEvent): void => {
    switch (event.event) {
      case "waits-for-pool":
        this.#see(event.run, (seen) => ({ ...seen, waitedForPool: seen.waitedForPool || event.attempt === 1 }));
        break;
      case "pull-started":
        this.#see(event.run, (seen) => ({ ...seen, pullingSince: this.#parts.clock.now() }));
        break;
      case "pull-finished":
        this.#see(event.run, (seen) => withPull(seen, event, this.#parts.clock.now()));
        break;
      default:
    }
  };

  /** For `Loop`: this scheduler has made the one into the other. Never throws. */
  recordWon(before: JobRecord | undefined, after: JobRecord): void {
    try {
      this.#trace(before, after);
    } catch (cause) {
      this.#parts.onFault(cause);
    }
  }

  #trace(before: JobRecord | undefined, after: JobRecord): void {
    // Each end is counted, in the swap that records it, so this tells without looking at the runs.
    if (before === undefined || before.totals.ended === after.totals.ended) return;
    for (const run of endedRuns(before, after)) this.#traceRun(run, after);
  }

  #traceRun(run: EndedRun, record: JobRecord): void {
    const seen = this.#seen.get(run.id) ?? nothingSeen;
    this.#seen.delete(run.id);
    const { tracing, objectKind, jobs, add } = this.#parts;
    const trace = traceOf(tracing, { id: run.id, trace: run.trace });
    if (!trace.isSampled) return;
    const { pulls, waitedForPool } = seen;
    const overlap = jobs().get(record.job)?.policies.overlap;
    const upstream = this.#upstreamOf(run);
    add(runSpans(tracing, run, { trace, record, overlap, pulls, waitedForPool, upstream, objectKind }));
  }

  /** Of a run that has left its record, nothing tells whether it was part of a caller's trace; one that is not kept has no span. */
  #upstreamOf({ after }: Pick<Run, "after">): SpanLink | undefined {
    if (after === undefined) return undefined;
    const run = this.#parts
      .records()
      .get(after.job)
      ?.runs.find(({ id }) => id === after.run);
    if (run === undefined) return undefined;
    const { traceId, spanId, isSampled } = traceOf(this.#parts.tracing, { id: run.id, trace: run.trace });
    return isSampled ? { traceId, spanId } : undefined;
  }

  #see(run: string, change: (seen: StartSeen) => StartSeen): void {
    this.#seen.set(run, change(this.#seen.get(run) ?? nothingSeen));
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
  }
}

function withPull(
  { pullingSince, ...seen }: StartSeen,
  { image, durationMs, rejected }: RunEvent & { readonly event: "pull-finished" },
  endAt: Date,
): StartSeen {
  const startAt = pullingSince ?? new Date(endAt.getTime() - durationMs);
  const pull: Pull = { image, startAt, endAt, ...(rejected && { failed: rejected.reason }) };
  return { ...seen, pulls: [...seen.pulls, pull].slice(-MOST_PULLS) };
}

/**
 * The runs that the swap ended. Where the job's history keeps no such runs they have left the record in that very swap: then they
 * are put together from what they were before and from the digest, which names their outcomes without the engine's words.
 */
function endedRuns(before: JobRecord, after: JobRecord): readonly EndedRun[] {
  const open = new Map(before.runs.filter(isActive).map((run) => [run.id, run]));
  const overBefore = new Set(before.runs.filter((run) => !isActive(run)).map(({ id }) => id));
  const kept = after.runs.flatMap((run) => {
    const ended = overBefore.has(run.id) ? undefined : asEnded(run);
    return ended ? [withTrace(ended, open.get(run.id)?.trace)] : [];
  });
  const left = [...open.values()].filter(({ id }) => !after.runs.some((run) => run.id === id));
  if (left.length === 0) return kept;
  const past = readPast(after);
  const gone = left.flatMap((run) => {
    const entry = past.findLast(({ id }) => id === run.id);
    return entry ? [rebuilt(run, entry)] : [];
  });
  return [...kept, ...gone];
}

/** An ended run keeps less of its caller's trace. */
function withTrace(run: EndedRun, trace: CallerTrace | undefined): EndedRun {
  return trace ? { ...run, trace } : run;
}

function asEnded(run: Run): EndedRun | undefined {
  const { outcome, finishedAt } = run;
  return outcome === undefined || finishedAt === undefined ? undefined : { ...run, outcome, finishedAt };
}

function rebuilt(run: Run, { outcome: kind, exitCode, finishedAt, delayMs, node }: PastRun): EndedRun {
  const startedAt = delayMs === undefined ? undefined : new Date(run.scheduledAt.getTime() + delayMs);
  const attempts = run.attempts.map((attempt) =>
    attempt.outcome !== undefined
      ? attempt
      : { ...attempt, finishedAt, ...(startedAt && { startedAt }), ...(node !== undefined && { node }) },
  );
  return { ...run, attempts, outcome: { kind, ...(exitCode !== undefined && { exitCode }) }, finishedAt };
}
