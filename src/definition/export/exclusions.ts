import type { Job } from "../../job/job.ts";
import type { Reason } from "./exported.ts";

/** Days and hours without runs: no other scheduler has them, and without them the job would run when it must not. */
export function refuseExclusions({ exclusions = { timezone: "" } }: Job, scheduler: string): readonly Reason[] {
  return (["except", "only", "quiet"] as const).flatMap((key): Reason[] =>
    exclusions[key] === undefined
      ? []
      : [
          {
            key,
            wrong: `is not possible: ${scheduler} starts a job whenever it is due`,
            hint: "let the command look at the date",
          },
        ],
  );
}
