import type { Job, JobNode, Origin, SourceName } from "../job/job.ts";
import type { DeclaredPool } from "../job/pool.ts";
import type { Problem } from "../job/problem.ts";
import { fitJobName } from "./values/job-name.ts";

/** Everything that a source (or one file or object of it) declares at one moment, in order of precedence. */
export interface Reading {
  readonly jobs: readonly Job[];
  readonly problems: readonly Problem[];
  readonly broken: readonly Broken[];
  /** New units that are read a moment later: until then, what was read of them before stands. */
  readonly settling?: readonly string[];
  /** Pools that it declares; absent: none. */
  readonly pools?: readonly (DeclaredPool & Pick<Broken, "unit">)[];
  /** Units whose pools cannot be read. */
  readonly brokenPools?: readonly string[];
}

/** A definition that is there, but cannot be read: one job of a unit, or (without `job`) the whole unit. */
export interface Broken {
  /** As in `Origin.unit`. */
  readonly unit: string;
  readonly job?: string;
  /** The text of a file that is broken as a whole, where at least that can be read. */
  readonly text?: string;
}

export const emptyReading: Reading = { jobs: [], problems: [], broken: [] };

/** Joins readings, in their order. */
export function joinReadings(readings: readonly Reading[]): Reading {
  const pools = readings.flatMap((reading) => reading.pools ?? []);
  const brokenPools = readings.flatMap((reading) => reading.brokenPools ?? []);
  return {
    jobs: readings.flatMap((reading) => reading.jobs),
    problems: readings.flatMap((reading) => reading.problems),
    broken: readings.flatMap((reading) => reading.broken),
    ...(pools.length > 0 && { pools }),
    ...(brokenPools.length > 0 && { brokenPools }),
  };
}

/** Returns the reading of a unit whose jobs are not known. */
export function unreadable(unit: string, problems: readonly Problem[]): Reading {
  return { jobs: [], problems, broken: [{ unit }] };
}

/** Something that is declared, or may be, and cannot be read; no good version of it is known. */
export interface Unread {
  readonly source: SourceName;
  /** As in `Origin.unit`. Absent: the source as a whole. */
  readonly unit?: string;
  /** Absent: the jobs of the unit are not known. */
  readonly job?: string;
  /** The text of a file, where at least that can be read. */
  readonly text?: string;
}

/** A job that was declared once, and where it was last read. Older versions of shipbell did not write that down. */
export interface KnownJob {
  readonly name: string;
  readonly origin?: Pick<Origin, "source" | "unit">;
  /** Of a job that was made for one node: the declared job. */
  readonly node?: Pick<JobNode, "of">;
}

/**
 * True where this may declare the job, so that its absence elsewhere does not mean that it is gone. A definition that
 * cannot be read must not be taken for removed, and one mistake must not keep all other jobs from being removed.
 */
export function mayDeclare({ source, unit, job, text }: Unread, { name: own, origin, node }: KnownJob): boolean {
  const name = node?.of ?? own;
  if (job !== undefined) return job === name;
  if (unit === undefined) return origin === undefined || origin.source === source;
  if (source !== "files") return isOfObject(name, unit);
  if (text !== undefined) return text.includes(name) || ESCAPE.test(text);
  return origin === undefined || (origin.source === source && origin.unit === unit);
}

/** The escapes by which YAML writes a letter as something else, in double quotes. */
const ESCAPE = /\\[xuU]/;

/** A job of labels has the name of its object, or `OBJECT.NAME`. */
function isOfObject(job: string, object: string): boolean {
  const own = fitJobName(object);
  return own !== undefined && (job === own || job.startsWith(`${own}.`));
}
