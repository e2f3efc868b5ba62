import { EngineError } from "../../engines/engine.ts";
import { nearestWord } from "../../job/problem.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { openRecords, type Records, whyNoJob, whyNoRun } from "../../view/find.ts";
import { zoneOfJob } from "../../view/jobs/job-zone.ts";
import { isUnreadableRecord } from "../../view/scheduler/problems.ts";
import type { SchedulerAnswer, SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import { whyNoRecord } from "../../view/words/scheduler.ts";
import { seesJob } from "../access/visible.ts";
import { commonZone } from "../common-zone.ts";
import { Fault } from "../fault.ts";
import { type Caller, ROLES, type Role, type RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault, asSentence } from "./api-fault.ts";

/** Whether a caller has that role, or a higher one. */
export function has(role: Role, caller: Caller): boolean {
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(role);
}

/**
 * The records of the jobs that exist for a caller, without closed ones.
 *
 * @throws ApiFault `ledger-unavailable`.
 */
export function seenRecords(caller: Caller, world: World): Records {
  const records = world.records();
  if (records === undefined) throw ledgerFault(world);
  const open = openRecords(records);
  if (caller.jobs === undefined) return open;
  return new Map([...open].filter(([job]) => seesJob(caller, job)));
}

/** What the scheduler says, of the jobs that exist for a caller. */
export function seenScheduler(caller: Caller, world: World): SchedulerView {
  const view = world.scheduler();
  if (caller.jobs === undefined) return view;
  const sees = (job: string) => seesJob(caller, job);
  return {
    ...view,
    jobs: new Map([...view.jobs].filter(([job]) => sees(job))),
    unsure: new Set([...view.unsure].filter(sees)),
    // The place of a definition may name another job.
    problems: view.problems.filter(({ job }) => job !== undefined && sees(job)),
  };
}

/** The zone on whose clock times of a job are meant that name none; without a record, times that concern all jobs. */
export function seenZone(record: JobRecord | undefined, caller: Caller, world: World): string {
  const ofMost = () =>
    commonZone({ records: seenRecords(caller, world), scheduler: seenScheduler(caller, world) }, world);
  return zoneOfJob(record?.definition.schedules ?? [], ofMost);
}

export function seenAnswer(caller: Caller, world: World): SchedulerAnswer {
  return { kind: "answers", view: seenScheduler(caller, world) };
}

/** @throws ApiFault `ledger-unavailable`. */
export function openLedger(world: World): Ledger {
  const ledger = world.ledger();
  if (ledger === undefined) throw ledgerFault(world);
  return ledger;
}

export function ledgerFault(world: Pick<World, "scheduler">, cause?: string): ApiFault {
  const why = cause ?? world.scheduler().ledgerDownBecause ?? "it is not open yet";
  return new ApiFault("ledger-unavailable", `The ledger cannot be used: ${asPart(why)}.`, {
    headers: { "Retry-After": "5" },
  });
}

/** The engine that keeps the ledger may be away, or its file unusable. */
export async function orUnavailable<T>(world: World, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const view = world.scheduler();
    const down = world.ledger()?.downBecause ?? view.ledgerDownBecause ?? view.engineDownBecause;
    if (down === undefined && !(error instanceof EngineError)) throw error;
    throw ledgerFault(world, down ?? String(error));
  }
}

function asPart(words: string): string {
  return words.replace(/\.$/, "");
}

/** The job that a request names. It has no record while it is declared and has not been seen to yet. */
export interface SeenJob {
  readonly job: string;
  readonly record: JobRecord | undefined;
}

/** @throws ApiFault `no-such-job`, also for jobs that do not exist for the caller; `unreadable-record`, `ledger-unavailable`. */
export function seenJob({ params, caller }: Pick<RouteRequest, "params" | "caller">, world: World): SeenJob {
  const job = params.job ?? "";
  const records = seenRecords(caller, world);
  const view = seenScheduler(caller, world);
  const record = records.get(job);
  if (record !== undefined || view.jobs.has(job)) return { job, record };
  const unreadable = view.problems.find((problem) => isUnreadableRecord(problem, job));
  if (unreadable !== undefined)
    throw new ApiFault("unreadable-record", `The record of ${job} ${unreadable.message}.`, { job });
  const names = [...records.keys(), ...view.jobs.keys()];
  const nearest = nearestWord(job, names);
  throw new ApiFault("no-such-job", asSentence(whyNoJob(job, records)), {
    job,
    ...(nearest !== undefined && { didYouMean: nearest }),
  });
}

/** @throws ApiFault `no-such-job` for one that no scheduler has made a record of. */
export function seenRecord(request: Pick<RouteRequest, "params" | "caller">, world: World): JobRecord {
  const { job, record } = seenJob(request, world);
  if (record !== undefined) return record;
  const why = asSentence(whyNoRecord(world.scheduler()));
  throw new ApiFault("no-such-job", `${job} is declared. ${why}`, { job });
}

export function noSuchRun(run: string, records: Records): ApiFault {
  const ids = [...records.values()].flatMap(({ runs }) => runs.map(({ id }) => id));
  const nearest = nearestWord(run, ids);
  return new ApiFault("no-such-run", asSentence(whyNoRun(run, records)), {
    run,
    ...(nearest !== undefined && { didYouMean: nearest }),
  });
}
