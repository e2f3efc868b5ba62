import { smallerRecord } from "./changes/size.ts";
import type { JobRecord } from "./record.ts";
import { writeRecord } from "./record-json.ts";

/** Every manager of a Swarm keeps every record in memory, and each change sends the whole record to all of them. */
export const LARGEST_RECORD_BYTES = 64 * 1024;

/** Kept free where something can be dropped: a newer shipbell may add to a record what we cannot drop. */
const RESERVE_BYTES = 8 * 1024;

/** A record as ledgers may write it, and its text. */
export interface FittedRecord {
  readonly record: JobRecord;
  readonly text: string;
}

/** Returns the record without what must be dropped so that it stays below 64 KB. `changes/size.ts` says in which order. */
export function fitRecord(record: JobRecord, write = writeRecord): FittedRecord {
  let fitted = { record, text: write(record) };
  while (Buffer.byteLength(fitted.text) > LARGEST_RECORD_BYTES - RESERVE_BYTES) {
    const smaller = smallerRecord(fitted.record);
    if (smaller === undefined) break;
    fitted = { record: smaller, text: write(smaller) };
  }
  return fitted;
}
