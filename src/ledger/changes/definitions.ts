/** How a record begins, follows the definition of its job, and ends: record → record, or undefined when there is nothing to change. */
import { sameExclusions } from "../../job/exclusions/exclusions.ts";
import { defaultsOf } from "../../job/inputs/read-inputs.ts";
import type { Job, JobNode, RunPolicies, Schedule } from "../../job/job.ts";
import { requestAfter } from "../../job/names.ts";
import type { NotifyRule } from "../../job/notify.ts";
import {
  activeRuns,
  type DefinitionSeen,
  isActive,
  isBySchedule,
  type JobRecord,
  type NodeSeen,
  type Run,
  type TellingSeen,
  type Totals,
  type Trigger,
  type Upstream,
} from "../record.ts";
import { isFull, leaveNoRoom } from "./active-runs.ts";
import { followEnds } from "./ends.ts";
import { withHold, withoutMarks } from "./marks.ts";
import { add } from "./occurrences.ts";
import { refuseAll } from "./requests.ts";

/** How a scheduler sees a job. */
interface View {
  readonly generation: number;
  readonly now: Date;
  /** For a job without a record: when the scheduler first saw it, if before `now`. */
  readonly firstSeen?: Date;
  /** For a job without a record: its attempts that the engine still has, because the record was lost. */
  readonly found?: readonly FoundAttempt[];
  /** Of a job that another one's end starts: that one's record. */
  readonly upstream?: JobRecord | undefined;
}

/** An attempt as the labels of its object describe it. */
export interface FoundAttempt {
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly after?: Upstream;
  readonly definition: string;
  readonly objectName: string;
  readonly objectId: string;
}

/** Of a job that has no past. Thousands of records begin with them, and share them until something happens. */
const NOTHING: readonly never[] = [];
const NO_COUNTS = {};
const NO_TOTALS: Totals = {
  skipped: NO_COUNTS,
  missed: NO_COUNTS,
  started: NO_COUNTS,
  ended: NO_COUNTS,
  runSeconds: { sum: 0, count: 0 },
};

/** Returns the record of a job seen for the first time. The job has no past: its cursor starts now. */
export function openRecord(job: Job, generation: number, now: Date): JobRecord {
  return {
    schema: 2,
    job: job.name,
    cursor: now,
    definition: definitionOf(job, { generation, now }),
    runs: NOTHING,
    verdicts: NOTHING,
    totals: NO_TOTALS,
    requests: NOTHING,
    declaredAt: now,
  };
}

/**
 * Makes the record follow the definition as a scheduler of this generation sees it. When the schedule has changed, or a
 * removed job is back, the cursor restarts now: under this schedule, nothing was due before. A lower generation changes
 * nothing, because its view is older. A definition that does not fit next to the active runs is followed when some have ended.
 */
export function followDefinition(
  record: JobRecord | undefined,
  job: Job,
  { generation, now, firstSeen = now, found = [], upstream }: View,
): JobRecord | undefined {
  if (record === undefined) {
    const opened = openRecord(job, generation, earliest(firstSeen, now));
    return takeUpFound({ ...opened, ...followEnds(undefined, job, { upstream, now }) }, job, { found, now });
  }
  if (record.closedAt !== undefined || generation < record.definition.generation) return undefined;
  const { removedAt, after: _after, ...rest } = record;
  const isBack = removedAt !== undefined;
  if (!isBack && record.definition.hash === job.hash) {
    if (showsAll(record, job)) return undefined;
    // Two views may agree about the job and not about its notices, or about its node: the newer one wins.
    const isOther =
      !sameTelling(record.definition.telling, tellingOf(job)) || !isSameNode(record.definition.node, job.node);
    const seen = { generation: isOther ? generation : record.definition.generation, now };
    return { ...record, definition: definitionOf(job, seen, record.definition) };
  }
  if (leaveNoRoom(activeRuns(record), job)) return undefined;
  const isOtherSchedule = !sameSchedules(record.definition, job);
  const cursor = isBack || isOtherSchedule ? latest(now, record.cursor) : record.cursor;
  const definition = definitionOf(job, { generation, now }, record.definition);
  const after = followEnds(isBack ? undefined : record, job, { upstream, now });
  const followed = {
    ...withHoldOfOld(rest, job, now),
    definition,
    cursor,
    ...after,
    ...(isBack && { declaredAt: now }),
  };
  return isBack || isOtherSchedule ? withoutMarks(followed) : followed;
}

/**
 * Rebuilds a lost record from the attempts that the engine still has. They count as active until their state is seen, and
 * occurrences up to the newest of them count as decided. Of a run with several attempts, only the latest is known. The
 * policies are those of the current definition.
 */
