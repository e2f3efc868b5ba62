import type { Jitter } from "../job/job.ts";
import { numberOf } from "../job/own-number.ts";

/** Instants in milliseconds since the epoch, as one schedule has them. */
export interface Times {
  /** The first strictly after this one. */
  readonly next: (after: number) => number | undefined;
  /** The last up to this one. */
  readonly previous: (upTo: number) => number | undefined;
}

export interface ShiftedTimes extends Times {
  /** The time that was shifted to this instant; undefined for any other instant. */
  readonly nominalOf: (instant: number) => number | undefined;
}

/**
 * Returns the same times, each shifted by the job's jitter: by whole seconds that follow from the job and the time alone. They
 * keep their order, as none is shifted up to the one after it, not even where a clock change brings the two closer together.
 */
export function shiftTimes(times: Times, jitter: Jitter): ShiftedTimes {
  const shifted = (nominal: number) => nominal + shiftOf(nominal, times.next(nominal), jitter);
  return {
    next: (after) => {
      let nominal = times.next(after - jitter.ms);
      while (nominal !== undefined && shifted(nominal) <= after) nominal = times.next(nominal);
      return nominal === undefined ? undefined : shifted(nominal);
    },
    previous: (upTo) => {
      const nominal = times.previous(upTo);
      if (nominal === undefined || shifted(nominal) <= upTo)
        return nominal === undefined ? undefined : shifted(nominal);
      const before = times.previous(nominal - SECOND);
      return before === undefined ? undefined : shifted(before);
    },
    nominalOf: (instant) => {
      const nominal = times.previous(instant);
      return nominal !== undefined && shifted(nominal) === instant ? nominal : undefined;
    },
  };
}

const SECOND = 1000;

function shiftOf(nominal: number, next: number | undefined, { ms, seed }: Jitter): number {
  const most = Math.min(ms, (next ?? Number.POSITIVE_INFINITY) - nominal);
  return (numberOf(`${seed}/${new Date(nominal).toISOString()}`) % Math.max(1, Math.floor(most / SECOND))) * SECOND;
}

const YEAR_MS = 366 * 86_400_000;
/** Enough to see each distance of a pattern, and few enough for each second. */
const MOST_LOOKED_AT = 1500;

/** Returns the shortest distance of due times within a year; stops once one is at most `enough`. */
export function shortestDistance(times: Times, from: number, enough: number): number {
  let shortest = Number.POSITIVE_INFINITY;
  let before = times.next(from);
  for (let looked = 0; before !== undefined && looked < MOST_LOOKED_AT && shortest > enough; looked++) {
    const at = times.next(before);
    if (at === undefined || at > from + YEAR_MS) break;
    shortest = Math.min(shortest, at - before);
    before = at;
  }
  return shortest;
}
