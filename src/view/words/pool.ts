import type { PoolView, SchedulerView } from "../scheduler/scheduler-view.ts";

/** Of longer lists only so many are named. */
const NAMED = 3;

/** What a job waits for that is in a line before a pool; undefined for one that is in none. */
export interface PoolWait {
  readonly pool: PoolView;
  /** The attempt that waits. */
  readonly run: string;
  readonly attempt: number;
  /** How many come before it. */
  readonly before: number;
}

export function poolWaitOf(
  job: string,
  { jobs, pools = [] }: Pick<SchedulerView, "jobs" | "pools">,
): PoolWait | undefined {
  const start = jobs.get(job)?.start;
  const pool = start?.for === "pool" ? pools.find(({ name }) => name === start.pool) : undefined;
  const before = pool?.waiting.findIndex((one) => one.job === job) ?? -1;
  const waiting = pool?.waiting[before];
  return pool && waiting && { pool, run: waiting.run, attempt: waiting.attempt, before };
}

/** Continues a sentence that begins with what waits. */
export function poolWaitWords({ pool, before }: PoolWait): string {
  const { name, limit, holders } = pool;
  const slots = limit === 1 ? "its slot is taken" : `its ${limit} slots are taken`;
  const by = holders.length === 0 ? "" : ` by ${namesOf(holders)}`;
  const others = before === 1 ? "1 other comes" : `${before} others come`;
  const line = before === 0 ? "" : `, and ${others} before it`;
  return `waits for a slot of the pool ${name}: ${slots}${by}${line}`;
}

function namesOf(holders: PoolView["holders"]): string {
  const names = holders.slice(0, NAMED).map(({ run, attempt }) => (attempt > 1 ? `${run} (attempt ${attempt})` : run));
  const more = holders.length - names.length;
  const all = more > 0 ? [...names, `${more} more`] : names;
  return all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : all.join("");
}
