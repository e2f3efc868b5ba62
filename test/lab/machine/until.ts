import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is true. For what sends no event only: other processes and the kernel.
 * Rejects with the signal's reason when that comes first; `everyMs` is the pause between two questions.
 */
export async function until(
  question: () => Promise<boolean> | boolean,
  signal: AbortSignal,
  everyMs = 20,
): Promise<void> {
  while (!(await question())) {
    signal.throwIfAborted();
    await pause(everyMs, undefined, { signal });
  }
}
