import type { Clock } from "../clock.ts";
import type { Page } from "../ledger/page.ts";
import { type LedgerParts, tellNoJob } from "./find-page.ts";

export interface ChangeJobParts extends LedgerParts {
  readonly clock: Clock;
}

/** How a page was, and how it stands now; the same where there was nothing to change. */
export interface ChangedJob {
  readonly before: Page;
  readonly after: Page;
}

const MOST_TRIES = 5;

/**
 * Changes the page of a job that a source declares, beside whichever schedulers run. The change must be one that may be
 * made twice: after an unclear answer it is made again. Undefined, and told, when it cannot be made.
 */
export async function changeJob(
  job: string,
  change: (page: Page) => Page | undefined,
  parts: ChangeJobParts,
): Promise<ChangedJob | undefined> {
  const { ledger, terminal } = parts;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let before: Page | undefined;
    const swap = await ledger.update(job, (page) => {
      before = page;
      return isDeclared(page) ? change(page) : undefined;
    });
    if (swap.result === "unknown") continue;
    if (isDeclared(before) && isDeclared(swap.page)) return { before, after: swap.page };
    await tellNoJob(job, parts);
    return undefined;
  }
  terminal.err(`shipbell: the ledger gave no clear answer; "shipbell explain ${job}" tells how ${job} stands`);
  return undefined;
}

function isDeclared(page: Page | undefined): page is Page {
  return page !== undefined && page.removedAt === undefined && page.closedAt === undefined;
}
