import type { NotReady, Rejection } from "../../engines/engine.ts";
import type { RunParts } from "../run-parts.ts";
import type { AttemptStart } from "./attempt-start.ts";

/** How soon a start is tried again whose container does not run. */
const AGAIN_MS = 1000;

/**
 * What becomes of a start whose container does not run: it may come within the deadline; without one the start is
 * decided, it is not to be. Where it is decided already, for a further attempt, that one is rejected: the answer.
 */
export async function startLater(
  { undecided, deadline, order }: AttemptStart,
  { reason, message }: NotReady,
  { book, clock, events }: RunParts,
  signal: AbortSignal,
): Promise<Rejection | undefined> {
  if (undecided === undefined) return { kind: "rejected", reason, message };
  const { job, trigger, scheduledAt } = order;
  // An operator who asks for a run learns at once why it cannot be.
  if (deadline !== undefined && trigger !== "manual") {
    await book.change(job, undecided.wait);
    await clock.wait(AGAIN_MS, signal);
    return undefined;
  }
  const swap = await book.change(job, undecided.skip(reason, clock.now()));
  if (swap.result !== "won") return undefined;
  if (trigger === "manual") events.emit({ event: "run-refused", job, reason, message });
  else events.emit({ event: "occurrence-skipped", job, reason, message, scheduledAt, count: 1 });
  return undefined;
}
