import type { TestProject } from "vitest/node";
import { type SwarmRecord, startSwarm } from "./swarm.ts";
import { VARIANT_VARIABLE } from "./variants/variants.ts";

declare module "vitest" {
  interface ProvidedContext {
    /**
     * The Swarm of this test run, for `openSwarm`: three managers, m1 to m3, and two workers, w1 and w2. Each has
     * `busybox`; ask `ensureImages` for others. A test that breaks it makes it whole again.
     */
    swarm: SwarmRecord;
  }
}

/** One Swarm for a whole test run. Where none can be had the run fails, and says what is missing. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const variant = process.env[VARIANT_VARIABLE];
  const swarm = await startSwarm({ managers: 3, workers: 2, images: ["busybox:latest"], variant });
  project.provide("swarm", swarm.record);
  return swarm.takeDown;
}
