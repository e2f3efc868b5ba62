import type { DueStart } from "../../decide/due.ts";
import type { AttemptOrder } from "../../engines/engine.ts";
import type { Job } from "../../job/job.ts";
import { startAttempt } from "../../ledger/changes/attempt-changes.ts";
import { admit, passOver, startRun, wasReset } from "../../ledger/changes/page-changes.ts";
import { refuseWish } from "../../ledger/changes/wish-changes.ts";
import type { PageChange } from "../../ledger/ledger.ts";
import { type Attempt, latestAttempt, type Page, type PullSeen, type Run, type SkipReason } from "../../ledger/page.ts";
import { objectName, runId } from "./names.ts";

/** An attempt that is to be started, and what the page makes of it. */
export interface AttemptStart {
  readonly order: AttemptOrder;
  /** Of those that wait for the engine, the one that was due first comes first. */
  readonly dueAt: Date;
  /** When the job's image was last asked for, where its pull policy wants to know. */
  readonly pulled?: PullSeen;
  /** After this it must not start any more. */
  readonly deadline?: Date;
  /** Decides what is due, and binds the attempt to it. */
  readonly bind: (attempt: Attempt) => PageChange;
  /** Only where the start has not been decided yet. */
  readonly undecided?: UndecidedStart;
}

/** What the page makes of a start that cannot be. */
export interface UndecidedStart {
  /** It is not to be. */
  readonly skip: (reason: SkipReason, now: Date) => PageChange;
  /** It waits: however late it starts, it is no gap. */
  readonly wait: PageChange;
}

/** The first attempt of a run: with it the occurrence is decided, on the page as it was looked at or as it went on from there. */
export function firstAttempt(
  job: Job,
  start: DueStart,
  { instance, seen }: { readonly instance: string; readonly seen: Page },
): AttemptStart {
  const { trigger, scheduledAt, wish, environment } = start;
  const { overlap, run: policies, startingDeadlineMs } = job.policies;
  const id = runId(job.name, start);
  const run = {
    id,
    trigger,
    scheduledAt,
    definition: job.hash,
    policies,
    overlap,
    ...(environment && { environment }),
  };
  return {
    order: orderOf(job, run, 1, instance),
    dueAt: scheduledAt,
    ...(seen.pulled && { pulled: seen.pulled }),
    ...(startingDeadlineMs !== undefined && { deadline: new Date(scheduledAt.getTime() + startingDeadlineMs) }),
    bind: (attempt) => (page) =>
      wasReset(page, seen) ? undefined : startRun(page, { ...run, attempt, ...(wish === undefined ? {} : { wish }) }),
    undecided: undecidedStart(job, start, seen),
  };
}

function undecidedStart({ hash }: Job, { scheduledAt, wish }: DueStart, seen: Page): UndecidedStart {
  const asSeen = (change: (page: Page) => Page | undefined): PageChange => {
    return (page) => (page && page.definition.hash === hash && !wasReset(page, seen) ? change(page) : undefined);
  };
  const stretch = { first: scheduledAt, last: scheduledAt, count: 1 };
  return {
    skip: (reason, now) =>
      asSeen((page) => {
        if (wish !== undefined) return refuseWish(page, wish, reason, now);
        return page.paused ? undefined : passOver(page, stretch, { kind: "skipped", reason }, now);
      }),
    wait: asSeen((page) => admit(page, scheduledAt)),
  };
}

/** Another attempt of a run that waits for one. */
export function nextAttempt(
  job: Job,
  run: Run,
  { instance, seen }: { readonly instance: string; readonly seen: Page },
): AttemptStart {
  const { number, retryAt } = latestAttempt(run);
  return {
    order: orderOf(job, run, number + 1, instance),
    dueAt: retryAt ?? run.scheduledAt,
    ...(seen.pulled && { pulled: seen.pulled }),
    bind: (attempt) => (page) => startAttempt(page, run.id, attempt),
  };
}

function orderOf(
  job: Job,
  { id, trigger, scheduledAt, environment }: Pick<Run, "id" | "trigger" | "scheduledAt" | "environment">,
  attempt: number,
  instance: string,
): AttemptOrder {
  return {
    objectName: objectName(instance, id, attempt),
    job: job.name,
    run: id,
    attempt,
    trigger,
    scheduledAt,
    definition: job.hash,
    template: job.template,
    ...(environment && { environment }),
    stopGracePeriodMs: job.policies.run.stopGracePeriodMs,
  };
}
