import { tellChange } from "./changes/notices.ts";
import { type FittedRecord, fitRecord } from "./fit-record.ts";
import type { JobRecord } from "./record.ts";
import { writeRecord } from "./record-json.ts";

/** A change that is about to be written. */
interface Change {
  readonly before: JobRecord | undefined;
  readonly after: JobRecord;
  /** When it is written. */
  readonly now: Date;
}

/**
 * Returns what is written of a change: with the notices about it, and no larger than a record may be. Every ledger writes
 * every change through it.
 */
export function finishChange({ before, after, now }: Change, write = writeRecord): FittedRecord {
  return fitRecord(tellChange(before, after, now), write);
}
