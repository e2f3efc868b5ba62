/** How a page follows the definition of its job: page → page, or undefined when there is nothing to change. */
import type { Job } from "../../job/job.ts";
import { type DefinitionSeen, isActive, type Page } from "../page.ts";
import { type FoundAttempt, takeUpFound } from "./found-changes.ts";
import { withHold, withoutMarks } from "./mark-changes.ts";
import { refuseAll } from "./wish-changes.ts";

/** How a scheduler sees a job. */
export interface View {
  readonly generation: number;
  readonly now: Date;
  /** Of a job without a page: when it was first seen, if that was before. */
  readonly firstSeen?: Date;
  /** What a job without a page has on the engine: its page was lost. */
  readonly found?: readonly FoundAttempt[];
}

/** A job seen for the first time has no past: its cursor starts now. */
export function openPage(job: Job, generation: number, now: Date): Page {
  return {
    schema: 1,
    job: job.name,
    cursor: now,
    definition: definitionOf(job, generation),
    runs: [],
    verdicts: [],
    totals: { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } },
    wishes: [],
  };
}

/**
 * Makes the page follow the definition as a scheduler of this generation sees it. A changed schedule, like a job that
 * was removed and is back, starts the cursor now: what "was due" before never existed. A lower generation changes
 * nothing: its view is older.
 */
export function followDefinition(
  page: Page | undefined,
  job: Job,
  { generation, now, firstSeen = now, found = [] }: View,
): Page | undefined {
  if (page === undefined) return takeUpFound(openPage(job, generation, earliest(firstSeen, now)), job, found, now);
  if (page.closedAt !== undefined || generation < page.definition.generation) return undefined;
  const { removedAt, ...rest } = page;
  const isBack = removedAt !== undefined;
  if (!isBack && page.definition.hash === job.hash) {
    if (showsDeadline(page, job)) return undefined;
    return { ...page, definition: definitionOf(job, page.definition.generation) };
  }
  const isOtherSchedule = !sameSchedules(page.definition, job);
  const cursor = isBack || isOtherSchedule ? latest(now, page.cursor) : page.cursor;
  const followed = { ...withHoldOfOld(rest, job, now), definition: definitionOf(job, generation), cursor };
  return isBack || isOtherSchedule ? withoutMarks(followed) : followed;
}

/** What was due while its definition suspended the job stays skipped once the definition no longer does. */
function withHoldOfOld(page: Page, { suspended }: Job, now: Date): Page {
  if (!page.definition.suspended || suspended) return page;
  return withHold(page, "suspended", { since: page.cursor, until: now });
}

/** No source declares the job any more. Its active runs go on. */
export function noteRemoval(page: Page | undefined, generation: number, now: Date): Page | undefined {
  if (page === undefined || page.removedAt !== undefined || generation < page.definition.generation) return undefined;
  // A scheduler that still sees the job has an older view, and must not bring it back.
  return refuseAll({ ...page, definition: { ...page.definition, generation }, removedAt: now }, "removed", now);
}

/** Final. Undefined while a run is active, or when a source declares the job again. */
export function closePage(page: Page | undefined, now: Date): Page | undefined {
  if (page?.removedAt === undefined || page.closedAt !== undefined || page.runs.some(isActive)) return undefined;
  return { ...page, runs: [], closedAt: now };
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
 * The page with where its job is declared now, along with another change. It is no change of its own: an older
 * scheduler leaves it out whenever it writes. The same page where that is known, or the page follows another definition.
 */
export function noteOrigin(page: Page, job: Job | undefined): Page {
  const { definition, removedAt } = page;
  if (job === undefined || removedAt !== undefined || definition.hash !== job.hash) return page;
  const { origin } = originOf(job);
  const { origin: noted, ...rest } = definition;
  if (noted?.source === origin?.source && noted?.unit === origin?.unit) return page;
  return { ...page, definition: { ...rest, ...(origin && { origin }) } };
}

/** False for a page that a scheduler wrote which did not keep the deadline yet. */
export function showsDeadline({ definition }: Page, { policies }: Job): boolean {
  return definition.startingDeadlineMs === policies.startingDeadlineMs;
}

/** Whether the page stands under the schedules of this definition. */
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
