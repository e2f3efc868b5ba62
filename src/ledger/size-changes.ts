/** How a page stays small enough for whoever keeps it. Pure. */
import { type Attempt, isActive, latestAttempt, type Page, type Run } from "./page.ts";

/** Every manager of a Swarm keeps every page in memory, and sends the whole page at each change. */
const LARGEST_PAGE_BYTES = 64 * 1024;

/** Left for what commands write beside the schedulers: as much as `askForRun` takes at most. */
const RESERVE_BYTES = 8 * 1024;

/** So many runs and attempts together cannot come near: each takes some 4 KB at most. */
const SURELY_FIT = 16;

/**
 * The page, below 64 KB: outputs go first, those of the oldest runs before the others; then ended runs, the oldest
 * first; then, of active runs, the attempts before the latest. What runs, the totals and the verdicts stay.
 */
export function fitPage(page: Page): Page {
  if (isSurelySmall(page)) return page;
  let fitted = page;
  while (sizeOf(fitted) > LARGEST_PAGE_BYTES - RESERVE_BYTES) {
    const smaller = dropOldestOutput(fitted) ?? dropOldestRun(fitted) ?? dropOldestAttempts(fitted);
    if (smaller === undefined) break;
    fitted = smaller;
  }
  return fitted;
}

/** To measure a page costs more than all else that a swap does. */
function isSurelySmall({ runs }: Page): boolean {
  return runs.reduce((sum, { attempts }) => sum + attempts.length, runs.length) <= SURELY_FIT;
}

function dropOldestOutput(page: Page): Page | undefined {
  const hasOutput = ({ attempts }: Run) => attempts.some(({ output }) => output !== undefined);
  const run = page.runs.find((run) => !isActive(run) && hasOutput(run)) ?? page.runs.find(hasOutput);
  return run && replaceRun(page, run, { ...run, attempts: run.attempts.map(withoutOutput) });
}

function dropOldestRun(page: Page): Page | undefined {
  const run = page.runs.find((run) => !isActive(run));
  return run && { ...page, runs: page.runs.filter((other) => other !== run) };
}

function dropOldestAttempts(page: Page): Page | undefined {
  const run = page.runs.find(({ attempts }) => attempts.length > 1);
  return run && replaceRun(page, run, { ...run, attempts: [latestAttempt(run)] });
}

function replaceRun(page: Page, run: Run, changed: Run): Page {
  return { ...page, runs: page.runs.map((other) => (other === run ? changed : other)) };
}

function withoutOutput({ output: _output, ...attempt }: Attempt): Attempt {
  return attempt;
}

/** As it is written. */
function sizeOf(page: Page): number {
  return Buffer.byteLength(JSON.stringify(page));
}
