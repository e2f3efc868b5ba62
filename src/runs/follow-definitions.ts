import { EngineTrouble } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { followDefinition, noteRemoval, showsDeadline } from "../ledger/changes/definitions.ts";
import { gapOf, isAdmitted } from "../ledger/changes/marks.ts";
import { activeRuns, type JobRecord, latestAttempt, waitsForRetry } from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { tellRefused } from "./requests.ts";
import { passOverOld } from "./reschedule.ts";
import type { RunParts } from "./run-parts.ts";

/** How long past its next occurrence a job may be under a definition that nobody else seems to carry out any more. */
const OVERDUE_MS = 120_000;

/** Whether the record stands under this definition, whoever put it there. */
export function follows(record: JobRecord, job: Job): boolean {
  return record.removedAt === undefined && record.definition.hash === job.hash;
}

/**
 * Makes the record of a job follow this scheduler's view of it, unless a scheduler with a newer view has set another one.
 * Answers with the record as it stands then; undefined when there is none. A record that was lost begins anew, with what
 * the engine has of the job.
 *
 * @throws EngineError when the engine or the ledger gives no clear answer.
 */
export async function followView(name: string, parts: RunParts & KnowsTimes): Promise<JobRecord | undefined> {
  const { book, clock, logs } = parts;
  const record = book.records.get(name);
  const job = book.jobs.get(name);
  const generation = book.generationOf(name);
  const isSettled =
    job === undefined ? !book.isGone(name) : record !== undefined && follows(record, job) && showsDeadline(record, job);
  if (isSettled || generation === undefined) return record;
  if (record !== undefined && generation < record.definition.generation) return record;
  const firstSeen = record === undefined && job !== undefined ? book.firstSeen(job, clock.now()) : undefined;
  const found = record === undefined ? await parts.findObjects(name) : [];
  const seen = record === undefined ? { record, now: clock.now() } : await passOverOld(record, job, parts);
  const { now } = seen;
  const swap = await book.change(name, (current) => {
    if (!isSame(current, seen.record)) return undefined;
    if (job === undefined) return noteRemoval(current, generation, now);
    return followDefinition(current, job, { generation, now, found, ...(firstSeen && { firstSeen }) });
  });
  if (swap.result === "unknown") throw new EngineTrouble(`the ledger gave no clear answer about the record of ${name}`);
  for (const { objectId } of found) logs.claim(objectId);
  if (swap.result === "won" && job === undefined) tellRemovedRequests(seen.record, swap.record, parts);
  // In a record that somebody else has made or decided on since, there may be more that was due by its schedule.
  const isOther = swap.result === "lost" && !isSame(swap.record, seen.record);
  return isOther ? followView(name, parts) : swap.record;
}

function tellRemovedRequests(before: JobRecord | undefined, after: JobRecord, parts: RunParts): void {
  const wasRefused = new Set(before?.requests.flatMap(({ id, refused }) => (refused ? id : [])));
  for (const request of after.requests)
    if (request.refused?.reason === "removed" && !wasRefused.has(request.id))
      tellRefused(after.job, request, "removed", parts);
}

function isSame(record: JobRecord | undefined, seen: JobRecord | undefined): boolean {
  return record?.cursor.getTime() === seen?.cursor.getTime() && record?.definition.hash === seen?.definition.hash;
}

interface KnowsTimes {
  readonly timetables: Timetables;
}

export interface OtherDefinition {
  readonly hash: string;
  readonly since: Date;
}

/** What standing by needs beside the parts of a run. */
export interface StandByParts extends RunParts, KnowsTimes {
  /** By job: the definition of others that was told of, and when it was first seen. */
  readonly toldOther: Map<string, OtherDefinition>;
  /** A number for a view that is newer than all others. */
  nextGeneration(): Promise<number>;
}

/**
 * The record stands under another scheduler's newer view of the job: that one carries it out. When it does not, so that
 * the job is two minutes overdue, this scheduler's view becomes the newest. Answers with when to look again.
 */
export async function standBy(job: Job, record: JobRecord, parts: StandByParts): Promise<Date | undefined> {
  const { book, clock, events, timetables, toldOther } = parts;
  const { hash, schedules, generation } = record.definition;
  const seen = { hash: record.removedAt === undefined ? hash : "removed", since: clock.now() };
  const known = toldOther.get(job.name);
  const other = known?.hash === seen.hash ? known : seen;
  if (other === seen) events.emit({ event: "other-definition", job: job.name, generation });
  toldOther.set(job.name, other);
  // A newer version may know a schedule that this one does not; then this one's own says when the job should have run.
  const next = (timetables.ofRecord(schedules) ?? timetables.of(job.schedules)).next(record.cursor);
  const overdueAt = next && whenOverdue(record, next, other.since);
  if (overdueAt === undefined || clock.now() < overdueAt) return overdueAt;
  book.renewView(job.name, await parts.nextGeneration());
  await followView(job.name, parts);
  return clock.now();
}

/**
 * When it is clear that nobody carries out what is due next; undefined while that rightly waits for a run to end. After
 * such a run, and after a change of definitions, there is time for it anew.
 */
function whenOverdue(record: JobRecord, next: Date, since: Date): Date | undefined {
  const active = activeRuns(record);
  const waits = active.length > 0 && (isAdmitted(record, next) || gapOf(record, next) !== undefined);
  if (waits && !active.every(waitsForRetry)) return undefined;
  const retries = active.flatMap((run) => (waitsForRetry(run) ? (latestAttempt(run).retryAt ?? []) : []));
  const times = waits ? [...retries, since] : [next, record.totals.lastCompletionAt ?? next, since];
  return new Date(Math.max(...times.map((at) => at.getTime())) + OVERDUE_MS);
}

/** The record stands under this scheduler's own view, again or still. */
export function noteAgreement(job: string, { events, toldOther }: StandByParts): void {
  if (toldOther.delete(job)) events.emit({ event: "definition-agreed", job });
}