function takeUpFound(record: JobRecord, job: Job, { found, now }: Required<Pick<View, "found" | "now">>): JobRecord {
  const runs = newestThatFit(
    [...latestOfRuns(found)].map((attempt) => runOf(attempt, job, now)),
    record,
  );
  const instants = runs.filter(({ trigger }) => isBySchedule(trigger)).map(({ scheduledAt }) => scheduledAt.getTime());
  const cursor = instants.length === 0 ? record.cursor : new Date(Math.min(Math.max(...instants), now.getTime()));
  const started = runs.reduce((counts, { trigger }) => add(counts, trigger), record.totals.started);
  return { ...record, cursor, runs, totals: { ...record.totals, started } };
}

/** An engine may have more than fit into a record. The others go on, but their end is not recorded. */
function newestThatFit(runs: readonly Run[], { definition }: JobRecord): readonly Run[] {
  const kept: Run[] = [];
  for (const run of runs.toReversed()) {
    if (isFull({ runs: kept, definition }, "allow", run)) break;
    kept.unshift(run);
  }
  return kept;
}

/** Yields the runs in the order in which they were due. */
function latestOfRuns(found: readonly FoundAttempt[]): Iterable<FoundAttempt> {
  const inOrder = found.toSorted((a, b) => a.scheduledAt.getTime() - b.scheduledAt.getTime() || a.attempt - b.attempt);
  return new Map(inOrder.map((attempt) => [attempt.run, attempt])).values();
}

function runOf(found: FoundAttempt, job: Job, now: Date): Run {
  const { run: id, attempt: number, trigger, scheduledAt, after, definition, objectName, objectId } = found;
  const boundAt = scheduledAt < now ? scheduledAt : now;
  const attempts = [{ number, objectName, objectId, boundAt }];
  const inputs = trigger === "manual" ? {} : defaultsOf(job.inputs ?? {});
  const given = Object.keys(inputs).length > 0 && { inputs };
  const upstream = after && { request: requestAfter(after.run), after };
  return {
    id,
    trigger,
    scheduledAt,
    definition,
    policies: policiesOfFound(trigger, job),
    ...given,
    ...upstream,
    attempts,
  };
}

/** What was given to a manual run was lost with its record. Without it, it gets no other attempt. */
function policiesOfFound(trigger: Trigger, { inputs, policies }: Job): RunPolicies {
  if (trigger !== "manual" || inputs === undefined) return policies.run;
  const { retries: _retries, ...others } = policies.run;
  return others;
}

/** Occurrences from the time when the definition suspended the job stay skipped once it no longer does. */
function withHoldOfOld(record: JobRecord, { suspended }: Job, now: Date): JobRecord {
  if (!record.definition.suspended || suspended) return record;
  return withHold(record, { reason: "suspended", since: record.cursor, until: now });
}

/** Notes that no source declares the job any longer. Its active runs go on. */
export function noteRemoval(record: JobRecord | undefined, generation: number, now: Date): JobRecord | undefined {
  if (record === undefined || record.removedAt !== undefined || generation < record.definition.generation)
    return undefined;
  // The generation rises: a scheduler that still sees the job has an older view and must not bring it back.
  return refuseAll({ ...record, definition: { ...record.definition, generation }, removedAt: now }, "removed", now);
}

/** Closes the record for good. Undefined while a run is active, or when a source declares the job again. */
export function closeRecord(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.removedAt === undefined || record.closedAt !== undefined || record.runs.some(isActive)) return undefined;
  return { ...record, runs: [], closedAt: now };
}

/** What a newer shipbell has added to the definition before stays. */
function definitionOf(job: Job, { generation, now }: View, before?: DefinitionSeen): DefinitionSeen {
  const {
    startingDeadlineMs: _before,
    exclusions: _exclusions,
    pool: _pool,
    suspendedSince,
    telling: known,
    origin,
    node,
    ...added
  } = before ?? {};
  const telling = tellingOf(job);
  const { hash, schedules, exclusions, suspended, policies } = job;
  const { startingDeadlineMs } = policies;
  const { pool } = policies.run;
  return {
    ...added,
    hash,
    generation,
    schedules: before !== undefined && sameSchedules(before, job) ? asWritten(before.schedules, schedules) : schedules,
    ...(exclusions && { exclusions }),
    suspended,
    ...(suspended && { suspendedSince: suspendedSince ?? now }),
    ...(telling && { telling: known && sameTelling(known, telling) ? known : telling }),
    ...(pool !== undefined && { pool }),
    ...(startingDeadlineMs !== undefined && { startingDeadlineMs }),
    ...originOf(job, origin),
    ...nodeOf(job, node),
  };
}

