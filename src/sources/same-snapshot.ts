import type { Unread } from "../definition/unread.ts";
import type { Job } from "../job/job.ts";
import type { Snapshot } from "./snapshot.ts";

/** True when nobody could tell the two apart: the same jobs in the same places, the same problems. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (
    isSameUnread(a.unread, b.unread) &&
    a.jobs.size === b.jobs.size &&
    a.kept.size === b.kept.size &&
    [...a.kept].every((name) => b.kept.has(name)) &&
    JSON.stringify(a.problems) === JSON.stringify(b.problems) &&
    [...a.jobs.values()].every((job) => isSameJob(job, b.jobs.get(job.name)))
  );
}

function isSameUnread(a: Snapshot["unread"], b: Snapshot["unread"]): boolean {
  const isSame = (one: Unread, other: Unread | undefined) =>
    one.source === other?.source && one.unit === other.unit && one.job === other.job && one.text === other.text;
  return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
}

function isSameJob(a: Job, b: Job | undefined): boolean {
  if (b === undefined) return false;
  return a === b || (a.hash === b.hash && a.origin.at === b.origin.at && a.origin.source === b.origin.source);
}
