import type { After } from "../../job/job.ts";
import { endsDecided, type JobRecord } from "../../ledger/record.ts";

/** Returns which ends of which job start the job, by the definition that its record follows. */
export function afterOf(record: Pick<JobRecord, "after" | "definition">): After | undefined {
  const decided = endsDecided(record);
  return decided && { job: decided.job, on: decided.on };
}

/** For a table: `after dump`, `after dump (failed)`. */
export function afterInTable({ job, on }: After): string {
  return on === "succeeded" ? `after ${job}` : `after ${job} (${on})`;
}

/** As the end of a sentence: `when a run of dump has succeeded`. */
export function afterInWords({ job, on }: After): string {
  return `when a run of ${job} has ${on}`;
}
