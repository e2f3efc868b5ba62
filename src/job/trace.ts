import { createHash } from "node:crypto";

/** What all traces of a scheduler have in common. */
export interface Tracing {
  readonly instance: string;
  readonly sampler: Sampler;
}

/** Which traces are kept. `ratio`: of those that begin here, from 0 to 1. `heedsParent`: a caller's trace is as the caller says. */
export interface Sampler {
  readonly ratio: number;
  readonly heedsParent: boolean;
}

/** The trace of the caller who asked for a run, as W3C's headers have it: the run is a part of it. */
export interface CallerTrace {
  /** `traceparent`: `00-TRACE-SPAN-FLAGS`. */
  readonly parent: string;
  /** `tracestate`. */
  readonly state?: string;
  readonly baggage?: string;
}

/** Where a run stands in its trace. IDs are lower-case hexadecimal digits: 32 of a trace, 16 of a span. */
export interface RunTrace {
  readonly traceId: string;
  readonly spanId: string;
  /** The caller's span. Absent where the trace begins with the run. */
  readonly parentSpanId?: string;
  readonly isSampled: boolean;
  readonly state?: string;
  readonly baggage?: string;
}

/** What a process or a request learns about the trace that it is part of, by the names of the headers. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

interface TracedRun {
  readonly id: string;
  readonly trace?: CallerTrace | undefined;
}

/**
 * Returns the trace of a run. Its IDs depend only on the instance and the run, or on the caller's header. So every scheduler computes the
 * same ones at any time, and what runs in a job joins the trace before the run's own span exists.
 */
export function traceOf({ instance, sampler }: Tracing, { id, trace }: TracedRun): RunTrace {
  const own = digestOf(instance, id);
  const spanId = own.slice(TRACE_DIGITS, TRACE_DIGITS + SPAN_DIGITS);
  const caller = trace && readParent(trace.parent);
  if (trace === undefined || caller === undefined) {
    const traceId = own.slice(0, TRACE_DIGITS);
    return { traceId, spanId, isSampled: isAmong(sampler.ratio, traceId) };
  }
  const { traceId, spanId: parentSpanId } = caller;
  const isSampled = sampler.heedsParent ? caller.isSampled : isAmong(sampler.ratio, traceId);
  const { state, baggage } = trace;
  return {
    traceId,
    spanId,
    parentSpanId,
    isSampled,
    ...(state !== undefined && { state }),
    ...(baggage !== undefined && { baggage }),
  };
}

/** Returns the ID of another span of the run: that of an attempt, by its number, or one with a name. */
export function childSpanId({ instance }: Pick<Tracing, "instance">, run: string, child: number | string): string {
  return digestOf(instance, run, String(child)).slice(0, SPAN_DIGITS);
}

/** Returns what the attempt of a run is told: its own span is the parent of what it does. */
export function attemptHeaders(tracing: Tracing, run: TracedRun, attempt: number): TraceHeaders {
  const { traceId, isSampled, state, baggage } = traceOf(tracing, run);
  const spanId = childSpanId(tracing, run.id, attempt);
  return {
    traceparent: `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`,
    ...(state !== undefined && { tracestate: state }),
    ...(baggage !== undefined && { baggage }),
  };
}

/**
 * Reads what a caller sends. Undefined where there is no `traceparent`, or none that can be read: by W3C's rules, the trace then
 * begins here. What is longer than a record has room for is left out.
 */
export function readCallerTrace(
  headers: Readonly<Partial<Record<keyof TraceHeaders, string | undefined>>>,
): CallerTrace | undefined {
  const parent = readParent(headers.traceparent ?? "");
  if (parent === undefined) return undefined;
  const state = whereState(headers.tracestate);
  const baggage = whereShort(headers.baggage);
  return {
    parent: `00-${parent.traceId}-${parent.spanId}-${parent.isSampled ? "01" : "00"}`,
    ...(state !== undefined && { state }),
    ...(baggage !== undefined && { baggage }),
  };
}

/** Returns it without what only the attempts of a run need. */
export function parentAlone({ state: _state, baggage: _baggage, ...trace }: CallerTrace): CallerTrace {
  return trace;
}

const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;
/** What W3C wants to be passed on at least, of `tracestate`. */
const LONGEST_TEXT = 512;

function digestOf(...names: readonly string[]): string {
  return createHash("sha256")
    .update(["shipbell", ...names].join("/"))
    .digest("hex");
}

function whereShort(text: string | undefined): string | undefined {
  const isFit = text !== undefined && text.length <= LONGEST_TEXT && /^[\x20-\x7e]+$/.test(text);
  return isFit ? text : undefined;
}

/** https://www.w3.org/TR/trace-context/#tracestate-header: what cannot be read is left out as a whole. */
function whereState(text: string | undefined): string | undefined {
  const state = whereShort(text);
  const members = state?.split(",").filter((member) => member.trim() !== "") ?? [];
  const isFit = members.length > 0 && members.length <= MOST_MEMBERS && members.every((member) => MEMBER.test(member));
  return isFit ? state : undefined;
}

const MOST_MEMBERS = 32;
/** `KEY=VALUE`; a value has no comma, no `=`, and no space at its end. */
const MEMBER = /^ *[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]*$/;

/** https://www.w3.org/TR/trace-context/#traceparent-header: a later version may say more, but not less. */
function readParent(text: string): Pick<RunTrace, "traceId" | "spanId" | "isSampled"> | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text.trim()) ?? [];
  const isValid = version !== undefined && version !== "ff" && (version !== "00" || more === undefined);
  if (!isValid || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** By OpenTelemetry's rule for consistent sampling, the last 56 bits of the ID decide; a double holds 52 of them. */
const RANDOM_DIGITS = 14;
const READ_DIGITS = 13;

function isAmong(ratio: number, traceId: string): boolean {
  const random = Number.parseInt(traceId.slice(-RANDOM_DIGITS).slice(0, READ_DIGITS), 16);
  return random >= (1 - ratio) * 16 ** READ_DIGITS;
}
