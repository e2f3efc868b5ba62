import type { JobRecord } from "../ledger/record.ts";

/** The clocks of two machines may differ by so much; more than that is no difference, but a clock that was wrong. */
const CLOCKS_DIFFER_MS = 60_000;

/** True when the record is decided up to the future: the clock was set back. Until then nothing of its schedule is due. */
export function isAhead({ cursor }: Pick<JobRecord, "cursor">, now: Date): boolean {
  return cursor.getTime() - now.getTime() > CLOCKS_DIFFER_MS;
}
