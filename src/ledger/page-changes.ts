/**
 * What happens to occurrences and runs, on the page: page → page, or undefined when there is nothing to change
 * (somebody else has done it, or the page has moved on). Pure, because a swap may ask for a change several times.
 */
import type { RunPolicies } from "../jobs/job.ts";
import {
  type Attempt,
  isActive,
  type MissReason,
  type Outcome,
  type Page,
  type Run,
  type SkipReason,
  type Stopping,
  type Totals,
  type Trigger,
  type Verdict,
} from "./page.ts";

const VERDICTS_KEPT = 20;

/** What a swap needs to start a run. */
export interface RunStart {
  readonly id: string;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly policies: RunPolicies;
  readonly overlap: "forbid" | "allow";
  readonly wish?: string;
  readonly attempt: Attempt;
}

/**
 * Decides the occurrence as started and binds the attempt's object to it, in one. Undefined when the page has moved
 * on: the occurrence is decided, the wish is carried out, another definition holds, or a run is active.
 */
export function startRun(page: Page | undefined, start: RunStart): Page | undefined {
  if (page === undefined || !mayStart(page, start)) return undefined;
  const { overlap: _overlap, attempt, ...run } = start;
  const at = attempt.boundAt;
  const isManual = start.trigger === "manual";
  const started: Page = {
    ...page,
    runs: [...page.runs, { ...run, attempts: [attempt] }],
    wishes: page.wishes.filter((wish) => wish.id !== start.wish),
    totals: { ...page.totals, started: add(page.totals.started, start.trigger), lastStartAt: at },
  };
  if (isManual) return started;
  return decide(
    { ...started, cursor: start.scheduledAt },
    { kind: "started", scheduledAt: start.scheduledAt, decidedAt: at },
  );
}

function mayStart(page: Page, start: RunStart): boolean {
  if (page.closedAt !== undefined || page.removedAt !== undefined) return false;
  if (page.definition.hash !== start.definition) return false;
  if (start.overlap === "forbid" && page.runs.some(isActive)) return false;
  if (start.trigger === "manual")
    return page.wishes.some((wish) => wish.id === start.wish && wish.refused === undefined);
  return page.cursor < start.scheduledAt;
}

/** Consecutive occurrences that share one verdict. */
export interface Stretch {
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

/** Decides the stretch as skipped or missed. Undefined when the page has already moved past its beginning. */
export function passOver(
  page: Page | undefined,
  stretch: Stretch,
  verdict: { kind: "skipped"; reason: SkipReason } | { kind: "missed"; reason: MissReason },
  now: Date,
): Page | undefined {
  if (page === undefined || page.closedAt !== undefined || page.cursor >= stretch.first) return undefined;
  if (verdict.reason === "still-running" && !page.runs.some(isActive)) return undefined;
  const { first, last, count } = stretch;
  const totals: Totals =
    verdict.kind === "skipped"
      ? { ...page.totals, skipped: add(page.totals.skipped, verdict.reason, count) }
      : { ...page.totals, missed: add(page.totals.missed, verdict.reason, count) };
  return decide(
    { ...page, cursor: last, totals },
    { ...verdict, scheduledAt: first, ...(count > 1 ? { through: last, count } : {}), decidedAt: now },
  );
}

/** Notes why an attempt is being stopped, before the signal is sent. */
export function noteStopping(page: Page | undefined, key: AttemptKey, stopping: Stopping): Page | undefined {
  return changeAttempt(page, key, (attempt) => (attempt.stopping === undefined ? { ...attempt, stopping } : undefined));
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly startedAt?: Date;
  readonly finishedAt: Date;
  readonly node?: string;
  readonly output?: string;
}

/** Records the outcome of the attempt, and with it of the run, and counts it. Undefined when it was recorded before. */
export function recordEnd(page: Page | undefined, key: AttemptKey, end: AttemptEnd): Page | undefined {
  const changed = changeAttempt(page, key, (attempt) => ({ ...attempt, ...end }));
  const run = changed?.runs.find((run) => run.id === key.run);
  if (changed === undefined || run === undefined) return undefined;
  const ended: Run = { ...run, outcome: end.outcome, finishedAt: end.finishedAt };
  return { ...replaceRun(changed, ended), totals: countEnd(changed.totals, ended, end) };
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
        : { sum: round(totals.runSeconds.sum + seconds), count: totals.runSeconds.count + 1 },
    lastCompletionAt: finishedAt,
    ...(outcome.kind === "succeeded" ? { lastSuccessAt: finishedAt } : { lastFailureAt: finishedAt }),
    ...(exitCode === undefined ? {} : { lastExitCode: exitCode }),
  };
}

export interface AttemptKey {
  readonly run: string;
  readonly number: number;
}

/** Changes an attempt that has not ended yet. */
function changeAttempt(
  page: Page | undefined,
  key: AttemptKey,
  change: (attempt: Attempt) => Attempt | undefined,
): Page | undefined {
  const run = page?.runs.find((run) => run.id === key.run);
  const attempt = run?.attempts.find((attempt) => attempt.number === key.number);
  if (page === undefined || run === undefined || attempt === undefined || attempt.outcome !== undefined)
    return undefined;
  const changed = change(attempt);
  if (changed === undefined) return undefined;
  return replaceRun(page, { ...run, attempts: run.attempts.map((other) => (other === attempt ? changed : other)) });
}

function replaceRun(page: Page, changed: Run): Page {
  return { ...page, runs: page.runs.map((run) => (run.id === changed.id ? changed : run)) };
}

function decide(page: Page, verdict: Verdict): Page {
  return { ...page, verdicts: [...page.verdicts, verdict].slice(-VERDICTS_KEPT) };
}

function add<K extends string>(counts: Readonly<Partial<Record<K, number>>>, key: K, by = 1) {
  return { ...counts, [key]: (counts[key] ?? 0) + by } as Readonly<Partial<Record<K, number>>>;
}

/** To milliseconds, so that sums do not grow digits. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
