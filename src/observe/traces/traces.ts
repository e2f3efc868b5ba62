import type { Clock } from "../../clock.ts";
import type { Job, ObjectKind } from "../../job/job.ts";
import { type CallerTrace, type Tracing, traceOf } from "../../job/trace.ts";
import { type PastRun, readPast } from "../../ledger/past.ts";
import { isActive, type JobRecord, type Run } from "../../ledger/record.ts";
import type { RunEvent } from "../run-events.ts";
import { type EndedRun, type Pull, runSpans } from "./run-spans.ts";
import type { Span } from "./span.ts";

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
    const run = endedRun(before, after);
    if (run === undefined) return;
    const seen = this.#seen.get(run.id) ?? nothingSeen;
    this.#seen.delete(run.id);
    const { tracing, objectKind, jobs, add } = this.#parts;
    const trace = traceOf(tracing, { id: run.id, trace: run.trace });
    if (!trace.isSampled) return;
    const { pulls, waitedForPool } = seen;
    const overlap = jobs().get(after.job)?.policies.overlap;
    const upstream = this.#upstreamOf(run);
    add(runSpans(tracing, run, { trace, record: after, overlap, pulls, waitedForPool, upstream, objectKind }));
  }

  #upstreamOf({ after }: Pick<Run, "after">) {
    if (after === undefined) return undefined;
    const known = this.#parts.records().get(after.job)?.runs;
    const { traceId, spanId } = traceOf(
      this.#parts.tracing,
      known?.find(({ id }) => id === after.run) ?? { id: after.run },
    );
    return { traceId, spanId };
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
  return { ...seen, pulls: [...seen.pulls, pull] };
}

/**
 * The run that the swap ended. Where the job's history keeps no such runs it has left the record in that very swap: then it is
 * put together from what it was before and from the digest, which names its outcome without the engine's words.
 */
function endedRun(before: JobRecord, after: JobRecord): EndedRun | undefined {
  const last = readPast(after).at(-1);
  if (last?.id === undefined) return undefined;
  const known = before.runs.find(({ id }) => id === last.id);
  if (known !== undefined && !isActive(known)) return undefined;
  const trace = known?.trace;
  if (last.kept !== undefined) return withTrace(asEnded(last.kept), trace);
  return known && withTrace(rebuilt(known, last), trace);
}

/** An ended run keeps less of its caller's trace. */
function withTrace(run: EndedRun | undefined, trace: CallerTrace | undefined): EndedRun | undefined {
  return run && trace ? { ...run, trace } : run;
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
