import { isOver } from "../../ledger/changes/pauses.ts";
import type { InstanceRecord, JobRecord, Pause } from "../../ledger/record.ts";

/** A pause that holds a job now: its own (`job`), or that of all jobs. */
export interface PauseView extends Pause {
  readonly scope: "job" | "all";
}

/** The pauses that hold a job now. The one that lasts longest comes first; of two without an end, the job's own. */
export function pausesOf(
  record: Pick<JobRecord, "paused"> | undefined,
  instance: InstanceRecord | undefined,
  now: Date,
): readonly PauseView[] {
  const own = pauseView("job", record?.paused, now);
  const ofAll = pauseOfAll(instance, now);
  return [own, ofAll].filter((pause) => pause !== undefined).toSorted((a, b) => endOf(b) - endOf(a));
}

/** The pause of all jobs, while it holds. */
export function pauseOfAll(instance: InstanceRecord | undefined, now: Date): PauseView | undefined {
  return pauseView("all", instance?.paused, now);
}

/** When the last of these ends by itself. Undefined where one of them has no end. */
export function pausedUntil(pauses: readonly PauseView[]): Date | undefined {
  return pauses[0]?.until;
}

function pauseView(scope: PauseView["scope"], pause: Pause | undefined, now: Date): PauseView | undefined {
  if (pause === undefined || isOver(pause, now)) return undefined;
  const { since, until, reason, by } = pause;
  return { scope, since, ...(until && { until }), ...(reason !== undefined && { reason }), ...(by && { by }) };
}

function endOf({ until }: PauseView): number {
  return until?.getTime() ?? Number.MAX_VALUE;
}
