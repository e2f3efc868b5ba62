import type { Exclusions } from "../../job/exclusions/exclusions.ts";
import type { Inputs } from "../../job/inputs/inputs.ts";
import type { After, Schedule } from "../../job/job.ts";
import { runId } from "../../job/names.ts";
import {
  activeRuns,
  type InstanceRecord,
  type JobRecord,
  lastStartOf,
  latestAttempt,
  type Outcome,
  type PlannedRun,
  type Run,
  waitsForRetry,
} from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import type { DeclaredJob, JobTrouble, SchedulerAnswer } from "../scheduler/scheduler-view.ts";
import { afterOf } from "../words/after.ts";
import { poolWaitOf } from "../words/pool.ts";
import { isDone, nextDue, undecidedStart } from "./due.ts";
import { type NodeOfJob, nodeOfJob } from "./node-of-job.ts";
import { type PauseView, pausesOf } from "./pause-view.ts";
import { isCarriedOut, type Standing, standingOf } from "./standing.ts";

/** One job: what its record says and what the running scheduler says, together. */
export interface JobView {
  readonly job: string;
  readonly standing: Standing;
  readonly schedules: readonly Schedule[];
  /** Due times that are not started. */
  readonly exclusions?: Exclusions;
  /** Which ends of another job's runs start it; absent where none does. */
  readonly after?: After;
  readonly suspended: boolean;
  /** As the running scheduler has them; absent where it has none, or does not answer. */
  readonly inputs?: Inputs;
  /** The node that it was made for, by a declaration for each node. */
  readonly node?: NodeOfJob;
  /** The scheduler whose labels declare it, where it is another one: `swarm-cronjob`. */
  readonly labelsOf?: string;
  /** What Docker's own scheduler calls it, where that starts it, too: `shop.backup`. */
  readonly dockerJobs?: readonly string[];
  /** The pause that holds it now, its own or that of all jobs; of two, the one that lasts longer. */
  readonly paused?: PauseView;
  /** The other one, where two hold it. */
  readonly alsoPaused?: PauseView;
  /** Includes those that wait for their next attempt. */
  readonly activeRuns: number;
  readonly waitingForRetry: number;
  /**
   * When its schedule starts it next: while it is paused, after the pause's end. Absent where it does not start it. An instant
   * in the past means that it is overdue.
   */
  readonly nextRunAt?: Date;
  /** Its schedules have no further times: their years, or their one instant, are over. */
  readonly isDone?: true;
  /** What operators want to be started later, the earliest first. */
  readonly planned?: readonly PlannedView[];
  readonly lastStartAt?: Date;
  /** When the first of the awaited attempts is due. */
  readonly nextAttemptAt?: Date;
  /** The outcome of the run that ended last. */
  readonly lastOutcome?: Outcome;
  /** What is due waits for this; absent where nothing of it waits, or no scheduler says so. */
  readonly waits?: PoolWaitView;
  /** What repeatedly goes wrong when the scheduler carries it out; absent where nothing does. */
  readonly troubles?: readonly JobTrouble[];
}

/** A manual start at a later time. */
export interface PlannedView {
  /** The ID that the run will have. */
  readonly run: string;
  readonly startAt: Date;
}

function plannedView(job: string, { id, startAt }: PlannedRun): PlannedView {
  return { run: runId(job, { scheduledAt: startAt, request: id }), startAt };
}

/** A slot of a pool, all of whose slots are taken by these runs. */
export interface PoolWaitView {
  readonly reason: "waits-for-pool";
  readonly pool: string;
  readonly holders: readonly string[];
}

interface ViewParts {
  /** What concerns all jobs. Absent while nothing was ever decided for them. */
  readonly instance?: InstanceRecord | undefined;
  readonly answer: SchedulerAnswer;
  readonly timetables: Timetables;
  readonly now: Date;
}

/** How late a job is before it is overdue: a scheduler decides within a second or two, and the clocks of machines differ. */
const OVERDUE_AFTER_MS = 10_000;

/**
 * All jobs that have a record or are declared, in the order of their names; without those that no source declares any
 * longer, and those whose record is closed.
 */
export function jobViews(records: ReadonlyMap<string, JobRecord>, parts: ViewParts): readonly JobView[] {
  const declared = parts.answer.kind === "answers" ? parts.answer.view.jobs : new Map<string, DeclaredJob>();
  const names = new Set([...records.keys(), ...declared.keys()]);
  return [...names]
    .flatMap((name) => jobView(name, records.get(name), parts) ?? [])
    .filter(({ standing }) => standing.kind !== "removed")
    .sort(byName);
}

