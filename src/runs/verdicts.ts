import type { JobRecord } from "../ledger/record.ts";
import type { OccurrenceEvent } from "../observe/run-events.ts";

/** The event of the newest verdict in the record, which is not `started`. Undefined where there is none. */
export function newestVerdictEvent({ job, verdicts }: JobRecord): OccurrenceEvent | undefined {
  const verdict = verdicts.at(-1);
  if (verdict?.reason === undefined) return undefined;
  const { kind, reason, scheduledAt, through, count = 1, absence, active } = verdict;
  const stretch = { job, scheduledAt, count, ...(through && { through }) };
  return kind === "missed"
    ? ({ event: "occurrence-missed", reason, ...stretch, ...(absence && { absence }) } as OccurrenceEvent)
    : ({ event: "occurrence-skipped", reason, ...stretch, ...(active && { active }) } as OccurrenceEvent);
}
