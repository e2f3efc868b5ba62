import { hashOf } from "../job/job-hash.ts";
import type { JobRecord } from "../ledger/record.ts";

/** Returns 16 hexadecimal digits that name the state of a record: the same for every scheduler that has read it. */
export function recordVersion(record: JobRecord): string {
  // Instants become texts first: a hash of a value sees nothing in a date.
  return hashOf(JSON.parse(JSON.stringify(record)));
}
