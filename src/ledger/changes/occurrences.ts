/**
 * What happens to occurrences: record → record, or undefined when there is nothing to change (another scheduler has done
 * it, or the record has moved on). Pure, because a swap may call a change several times.
 */
import type { Overlap, RunPolicies } from "../../job/job.ts";
import {
  type Asked,
  type Attempt,
  activeRuns,
  type InstanceRecord,
  isExpired,
  type JobRecord,
  type PassedOverVerdict,
  pendingRequests,
  type Slot,
  type Totals,
  type Trigger,
  type Upstream,
  type Verdict,
} from "../record.ts";
import { isFull } from "./active-runs.ts";
import { type EndsPassed, passEnds } from "./ends.ts";
import { gapOf, holdOf, withoutOldMarks } from "./marks.ts";
import { type Holding, holdingOf } from "./pauses.ts";
import { isVoid } from "./slots.ts";

const VERDICTS_KEPT = 20;

/** What a swap needs to start a run. */
interface RunStart extends Asked {
  readonly id: string;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly policies: RunPolicies;
  readonly overlap: Overlap;
  readonly request?: string;
  readonly attempt: Attempt;
  /** The slot that is reserved for it, where its job is in a pool. */
  readonly slot?: Slot | undefined;
  readonly after?: Upstream;
  /** Which end it decides; only with the trigger `after`. */
  readonly ends?: EndsPassed;
}

/**
 * Decides the occurrence as started and binds the attempt's object to it, in one step. Undefined when the record has
 * moved on: the occurrence is decided, the request was carried out or has expired, another definition holds, the job was
 * paused, or all jobs were, a run is active, or its slot was taken back.
 */
export function startRun(
  record: JobRecord | undefined,
  start: RunStart,
  instance?: InstanceRecord,
): JobRecord | undefined {
  if (record === undefined || !mayStart(record, start, instance)) return undefined;
  const { overlap: _overlap, slot: _slot, attempt, ends, ...run } = start;
  const at = attempt.boundAt;
  const isManual = start.trigger === "manual";
  const started: JobRecord = {
    ...record,
    runs: [...record.runs, { ...run, attempts: [attempt] }],
    requests: record.requests.filter((request) => request.id !== start.request),
    totals: { ...record.totals, started: add(record.totals.started, start.trigger) },
  };
  if (isManual) return started;
  const { scheduledAt, after } = start;
  const passed = ends === undefined ? { ...started, cursor: scheduledAt } : passEnds(started, ends, scheduledAt);
  return passed && decide(passed, { kind: "started", scheduledAt, ...(after && { after: after.run }), decidedAt: at });
}

function mayStart(record: JobRecord, start: RunStart, instance: InstanceRecord | undefined): boolean {
  if (record.closedAt !== undefined || record.removedAt !== undefined || isVoid(record, start.slot)) return false;
  if (record.definition.hash !== start.definition || record.runs.some(({ id }) => id === start.id)) return false;
  if (isFull(record, start.overlap, start)) return false;
  if (start.trigger === "manual") {
    const request = pendingRequests(record).find(({ id }) => id === start.request);
    return request !== undefined && !isExpired(record, request, start.attempt.boundAt);
  }
  const holding = holdingOf(record, instance, start.attempt.boundAt);
  if (holding.paused !== undefined) return false;
  if (start.trigger !== "after" && record.cursor >= start.scheduledAt) return false;
  return holdOf(holding, start.scheduledAt) === undefined;
}

/** Consecutive occurrences that share one verdict. */
interface Stretch {
  readonly verdict: PassedOverVerdict;
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
  /** Of ends of another job's runs: which. */
  readonly ends?: EndsPassed;
}

/** When and in view of what an occurrence is decided. */
export interface DecidedIn {
  readonly now: Date;
  readonly instance?: InstanceRecord | undefined;
}

/** Decides the stretch as skipped or missed. Undefined when the record has moved past its start, or the reason is gone. */
export function passOver(
  record: JobRecord | undefined,
  { verdict: { whileActive, ...verdict }, ...stretch }: Stretch,
  { now, instance }: DecidedIn,
): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  const passed = pass(record, stretch);
  if (passed === undefined) return undefined;
  if (verdict.reason === "paused" && !isPaused(holdingOf(record, instance, now), stretch)) return undefined;
  const active = activeRuns(record);
  if (whileActive && active.length === 0) return undefined;
  const { first, last, count, ends } = stretch;
  const totals: Totals =
    verdict.kind === "skipped"
      ? { ...record.totals, skipped: add(record.totals.skipped, verdict.reason, count) }
      : { ...record.totals, missed: add(record.totals.missed, verdict.reason, count) };
  const absence = verdict.reason === "gap" && ends === undefined ? gapOf(record, first)?.absence : undefined;
  return decide(
    { ...passed, totals },
    {
      ...verdict,
      scheduledAt: first,
      ...(ends?.run !== undefined && { after: ends.run }),
      ...(count > 1 ? { through: last, count } : {}),
      ...(absence && { absence }),
      ...(whileActive && active[0] && { active: { count: active.length, run: active[0].id } }),
      decidedAt: now,
    },
  );
}

/** The record with the stretch decided; undefined when it is decided already. */
function pass(record: JobRecord, { first, last, ends }: Omit<Stretch, "verdict">): JobRecord | undefined {
  if (ends !== undefined) return passEnds(record, ends, last);
  return record.cursor >= first ? undefined : { ...record, cursor: last };
}

function isPaused(holding: Holding, { first, last }: Omit<Stretch, "verdict">): boolean {
  return holding.paused !== undefined || (holdOf(holding, first) !== undefined && holdOf(holding, last) !== undefined);
}

/** Notes that occurrences up to `through` wait. Undefined when this is noted already, or they are decided. */
export function admit(record: JobRecord | undefined, through: Date): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined || record.cursor >= through) return undefined;
  if (record.admittedThrough !== undefined && record.admittedThrough >= through) return undefined;
  return { ...record, admittedThrough: through };
}

/** True when the cursor has gone back since the record was `seen`: the occurrences in between no longer have a verdict. */
export function wasReset(record: JobRecord | undefined, seen: JobRecord): boolean {
  return record !== undefined && record.cursor < seen.cursor;
}

function decide(record: JobRecord, verdict: Verdict): JobRecord {
  return withoutOldMarks({ ...record, verdicts: [...record.verdicts, verdict].slice(-VERDICTS_KEPT) });
}

/** Returns the counts with one of them raised. */
export function add<K extends string>(counts: Readonly<Partial<Record<K, number>>>, key: K, by = 1) {
  return { ...counts, [key]: (counts[key] ?? 0) + by } as Readonly<Partial<Record<K, number>>>;
}
