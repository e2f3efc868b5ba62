import { expect, it } from "vitest";
import { PullProgress } from "../../../../src/engines/docker/registry/images.ts";

it("the progress of a pull is what was not said before, of whichever layer", () => {
  const progress = new PullProgress();
  const at = (id: string, current?: number, status = "Downloading") =>
    progress.isNew({ id, status, ...(current !== undefined && { progressDetail: { current, total: 9 } }) });
  expect([at("a", 1), at("a", 1), at("a", 2), at("b", 1), at("a", 1), at("b", 2)]).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
  // An engine that tries again begins from the start, and says "Retrying in 5 seconds" each time.
  const retrying = "Retrying in 5 seconds";
  expect([at("a", undefined, retrying), at("a", undefined, retrying), at("a", 1), at("a", 3)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
