import { EngineTrouble } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { followDefinition, noteRemoval, showsDeadline } from "../ledger/changes/definition-changes.ts";
import { gapOf, isAdmitted } from "../ledger/changes/mark-changes.ts";
import { activeRuns, latestAttempt, type Page, waitsForRetry } from "../ledger/page.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { tellRefused } from "./requests.ts";
import { passOverOld } from "./reschedule.ts";
import type { RunParts } from "./run-parts.ts";

/** How long past its next occurrence a job may be under a definition that nobody else seems to carry out any more. */
const OVERDUE_MS = 120_000;

/** Whether the page stands under this definition, whoever put it there. */
export function follows(page: Page, job: Job): boolean {
  return page.removedAt === undefined && page.definition.hash === job.hash;
}

/**
 * Makes the page of a job follow this scheduler's view of it, unless a scheduler with a newer view has set another one.
 * Answers with the page as it stands then; undefined when there is none. A page that was lost begins anew, with what
 * the engine has of the job.
 *
 * @throws EngineError when the engine or the ledger gives no clear answer.
 */
export async function followView(name: string, parts: RunParts & KnowsTimes): Promise<Page | undefined> {
  const { book, clock, logs } = parts;
  const page = book.pages.get(name);
  const job = book.jobs.get(name);
  const generation = book.generationOf(name);
  const isSettled =
    job === undefined ? !book.isGone(name) : page !== undefined && follows(page, job) && showsDeadline(page, job);
  if (isSettled || generation === undefined) return page;
  if (page !== undefined && generation < page.definition.generation) return page;
  const firstSeen = page === undefined && job !== undefined ? book.firstSeen(job, clock.now()) : undefined;
  const found = page === undefined ? await parts.findObjects(name) : [];
  const seen = page === undefined ? { page, now: clock.now() } : await passOverOld(page, job, parts);
  const { now } = seen;
  const swap = await book.change(name, (current) => {
    if (!isSame(current, seen.page)) return undefined;
    if (job === undefined) return noteRemoval(current, generation, now);
    return followDefinition(current, job, { generation, now, found, ...(firstSeen && { firstSeen }) });
  });
  if (swap.result === "unknown") throw new EngineTrouble(`the ledger gave no clear answer about the page of ${name}`);
  for (const { objectId } of found) logs.claim(objectId);
  if (swap.result === "won" && job === undefined) tellRemovedRequests(seen.page, swap.page, parts);
  // On a page that somebody else has made or decided on since, there may be more that was due by its schedule.
  const isOther = swap.result === "lost" && !isSame(swap.page, seen.page);
  return isOther ? followView(name, parts) : swap.page;
}

function tellRemovedRequests(before: Page | undefined, after: Page, parts: RunParts): void {
  const wasRefused = new Set(before?.wishes.flatMap(({ id, refused }) => (refused ? id : [])));
  for (const wish of after.wishes)
    if (wish.refused?.reason === "removed" && !wasRefused.has(wish.id)) tellRefused(after.job, wish, "removed", parts);
}

function isSame(page: Page | undefined, seen: Page | undefined): boolean {
  return page?.cursor.getTime() === seen?.cursor.getTime() && page?.definition.hash === seen?.definition.hash;
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
 * The page stands under another scheduler's newer view of the job: that one carries it out. When it does not, so that
 * the job is two minutes overdue, this scheduler's view becomes the newest. Answers with when to look again.
 */
export async function standBy(job: Job, page: Page, parts: StandByParts): Promise<Date | undefined> {
  const { book, clock, events, timetables, toldOther } = parts;
  const { hash, schedules, generation } = page.definition;
  const seen = { hash: page.removedAt === undefined ? hash : "removed", since: clock.now() };
  const known = toldOther.get(job.name);
  const other = known?.hash === seen.hash ? known : seen;
  if (other === seen) events.emit({ event: "other-definition", job: job.name, generation });
  toldOther.set(job.name, other);
  // A newer version may know a schedule that this one does not; then this one's own says when the job should have run.
  const next = (timetables.ofRecord(schedules) ?? timetables.of(job.schedules)).next(page.cursor);
  const overdueAt = next && whenOverdue(page, next, other.since);
  if (overdueAt === undefined || clock.now() < overdueAt) return overdueAt;
  book.renewView(job.name, await parts.nextGeneration());
  await followView(job.name, parts);
  return clock.now();
}

/**
 * When it is clear that nobody carries out what is due next; undefined while that rightly waits for a run to end. After
 * such a run, and after a change of definitions, there is time for it anew.
 */
function whenOverdue(page: Page, next: Date, since: Date): Date | undefined {
  const active = activeRuns(page);
  const waits = active.length > 0 && (isAdmitted(page, next) || gapOf(page, next) !== undefined);
  if (waits && !active.every(waitsForRetry)) return undefined;
  const retries = active.flatMap((run) => (waitsForRetry(run) ? (latestAttempt(run).retryAt ?? []) : []));
  const times = waits ? [...retries, since] : [next, page.totals.lastCompletionAt ?? next, since];
  return new Date(Math.max(...times.map((at) => at.getTime())) + OVERDUE_MS);
}

/** The page stands under this scheduler's own view, again or still. */
export function noteAgreement(job: string, { events, toldOther }: StandByParts): void {
  if (toldOther.delete(job)) events.emit({ event: "definition-agreed", job });
}
