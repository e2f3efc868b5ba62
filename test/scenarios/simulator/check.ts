import fc from "fast-check";
import { simulate } from "./simulate.ts";
import type { Sabotage } from "./stage.ts";
import { nodedStories, pooledStories, spreadStories, stories } from "./stories.ts";

export interface CheckOptions {
  readonly runs: number;
  readonly seed?: number;
  /** Of a failure that was found before: the way to its smallest story. */
  readonly path?: string;
  readonly sabotage?: Sabotage;
  /** Whether jobs are in a pool. */
  readonly isPooled?: true;
  /** Whether times have a jitter, and starts are planned. */
  readonly isSpread?: true;
  /** Whether jobs are for each node, and nodes come and go. */
  readonly isNoded?: true;
  /** In all stories. Default: as each story has it. */
  readonly aheadMs?: number;
  /** Shrinking takes many times longer than finding. */
  readonly shrinks?: false;
}

export interface Checked {
  /** How many stories were played until one failed. */
  readonly runs: number;
  /** The smallest failing story, as it happened, and how to see it again. */
  readonly failure?: string;
}

/** Plays so many stories. */
export async function check({
  runs,
  seed,
  path,
  sabotage,
  isPooled,
  isSpread,
  isNoded,
  aheadMs,
  shrinks,
}: CheckOptions): Promise<Checked> {
  const options = sabotage === undefined ? {} : { sabotage };
  const chosen = isPooled ? pooledStories : isSpread ? spreadStories : isNoded ? nodedStories : stories;
  const played = aheadMs === undefined ? chosen : chosen.map((story) => ({ ...story, aheadMs }));
  const property = fc.asyncProperty(played, async (story) => {
    const broken = await simulate(story, options);
    if (broken !== undefined) throw new Error(broken);
  });
  const result = await fc.check(property, {
    numRuns: runs,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
    ...(shrinks === false && { endOnFailure: true }),
  });
  if (!result.failed) return { runs: result.numRuns };
  const [story] = result.counterexample ?? [];
  const broken = story && (await simulate(story, { ...options, tells: true }));
  const again = `npm run simulate -- --seed ${result.seed} --path ${result.counterexamplePath}${isPooled ? " --pooled" : isSpread ? " --spread" : isNoded ? " --nodes" : ""}`;
  return { runs: result.numRuns, failure: `${broken}\n\nAgain: ${again}` };
}
