import type { RecordChange, Swap } from "../ledger/ledger.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { OccurrenceEvent, RunEvents } from "../observe/run-events.ts";
import type { Book } from "./book.ts";

interface VerdictsParts {
  readonly book: Pick<Book, "change">;
  readonly events: RunEvents;
}

/** Writes a verdict other than `started`, and tells it if the swap was won. */
export async function writeVerdict(job: string, change: RecordChange, parts: VerdictsParts): Promise<Swap> {
  const swap = await parts.book.change(job, change);
  const event = swap.result === "won" ? newestVerdict(swap.record) : undefined;
  if (event !== undefined) parts.events.emit(event);
  return swap;
}

/** The event of the newest verdict in the record. Undefined where that is `started`, or there is none. */
function newestVerdict({ job, verdicts }: JobRecord): OccurrenceEvent | undefined {
  const verdict = verdicts.at(-1);
  if (verdict?.reason === undefined) return undefined;
  const { kind, reason, scheduledAt, through, count = 1, absence, active, pause } = verdict;
  const stretch = { job, scheduledAt, count, ...(through && { through }) };
  return kind === "missed"
    ? ({ event: "occurrence-missed", reason, ...stretch, ...(absence && { absence }) } as OccurrenceEvent)
    : ({
        event: "occurrence-skipped",
        reason,
        ...stretch,
        ...(active && { active }),
        ...(pause && { pause }),
      } as OccurrenceEvent);
}
