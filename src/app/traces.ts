import { hostname } from "node:os";
import { BoundedCache } from "../bounded-cache.ts";
import type { Clock } from "../clock.ts";
import type { ObjectKind } from "../job/job.ts";
import { runId } from "../job/names.ts";
import { type RunTrace, type Tracing, traceOf } from "../job/trace.ts";
import { allRequests, type JobRecord } from "../ledger/record.ts";
import { post } from "../notify/post.ts";
import { causeText } from "../observe/cause.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Span } from "../observe/traces/span.ts";
import { SpanQueue, type SpansSent } from "../observe/traces/span-queue.ts";
import { Traces } from "../observe/traces/traces.ts";
import { type OtlpWriter, otlpWriter } from "../observe/traces/write-otlp.ts";
import type { TraceSettings } from "../settings/settings.ts";
import { version } from "../version.ts";
import type { AppState } from "./state.ts";

/** How long requests get when all is recorded: a scheduler that stops is gone soon after. */
const GRACE_MS = 1000;
/** Receivers say at length why they refuse spans, after how many these are. */
const LONGEST_ANSWER_BYTES = 65_536;
/** Of runs, the lines of whose output are logged in turn. */
const MOST_KNOWN = 1000;

interface TracesParts {
  readonly instance: string;
  readonly traces: TraceSettings;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly state: AppState;
}

/** Sends the traces of runs. Loaded only where OpenTelemetry's variables name a receiver. */
export class AppTraces {
  readonly tracing: Tracing;
  readonly #parts: TracesParts;
  readonly #queue: SpanQueue;
  readonly #known: BoundedCache<RunTrace>;
  #fault: string | undefined;

  constructor(parts: TracesParts) {
    const { instance, traces, clock, events, state } = parts;
    this.#parts = parts;
    this.tracing = { instance, sampler: traces.sampler };
    const writer = otlpWriter({ protocol: traces.protocol, resource: resourceOf(parts), version });
    this.#queue = new SpanQueue({ clock, events, send: spanSender(parts, writer) });
    this.#known = new BoundedCache(MOST_KNOWN, (key) => this.#lookUp(key));
    state.spans = () => this.#queue.counts;
  }

  /** The trace of a run that has begun, or is about to. */
  readonly traceOf = (job: string, run: string): RunTrace => this.#known.get(`${job} ${run}`);

  /** What makes spans of the runs on this engine. */
  open(objectKind: ObjectKind): Traces {
    const { clock, events, state } = this.#parts;
    const made = new Traces({
      onFault: (cause) => this.#tellFault(`spans cannot be made: ${causeText(cause)}`),
      clock,
      tracing: this.tracing,
      objectKind,
      records: () => state.loop?.book.records ?? new Map(),
      jobs: () => state.loop?.book.jobs ?? new Map(),
      add: (spans) => this.#queue.add(spans),
    });
    events.on(made.onEvent);
    return made;
  }

  /**
   * Sends until `recording` has ended, in which runs are recorded; then what there is once more, and resolves within a second.
   * A scheduler that stops goes on recording for a while, so its signal would come too early for the last spans.
   */
  async run(recording: Promise<unknown>): Promise<void> {
    const recorded = new AbortController();
    const end = () => recorded.abort();
    recording.then(end, end);
    await this.#queue.run(recorded.signal, GRACE_MS);
  }

  /** Told once, as each run could have it. */
  #tellFault(cause: string): void {
    if (cause === this.#fault) return;
    this.#fault = cause;
    this.#parts.events.emit({ event: "traces-failed", cause });
  }

  #lookUp(key: string): RunTrace {
    const [job = "", id = ""] = key.split(" ");
    const record = this.#parts.state.loop?.book.records.get(job);
    const trace = record?.runs.find((run) => run.id === id)?.trace ?? (record && requestedTrace(record, id));
    return traceOf(this.tracing, { id, trace });
  }
}

/** The caller's trace, while the run is not there yet. */
function requestedTrace(record: JobRecord, run: string) {
  return allRequests(record).find(
    ({ id, askedAt, trace }) => trace !== undefined && runId(record.job, { scheduledAt: askedAt, request: id }) === run,
  )?.trace;
}

function resourceOf({ instance, traces: { resource } }: TracesParts) {
  return { "service.version": version, "host.name": hostname(), "shipbell.instance": instance, ...resource };
}

/** Posts spans once. Statuses are judged by OTLP's rules, and a request that may have arrived is not sent again. */
function spanSender({ traces, clock }: TracesParts, writer: OtlpWriter) {
  const { url, headers, timeoutMs } = traces;
  return async (spans: readonly Span[], signal: AbortSignal): Promise<SpansSent> => {
    let refused = 0;
    const onAnswer = (answer: Uint8Array) => {
      refused = writer.readRefused(answer);
    };
    const body = written(spans, writer);
    if (body === undefined) return { result: "refused", because: "spans cannot be written" };
    const request = { method: "POST", url, headers: { ...headers, "content-type": writer.contentType }, body } as const;
    const reading = { onAnswer, longestAnswerBytes: LONGEST_ANSWER_BYTES };
    const sent = await post(request, { clock, signal, env: process.env, timeoutMs, ...reading });
    const { because } = sent;
    switch (sent.result) {
      case "delivered":
        return { result: "taken", refused };
      case "final":
        return { result: "refused", because };
      case "perhaps":
        return { result: "unanswered", because };
      case "again":
        if (isUnheard(because)) return { ...sent, result: "not-sent" };
        return { result: /^5/.test(because) ? "unanswered" : "refused", because };
    }
  };
}

/** Undefined where that fails, which is a fault of ours or of the library's, and stops no run. */
function written(spans: readonly Span[], writer: OtlpWriter): Uint8Array | undefined {
  try {
    return writer.write(spans);
  } catch {
    return undefined;
  }
}

/** There was no answer and nothing was sent, or the receiver says that it has not read it. */
function isUnheard(because: string): boolean {
  return !/^\d+$/.test(because) || because === "429" || because === "503";
}
