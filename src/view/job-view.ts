import type { Schedule } from "../job/job.ts";
import {
  activeRuns,
  type JobRecord,
  lastStartOf,
  latestAttempt,
  type Outcome,
  type Run,
  waitsForRetry,
} from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { nextDue } from "./due.ts";
import type { DeclaredJob, JobTrouble, SchedulerAnswer } from "./scheduler-view.ts";
import { isCarriedOut, type Standing, standingOf } from "./standing.ts";

/** One job: what its record says and what the running scheduler says, together. */
export interface JobView {
  readonly job: string;
  readonly standing: Standing;
  readonly schedules: readonly Schedule[];
  readonly suspended: boolean;
  readonly paused?: NonNullable<JobRecord["paused"]>;
  /** Includes those that wait for their next attempt. */
  readonly activeRuns: number;
  readonly waitingForRetry: number;
  /** When its schedule starts it next; absent where it does not. An instant in the past means that it is overdue. */
  readonly nextRunAt?: Date;
  readonly lastStartAt?: Date;
  /** When the first of the awaited attempts is due. */
  readonly nextAttemptAt?: Date;
  /** The outcome of the run that ended last. */
  readonly lastOutcome?: Outcome;
  /** What repeatedly goes wrong when the scheduler carries it out; absent where nothing does. */
  readonly troubles?: readonly JobTrouble[];
}

interface ViewParts {
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
    .sort((a, b) => (a.job < b.job ? -1 : 1));
}

/** Undefined when there is no job of that name: it has no open record, and no source declares it. */
export function jobView(name: string, record: JobRecord | undefined, parts: ViewParts): JobView | undefined {
  const { answer } = parts;
  const declared = answer.kind === "answers" ? answer.view.jobs.get(name) : undefined;
  const open = record?.closedAt === undefined ? record : undefined;
  const definition = open?.definition ?? declared;
  if (definition === undefined) return undefined;
  const { schedules, suspended } = definition;
  const standing = standingOf(name, open, answer);
  const nextRunAt = isCarriedOut(standing) && !suspended && !open?.paused ? nextRun(open, declared, parts) : undefined;
  return {
    job: name,
    standing,
    schedules,
    suspended,
    ...(open?.paused && { paused: open.paused }),
    ...runsOf(open),
    ...(nextRunAt && { nextRunAt }),
    ...(declared?.troubles && { troubles: declared.troubles }),
  };
}

/** The next time of the schedule; the time at which it was due, where the running scheduler is overdue with it. */
function nextRun(record: JobRecord | undefined, declared: DeclaredJob | undefined, { timetables, now }: ViewParts) {
  const due = declared?.nextRunAt;
  if (due !== undefined && now.getTime() - due.getTime() > OVERDUE_AFTER_MS) return due;
  return record === undefined ? due : nextDue(record, timetables, now);
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