/** The schedules that the record has, with what newer versions know of them, as they are written now. */
function asWritten(known: readonly Schedule[], now: readonly Schedule[]): readonly Schedule[] {
  if (known.every(({ written }, index) => written === now[index]?.written)) return known;
  return known.map(({ written: _before, ...schedule }, index) => {
    const written = now[index]?.written;
    return { ...schedule, ...(written !== undefined && { written }) };
  });
}

/** Longer names of hosts are cut: Linux has none. */
const LONGEST_HOST = 64;

/** Of two schedulers, the one that first writes that a node is away says since when. */
function nodeOf({ node }: Job, before?: NodeSeen): Pick<DefinitionSeen, "node"> {
  if (node === undefined) return {};
  const { of, id, name, away } = node;
  const { awaySince: known, ...rest } = before ?? {};
  const awaySince = away && (known ?? away.since);
  return { node: { ...rest, of, id, name: name.slice(0, LONGEST_HOST), ...(awaySince && { awaySince }) } };
}

/** A longer path is not worth its space in the record: the job then counts as one whose origin is not known. */
const LONGEST_UNIT = 512;

function originOf(
  { origin: { source, unit } }: Job,
  before?: DefinitionSeen["origin"],
): Pick<DefinitionSeen, "origin"> {
  return unit.length > LONGEST_UNIT ? {} : { origin: { ...before, source, unit } };
}

/**
 * Returns the record with where its job is declared now, or the same record if that is known or it follows another
 * definition. Written only along with another change, never for its own sake.
 */
export function noteOrigin(record: JobRecord, job: Job | undefined): JobRecord {
  const { definition, removedAt } = record;
  if (job === undefined || removedAt !== undefined || definition.hash !== job.hash) return record;
  const { origin: noted, ...rest } = definition;
  const { origin } = originOf(job, noted);
  if (noted?.source === origin?.source && noted?.unit === origin?.unit) return record;
  return { ...record, definition: { ...rest, ...(origin && { origin }) } };
}

/**
 * False for a record of the same definition that does not show all of it: its notices have changed, or a version
 * wrote it which did not know the deadline or the exclusions yet, or its node has come or gone while the job was suspended anyway.
 */
export function showsAll({ definition }: JobRecord, job: Job): boolean {
  const { startingDeadlineMs } = job.policies;
  return (
    definition.startingDeadlineMs === startingDeadlineMs &&
    sameExclusions(definition.exclusions, job.exclusions) &&
    sameTelling(definition.telling, tellingOf(job)) &&
    isSameNode(definition.node, job.node)
  );
}

function isSameNode(seen: NodeSeen | undefined, node: JobNode | undefined): boolean {
  if (seen === undefined || node === undefined) return seen === node;
  const isSame = seen.of === node.of && seen.id === node.id && seen.name === node.name.slice(0, LONGEST_HOST);
  return isSame && (seen.awaySince === undefined) === (node.away === undefined);
}

/** What a record keeps of what its job wants to be told; undefined: nothing. */
export function tellingOf({ telling }: Job): TellingSeen | undefined {
  if (telling === undefined) return undefined;
  const { healthchecks, ...seen } = telling;
  const isEmpty = seen.notify.length === 0 && Object.keys(seen).length === 1 && healthchecks === undefined;
  return isEmpty ? undefined : { ...seen, ...(healthchecks && { pings: true as const }) };
}

export function sameTelling(a: TellingSeen | undefined, b: TellingSeen | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  const isSame = a.expectedDurationMs === b.expectedDurationMs && a.maxSuccessAgeMs === b.maxSuccessAgeMs;
  if (!isSame || a.pings !== b.pings || a.notify.length !== b.notify.length) return false;
  return a.notify.every((rule, index) => isSameRule(rule, b.notify[index]));
}

function isSameRule(a: NotifyRule, b: NotifyRule | undefined): boolean {
  const isSame = a.to === b?.to && a.after === b.after && a.remindMs === b.remindMs && a.output === b.output;
  return isSame && a.on.join() === b.on.join();
}

/** Whether the record follows the same schedules as this definition. */
export function sameSchedules(seen: DefinitionSeen, job: Job): boolean {
  return (
    seen.schedules.length === job.schedules.length &&
    seen.schedules.every(({ pattern, timezone, jitter }, i) => {
      const other = job.schedules[i];
      const isSame = other !== undefined && other.pattern === pattern && other.timezone === timezone;
      return isSame && other.jitter?.ms === jitter?.ms && other.jitter?.seed === jitter?.seed;
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
