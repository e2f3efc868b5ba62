import type { Exclusions } from "../../../src/job/exclusions/exclusions.ts";
import type { Job } from "../../../src/job/job.ts";
import { occurrencesOf } from "./job-plan.ts";

const MINUTE_MS = 60_000;

/** What a definition says of a due time: that it starts, from when on, or why not. By arithmetic of its own, in UTC. */
export function plannedStart(job: Pick<Job, "schedules" | "exclusions">, at: number): number | "excepted" | "quiet" {
  const { exclusions, schedules } = job;
  if (isExcepted(exclusions, at)) return "excepted";
  const end = quietUntil(job, at);
  if (end === undefined) return at;
  const { defers } = exclusions ?? {};
  const isLast = occurrencesOf(schedules, new Date(at), new Date(end)).length === 0;
  const isInTime = end - at <= (defers?.withinMs ?? Number.POSITIVE_INFINITY);
  return defers !== undefined && isLast && isInTime && !isExcepted(exclusions, end) ? end : "quiet";
}

/** When the quiet time is over in which this instant lies. */
export function quietUntil({ exclusions }: Pick<Job, "exclusions">, at: number): number | undefined {
  const midnight = at - (at % (24 * 60 * MINUTE_MS));
  const windows = (exclusions?.quiet ?? []).map((text) => text.split("-").map((clock) => midnight + msOf(clock)));
  let end = at;
  for (let isLonger = true; isLonger; ) {
    const around = windows.find(([from = 0, to = 0]) => from <= end && end < to);
    isLonger = around !== undefined;
    end = around?.[1] ?? end;
  }
  return end === at ? undefined : end;
}

/** Whether some of this time is quiet. */
export function isQuietBetween(job: Pick<Job, "exclusions">, from: number, to: number): boolean {
  for (let at = from; at < to; at += MINUTE_MS / 2) if (quietUntil(job, at) !== undefined) return true;
  return quietUntil(job, to) !== undefined;
}

function msOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return (hours * 60 + minutes) * MINUTE_MS;
}

function isExcepted(exclusions: Exclusions | undefined, at: number): boolean {
  return exclusions?.except === new Date(at).toISOString().slice(0, 10);
}
