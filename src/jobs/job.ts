import type { ExecTemplate } from "./exec-template.ts";

/**
 * What a job is, whatever source it came from: *what* to run (its template), *when* (its schedules), and under which
 * policies. A plain immutable value; what has happened to a job lives on its page (`ledger/page.ts`).
 */
export interface Job {
  /** `[a-z0-9][a-z0-9_.-]*`, at most 63 characters; unique within an instance. */
  readonly name: string;
  readonly origin: Origin;
  /** At least one. Two schedules that meet in one instant make one occurrence. */
  readonly schedules: readonly Schedule[];
  readonly template: Template;
  readonly policies: Policies;
  /** True while the definition says that nothing is to be started. Occurrences are then skipped as `suspended`. */
  readonly suspended: boolean;
  /** Changes when anything above but `origin` changes. */
  readonly hash: string;
}

/** Where a definition stands. */
export interface Origin {
  readonly source: SourceName;
  /** The file or object that is read as one unit: a file's path, a container's or service's name. */
  readonly unit: string;
  /** For people: `schedules/nightly.yml:7:3`, `container shop_db`. */
  readonly at: string;
}

export type SourceName = "files" | "containers" | "services";

/** One timetable of a job: a crontab pattern or `@every`, read on the wall clock of a time zone. */
export interface Schedule {
  /** As written: `0 3 * * *`, `@hourly`, `@every 90s`. Checked: the timetable can be made from it. */
  readonly pattern: string;
  /** IANA name. */
  readonly timezone: string;
}

/** What becomes a container (or a service) at each run. */
export type Template = ComposeTemplate | CloneTemplate | ExecTemplate;

/** The container is described by Compose keys in a schedule file. Names and meanings are Compose's. */
export interface ComposeTemplate {
  readonly kind: "compose";
  readonly image: string;
  /** Empty means the image's own, as in Compose. */
  readonly command?: readonly string[];
  /** Empty means none: the image's own is not used. */
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeMount[];
  /** `container`, `container:ro`. */
  readonly volumesFrom: readonly string[];
  readonly networks: readonly string[];
  /** From Swarm's store, by their names there. */
  readonly secrets: readonly StoredFile[];
  readonly configs: readonly StoredFile[];
  readonly placement: Placement;
  readonly limits: Limits;
  readonly reservations: Reservations;
  readonly user?: string;
  readonly workingDir?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Run an init process as PID 1, so that signals reach the job. Default true. */
  readonly init: boolean;
  readonly stopSignal?: string;
}

/** A bind mount (source is an absolute path), a named volume, or (without source) an anonymous volume. */
export interface VolumeMount {
  readonly type: "bind" | "volume";
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** A secret or a config, as a file in the container. */
export interface StoredFile {
  readonly source: string;
  /** Absolute path. */
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: number;
}

/** On which nodes of a Swarm it may run. */
export interface Placement {
  /** `node.labels.disk == ssd`. */
  readonly constraints: readonly string[];
  /** `node.labels.zone`: Swarm spreads the tasks of one service over the values of these. */
  readonly spread: readonly string[];
}

/** The most that the container may use. */
export interface Limits {
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** What its node must have left for it. */
export interface Reservations {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** The container is a copy of a labelled object, read anew whenever a run is prepared. Opaque to us. */
export interface CloneTemplate {
  readonly kind: "clone";
  readonly of: ObjectRef;
  /** Replaces the object's command. */
  readonly command?: readonly string[];
}

export interface ObjectRef {
  readonly kind: "container" | "service";
  readonly name: string;
  /** Changes when the object was made anew or its specification changed. */
  readonly version: string;
}

export interface Policies {
  /** What an occurrence does while a run of its job is active. */
  readonly overlap: Overlap;
  /** How many occurrences may wait with `queue`. */
  readonly queueLimit: number;
  /** Which occurrences of a gap are run. */
  readonly catchUp: "last" | "all" | "none";
  /** How many of a gap are run with `all`: the newest. */
  readonly catchUpLimit: number;
  /** How late an occurrence may start. Default: as late as it may be. */
  readonly startingDeadlineMs?: number;
  readonly history: History;
  readonly run: RunPolicies;
}

/**
 * `forbid`: it is skipped. `allow`: it starts beside it. `replace`: it starts when the active run was stopped for it.
 * `queue`: it starts when that one has ended, the oldest first.
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

/** What holds for one run from its start to its end; written onto the page, so that an edit applies from the next run. */
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
  /** Its runs are stopped when the object that they are copies of is removed: what that leaves would hold up `stack rm`. */
  readonly endsWithTemplate?: boolean;
}
