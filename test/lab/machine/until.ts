import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is true. For what sends no event only: other processes and the kernel.
 * Rejects with the signal's reason when that comes first. Between two questions it pauses for `everyMs`, and for twice as
 * long as the answer took: those who wait must not be what keeps the machine busy.
 */
export async function until(
  question: () => Promise<boolean> | boolean,
  signal: AbortSignal,
  everyMs = 20,
): Promise<void> {
  for (;;) {
    const askedAt = performance.now();
    if (await question()) return;
    signal.throwIfAborted();
    await pause(Math.max(everyMs, 2 * (performance.now() - askedAt)), undefined, { signal });
  }
}