/** The jobs of one declaration for each node stand together, where that would stand. */
function byName(a: JobView, b: JobView): number {
  const [ofA, ofB] = [a.node?.of ?? a.job, b.node?.of ?? b.job];
  if (ofA !== ofB) return ofA < ofB ? -1 : 1;
  return a.job < b.job ? -1 : 1;
}

/** Undefined when there is no job of that name: it has no open record, and no source declares it. */
export function jobView(name: string, record: JobRecord | undefined, parts: ViewParts): JobView | undefined {
  const { answer, instance, now, timetables } = parts;
  const declared = answer.kind === "answers" ? answer.view.jobs.get(name) : undefined;
  const open = record?.closedAt === undefined ? record : undefined;
  const definition = open?.definition ?? declared;
  if (definition === undefined) return undefined;
  const { schedules, exclusions, suspended } = definition;
  const after = open === undefined ? declared?.after : afterOf(open);
  const standing = standingOf(name, open, answer);
  const node = nodeOfJob(open?.definition.node, declared?.node);
  const [paused, alsoPaused] = pausesOf(open, instance, now);
  const isStarted = isCarriedOut(standing) && !suspended && (paused === undefined || paused.until !== undefined);
  const nextRunAt = isStarted ? nextRun(open, declared, { ...parts, pausedUntil: paused?.until }) : undefined;
  return {
    job: name,
    standing,
    schedules,
    ...(exclusions && { exclusions }),
    ...(after && { after }),
    suspended,
    ...(declared?.inputs && { inputs: declared.inputs }),
    ...(node && { node }),
    ...(declared?.origin.translated && { labelsOf: declared.origin.translated.from }),
    ...(declared?.dockerJobs && { dockerJobs: declared.dockerJobs }),
    ...(paused && { paused }),
    ...(alsoPaused && { alsoPaused }),
    ...runsOf(open),
    ...(open?.planned && { planned: open.planned.map((run) => plannedView(name, run)) }),
    ...(nextRunAt && { nextRunAt }),
    ...(isStarted && nextRunAt === undefined && isDone(open, timetables) && { isDone: true }),
    ...waitsOf(name, answer),
    ...(declared?.troubles && { troubles: declared.troubles }),
  };
}

function waitsOf(job: string, answer: SchedulerAnswer): Pick<JobView, "waits"> {
  const wait = answer.kind === "answers" ? poolWaitOf(job, answer.view) : undefined;
  if (wait === undefined) return {};
  const { name, holders } = wait.pool;
  return { waits: { reason: "waits-for-pool", pool: name, holders: holders.map(({ run }) => run) } };
}

/**
 * The next time of the schedule; the time at which it was due, where the running scheduler is overdue with it, or where that is not
 * decided and none comes after it.
 */
function nextRun(
  record: JobRecord | undefined,
  declared: DeclaredJob | undefined,
  { timetables, now, pausedUntil }: ViewParts & { readonly pausedUntil: Date | undefined },
) {
  const due = declared?.nextRunAt;
  if (pausedUntil === undefined && due !== undefined && now.getTime() - due.getTime() > OVERDUE_AFTER_MS) return due;
  if (record === undefined) return due;
  const next = nextDue(record, timetables, { now, pausedUntil });
  if (next !== undefined || pausedUntil !== undefined || activeRuns(record).length > 0) return next;
  return undecidedStart(record, timetables, new Date(now.getTime() - OVERDUE_AFTER_MS));
}

function runsOf(record: JobRecord | undefined) {
  if (record === undefined) return { activeRuns: 0, waitingForRetry: 0 };
  const active = activeRuns(record);
  const waiting = active.filter(waitsForRetry);
  const nextAttemptAt = earliest(waiting.flatMap((run) => latestAttempt(run).retryAt ?? []));
  const lastStartAt = lastStartOf(record);
  const lastOutcome = lastEnded(record.runs)?.outcome;
  return {
    activeRuns: active.length,
    waitingForRetry: waiting.length,
    ...(lastStartAt && { lastStartAt }),
    ...(nextAttemptAt && { nextAttemptAt }),
    ...(lastOutcome && { lastOutcome }),
  };
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function lastEnded(runs: readonly Run[]): Run | undefined {
  const ended = runs.filter(({ outcome }) => outcome !== undefined);
  return ended.toSorted((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0)).at(-1);
}
