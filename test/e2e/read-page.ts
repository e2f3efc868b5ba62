import { systemClock } from "../../src/clock.ts";
import type { Page } from "../../src/ledger/page.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import type { TestFolder } from "./scheduler-process.ts";

/** The page of a job as it stands on the disk, whether its scheduler runs or not. */
export async function readPage({ stateDir }: TestFolder, job: string): Promise<Page> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  try {
    const page = await ledger.read(job);
    if (page === undefined) throw new Error(`the ledger has no page of ${job}`);
    return page;
  } finally {
    ledger.close();
  }
}
