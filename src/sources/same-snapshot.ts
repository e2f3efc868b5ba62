import type { Job } from "../jobs/job.ts";
import type { Snapshot } from "./merge-readings.ts";

/** True when nobody could tell the two apart: the same jobs in the same places, the same problems. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (
    a.complete === b.complete &&
    a.jobs.size === b.jobs.size &&
    a.kept.size === b.kept.size &&
    [...a.kept].every((name) => b.kept.has(name)) &&
    JSON.stringify(a.problems) === JSON.stringify(b.problems) &&
    [...a.jobs.values()].every((job) => isSameJob(job, b.jobs.get(job.name)))
  );
}

function isSameJob(a: Job, b: Job | undefined): boolean {
  if (b === undefined) return false;
  return a === b || (a.hash === b.hash && a.origin.at === b.origin.at && a.origin.source === b.origin.source);
}
