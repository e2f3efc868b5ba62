import { describe, expect, it } from "vitest";
import { amount } from "../../support/full.ts";
import { type CheckOptions, check } from "./check.ts";

const STORIES = amount({ usual: 250, full: 1000 });
const POOLED_STORIES = amount({ usual: 120, full: 1000 });
const NODED_STORIES = amount({ usual: 40, full: 1000 });
const SPREAD_STORIES = amount({ usual: 60, full: 1000 });
const KINDS = {
  isPooled: { stories: POOLED_STORIES, which: ", with jobs in a pool" },
  isSpread: { stories: SPREAD_STORIES, which: ", with jitter and planned starts" },
  isNoded: { stories: NODED_STORIES, which: ", with nodes that come and go" },
} as const;

/**
 * Plays hundreds of stories, the same ones each time, so that a change is to blame for what is found; `npm run simulate`
 * plays others. Each seed has a file of its own, so that they are played side by side.
 */
export function itKeepsItsPromises(seed: number, options: Pick<CheckOptions, keyof typeof KINDS> = {}): void {
  const [kind] = Object.keys(options) as (keyof typeof KINDS)[];
  const { stories, which } = kind === undefined ? { stories: STORIES, which: "" } : KINDS[kind];
  describe("whatever happens", () => {
    it(`the promises are kept, in ${stories} stories of seed ${seed}${which}`, async () => {
      const { failure } = await check({ runs: stories, seed, ...options });
      expect(failure).toBeUndefined();
    }, 3_600_000);
  });
}
