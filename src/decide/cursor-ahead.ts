import type { JobRecord } from "../ledger/record.ts";

/** The clocks of two machines may differ by so much; more than that is a clock that was wrong. */
const CLOCKS_DIFFER_MS = 60_000;

/** True when the record is decided up to the future, because the clock was set back. Until then its schedule has nothing due. */
export function isAhead({ cursor }: Pick<JobRecord, "cursor">, now: Date): boolean {
  return cursor.getTime() - now.getTime() > CLOCKS_DIFFER_MS;
}

/** What is wrong with a record that is decided up to the future; undefined for every other record. */
export function aheadProblem(record: JobRecord, now: Date) {
  if (!isAhead(record, now)) return undefined;
  const { job, cursor } = record;
  return {
    source: "scheduler",
    at: `job ${job}`,
    message: `is decided up to ${cursor.toISOString()}, which is in the future: the clock was set back. Until then nothing is started by schedule`,
    hint: `set the clock right, or let the schedule begin again now: shipbell reset ${job}`,
  } as const;
}
