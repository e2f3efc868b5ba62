import type { Clock } from "../../clock.ts";
import { causeText } from "../cause.ts";
import type { RunEvents } from "../run-events.ts";
import type { Span } from "./span.ts";

/** As of OpenTelemetry's own batch processor. */
const MOST_WAITING = 2048;
const MOST_AT_ONCE = 512;
/** How long spans are gathered before they are sent. */
const GATHER_MS = 1000;
/**
 * How long after a batch that was not taken it is tried again, at least: the first time, the second, and so on. A receiver may
 * ask for more, and not for less.
 */
const PAUSES_MS = [5000, 15_000, 60_000];

export interface SpanQueueParts {
  readonly clock: Clock;
  readonly events: Pick<RunEvents, "emit">;
  /** Sends spans once, in an order that is theirs. */
  readonly send: (spans: readonly Span[], signal: AbortSignal) => Promise<SpansSent>;
}

/**
 * How one try to send spans ended. `because` is a short cause, without an address or a word of the answer.
 *
 * - `taken`: but for so many of them, which the receiver refuses, for causes of its own.
 * - `not-sent`: it certainly has none of them, and may take them later; `waitMs`: not before, as it asks.
 * - `refused`: it will not take them.
 * - `unanswered`: it may have them.
 */
export type SpansSent =
  | { readonly result: "taken"; readonly refused: number }
  | { readonly result: "not-sent"; readonly because: string; readonly waitMs?: number }
  | { readonly result: "refused" | "unanswered"; readonly because: string };

/** Why spans were dropped. `queue-full`: more came than could be sent. */
export const DROP_REASONS = ["queue-full", "refused", "unanswered"] as const;
export type SpanDrop = (typeof DROP_REASONS)[number];

export interface SpanCounts {
  readonly sent: number;
  readonly dropped: Readonly<Record<SpanDrop, number>>;
}

/**
 * Spans that are still to be sent: at most 2,048, in the order in which they came. Nothing waits for them. What a receiver may
 * already have is not sent again, so that no span is there twice.
 */
export class SpanQueue {
  readonly #parts: SpanQueueParts;
  readonly #waiting: Span[] = [];
  readonly #counts = { sent: 0, dropped: { "queue-full": 0, refused: 0, unanswered: 0 } };
  #filled = Promise.withResolvers<void>();
  #trouble: string | undefined;
  /** How many tries in a row have come to nothing. */
  #failed = 0;

  constructor(parts: SpanQueueParts) {
    this.#parts = parts;
  }

  get counts(): SpanCounts {
    return { sent: this.#counts.sent, dropped: { ...this.#counts.dropped } };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Adds the spans of one run: all of them, or none. */
  add(spans: readonly Span[]): void {
    if (this.#waiting.length + spans.length > MOST_WAITING) this.#counts.dropped["queue-full"] += spans.length;
    else this.#waiting.push(...spans);
    this.#filled.resolve();
  }

  /** Sends until the signal is aborted; then what there is once more, for at most `graceMs`. */
  async run(signal: AbortSignal, graceMs: number): Promise<void> {
    const { clock } = this.#parts;
    const over = new AbortController();
    let clear = () => {};
    const stop = () => {
      this.#filled.resolve();
      clear = clock.after(graceMs, () => over.abort(new Error("the scheduler stops")));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      await this.#filled.promise;
      if (this.#waiting.length < MOST_AT_ONCE && !signal.aborted) await clock.wait(GATHER_MS, signal);
      const pauseMs = await this.#sendBatch(over.signal);
      if (this.#waiting.length === 0 && !signal.aborted) this.#filled = Promise.withResolvers();
      if (pauseMs !== undefined) await clock.wait(pauseMs, signal);
    }
    while (this.#waiting.length > 0 && !over.signal.aborted)
      if ((await this.#sendBatch(over.signal)) !== undefined) break;
    clear();
  }

  /** Returns how long to wait before the next try, where this one came to nothing. */
  async #sendBatch(signal: AbortSignal): Promise<number | undefined> {
    if (this.#waiting.length === 0) return undefined;
    const batch = this.#waiting.slice(0, MOST_AT_ONCE);
    const sent = await this.#send(batch, signal);
    this.#tell(sent);
    if (sent.result === "not-sent") {
      const ownMs = PAUSES_MS[Math.min(this.#failed, PAUSES_MS.length - 1)] ?? 0;
      this.#failed++;
      return Math.max(ownMs, sent.waitMs ?? 0);
    }
    this.#failed = 0;
    this.#waiting.splice(0, batch.length);
    if (sent.result !== "taken") {
      this.#counts.dropped[sent.result] += batch.length;
      return undefined;
    }
    const refused = Math.min(sent.refused, batch.length);
    this.#counts.sent += batch.length - refused;
    this.#counts.dropped.refused += refused;
    return undefined;
  }

  /** A fault of ours ends nothing, and how far it came is not known. */
  async #send(batch: readonly Span[], signal: AbortSignal): Promise<SpansSent> {
    try {
      return await this.#parts.send(batch, signal);
    } catch (cause) {
      return { result: "unanswered", because: `spans cannot be sent: ${causeText(cause)}` };
    }
  }

  #tell(sent: SpansSent): void {
    const { events } = this.#parts;
    const cause = causeOf(sent);
    if (cause !== undefined && cause !== this.#trouble) events.emit({ event: "traces-failed", cause });
    if (cause === undefined && this.#trouble !== undefined) events.emit({ event: "traces-recovered" });
    this.#trouble = cause;
  }
}

/** Undefined where all is well. How many are refused is counted: it is no part of the cause, which is told once. */
function causeOf(sent: SpansSent): string | undefined {
  if (sent.result !== "taken") return sent.because;
  return sent.refused === 0 ? undefined : "some spans are refused";
}
