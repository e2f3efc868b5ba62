import type { Schedule } from "../../job/job.ts";

/** `"H H(0-5) * * *" is "17 4 * * *" for backup`; undefined for a schedule that is followed as it is written. */
export function writtenOutWords({ pattern, written }: Schedule, job: string): string | undefined {
  return written === undefined ? undefined : `"${written}" is "${pattern}" for ${job}`;
}
