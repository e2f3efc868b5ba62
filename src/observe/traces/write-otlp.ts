import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { Attributes, Span } from "./span.ts";

/** Writes spans as OTLP has them; `docs/decisions/` says why this is a library. */
export interface OtlpWriter {
  readonly contentType: string;
  write(spans: readonly Span[]): Uint8Array;
  /** Reads from an answer how many spans its receiver has refused: none, where that cannot be read or is no such number. */
  readRefused(answer: Uint8Array): number;
}

export interface OtlpOptions {
  readonly protocol: "http/protobuf" | "http/json";
  /** What the spans say of the scheduler. */
  readonly resource: Attributes;
  readonly version: string;
}

export function otlpWriter({ protocol, resource, version }: OtlpOptions): OtlpWriter {
  const serializer = protocol === "http/json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  const common = { resource: { attributes: writable(resource) }, instrumentationScope: { name: "shipbell", version } };
  return {
    contentType: protocol === "http/json" ? "application/json" : "application/x-protobuf",
    write: (spans) => {
      const written = serializer.serializeRequest(spans.map((span) => readable(span, common as Common)));
      if (written === undefined) throw new Error("spans cannot be written");
      return written;
    },
    readRefused: (answer) => {
      try {
        return asCount(serializer.deserializeResponse(answer).partialSuccess?.rejectedSpans);
      } catch {
        return 0;
      }
    },
  };
}

/** OTLP's JSON has such numbers as text, too; the library takes any value there, and reads protobuf's -1 as a huge one. */
function asCount(value: unknown): number {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(count) && Number(count) > 0 ? Number(count) : 0;
}

/** A span as OpenTelemetry's own programs have them. */
type ReadableSpan = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];
type Common = Pick<ReadableSpan, "resource" | "instrumentationScope">;

const KINDS = { internal: 0, server: 1 } as const satisfies Record<Span["kind"], number>;
const UNSET = 0;
const ERROR = 2;
const SAMPLED = 1;

function readable(span: Span, common: Common): ReadableSpan {
  const { traceId, spanId, parentSpanId, state, name, kind, startAt, endAt, events, links, error } = span;
  const traceState = state === undefined ? {} : { traceState: asState(state) };
  return {
    ...common,
    name,
    kind: KINDS[kind],
    spanContext: () => ({ traceId, spanId, traceFlags: SAMPLED, ...traceState }),
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: SAMPLED, isRemote: kind === "server" },
    }),
    startTime: timeOf(startAt.getTime()),
    endTime: timeOf(endAt.getTime()),
    duration: timeOf(endAt.getTime() - startAt.getTime()),
    status: error === undefined ? { code: UNSET } : { code: ERROR, message: error },
    attributes: writable(span.attributes),
    events: events.map(({ name, at, attributes }) => ({
      name,
      time: timeOf(at.getTime()),
      attributes: writable(attributes),
    })),
    links: links.map((link) => ({ context: { ...link, traceFlags: SAMPLED } })),
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function writable(attributes: Attributes): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): [number, number] {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

/** What a caller sent is passed on as it is. */
function asState(text: string) {
  const state = { set: () => state, unset: () => state, get: () => undefined, serialize: () => text };
  return state;
}
