import { systemClock } from "../../src/clock.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import type { TestFolder } from "./scheduler-process.ts";

/** The record of a job as it stands on the disk, whether its scheduler runs or not. */
export async function readRecord({ stateDir }: TestFolder, job: string): Promise<JobRecord> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  try {
    const record = await ledger.read(job);
    if (record === undefined) throw new Error(`the ledger has no record of ${job}`);
    return record;
  } finally {
    ledger.close();
  }
}
