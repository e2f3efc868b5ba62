/** One span, as OpenTelemetry has them. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** `tracestate`, as the caller had it. */
  readonly state?: string;
  readonly name: string;
  readonly kind: "server" | "internal";
  readonly startAt: Date;
  readonly endAt: Date;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Spans of other traces that have led to it. */
  readonly links: readonly SpanLink[];
  /** Of a span that is an error: what is wrong, in a few words. */
  readonly error?: string;
}

export type Attributes = Readonly<Record<string, string | number | readonly string[]>>;

interface SpanEvent {
  readonly name: string;
  readonly at: Date;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}
