import { isQuietBetween, plannedStart } from "./exclusion-plan.ts";
import { decidedEnds } from "./follower-promises.ts";
import { pausedBy } from "./instance-promises.ts";
import { occurrencesOf } from "./job-plan.ts";
import { verdictsOn } from "./verdict-promises.ts";
import type { Witnessed } from "./witnessed.ts";

/** After something that concerned a job, or all, is over: until all is as it was before. */
const SETTLES_MS = 45_000;

/** A job that nothing is the matter with is decided about in time, whatever happens to others; and it has no gap. */
export function* delayPromises(witnessed: Witnessed): Iterable<string> {
  const { job, before, after, now, oracle } = witnessed;
  if (before === undefined || oracle.clockWentBack) return;
  const healthyAfter = oracle.disturbedUntil(job).getTime() + SETTLES_MS;
  const isInDisturbance = (at: number) => at <= healthyAfter;
  for (const { after: from, through } of after.gaps ?? []) {
    if (before.gaps?.some((gap) => gap.through.getTime() === through.getTime())) continue;
    const known = Math.max(from.getTime(), before.gaps?.at(-1)?.through.getTime() ?? 0);
    const starts = occurrencesOf(after.definition.schedules, new Date(known), through).filter(
      (at) => !isHeld(witnessed, at),
    );
    const [first] = starts.map((at) => plannedStart(after.definition, at)).filter((at) => typeof at === "number");
    if (first !== undefined && !isInDisturbance(first)) yield `${job} has a gap, and nothing was the matter with it`;
  }
  // What waits for a slot is late, and rightly.
  if (oracle.definitions.get(before.definition.hash)?.policies.run.pool !== undefined) return;
  const verdict = after.verdicts.at(-1);
  if (verdict === undefined || verdictsOn(after) === verdictsOn(before)) return;
  const [end] = decidedEnds(witnessed);
  // It may have waited for the active run, until something else decided it.
  if (end !== undefined && before.runs.some(({ outcome }) => outcome === undefined)) return;
  // The clock of the node that the other job ran on may be another one.
  const known = end && Math.max(end.recordedAt.getTime(), before.totals.lastCompletionAt?.getTime() ?? 0);
  const at = known ?? verdict.scheduledAt.getTime();
  const waited = before.admittedThrough !== undefined && before.admittedThrough.getTime() >= at;
  const isOfGap = before.gaps?.some((gap) => gap.after.getTime() < at && at <= gap.through.getTime());
  if (waited || isOfGap || verdict.reason === "superseded" || isInDisturbance(at) || isHeld(witnessed, at)) return;
  // What is late is not started in a quiet window, and keeps what is due after it from being decided.
  if (isQuietBetween(before.definition, at, now.getTime())) return;
  const lateMs = now.getTime() - at;
  if (lateMs > oracle.mostDelayMs)
    yield `the occurrence of ${job} is decided ${lateMs / 1000} s late, and nothing was the matter with it`;
}

function isHeld({ before, askedAt, oracle }: Witnessed, at: number): boolean {
  if (before === undefined) return false;
  return oracle.instancesSeen(askedAt).some((instance) => pausedBy(before, instance, askedAt).isHeld(at));
}
