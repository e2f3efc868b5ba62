import { afterEach, beforeEach, describe } from "vitest";
import type { EngineUnderTest, MakeEngine } from "./engine/harness.ts";
import { describeObserving } from "./engine/observing.ts";
import { describePreparing } from "./engine/preparing.ts";
import { describeRunning } from "./engine/running.ts";

/** What `src/engines/engine.ts` promises, for every engine there is. */
export function describeEngine(name: string, makeEngine: MakeEngine): void {
  describe(`the engine's contract: ${name}`, () => {
    let test: EngineUnderTest;
    beforeEach(async () => {
      test = await makeEngine();
    });
    afterEach(() => test.close());

    describePreparing(() => test);
    describeRunning(() => test);
    describeObserving(() => test);
  });
}
