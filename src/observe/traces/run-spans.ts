import type { Overlap } from "../../job/job.ts";
import { childSpanId, type RunTrace, type Tracing } from "../../job/trace.ts";
import type { Attempt, ImageUsed, JobRecord, Outcome, OutcomeKind, Run } from "../../ledger/record.ts";
import { outcomeInSentence } from "../../view/words/outcome.ts";
import type { Attributes, Span, SpanLink } from "./span.ts";

/** A run that has ended. An attempt without an outcome ended as the run did. */
export interface EndedRun extends Omit<Run, "outcome" | "finishedAt"> {
  readonly outcome: Ending;
  readonly finishedAt: Date;
}

/** An outcome; of a run that has left the record, its kind. */
type Ending = Outcome | { readonly kind: OutcomeKind; readonly exitCode?: number };

/** What is known of a run beyond itself. */
export interface RunFacts {
  readonly trace: RunTrace;
  /** The record, with the run's neighbours and verdicts. */
  readonly record: Pick<JobRecord, "job" | "runs" | "verdicts">;
  /** Absent where the job is no longer declared. */
  readonly overlap?: Overlap | undefined;
  /** What this scheduler has seen of its start; the record does not keep it. */
  readonly pulls?: readonly Pull[];
  readonly waitedForPool?: boolean;
  /** The run of another job whose end started it. */
  readonly upstream?: SpanLink | undefined;
  /** What attempts run as. */
  readonly objectKind: "container" | "service";
}

/** An image that was pulled for a start. */
export interface Pull {
  readonly image: string;
  readonly startAt: Date;
  readonly endAt: Date;
  /** Why it failed. */
  readonly failed?: string;
}

/**
 * Returns the spans of a run that has ended: the run, from when it was due until its end, and below it the wait for its start,
 * the pulls, and each attempt that the record has. The same run gives the same IDs, times and outcomes each time; pulls and the
 * wait for a pool are known to the scheduler that started it, as long as that lives.
 *
 * Names and values are OpenTelemetry's for CI/CD pipelines, which are its words for jobs with tasks.
 */
export function runSpans(tracing: Tracing, run: EndedRun, facts: RunFacts): readonly Span[] {
  const { trace, record } = facts;
  const child = { traceId: trace.traceId, parentSpanId: trace.spanId, kind: "internal", links: [] } as const;
  const idOf = (name: number | string) => childSpanId(tracing, run.id, name);
  const pulls = (facts.pulls ?? []).map(
    ({ image, startAt, endAt, failed }, index): Span => ({
      ...child,
      spanId: idOf(`pull/${index + 1}`),
      name: "pull",
      ...inOrder(startAt, endAt),
      attributes: { "container.image.name": image, ...(failed !== undefined && { "error.type": failed }) },
      events: [],
      ...(failed !== undefined && { error: failed }),
    }),
  );
  const attempts = run.attempts.map((attempt): Span => {
    const times = inOrder(attempt.boundAt, attempt.finishedAt ?? run.finishedAt);
    return {
      ...child,
      spanId: idOf(attempt.number),
      name: `attempt ${attempt.number}`,
      ...times,
      attributes: attemptAttributes(attempt, attempt.outcome ?? run.outcome, facts),
      events: attempt.startedAt
        ? [{ name: "shipbell.started", at: within(times, attempt.startedAt), attributes: {} }]
        : [],
      ...errorOf(attempt.outcome ?? run.outcome),
    };
  });
  return [
    runSpan(run, facts, { job: record.job, instance: tracing.instance }),
    ...waitSpan(run, facts, { ...child, spanId: idOf("wait") }),
    ...pulls,
    ...attempts,
  ];
}

function runSpan(
  run: EndedRun,
  { trace, record, upstream }: RunFacts,
  { job, instance }: { readonly job: string; readonly instance: string },
): Span {
  const { traceId, spanId, parentSpanId, state } = trace;
  const { id, trigger, scheduledAt, outcome, finishedAt, by } = run;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(state !== undefined && { state }),
    name: `RUN ${job}`,
    kind: "server",
    ...inOrder(scheduledAt, finishedAt),
    attributes: {
      "cicd.pipeline.name": job,
      "cicd.pipeline.run.id": id,
      "cicd.pipeline.action.name": "RUN",
      "cicd.pipeline.result": RESULTS[outcome.kind],
      ...endingAttributes(outcome),
      "shipbell.instance": instance,
      "shipbell.trigger": trigger,
      "shipbell.scheduled_at": scheduledAt.toISOString(),
      "shipbell.attempts": run.attempts.at(-1)?.number ?? 0,
      ...(by?.name !== undefined && { "shipbell.by": by.name }),
    },
    events: record.verdicts
      .filter(({ kind, active }) => kind === "skipped" && active?.run === id)
      .map(({ reason = "", scheduledAt, count = 1 }) => ({
        name: "shipbell.skipped",
        at: scheduledAt,
        attributes: { "shipbell.reason": reason, "shipbell.count": count },
      })),
    links: upstream === undefined ? [] : [upstream],
    ...errorOf(outcome),
  };
}

