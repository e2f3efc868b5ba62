/** How a record follows the definition of its job: record → record, or undefined when there is nothing to change. */
import type { Job } from "../../job/job.ts";
import { type DefinitionSeen, isActive, type JobRecord } from "../record.ts";
import { type FoundAttempt, takeUpFound } from "./found.ts";
import { withHold, withoutMarks } from "./marks.ts";
import { refuseAll } from "./requests.ts";

/** How a scheduler sees a job. */
export interface View {
  readonly generation: number;
  readonly now: Date;
  /** Of a job without a record: when it was first seen, if that was before. */
  readonly firstSeen?: Date;
  /** What a job without a record has on the engine: its record was lost. */
  readonly found?: readonly FoundAttempt[];
}

/** A job seen for the first time has no past: its cursor starts now. */
export function openRecord(job: Job, generation: number, now: Date): JobRecord {
  return {
    schema: 1,
    job: job.name,
    cursor: now,
    definition: definitionOf(job, generation),
    runs: [],
    verdicts: [],
    totals: { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } },
    requests: [],
  };
}

/**
 * Makes the record follow the definition as a scheduler of this generation sees it. A changed schedule, like a job that
 * was removed and is back, starts the cursor now: what "was due" before never existed. A lower generation changes
 * nothing: its view is older.
 */
export function followDefinition(
  record: JobRecord | undefined,
  job: Job,
  { generation, now, firstSeen = now, found = [] }: View,
): JobRecord | undefined {
  if (record === undefined) return takeUpFound(openRecord(job, generation, earliest(firstSeen, now)), job, found, now);
  if (record.closedAt !== undefined || generation < record.definition.generation) return undefined;
  const { removedAt, ...rest } = record;
  const isBack = removedAt !== undefined;
  if (!isBack && record.definition.hash === job.hash) {
    if (showsDeadline(record, job)) return undefined;
    return { ...record, definition: definitionOf(job, record.definition.generation) };
  }
  const isOtherSchedule = !sameSchedules(record.definition, job);
  const cursor = isBack || isOtherSchedule ? latest(now, record.cursor) : record.cursor;
  const followed = { ...withHoldOfOld(rest, job, now), definition: definitionOf(job, generation), cursor };
  return isBack || isOtherSchedule ? withoutMarks(followed) : followed;
}

/** What was due while its definition suspended the job stays skipped once the definition no longer does. */
function withHoldOfOld(record: JobRecord, { suspended }: Job, now: Date): JobRecord {
  if (!record.definition.suspended || suspended) return record;
  return withHold(record, "suspended", { since: record.cursor, until: now });
}

/** No source declares the job any more. Its active runs go on. */
export function noteRemoval(record: JobRecord | undefined, generation: number, now: Date): JobRecord | undefined {
  if (record === undefined || record.removedAt !== undefined || generation < record.definition.generation)
    return undefined;
  // A scheduler that still sees the job has an older view, and must not bring it back.
  return refuseAll({ ...record, definition: { ...record.definition, generation }, removedAt: now }, "removed", now);
}

/** Final. Undefined while a run is active, or when a source declares the job again. */
export function closeRecord(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.removedAt === undefined || record.closedAt !== undefined || record.runs.some(isActive)) return undefined;
  return { ...record, runs: [], closedAt: now };
}

function definitionOf(job: Job, generation: number): DefinitionSeen {
  const { hash, schedules, suspended, policies } = job;
  const { startingDeadlineMs } = policies;
  return {
    hash,
    generation,
    schedules,
    suspended,
    ...(startingDeadlineMs !== undefined && { startingDeadlineMs }),
    ...originOf(job),
  };
}

/** A longer path is not worth its room: it then counts as one that is not known. */
const LONGEST_UNIT = 512;

function originOf({ origin: { source, unit } }: Job): Pick<DefinitionSeen, "origin"> {
  return unit.length > LONGEST_UNIT ? {} : { origin: { source, unit } };
}

/**
 * The record with where its job is declared now, along with another change. It is no change of its own: an older
 * scheduler leaves it out whenever it writes. The same record where that is known, or the record follows another definition.
 */
export function noteOrigin(record: JobRecord, job: Job | undefined): JobRecord {
  const { definition, removedAt } = record;
  if (job === undefined || removedAt !== undefined || definition.hash !== job.hash) return record;
  const { origin } = originOf(job);
  const { origin: noted, ...rest } = definition;
  if (noted?.source === origin?.source && noted?.unit === origin?.unit) return record;
  return { ...record, definition: { ...rest, ...(origin && { origin }) } };
}

/** False for a record that a scheduler wrote which did not keep the deadline yet. */
export function showsDeadline({ definition }: JobRecord, { policies }: Job): boolean {
  return definition.startingDeadlineMs === policies.startingDeadlineMs;
}

/** Whether the record stands under the schedules of this definition. */
export function sameSchedules(seen: DefinitionSeen, job: Job): boolean {
  return (
    seen.schedules.length === job.schedules.length &&
    seen.schedules.every(({ pattern, timezone }, i) => {
      const other = job.schedules[i];
      return other !== undefined && other.pattern === pattern && other.timezone === timezone;
    })
  );
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

/** The clock may have been set back since. */
function earliest(a: Date, b: Date): Date {
  return a < b ? a : b;
}
