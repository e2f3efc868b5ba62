import type { Job } from "../jobs/job.ts";
import { followDefinition, noteRemoval } from "../ledger/definition-changes.ts";
import type { Page } from "../ledger/page.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { EngineUnavailable } from "./engine.ts";
import type { RunParts } from "./run-parts.ts";

/** How long past its next occurrence a job may be under a definition that nobody else seems to carry out any more. */
export const OVERDUE_MS = 120_000;

/** Whether the page stands under this definition, whoever put it there. */
export function follows(page: Page, job: Job): boolean {
  return page.removedAt === undefined && page.definition.hash === job.hash;
}

/**
 * Makes the page of a job follow this scheduler's view of it, unless a scheduler with a newer view has set another one.
 * Answers with the page as it stands then; undefined when there is none. A page that was lost begins anew, with what
 * the engine has of the job.
 *
 * @throws EngineUnavailable when the engine or the ledger gives no clear answer.
 */
export async function followView(name: string, parts: RunParts): Promise<Page | undefined> {
  const { book, clock, logs } = parts;
  const page = book.pages.get(name);
  const job = book.jobs.get(name);
  const generation = book.generationOf(name);
  const isSettled = job === undefined ? !book.isGone(name) : page !== undefined && follows(page, job);
  if (isSettled || generation === undefined) return page;
  if (page !== undefined && generation < page.definition.generation) return page;
  const found = page === undefined ? await parts.findObjects(name) : [];
  const now = clock.now();
  const swap = await book.change(name, (current) =>
    job === undefined
      ? noteRemoval(current, generation, now)
      : followDefinition(current, job, { generation, now, found }),
  );
  if (swap.result === "unknown")
    throw new EngineUnavailable(`the ledger gave no clear answer about the page of ${name}`);
  for (const { objectId } of found) logs.claim(objectId);
  return swap.page;
}

/** What standing by needs beside the parts of a run. */
export interface StandByParts extends RunParts {
  readonly timetables: Timetables;
  /** By job: the definition of others that was told of. */
  readonly toldOther: Map<string, string>;
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
  const other = page.removedAt === undefined ? hash : "removed";
  if (toldOther.get(job.name) !== other) events.emit({ event: "other-definition", job: job.name, generation });
  toldOther.set(job.name, other);
  const next = timetables.of(schedules).next(page.cursor);
  if (next === undefined) return undefined;
  const overdueAt = new Date(next.getTime() + OVERDUE_MS);
  if (clock.now() < overdueAt) return overdueAt;
  book.renewView(job.name, await parts.nextGeneration());
  await followView(job.name, parts);
  return clock.now();
}

/** The page stands under this scheduler's own view, again or still. */
export function noteAgreement(job: string, { events, toldOther }: StandByParts): void {
  if (toldOther.delete(job)) events.emit({ event: "definition-agreed", job });
}
