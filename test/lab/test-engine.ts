import { inject } from "vitest";

/**
 * Returns the engine of this test file, as `unix://…`. Files that run at the same time have others, so a test may do with
 * it what it likes, if it leaves nothing behind. It has `busybox`; ask `ensureImages` for other images.
 */
export function testEngine(): string {
  const worker = Number(process.env.VITEST_POOL_ID);
  const dockerHost = inject("dockerHosts")[worker - 1];
  if (dockerHost === undefined) throw new Error(`there is no engine for worker ${process.env.VITEST_POOL_ID}`);
  return dockerHost;
}
