/** How closely tasks are looked at: in the first seconds of an attempt; later; and right after a container died here. */
const EARLY_MS = 3000;
const EARLY_INTERVAL_MS = 250;
/** So that an end on another node is known within a second: Swarm itself takes up to a quarter of one to know it. */
const INTERVAL_MS = 750;
export const HURRY_MS = 1000;
const HURRIED_INTERVAL_MS = 50;

/** An attempt under watch. Times in milliseconds since the epoch. */
export interface Paced {
  /** When it was activated, first seen, or told to stop. */
  readonly since: number;
  readonly hurriedUntil?: number;
  /** Its node is down: nothing is heard of it. */
  readonly isAway?: boolean;
}

/** How long to wait from one look at the tasks to the next: as the one that is the most in a hurry says. Without end where there is nothing to see. */
export function intervalMs(watched: Iterable<Paced>, now: number): number {
  const intervals = Array.from(watched, ({ since, hurriedUntil = 0, isAway }) => {
    if (isAway === true) return Number.POSITIVE_INFINITY;
    if (now < hurriedUntil) return HURRIED_INTERVAL_MS;
    return now - since < EARLY_MS ? EARLY_INTERVAL_MS : INTERVAL_MS;
  });
  return Math.min(...intervals);
}
