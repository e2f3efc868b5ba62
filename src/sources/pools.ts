import type { Unread } from "../definition/reading.ts";
import type { Job, SourceName } from "../job/job.ts";
import type { DeclaredPool } from "../job/pool.ts";
import type { Problem } from "../job/problem.ts";

interface PoolProblem extends Problem {
  readonly source: SourceName;
}

/** What all sources declare, and what the operator does. */
interface PoolsDeclared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** Of schedule files, in their order. */
  readonly pools: readonly DeclaredPool[];
  /** Of the setting; absent where that is not known, so that a pool may be declared there. */
  readonly given: ReadonlyMap<string, number> | undefined;
}

/** What was declared before: it stays where the present version of it cannot be used. */
interface PoolsBefore {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly pools: ReadonlyMap<string, number>;
}

interface PoolsSettled {
  /** The jobs that can be carried out. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** How many slots each pool has. */
  readonly pools: ReadonlyMap<string, number>;
  readonly problems: readonly PoolProblem[];
  /** Jobs that go on under an earlier definition, whose pool is known. */
  readonly kept: readonly string[];
  readonly unread: readonly Unread[];
}

/**
 * Settles how many slots each pool has, and which jobs can be carried out. Of numbers that disagree the smallest counts. A pool
 * that is no longer declared keeps its slots while jobs name it. A job that names a pool which never was declared cannot be read:
 * its last good definition stays.
 */
export function settlePools({ jobs, pools: declared, given }: PoolsDeclared, before: PoolsBefore): PoolsSettled {
  const { pools, problems } = limitsOf(declared, given ?? new Map());
  const settled = new Map(jobs);
  const kept: string[] = [];
  const unread: Unread[] = [];
  const forgotten = new Map<string, Job[]>();
  for (const job of jobs.values()) {
    const { pool } = job.policies.run;
    if (pool === undefined || pools.has(pool)) continue;
    if (given === undefined) problems.push(unknownPool(job, pool, { pools, isWarning: true }));
    else if (before.pools.has(pool)) forgotten.set(pool, [...(forgotten.get(pool) ?? []), job]);
    else {
      problems.push(unknownPool(job, pool, { pools, isWarning: false }));
      const last = before.jobs.get(job.name);
      const lastPool = last?.policies.run.pool;
      if (last !== undefined && (lastPool === undefined || pools.has(lastPool))) {
        settled.set(job.name, last);
        kept.push(job.name);
      } else {
        settled.delete(job.name);
        unread.push({ source: job.origin.source, unit: job.origin.unit, job: job.name });
      }
    }
  }
  for (const [pool, named] of forgotten) {
    const limit = before.pools.get(pool) ?? 0;
    pools.set(pool, limit);
    problems.push(forgottenPool(pool, limit, named));
  }
  return { jobs: settled, pools, problems, kept, unread };
}

function limitsOf(
  declared: readonly DeclaredPool[],
  given: ReadonlyMap<string, number>,
): { pools: Map<string, number>; problems: PoolProblem[] } {
  const first = new Map<string, DeclaredPool>();
  const problems: PoolProblem[] = [];
  const ofSetting = [...given].map(([name, limit]): DeclaredPool => ({ name, limit, at: "--pools" }));
  for (const pool of [...ofSetting, ...declared]) {
    const { name, limit, at } = pool;
    const other = first.get(name);
    if (other === undefined) first.set(name, pool);
    else if (other.limit !== limit) {
      const fewer = Math.min(other.limit, limit);
      const message = `the pool ${name} has ${slotsOf(limit)} here, and ${other.limit} at ${other.at}; the fewer count: ${fewer}`;
      problems.push({ source: "files", at, message, hint: "declare it once, or with the same number" });
      if (limit < other.limit) first.set(name, pool);
    }
  }
  return { pools: new Map([...first].map(([name, { limit }]) => [name, limit])), problems };
}

function slotsOf(limit: number): string {
  return `${limit} ${limit === 1 ? "slot" : "slots"}`;
}

function unknownPool(
  { name, origin }: Job,
  pool: string,
  { pools, isWarning }: { readonly pools: ReadonlyMap<string, number>; readonly isWarning: boolean },
): PoolProblem {
  const known = [...pools.keys()].sort();
  const list = known.length === 0 ? "" : `; declared are ${known.join(", ")}`;
  const why = isWarning ? "is not declared here, so the scheduler must know it" : "nothing declares";
  const message = `the job ${name} names the pool ${pool}, which ${why}${list}`;
  return {
    source: origin.source,
    at: origin.at,
    message,
    hint: `write pools: {${pool}: 2} at the top of a schedule file, or give the scheduler --pools ${pool}=2`,
    ...(isWarning && { severity: "warning" as const }),
  };
}

function forgottenPool(pool: string, limit: number, [first, ...others]: readonly Job[]): PoolProblem {
  const names =
    first === undefined ? "jobs" : others.length === 0 ? first.name : `${first.name} and ${others.length} more`;
  return {
    source: first?.origin.source ?? "files",
    at: first?.origin.at ?? "",
    message: `the pool ${pool}, which is named by ${names}, is no longer declared; it keeps its ${slotsOf(limit)}`,
    hint: `write pools: {${pool}: ${limit}} at the top of a schedule file, or take it from the jobs`,
  };
}
