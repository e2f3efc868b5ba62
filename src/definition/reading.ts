import type { Job } from "../job/job.ts";
import type { Problem } from "../job/problem.ts";

/** Everything that a source (or one file or object of it) declares at one moment, in order of precedence. */
export interface Reading {
  readonly jobs: readonly Job[];
  readonly problems: readonly Problem[];
  readonly broken: readonly Broken[];
  /** Units that have just been made and are read a moment later: until then what was read of them before stands. */
  readonly settling?: readonly string[];
}

/** A definition that is there, but cannot be read: one job of a unit, or (without `job`) the whole unit. */
export interface Broken {
  /** As in `Origin.unit`. */
  readonly unit: string;
  readonly job?: string;
  /** Of a file that is broken as a whole: what stands in it, where at least that can be read. */
  readonly text?: string;
}

export const emptyReading: Reading = { jobs: [], problems: [], broken: [] };

/** One reading of several, in their order. */
export function joinReadings(readings: readonly Reading[]): Reading {
  return {
    jobs: readings.flatMap((reading) => reading.jobs),
    problems: readings.flatMap((reading) => reading.problems),
    broken: readings.flatMap((reading) => reading.broken),
  };
}

/** What there is to say of a unit of which it cannot be told which jobs it declares. */
export function unreadable(unit: string, problems: readonly Problem[]): Reading {
  return { jobs: [], problems, broken: [{ unit }] };
}
