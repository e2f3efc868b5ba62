/**
 * What happens to the attempts of a run: record → record, or undefined when there is nothing to change (another
 * scheduler has done it, or the record has moved on). Pure, because a swap may call a change several times.
 */

import { parentAlone } from "../../job/trace.ts";
import { appendPast, KIB, pastOf, withUsage } from "../past.ts";
import {
  type Attempt,
  type ImageUsed,
  type JobRecord,
  latestAttempt,
  latestDate,
  type Outcome,
  type OutputPlace,
  type Run,
  type Slot,
  type Stopping,
  startOf,
  type Totals,
  type Usage,
  waitsForRetry,
} from "../record.ts";
import { add } from "./occurrences.ts";
import { cutText, withShortMessage, withShortReason } from "./size.ts";
import { isVoid } from "./slots.ts";

/** How much of the engine's texts the record keeps, in bytes. The log has all of it. */
const MESSAGE_BYTES = 600;
const NODE_BYTES = 260;
const IMAGE_BYTES = 520;

/**
 * Gives a run its next attempt, bound to its object. Undefined when the run has it already, has ended, or stands under another
 * definition; and when the attempt's slot was taken back.
 */
export function startAttempt(
  record: JobRecord | undefined,
  id: string,
  attempt: Attempt,
  slot?: Slot,
): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === id);
  if (record === undefined || run === undefined || !waitsForRetry(run) || isVoid(record, slot)) return undefined;
  const isOther = record.removedAt !== undefined || record.definition.hash !== run.definition;
  if (isOther || latestAttempt(run).number !== attempt.number - 1) return undefined;
  const retries = (record.totals.retries ?? 0) + 1;
  const started = { ...run, attempts: [...run.attempts, attempt] };
  return { ...replaceRun(record, started), totals: { ...record.totals, retries } };
}

/** Ends a run that waits for its next attempt and will not get it. */
export function endWaiting(
  record: JobRecord | undefined,
  id: string,
  outcome: Outcome,
  now: Date,
): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === id);
  if (record === undefined || run === undefined || !waitsForRetry(run)) return undefined;
  return endRun(record, run, { outcome, finishedAt: now });
}

/** Notes why an attempt is being stopped, before the signal is sent. */
export function noteStopping(
  record: JobRecord | undefined,
  key: AttemptKey,
  stopping: Stopping,
): JobRecord | undefined {
  return changeAttempt(record, key, (attempt) =>
    attempt.stopping === undefined ? { ...attempt, stopping: withShortReason(stopping, MESSAGE_BYTES) } : undefined,
  );
}

/** Notes that the stop signal is about to be sent to an attempt that was seen not to have ended. */
export function noteSignal(record: JobRecord | undefined, key: AttemptKey, signalledAt: Date): JobRecord | undefined {
  return changeAttempt(record, key, ({ stopping, ...attempt }) =>
    stopping === undefined || stopping.signalledAt !== undefined
      ? undefined
      : { ...attempt, stopping: { ...stopping, signalledAt } },
  );
}

/** Notes how far the output of an attempt is logged. Undefined when the attempt has ended, or this is noted already. */
export function noteLogged(record: JobRecord | undefined, key: AttemptKey, logged: OutputPlace): JobRecord | undefined {
  return changeAttempt(record, key, (attempt) =>
    JSON.stringify(attempt.logged) === JSON.stringify(logged) ? undefined : { ...attempt, logged },
  );
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly startedAt?: Date;
  readonly finishedAt: Date;
  readonly node?: string;
  readonly image?: ImageUsed;
  readonly output?: string;
  readonly outputLines?: number;
  /** What it used, as far as that is known. */
  readonly usage?: Usage;
  /** Why it was being stopped, as far as that was known when the outcome was decided. */
  readonly stopping?: Stopping;
}

/**
 * Records and counts the outcome of the attempt. It is also the run's outcome, unless the run gets another attempt
 * (`retryAt`). Undefined when it was recorded before, or when the scheduler that decided did not know that the attempt
 * is being stopped: the outcome is then a different one.
 */
export function recordEnd(
  record: JobRecord | undefined,
  key: AttemptKey,
  { retryAt, ...seen }: AttemptEnd & { readonly retryAt?: Date },
): JobRecord | undefined {
  const { stopping: known, usage: used, ...end } = withShortTexts(seen);
  const usage = used && wholeUsage(used);
  const recorded = { ...end, ...(usage && { usage }), ...(retryAt === undefined ? {} : { retryAt }) };
  const ended = changeAttempt(record, key, ({ logged: _logged, stopping, ...attempt }) =>
    knowsLess(known, stopping) ? undefined : { ...attempt, ...stoppedFor(known), ...recorded },
  );
  const changed = ended && withLastStart(ended, key);
  const run = changed?.runs.find((run) => run.id === key.run);
  if (changed === undefined || run === undefined || retryAt !== undefined) return changed;
  return endRun(changed, run, end);
}

/**
 * Notes what an attempt used whose end another scheduler has recorded without knowing it. Undefined when that is not so, or the
 * record no longer has the attempt.
 */
