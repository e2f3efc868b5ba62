import type { TestProject } from "vitest/node";
import { startEngine } from "./engine.ts";
import { ensureImages } from "./images.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The private engine of this test run, as `unix:///…`. It has `busybox`; ask `ensureImages` for others. */
    dockerHost: string;
  }
}

/** One private engine for a whole test run. Where none can be had the run fails, and says what is missing. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const engine = await startEngine();
  await ensureImages(engine, ["busybox:latest"]);
  project.provide("dockerHost", engine.dockerHost);
  return engine.takeDown;
}
