import { describe, expect, it } from "vitest";
import { check } from "./check.ts";

/** The same ones whenever, so that a change is to blame for what is found; `npm run simulate` plays others. */
const SEED = 5;
const STORIES = 2000;

describe("whatever happens", () => {
  it("the promises are kept", async () => {
    const { failure } = await check({ runs: STORIES, seed: SEED });
    expect(failure).toBeUndefined();
  }, 300_000);
});