export function noteUsage(record: JobRecord | undefined, objectId: string, used: Usage): JobRecord | undefined {
  const run = record?.runs.find(({ attempts }) => attempts.some((attempt) => attempt.objectId === objectId));
  const attempt = run?.attempts.find((attempt) => attempt.objectId === objectId);
  const usage = wholeUsage(used);
  if (record === undefined || run === undefined || attempt?.outcome === undefined) return undefined;
  if (attempt.usage !== undefined || usage === undefined) return undefined;
  const noted = {
    ...run,
    attempts: run.attempts.map((other) => (other === attempt ? { ...attempt, usage } : other)),
  };
  return { ...replaceRun(record, noted), ...(record.past && { past: withUsage(record.past, noted) }) };
}

/**
 * Notes when the ended attempt was started, if it was. The totals keep it, since the run may leave the history before
 * anyone asks.
 */
function withLastStart(record: JobRecord, key: AttemptKey): JobRecord {
  const attempt = record.runs.find(({ id }) => id === key.run)?.attempts.find(({ number }) => number === key.number);
  const start = attempt && startOf(attempt);
  const lastStartAt = latestDate([record.totals.lastStartAt, start]);
  return lastStartAt === undefined ? record : { ...record, totals: { ...record.totals, lastStartAt } };
}

/** The engine's texts may be of any length. */
function withShortTexts({ outcome, node, image, ...end }: AttemptEnd): AttemptEnd {
  return {
    ...end,
    outcome: withShortMessage(outcome, MESSAGE_BYTES),
    ...(node !== undefined && { node: cutText(node, NODE_BYTES) }),
    ...(image && { image: { ...image, name: cutText(image.name, IMAGE_BYTES) } }),
  };
}

/** In the units of the digest, rounded down: it used at least that. Undefined where no figure is known. */
function wholeUsage({ cpuMs, peakMemoryBytes }: Usage): Usage | undefined {
  if (cpuMs === undefined && peakMemoryBytes === undefined) return undefined;
  return {
    ...(cpuMs !== undefined && { cpuMs: Math.floor(cpuMs) }),
    ...(peakMemoryBytes !== undefined && { peakMemoryBytes: KIB * Math.floor(peakMemoryBytes / KIB) }),
  };
}

/** Returns what an ended attempt keeps of its stop. The engine's message is in the outcome; an attempt that never ran was not stopped. */
function stoppedFor(stopping: Stopping | undefined): Pick<Attempt, "stopping"> {
  if (stopping === undefined) return {};
  const { notStarted, ...stop } = stopping;
  return notStarted !== undefined && stop.signalledAt === undefined ? {} : { stopping: stop };
}

/** True when the record now says more about the stop than was known when the outcome was decided. */
function knowsLess(known: Stopping | undefined, now: Stopping | undefined): boolean {
  if (now === undefined) return false;
  return known === undefined || (now.signalledAt !== undefined && known.signalledAt === undefined);
}

/** Adds the run to the digest, and drops its variables, and most of its caller's trace: no attempt will need them. */
function endRun(record: JobRecord, { environment: _environment, trace, ...run }: Run, end: AttemptEnd): JobRecord {
  const { finishedAt } = end;
  const outcome = withShortMessage(end.outcome, MESSAGE_BYTES);
  const ended = { ...run, ...(trace && { trace: parentAlone(trace) }), outcome, finishedAt };
  return {
    ...replaceRun(record, ended),
    totals: countEnd(record.totals, run, end),
    past: appendPast(pastOf(record), ended),
  };
}

function countEnd(totals: Totals, run: Run, end: AttemptEnd): Totals {
  const { outcome, startedAt, finishedAt } = end;
  const byTrigger = totals.ended[outcome.kind] ?? {};
  const seconds = startedAt === undefined ? undefined : Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000;
  const exitCode = "exitCode" in outcome ? outcome.exitCode : undefined;
  return {
    ...totals,
    ended: { ...totals.ended, [outcome.kind]: add(byTrigger, run.trigger) },
    runSeconds:
      seconds === undefined
        ? totals.runSeconds
        : { ...totals.runSeconds, sum: round(totals.runSeconds.sum + seconds), count: totals.runSeconds.count + 1 },
    lastCompletionAt: finishedAt,
    ...(outcome.kind === "succeeded" && { lastSuccessAt: finishedAt }),
    // A run that an operator ends has not failed, and must not raise an alert.
    ...(outcome.kind !== "succeeded" && outcome.kind !== "cancelled" && { lastFailureAt: finishedAt }),
    ...(exitCode === undefined ? {} : { lastExitCode: exitCode }),
  };
}

export interface AttemptKey {
  readonly run: string;
  readonly number: number;
}

/** Changes an attempt that has not ended yet. */
function changeAttempt(
  record: JobRecord | undefined,
  key: AttemptKey,
  change: (attempt: Attempt) => Attempt | undefined,
): JobRecord | undefined {
  const run = record?.runs.find((run) => run.id === key.run);
  const attempt = run?.attempts.find((attempt) => attempt.number === key.number);
  if (record === undefined || run === undefined || attempt === undefined || attempt.outcome !== undefined)
    return undefined;
  const changed = change(attempt);
  if (changed === undefined) return undefined;
  return replaceRun(record, { ...run, attempts: run.attempts.map((other) => (other === attempt ? changed : other)) });
}

function replaceRun(record: JobRecord, changed: Run): JobRecord {
  return { ...record, runs: record.runs.map((run) => (run.id === changed.id ? changed : run)) };
}

/** Rounds to milliseconds, so that sums do not grow digits. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
