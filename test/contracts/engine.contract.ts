import { describe, it } from "vitest";
import type { ContractTest, MakeEngine } from "./engine/harness.ts";
import { describeObserving } from "./engine/observing.ts";
import { describePreparing } from "./engine/preparing.ts";
import { describeRunning } from "./engine/running.ts";

/** What `src/engines/engine.ts` promises, for every engine there is. Tests run side by side, each with objects of its own. */
export function describeEngine(name: string, makeEngine: MakeEngine): void {
  const test: ContractTest = (name, body) =>
    it.concurrent(name, async () => {
      const host = await makeEngine();
      try {
        await body(host);
      } finally {
        await host.close();
      }
    });
  describe(`the engine's contract: ${name}`, () => {
    describePreparing(test);
    describeRunning(test);
    describeObserving(test);
  });
}
