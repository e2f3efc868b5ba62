/** How a page stays small enough for what keeps it. Pure. */

import { type Attempt, isActive, latestAttempt, type Outcome, type Page, type Run } from "../page.ts";
import { withShortMessage, withShortReason } from "./attempt-changes.ts";

/** Every manager of a Swarm keeps every page in memory, and sends the whole page at each change. */
export const LARGEST_PAGE_BYTES = 64 * 1024;

/** Left where something can give way: for what commands of a version before this one write without a look at the size. */
const RESERVE_BYTES = 8 * 1024;

/** Of the verdicts, and of what an engine said, so much stays. */
const FEWEST_VERDICTS = 5;
const SHORTEST_MESSAGE_BYTES = 100;

/** The change, and its page made to fit. Every ledger writes no other. */
export function fitted(change: (page: Page | undefined) => Page | undefined): typeof change {
  return (page) => {
    const next = change(page);
    return next && fitPage(next);
  };
}

/**
 * The page, below 64 KB. What can give way does, in this order: outputs, those of the oldest ended runs before the
 * others; ended runs, the oldest first; of active runs, the attempts before the latest, and then what the engine said of
 * that; the older verdicts; when its image was pulled; where the job is declared. What runs, what is asked for and the totals stay: that they fit
 * is seen to where a definition is read (`definition/record-limits.ts`), where a run starts (`job/overlap.ts`) and where
 * something is asked for (`wish-changes.ts`).
 */
export function fitPage(page: Page): Page {
  const most = LARGEST_PAGE_BYTES - RESERVE_BYTES;
  if (largestSizeOf(page) <= most) return page;
  let fitted = page;
  while (sizeOf(fitted) > most) {
    const smaller =
      dropOldestOutput(fitted) ??
      dropOldestRun(fitted) ??
      dropOldestAttempts(fitted) ??
      dropOldestDetails(fitted) ??
      dropVerdicts(fitted) ??
      dropPulled(fitted) ??
      dropOrigin(fitted);
    if (smaller === undefined) break;
    fitted = smaller;
  }
  return fitted;
}

/** No page is larger than this says. To measure one costs more than all else that a swap does; this is a few sums. */
function largestSizeOf({ definition, runs, wishes, verdicts, paused, pulled, gaps = [], holds = [] }: Page): number {
  const schedules = definition.schedules.reduce((sum, { pattern }) => sum + 100 + largestText(pattern), 0);
  const texts = largestText(paused?.reason) + largestText(pulled?.image) + largestText(definition.origin?.unit);
  const asked = wishes.reduce((sum, { environment }) => sum + 400 + largestEnvironment(environment), 0);
  const marks = 250 * gaps.length + 150 * holds.length;
  return (
    4000 +
    schedules +
    texts +
    asked +
    marks +
    verdicts.length * 500 +
    runs.reduce((sum, run) => sum + largestRun(run), 0)
  );
}

function largestRun({ policies, attempts, environment, outcome }: Run): number {
  const codes = policies.successExitCodes.length + (policies.retries?.on.length ?? 0);
  const fixed = 900 + 12 * codes + largestEnvironment(environment) + largestText(messageOf(outcome));
  return attempts.reduce((sum, attempt) => sum + largestAttempt(attempt), fixed);
}

function largestAttempt({ outcome, node, image, output, objectId, stopping }: Attempt): number {
  const texts = [messageOf(outcome), stopping?.notStarted, node, image?.name, output, objectId].reduce(
    (sum, text) => sum + largestText(text),
    0,
  );
  return 900 + texts;
}

function messageOf(outcome: Outcome | undefined): string | undefined {
  return outcome !== undefined && "message" in outcome ? outcome.message : undefined;
}

function largestEnvironment(environment: Readonly<Record<string, string>> = {}): number {
  return Object.entries(environment).reduce((sum, [name, value]) => sum + largestText(name) + largestText(value), 0);
}

/** A control character takes six bytes. */
function largestText(text = ""): number {
  return 6 * text.length + 8;
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

function dropOldestDetails(page: Page): Page | undefined {
  for (const run of page.runs) {
    const latest = latestAttempt(run);
    const bare = withoutDetails(latest);
    if (largestAttempt(bare) < largestAttempt(latest)) return replaceRun(page, run, { ...run, attempts: [bare] });
  }
  return undefined;
}

function withoutDetails({ node: _node, image: _image, ...attempt }: Attempt): Attempt {
  const { outcome, stopping } = attempt;
  return {
    ...attempt,
    ...(outcome && { outcome: withShortMessage(outcome, SHORTEST_MESSAGE_BYTES) }),
    ...(stopping && { stopping: withShortReason(stopping, SHORTEST_MESSAGE_BYTES) }),
  };
}

function dropVerdicts(page: Page): Page | undefined {
  if (page.verdicts.length <= FEWEST_VERDICTS) return undefined;
  return { ...page, verdicts: page.verdicts.slice(-FEWEST_VERDICTS) };
}

/** Then it is asked for once more. */
function dropPulled({ pulled, ...page }: Page): Page | undefined {
  return pulled && page;
}

function dropOrigin({ definition: { origin, ...definition }, ...page }: Page): Page | undefined {
  return origin && { ...page, definition };
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
