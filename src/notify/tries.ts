import type { Sent } from "./sent.ts";

/** How long after the first, second, … try that failed the next one is. Later ones are an hour apart. */
const PAUSES_MS = [5000, 15_000, 60_000, 5 * 60_000, 15 * 60_000] as const;
const LATER_MS = 60 * 60_000;

/** Returns how long to wait after a try. `failed`: how many failed in a row, with this one. */
export function pauseAfter(failed: number): number {
  return PAUSES_MS[Math.max(0, failed - 1)] ?? LATER_MS;
}

/** From this try on (6 min 20 s after the first), a receiver that is not there was not just being started again. */
const LAST_TRY_OF_ABSENT = 5;

/** Returns how a try ended, after so many before it that failed in a row: what a restart of the receiver explains may pass. */
export function judgeInARow(sent: Sent, failedBefore: number): Sent {
  if (sent.result !== "final" || sent.mayPass !== true || failedBefore + 1 >= LAST_TRY_OF_ABSENT) return sent;
  const { mayPass: _mayPass, ...rest } = sent;
  return { ...rest, result: "again" };
}

/** A scheduler that did not write a notice sends it only when the one that did has had this long. */
export const OTHERS_WAIT_MS = 30_000;
/** Several others do not begin at once. */
const SPREAD_MS = 10_000;

/** Returns when a scheduler of this name sends what another one wrote: as long after its time. */
export function patienceOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return OTHERS_WAIT_MS + (hash % SPREAD_MS);
}
