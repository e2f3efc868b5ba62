/**
 * What happens to occurrences, on the page: page → page, or undefined when there is nothing to change
 * (somebody else has done it, or the page has moved on). Pure, because a swap may ask for a change several times.
 */
import type { Overlap, RunPolicies } from "../../job/job.ts";
import { isFull } from "../../job/overlap.ts";
import {
  type Attempt,
  activeRuns,
  isExpired,
  type Page,
  type PassedOverVerdict,
  pendingWishes,
  type Totals,
  type Trigger,
  type Verdict,
} from "../page.ts";
import { gapOf, holdOf, withoutOldMarks } from "./mark-changes.ts";

const VERDICTS_KEPT = 20;

/** What a swap needs to start a run. */
export interface RunStart {
  readonly id: string;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly policies: RunPolicies;
  readonly overlap: Overlap;
  readonly wish?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly attempt: Attempt;
}

/**
 * Decides the occurrence as started and binds the attempt's object to it, in one. Undefined when the page has moved
 * on: the occurrence is decided, the wish is carried out or has expired, another definition holds, the job was paused, or
 * a run is active.
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
    totals: { ...page.totals, started: add(page.totals.started, start.trigger) },
  };
  if (isManual) return started;
  return decide(
    { ...started, cursor: start.scheduledAt },
    { kind: "started", scheduledAt: start.scheduledAt, decidedAt: at },
  );
}

function mayStart(page: Page, start: RunStart): boolean {
  if (page.closedAt !== undefined || page.removedAt !== undefined) return false;
  if (page.definition.hash !== start.definition || page.runs.some(({ id }) => id === start.id)) return false;
  if (page.paused !== undefined && start.trigger !== "manual") return false;
  if (isFull(activeRuns(page), start.overlap, start.policies)) return false;
  if (start.trigger === "manual") {
    const wish = pendingWishes(page).find(({ id }) => id === start.wish);
    return wish !== undefined && !isExpired(page, wish, start.attempt.boundAt);
  }
  return page.cursor < start.scheduledAt && holdOf(page, start.scheduledAt) === undefined;
}

/** Consecutive occurrences that share one verdict. */
export interface Stretch {
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

/** Decides the stretch as skipped or missed. Undefined when the page has moved past its beginning, or the reason is gone. */
export function passOver(
  page: Page | undefined,
  stretch: Stretch,
  { whileActive, ...verdict }: PassedOverVerdict,
  now: Date,
): Page | undefined {
  if (page === undefined || page.closedAt !== undefined || page.cursor >= stretch.first) return undefined;
  if (verdict.reason === "paused" && page.paused === undefined && !isHeld(page, stretch)) return undefined;
  const active = activeRuns(page);
  if (whileActive && active.length === 0) return undefined;
  const { first, last, count } = stretch;
  const totals: Totals =
    verdict.kind === "skipped"
      ? { ...page.totals, skipped: add(page.totals.skipped, verdict.reason, count) }
      : { ...page.totals, missed: add(page.totals.missed, verdict.reason, count) };
  const absence = verdict.reason === "gap" ? gapOf(page, first)?.absence : undefined;
  return decide(
    { ...page, cursor: last, totals },
    {
      ...verdict,
      scheduledAt: first,
      ...(count > 1 ? { through: last, count } : {}),
      ...(absence && { absence }),
      ...(whileActive && active[0] && { active: { count: active.length, run: active[0].id } }),
      decidedAt: now,
    },
  );
}

function isHeld(page: Page, { first, last }: Stretch): boolean {
  return holdOf(page, first) !== undefined && holdOf(page, last) !== undefined;
}

/** Notes that what is due up to here waits. Undefined when that is noted, or decided. */
export function admit(page: Page | undefined, through: Date): Page | undefined {
  if (page === undefined || page.closedAt !== undefined || page.cursor >= through) return undefined;
  if (page.admittedThrough !== undefined && page.admittedThrough >= through) return undefined;
  return { ...page, admittedThrough: through };
}

/** True when the page has gone back since it was `seen`: what lies between has no verdict any more. */
export function wasReset(page: Page | undefined, seen: Page): boolean {
  return page !== undefined && page.cursor < seen.cursor;
}

function decide(page: Page, verdict: Verdict): Page {
  return withoutOldMarks({ ...page, verdicts: [...page.verdicts, verdict].slice(-VERDICTS_KEPT) });
}

/** Adds to one of several counts. */
export function add<K extends string>(counts: Readonly<Partial<Record<K, number>>>, key: K, by = 1) {
  return { ...counts, [key]: (counts[key] ?? 0) + by } as Readonly<Partial<Record<K, number>>>;
}
