import { describe, expect, it } from "vitest";
import { amount } from "../../support/full.ts";
import { check } from "./check.ts";

const STORIES = amount({ usual: 500, full: 2000 });

/**
 * Plays hundreds of stories, the same ones each time, so that a change is to blame for what is found; `npm run simulate`
 * plays others. Each seed has a file of its own, so that they are played side by side.
 */
export function itKeepsItsPromises(seed: number): void {
  describe("whatever happens", () => {
    it(`the promises are kept, in ${STORIES} stories of seed ${seed}`, async () => {
      const { failure } = await check({ runs: STORIES, seed });
      expect(failure).toBeUndefined();
    }, 900_000);
  });
}