/** From due to bound: then its first attempt begins. Of a run whose first attempts have left the record, it is not known. */
function waitSpan(
  run: EndedRun,
  facts: RunFacts,
  child: Pick<Span, "traceId" | "parentSpanId" | "spanId" | "kind" | "links">,
): readonly Span[] {
  const [first] = run.attempts;
  if (first?.number !== 1) return [];
  const reason = waitReason(run, first.boundAt, facts);
  return [
    {
      ...child,
      name: "wait",
      ...inOrder(run.scheduledAt, first.boundAt),
      attributes: reason === undefined ? {} : { "shipbell.wait.reason": reason },
      events: [],
    },
  ];
}

/** What it waited for, beyond its turn. Of several, the one that a change of the definition can help with comes first. */
function waitReason(
  { id, trigger, scheduledAt }: EndedRun,
  boundAt: Date,
  { record, overlap, pulls = [], waitedForPool }: RunFacts,
): string | undefined {
  if (waitedForPool) return "pool";
  if (trigger === "catch-up") return "catch-up";
  const waits = overlap === "queue" || overlap === "replace";
  const hasWaited = record.runs.some(
    (other) =>
      other.id !== id &&
      other.finishedAt !== undefined &&
      other.finishedAt > scheduledAt &&
      other.finishedAt <= boundAt,
  );
  if (waits && hasWaited) return "overlap";
  return pulls.some(({ startAt }) => startAt <= boundAt) ? "image" : undefined;
}

function attemptAttributes(
  { number, objectName, objectId, node, image, usage }: Attempt,
  ending: Ending,
  { objectKind }: RunFacts,
): Attributes {
  return {
    "cicd.pipeline.task.name": "attempt",
    "cicd.pipeline.task.run.id": objectName,
    "cicd.pipeline.task.run.result": RESULTS[ending.kind],
    ...endingAttributes(ending),
    "shipbell.attempt": number,
    ...objectAttributes({ objectName, objectId }, objectKind),
    ...(image && imageAttributes(image)),
    ...(usage?.cpuMs !== undefined && { "shipbell.cpu_seconds": usage.cpuMs / 1000 }),
    ...(usage?.peakMemoryBytes !== undefined && { "shipbell.peak_memory_bytes": usage.peakMemoryBytes }),
    ...(node !== undefined && { "host.name": node }),
  };
}

/** A command in a container has an ID that is not the container's; a request has no container at all. */
const CONTAINER_ID = /^[0-9a-f]{64}$/;
const REQUEST_ID = /^http-/;

function objectAttributes(
  { objectName, objectId }: { readonly objectName: string; readonly objectId: string | undefined },
  kind: RunFacts["objectKind"],
): Attributes {
  if (objectId !== undefined && REQUEST_ID.test(objectId)) return {};
  if (kind === "service") return { "shipbell.service": objectName };
  const isContainer = objectId !== undefined && CONTAINER_ID.test(objectId);
  return { "container.name": objectName, ...(isContainer && { "container.id": objectId }) };
}

/** `repo_digests` has them as Docker does: `NAME@sha256:…`, without a tag. */
function imageAttributes({ name, digest, id }: ImageUsed): Attributes {
  const repository = name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return {
    "container.image.name": name,
    ...(id !== undefined && { "container.image.id": id }),
    ...(digest !== undefined && { "container.image.repo_digests": [`${repository}@${digest}`] }),
  };
}

function endingAttributes(ending: Ending): Attributes {
  const exitCode = "exitCode" in ending ? ending.exitCode : undefined;
  const type = errorType(ending);
  return {
    ...(type !== undefined && { "error.type": type }),
    "shipbell.outcome": ending.kind,
    ...(exitCode !== undefined && { "shipbell.exit_code": exitCode }),
  };
}

/** The words of OpenTelemetry for `cicd.pipeline.result` and `cicd.pipeline.task.run.result`. */
const RESULTS: Readonly<Record<OutcomeKind, string>> = {
  succeeded: "success",
  failed: "failure",
  rejected: "error",
  "timed-out": "timeout",
  replaced: "cancellation",
  cancelled: "cancellation",
  lost: "error",
};

/** One of few words: the reason where there is one. */
function errorType(ending: Ending): string | undefined {
  if (ending.kind === "succeeded") return undefined;
  if ("reason" in ending) return ending.reason;
  return "oom" in ending && ending.oom === true ? "out-of-memory" : ending.kind;
}

function errorOf(ending: Ending): Pick<Span, "error"> {
  if (ending.kind === "succeeded") return {};
  return { error: isWhole(ending) ? outcomeInSentence(ending) : ending.kind };
}

/** Whether there is all that a sentence needs. */
function isWhole(ending: Ending): ending is Outcome {
  return (
    "reason" in ending ||
    (ending.kind !== "rejected" && ending.kind !== "lost" && ending.kind !== "failed") ||
    "oom" in ending
  );
}

/** The clocks of machines differ: no span ends before it begins. */
function inOrder(startAt: Date, endAt: Date): Pick<Span, "startAt" | "endAt"> {
  return { startAt, endAt: endAt < startAt ? startAt : endAt };
}

/** For the same reason, nothing happens in a span before it begins, or after it has ended. */
function within({ startAt, endAt }: Pick<Span, "startAt" | "endAt">, at: Date): Date {
  if (at < startAt) return startAt;
  return at > endAt ? endAt : at;
}
