import { until } from "../lab/machine/until.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** Asks again and again until the answer is not undefined, and gives it. Rejects, saying what was awaited, in the end. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = PATIENCE_MS,
): Promise<T> {
  let found: T | undefined;
  const isFound = async () => {
    found = await ask();
    return found !== undefined;
  };
  await until(isFound, AbortSignal.timeout(withinMs), 50).catch((cause: unknown) => {
    throw new Error(`${what}: not within ${withinMs / 1000} s`, { cause });
  });
  return found as T;
}
