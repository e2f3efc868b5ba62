import { matchesGlob } from "../../definition/values/glob.ts";
import type { Caller } from "../route.ts";

/** Whether a job exists for this caller: a token may be limited to some jobs. */
export function seesJob({ jobs }: Pick<Caller, "jobs">, job: string): boolean {
  return jobs === undefined || jobs.some((glob) => matchesGlob(glob, job));
}
