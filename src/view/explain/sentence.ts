import type { ExclusionReason, Exclusions } from "../../job/exclusions/exclusions.ts";
import type { Input } from "../../job/inputs/inputs.ts";
import type { After, Schedule } from "../../job/job.ts";
import type { NotifyRule } from "../../job/notify.ts";
import type { By, ImageUsed, RefuseReason, Verdict } from "../../ledger/record.ts";
import type { NodeOfJob } from "../jobs/node-of-job.ts";
import type { PauseView } from "../jobs/pause-view.ts";
import type { Standing } from "../jobs/standing.ts";
import type { RunView } from "../runs/run-view.ts";
import type { JobTrouble, ViewProblem } from "../scheduler/scheduler-view.ts";
import type { TellingView } from "../scheduler/tellings.ts";

/** One sentence of an explanation, with the facts that it states. Its times are in the job's own zone. */
export type Sentence = Facts & { readonly text: string };

/** `about` says which facts there are. */
export type Facts =
  | { readonly about: "schedules"; readonly schedules: readonly Schedule[]; readonly after?: After }
  | { readonly about: "definition"; readonly hash: string; readonly generation: number }
  /** Labels of another scheduler declare it. */
  | { readonly about: "translated"; readonly from: string; readonly native: string }
  | { readonly about: "input"; readonly name: string; readonly input: Input }
  | { readonly about: "exclusions"; readonly exclusions: Exclusions }
  /** What is due now is not started. Without `until`: nothing ever is. */
  | { readonly about: "excluded"; readonly reason: ExclusionReason; readonly until?: Date }
  | { readonly about: "suspended" }
  /** The node that it was made for. */
  | { readonly about: "node"; readonly node: NodeOfJob }
  | { readonly about: "paused"; readonly paused: PauseView }
  | { readonly about: "standing"; readonly standing: Standing }
  | { readonly about: "scheduler-down" }
  | { readonly about: "trouble"; readonly trouble: JobTrouble }
  /** Docker's own scheduler starts the job, too, under these names. */
  | { readonly about: "also-engine-job"; readonly dockerJobs: readonly string[] }
  /** An earlier record of the job could not be read. */
  | { readonly about: "unreadable-record"; readonly problem: ViewProblem }
  | { readonly about: "active-run"; readonly run: RunView }
  /**
   * Occurrences that wait for the active run to end, or with `until` for the end of a quiet window; those of `undecided` are not
   * admitted yet.
   */
  | { readonly about: "waiting" | "undecided"; readonly occurrences: readonly Date[]; readonly until?: Date }
  /** An attempt waits for a slot of its job's pool. `holders`: the runs that take its slots. */
  | {
      readonly about: "waits-for-pool";
      readonly run: string;
      readonly attempt: number;
      readonly pool: string;
      readonly limit: number;
      readonly holders: readonly string[];
      readonly before: number;
    }
  | { readonly about: "request"; readonly request: RequestFacts }
  | { readonly about: "unknown-schedule"; readonly schedule: Schedule }
  /** The record is decided up to an instant in the future. */
  | { readonly about: "decided-ahead"; readonly decidedUpTo: Date }
  | { readonly about: "next"; readonly occurrences: readonly Date[] }
  /** What the start of this occurrence needs is there already. */
  | { readonly about: "prepared"; readonly occurrence: Date }
  | { readonly about: "verdict"; readonly verdict: Verdict; readonly last: Date; readonly count: number }
  | { readonly about: "ended-run"; readonly run: RunView }
  | { readonly about: "image"; readonly run: string; readonly image: ImageUsed }
  | { readonly about: "last-success"; readonly lastSuccessAt?: Date }
  | { readonly about: "never-started" }
  | { readonly about: "notify"; readonly rules: readonly NotifyRule[] }
  /** What one channel was told, or is to be told yet. */
  | { readonly about: "telling"; readonly telling: TellingView };

/** A request for a manual start, without the values of its variables. */
export interface RequestFacts {
  readonly id: string;
  readonly askedAt: Date;
  readonly lapsesAt: Date;
  readonly refused?: RefuseReason;
  readonly by?: By;
  readonly reason?: string;
}
