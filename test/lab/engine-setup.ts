import type { TestProject } from "vitest/node";
import { startEngine } from "./engine.ts";
import { ensureImages } from "./images.ts";
import { VARIANT_VARIABLE } from "./variants/variants.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How many engines a test run has, one for each of its workers. */
    engines: number;
    /** Them, as `unix://…`: ask `testEngine` for the one of this file. */
    dockerHosts: readonly string[];
  }
}

/**
 * Starts a private engine for each worker of a test run, so that no two files that run at once share one. Each has
 * `busybox`. Where none can be had the run fails, and says what is missing.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack();
  try {
    const { engines = 1 } = project.config.provide;
    const variant = process.env[VARIANT_VARIABLE];
    const starts = await Promise.allSettled(Array.from({ length: engines }, () => startEngine({ variant })));
    const started = starts.flatMap((start) => (start.status === "fulfilled" ? [stack.use(start.value)] : []));
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    await Promise.all(started.map((engine) => ensureImages(engine, ["busybox:latest"])));
    project.provide(
      "dockerHosts",
      started.map(({ dockerHost }) => dockerHost),
    );
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return () => stack.disposeAsync();
}
