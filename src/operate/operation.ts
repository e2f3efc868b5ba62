import type { Clock } from "../clock.ts";
import type { JobRecord } from "../ledger/record.ts";
import { type LedgerParts, tellNoJob } from "../view/find.ts";

export interface ChangeJobParts extends LedgerParts {
  readonly clock: Clock;
}

/** How a record was, and how it stands now; the same where there was nothing to change. */
export interface ChangedJob {
  readonly before: JobRecord;
  readonly after: JobRecord;
}

const MOST_TRIES = 5;

/**
 * Changes the record of a job that a source declares, beside whichever schedulers run. The change must be one that may be
 * made twice: after an unclear answer it is made again. Undefined, and told, when it cannot be made.
 */
export async function changeJob(
  job: string,
  change: (record: JobRecord) => JobRecord | undefined,
  parts: ChangeJobParts,
): Promise<ChangedJob | undefined> {
  const { ledger, terminal } = parts;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let before: JobRecord | undefined;
    const swap = await ledger.update(job, (record) => {
      before = record;
      return isDeclared(record) ? change(record) : undefined;
    });
    if (swap.result === "unknown") continue;
    if (isDeclared(before) && isDeclared(swap.record)) return { before, after: swap.record };
    await tellNoJob(job, parts);
    return undefined;
  }
  terminal.err(`shipbell: the ledger gave no clear answer; "shipbell explain ${job}" tells how ${job} stands`);
  return undefined;
}

function isDeclared(record: JobRecord | undefined): record is JobRecord {
  return record !== undefined && record.removedAt === undefined && record.closedAt === undefined;
}
