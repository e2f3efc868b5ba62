import type { Origin, Schedule, SourceName } from "../job/job.ts";
import type { Problem } from "../job/problem.ts";

/**
 * What one running scheduler knows and the ledger does not say: what the sources declare now, which definitions it keeps,
 * which jobs it is not sure of, and what it has trouble with. A plain value, made each time it is asked for.
 */
export interface SchedulerView {
  readonly version: string;
  readonly instance: string;
  /** Identifies the ledger's file by its numbers in the file system; absent where the ledger is not a file. */
  readonly ledgerFile?: string;
  readonly role: SchedulerRole;
  /** Why nothing can be started at present. */
  readonly engineDownBecause?: string;
  /** Why nothing can be decided at present. */
  readonly ledgerDownBecause?: string;
  /** By name. */
  readonly jobs: ReadonlyMap<string, DeclaredJob>;
  /** Jobs that may or may not still be declared: something that cannot be read may declare them. */
  readonly unsure: ReadonlySet<string>;
  readonly problems: readonly ViewProblem[];
}

/** `starting`: it has not read its sources yet. `standby`: another scheduler has the work. */
export type SchedulerRole =
  | { readonly kind: "active" }
  | { readonly kind: "starting" }
  | { readonly kind: "standby"; readonly because: string };

/** A job as the scheduler carries it out. */
export interface DeclaredJob {
  readonly hash: string;
  readonly origin: Origin;
  readonly schedules: readonly Schedule[];
  readonly suspended: boolean;
  /** Its definition cannot be read now, and the last good one is used. */
  readonly isKept: boolean;
  readonly nextRunAt?: Date;
  /** What repeatedly goes wrong when the scheduler carries it out, longest-standing first; absent where nothing does. */
  readonly troubles?: readonly JobTrouble[];
}

/** Something that went wrong and is tried again. */
export interface JobTrouble {
  readonly cause: string;
  readonly since: Date;
  /** Absent while it is being tried. */
  readonly againAt?: Date;
}

/** A problem of a definition, of one job, or of the scheduler itself. */
export interface ViewProblem extends Problem {
  readonly source: SourceName | "scheduler";
  /** Set where the problem concerns one job whose definition is right. */
  readonly job?: string;
}

/** The result of asking the scheduler on this machine. `why` completes "no scheduler answers here: …". */
export type SchedulerAnswer =
  | { readonly kind: "answers"; readonly view: SchedulerView }
  | { readonly kind: "silent"; readonly why: string };

/** The jobs that continue under their last good definition. */
export function keptJobs({ jobs }: Pick<SchedulerView, "jobs">): readonly string[] {
  const kept: string[] = [];
  for (const [name, { isKept }] of jobs) if (isKept) kept.push(name);
  return kept;
}
