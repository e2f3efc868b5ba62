import type { Exclusions } from "../../job/exclusions/exclusions.ts";
import type { Inputs } from "../../job/inputs/inputs.ts";
import type { After, JobNode, Origin, Schedule, SourceName } from "../../job/job.ts";
import type { Problem } from "../../job/problem.ts";

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
  /** When the engine was first seen to be down, by this scheduler. */
  readonly engineDownSince?: Date;
  /** Why nothing can be decided at present. */
  readonly ledgerDownBecause?: string;
  /** How many starts the engine has been given, of how many at once. Absent while nothing is started here. */
  readonly starts?: { readonly taken: number; readonly all: number };
  /** Absent where there is none. */
  readonly pools?: readonly PoolView[];
  /** By name. */
  readonly jobs: ReadonlyMap<string, DeclaredJob>;
  /** Jobs that may or may not still be declared: something that cannot be read may declare them. */
  readonly unsure: ReadonlySet<string>;
  readonly problems: readonly ViewProblem[];
  /** Through which others are told. Absent where the operator has named no file of channels. */
  readonly channels?: readonly ChannelFacts[];
}

/** A pool as the scheduler has it. */
export interface PoolView {
  readonly name: string;
  /** How many slots it has. */
  readonly limit: number;
  /** The attempts that take a slot, what was due first first. After the limit was lowered they may be more than that. */
  readonly holders: readonly PoolAttempt[];
  /** The attempts that wait for a slot, in the order in which they get one. */
  readonly waiting: readonly PoolAttempt[];
}

export interface PoolAttempt {
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
}

/** A channel as the scheduler has it. */
export interface ChannelFacts {
  readonly name: string;
  /** `slack`, `email`, … */
  readonly kind: string;
  /** What may be shown of where it goes: `https://hooks.slack.com/…`. */
  readonly address: string;
  /** When it last took something from this scheduler. */
  readonly lastSuccessAt?: Date;
  /** Why it did not take the last one: `503`, `timeout`; and since when it takes none. */
  readonly troubleBecause?: string;
  readonly troubleSince?: Date;
  /** When it is tried again; absent where it refused for good: the channel is wrong. */
  readonly troubleAgainAt?: Date;
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
  readonly exclusions?: Exclusions;
  readonly after?: After;
  readonly suspended: boolean;
  readonly inputs?: Inputs;
  /** The node that it was made for. */
  readonly node?: JobNode;
  /** Longest duration of an attempt. */
  readonly timeoutMs?: number;
  /** A run that lasts longer is longer than its author expects. */
  readonly expectedDurationMs?: number;
  /** How old the last success may become before an alert fires. */
  readonly maxSuccessAgeMs?: number;
  /** Its definition cannot be read now, and the last good one is used. */
  readonly isKept: boolean;
  /** What Docker's own scheduler calls it (`shop.backup`); absent where that is not seen to start it, too. */
  readonly dockerJobs?: readonly string[];
  readonly nextRunAt?: Date;
  /** The next start is prepared ahead of its time: its container or service is there, and does not run. */
  readonly preparedFor?: Date;
  /** A start that is on its way, and what it waits for. */
  readonly start?: StartWait;
  /** What repeatedly goes wrong when the scheduler carries it out, longest-standing first; absent where nothing does. */
  readonly troubles?: readonly JobTrouble[];
}

/** `turn`: other starts come first. `engine`: it has been given to the engine. `pool`: all slots of its pool are taken. */
export type StartWait = { readonly since: Date } & (
  | { readonly for: "turn" | "engine" }
  | { readonly for: "image"; readonly image: string }
  | { readonly for: "pool"; readonly pool: string }
);

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
