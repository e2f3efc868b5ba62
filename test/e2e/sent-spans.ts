import type { Receiver } from "../notify/receiver.ts";

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** All spans that a receiver of OTLP in JSON has been sent, in the order in which they came. */
export function spansOf({ received }: Pick<Receiver, "received">): readonly SentSpan[] {
  return received.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: SentSpan[] }[] }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
}
