import { setTimeout as pause } from "node:timers/promises";

/** The next whole second at which `isWanted`, at least `leastMs` from now. */
export function nextSecond(leastMs: number, isWanted: (second: number) => boolean = () => true): Date {
  let second = Math.ceil((Date.now() + leastMs) / 1000);
  while (!isWanted(second)) second++;
  return new Date(second * 1000);
}

/** Resolves at this time, or as little later as a timer can. */
export async function untilTime(at: Date): Promise<void> {
  for (let left = at.getTime() - Date.now(); left > 0; left = at.getTime() - Date.now()) await pause(left);
}

/** A schedule that is due at this second, and then not for a year. Its zone is UTC. */
export function onceAt(at: Date): string {
  const time = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  return [...time, at.getUTCDate(), at.getUTCMonth() + 1, "*"].join(" ");
}
