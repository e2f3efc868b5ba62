import type { Exclusions } from "./exclusions/exclusions.ts";
import type { Inputs } from "./inputs/inputs.ts";
import type { Telling } from "./notify.ts";
import type { Template } from "./template.ts";

export type * from "./template.ts";

/**
 * A job, whatever source it came from: *what* to run (its template), *when* (its schedules), and under which policies. A
 * plain immutable value; what has happened to the job is on its record (`ledger/record.ts`).
 */
export interface Job {
  /** `[a-z0-9][a-z0-9_.-]*`, at most 63 characters; unique within an instance. */
  readonly name: string;
  readonly origin: Origin;
  /** None for a job that only people, or another job's end, start. Two schedules that meet in one instant make one occurrence. */
  readonly schedules: readonly Schedule[];
  /** Due times that are not started. Absent: none. */
  readonly exclusions?: Exclusions;
  /** Absent where no other job's end starts it. */
  readonly after?: After;
  readonly template: Template;
  readonly policies: Policies;
  /** True while the definition says that nothing is to be started. Occurrences are then skipped as `suspended`. */
  readonly suspended: boolean;
  /** What people may choose when they start it; absent where that is nothing. */
  readonly inputs?: Inputs;
  /** It stands for a job on each node of the Swarm that meets its constraints; the catalog makes those (`sources/each-node.ts`). */
  readonly eachNode?: EachNode;
  /** Changes when anything above but `origin` changes. */
  readonly hash: string;
  /** Of a job that was made for one node. Not part of the hash: its name and its template say what runs where. */
  readonly node?: JobNode;
  /** What others are told. Not part of the hash: to tell it otherwise changes no run. Absent: nothing is told. */
  readonly telling?: Telling;
}

/** Which nodes get a job of their own. */
export interface EachNode {
  /** As in `Placement`; those of the service, for a job in labels. */
  readonly constraints: readonly string[];
}

/** The node that a job was made for, by a declaration for each node. */
export interface JobNode {
  /** The declared job: `clean` for `clean.host-7`. */
  readonly of: string;
  /** Swarm's ID of the node. */
  readonly id: string;
  /** Its hostname. */
  readonly name: string;
  /** Set while nothing is to be started there: the job is suspended, and goes a day later. */
  readonly away?: NodeAway;
}

export interface NodeAway {
  readonly since: Date;
  /** `left`: it is no longer in the Swarm. `drain`, `pause`: its availability. `unmatched`: it no longer meets the constraints. */
  readonly because: "left" | "drain" | "pause" | "unmatched";
}

/** How long the job of a node that is away stays, with its history. */
export const AWAY_STAYS_MS = 24 * 3600_000;

/** Where a definition stands. */
export interface Origin {
  readonly source: SourceName;
  /** The file or object that is read as one unit: a file's path, a container's or service's name. */
  readonly unit: string;
  /** For people: `schedules/nightly.yml:7:3`, `container shop_db`. */
  readonly at: string;
  /** The stack of a service, or the Compose project of a container, where it belongs to one. */
  readonly stack?: string;
  /** Where it is declared in the words of another scheduler. */
  readonly translated?: TranslatedFrom;
  /** Of a job with `triggers`, in a Compose file: Docker's own scheduler may have it as well. */
  readonly composeJob?: ComposeJob;
}

/** What a job is in Compose, whose jobs are called `PROJECT.JOB` by the engine. */
export interface ComposeJob {
  /** Absent where the file does not tell it: Compose then takes the name of its folder, as the folder is called there. */
  readonly project?: string;
}

export interface TranslatedFrom {
  /** The scheduler whose words they are: `swarm-cronjob`. */
  readonly from: string;
  /** The same in words of ours: lines of labels, or of a schedule file. */
  readonly native: string;
}

/** Where jobs are declared. Of two declarations of a name, the one from the earlier source counts. */
export const SOURCES = ["files", "services", "containers"] as const;
export type SourceName = (typeof SOURCES)[number];

/** One timetable of a job: a crontab pattern or `@every`, read on the wall clock of a time zone. */
export interface Schedule {
  /** `0 3 * * *`, `@hourly`, `@every 90s`. Checked: the timetable can be made from it. */
  readonly pattern: string;
  /** As its author wrote it, where the pattern was made from that: `H H(0-5) * * *` for `17 4 * * *`. */
  readonly written?: string;
  /** IANA name. */
  readonly timezone: string;
  /** By how much its times are shifted. Absent: by nothing. */
  readonly jitter?: Jitter;
}

/** Each time is shifted by less than `ms`, to a whole second that follows from `seed` and the time itself. */
export interface Jitter {
  readonly ms: number;
  /** Follows from the names of instance and job (`ownNumber`). */
  readonly seed: number;
}

/** The runs of another job whose end starts the job: each of them is one occurrence, due when that run ended. */
export interface After {
  /** The upstream: a job's name. */
  readonly job: string;
  readonly on: EndWanted;
}

/** `failed`: it failed, was rejected, timed out or was lost. `ended`: however it ended, also where it was cancelled or replaced. */
export type EndWanted = "succeeded" | "failed" | "ended";

export interface Policies {
  /** What an occurrence does while a run of its job is active. */
  readonly overlap: Overlap;
  /** How many occurrences may wait with `queue`. */
  readonly queueLimit: number;
  /** Which occurrences of a gap are run. */
  readonly catchUp: "last" | "all" | "none";
  /** How many of a gap are run with `all`: the newest. */
  readonly catchUpLimit: number;
  /** How late an occurrence may start. Default: any delay. */
  readonly startingDeadlineMs?: number;
  readonly history: History;
  readonly run: RunPolicies;
}

/**
 * `forbid`: it is skipped. `allow`: it starts all the same. `replace`: it starts when the active run has been stopped for
 * it. `queue`: it starts when the active run has ended, the oldest occurrence first.
 */
export type Overlap = "forbid" | "allow" | "replace" | "queue";

/** How many ended runs are kept, with their containers, so that `docker logs` still answers. */
export interface History {
  readonly succeeded: number;
  readonly failed: number;
}

/** When a run gets another attempt. */
export interface Retries {
  /** After the first attempt. */
  readonly limit: number;
  /** Before the second attempt; doubled for each one after it. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** How an attempt must have ended. An exit code stands for having failed with it. */
  readonly on: readonly (RetryOutcome | number)[];
}

export type RetryOutcome = "failed" | "rejected" | "timed-out" | "lost";

/** What holds for one run from its start to its end; written onto the record, so that an edit applies from the next run. */
export interface RunPolicies {
  /** Longest duration of an attempt, from its start. Default: none. */
  readonly timeoutMs?: number;
  /** How long an activated attempt may take to reach running. */
  readonly pendingTimeoutMs: number;
  /** How long a run's node may be down before the run is lost. Default: one minute. */
  readonly nodeGraceMs?: number;
  /** From the stop signal to the kill. */
  readonly stopGracePeriodMs: number;
  /** Exit codes that mean success. Default: 0 alone. */
  readonly successExitCodes: readonly number[];
  /** Default: a run has one attempt. */
  readonly retries?: Retries;
  /** The pool of which each attempt takes a slot. Default: attempts of other jobs do not matter. */
  readonly pool?: string;
  /** Its runs are stopped when the object that they are copies of is removed: what that leaves would hold up `stack rm`. */
  readonly endsWithTemplate?: boolean;
}
