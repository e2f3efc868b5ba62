import type { DueStart } from "../../decide/due.ts";
import type { SlotWanted } from "../../decide/slots.ts";
import type { AttemptOrder } from "../../engines/engine.ts";
import type { ExclusionReason } from "../../job/exclusions/exclusions.ts";
import type { Job } from "../../job/job.ts";
import { objectName, runId } from "../../job/names.ts";
import { attemptHeaders, type Tracing } from "../../job/trace.ts";
import { startAttempt } from "../../ledger/changes/attempts.ts";
import { holdOf } from "../../ledger/changes/marks.ts";
import { admit, passOver, startRun, wasReset } from "../../ledger/changes/occurrences.ts";
import { holdingOf } from "../../ledger/changes/pauses.ts";
import { refuseRequest } from "../../ledger/changes/requests.ts";
import type { RecordChange } from "../../ledger/ledger.ts";
import {
  type Attempt,
  type InstanceRecord,
  type JobRecord,
  latestAttempt,
  type PullSeen,
  type Run,
  type SkipReason,
  type Slot,
} from "../../ledger/record.ts";
import type { PooledStart } from "./launch-pool.ts";

/** An attempt that is to be started, and what the record makes of it. */
export interface AttemptStart {
  readonly order: AttemptOrder;
  /** Of the starts that wait for the engine, the one that was due first comes first. */
  readonly dueAt: Date;
  /** When the job's image was last asked for, where its pull policy wants to know. */
  readonly pulled?: PullSeen;
  /** After this it must not start. */
  readonly deadline?: Date;
  /** What it takes of the pool of its job, where that is in one. */
  readonly slot?: SlotWanted;
  /** Decides what is due, and binds the attempt to it; with the slot that is reserved for it. */
  readonly bind: (attempt: Attempt, slot?: Slot) => RecordChange;
  /** Only where the start has not been decided yet. */
  readonly undecided?: UndecidedStart;
}

/** The start as the pool sees it, with what else may hang with it. */
export function pooled({ dueAt, order: { job, template } }: AttemptStart): PooledStart {
  if (template.kind === "clone") return { job, dueAt, shares: [`${template.of.kind} ${template.of.name}`] };
  if (template.kind !== "compose") return { job, dueAt };
  const volumes = template.volumes.flatMap(({ type, source }) => (source === undefined ? [] : [`${type} ${source}`]));
  return { job, dueAt, shares: volumes };
}

/** What the record makes of a start that cannot be. */
export interface UndecidedStart {
  /** It is skipped, or its request is refused. */
  readonly skip: (reason: Exclude<SkipReason, ExclusionReason>, now: Date) => RecordChange;
  /** It waits: however late it starts, it is no gap. */
  readonly wait: RecordChange;
}

/** In whose name an attempt is started, and after which record. */
export interface StartContext {
  readonly instance: string;
  /** Absent while traces are off. */
  readonly tracing?: Tracing | undefined;
  readonly seen: JobRecord;
}

/**
 * The first attempt of a run. Binding it decides the occurrence, in the record as it was seen or as it went on from there.
 */
export function firstAttempt(job: Job, start: DueStart, { seen, ...context }: StartContext): AttemptStart {
  const { trigger, scheduledAt, request, ends, ...asked } = start;
  const { overlap, run: policies, startingDeadlineMs } = job.policies;
  const id = runId(job.name, start);
  const run = {
    id,
    trigger,
    scheduledAt,
    definition: job.hash,
    policies,
    overlap,
    ...asked,
  };
  return {
    order: orderOf(job, run, 1, context),
    dueAt: scheduledAt,
    ...(seen.pulled && { pulled: seen.pulled }),
    ...(startingDeadlineMs !== undefined && { deadline: new Date(scheduledAt.getTime() + startingDeadlineMs) }),
    ...slotFor(job.name, { run, attempt: 1, dueAt: scheduledAt }),
    bind: (attempt, slot) => (record, instance) =>
      wasReset(record, seen)
        ? undefined
        : startRun(
            record,
            { ...run, attempt, slot, ...(request === undefined ? {} : { request }), ...(ends && { ends }) },
            instance,
          ),
    undecided: undecidedStart(job, start, seen),
  };
}

function undecidedStart(
  { hash }: Job,
  { trigger, scheduledAt, request, ends }: DueStart,
  seen: JobRecord,
): UndecidedStart {
  const asSeen = (change: (record: JobRecord, instance?: InstanceRecord) => JobRecord | undefined): RecordChange => {
    return (record, instance) =>
      record && record.definition.hash === hash && !wasReset(record, seen) ? change(record, instance) : undefined;
  };
  const stretch = { first: scheduledAt, last: scheduledAt, count: 1, ...(ends && { ends }) };
  return {
    skip: (reason, now) =>
      asSeen((record, instance) => {
        if (trigger === "manual" && request !== undefined) return refuseRequest(record, request, reason, now);
        const holding = holdingOf(record, instance, now);
        if (holding.paused !== undefined || holdOf(holding, scheduledAt) !== undefined) return undefined;
        return passOver(record, { ...stretch, verdict: { kind: "skipped", reason } }, { now, instance });
      }),
    // An end is in no gap, however long it waits.
    wait: asSeen((record) => (trigger === "after" ? undefined : admit(record, scheduledAt))),
  };
}

/** Another attempt of a run that waits for one. */
export function nextAttempt(job: Job, run: Run, { seen, ...context }: StartContext): AttemptStart {
  const { number, retryAt } = latestAttempt(run);
  const dueAt = retryAt ?? run.scheduledAt;
  return {
    order: orderOf(job, run, number + 1, context),
    dueAt,
    ...(seen.pulled && { pulled: seen.pulled }),
    ...slotFor(job.name, { run, attempt: number + 1, dueAt }),
    bind: (attempt, slot) => (record) => startAttempt(record, run.id, attempt, slot),
  };
}

function slotFor(
  job: string,
  {
    run: { id: run, trigger, scheduledAt, policies },
    ...wanted
  }: {
    readonly run: Pick<Run, "id" | "trigger" | "scheduledAt" | "policies">;
    readonly attempt: number;
    readonly dueAt: Date;
  },
): Pick<AttemptStart, "slot"> {
  const { pool } = policies;
  return pool === undefined ? {} : { slot: { pool, job, run, trigger, scheduledAt, ...wanted } };
}

function orderOf(
  job: Job,
  run: Pick<Run, "id" | "trigger" | "scheduledAt" | "inputs" | "environment" | "after" | "trace">,
  attempt: number,
  { instance, tracing }: Omit<StartContext, "seen">,
): AttemptOrder {
  const { id, trigger, scheduledAt, inputs, environment, after } = run;
  return {
    objectName: objectName(instance, id, attempt),
    job: job.name,
    run: id,
    attempt,
    trigger,
    scheduledAt,
    ...(after && { after }),
    definition: job.hash,
    template: job.template,
    ...(inputs && { inputs }),
    ...(environment && { environment }),
    ...(tracing && { trace: attemptHeaders(tracing, run, attempt) }),
    stopGracePeriodMs: job.policies.run.stopGracePeriodMs,
  };
}
