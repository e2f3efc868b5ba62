import type { ExclusionReason, Exclusions } from "../job/exclusions/exclusions.ts";
import type { After, JobNode, Origin, RunPolicies, Schedule } from "../job/job.ts";
import type { NoticeKind, Telling } from "../job/notify.ts";
import type { CallerTrace } from "../job/trace.ts";

/**
 * What has happened to one job. All records together are the ledger.
 *
 * Everything that must survive a restart stands here and nowhere else. A record is an immutable value. Each change is a
 * function record → record in `ledger/changes/`, written by one compare-and-swap (`ledger/ledger.ts`).
 * All occurrences up to `cursor` are decided and all after it are not: that alone is queue, backlog and catch-up.
 */
export interface JobRecord {
  /** Layout of the record. One of schema 1 is written as schema 2; one of a newer schema is never written. */
  readonly schema: 2;
  readonly job: string;
  readonly cursor: Date;
  readonly definition: DefinitionSeen;
  /** Occurrences up to this one wait for an active run to end. However late they start, they are not part of a gap. */
  readonly admittedThrough?: Date;
  /** Of a job that another job's end starts: which ends are decided. They have no part in `cursor`. */
  readonly after?: EndsDecided;
  /** Gaps with undecided occurrences, oldest first. An occurrence outside of them is decided as if there had been no gap. */
  readonly gaps?: readonly Gap[];
  /** Periods whose occurrences are skipped, whenever they are decided. Oldest first. */
  readonly holds?: readonly Hold[];
  /** Set by an operator: until the job is resumed, only manual starts are carried out. */
  readonly paused?: Pause;
  /** Active runs, and as many ended ones as the job's history keeps, in the order of their start. */
  readonly runs: readonly Run[];
  /** The last 20, oldest first. */
  readonly verdicts: readonly Verdict[];
  readonly totals: Totals;
  /** Digest of the last 60 ended runs; see `readPast` of `ledger/past.ts`. */
  readonly past?: Past;
  /** What operators have asked for and no scheduler has carried out yet. */
  readonly requests: readonly RunRequest[];
  /**
   * What operators want to be started later: each becomes a request at its time. It does not stand among the requests because
   * a version that knows no times would start it at once. Oldest first; absent where there is none.
   */
  readonly planned?: readonly PlannedRun[];
  /** What is still to be told: written by the swap that made it true, and removed when every channel has it. Oldest first. */
  readonly notices?: readonly Notice[];
  /** What has been told, and to whom; only where the job wants something to be told, or did until lately. */
  readonly told?: Told;
  /** What the job's check is to be pinged with: the last start and the last end. */
  readonly pings?: readonly Ping[];
  /** When the registry was last asked for the job's image; only for pull policies that depend on time. */
  readonly pulled?: PullSeen;
  /** Slots of pools that were reserved for the job up to this instant, and bound by none of its attempts, are void. */
  readonly slotsVoidThrough?: Date;
  /** Since when a source declares the job, removals before that left out. Absent from records of versions up to 0.3. */
  readonly declaredAt?: Date;
  /** When the last source stopped declaring the job. */
  readonly removedAt?: Date;
  /** Final: a closed record is only ever deleted. */
  readonly closedAt?: Date;
}

/**
 * What has been decided for all jobs of the instance together. It is a record of its own, and each job's record is changed
 * in view of it (`ledger/ledger.ts`).
 */
export interface InstanceRecord {
  /** Layout of the record. A record with a newer schema is never written; what can be read of it counts. */
  readonly schema: number;
  /** Set by an operator: until all jobs are resumed, only manual starts are carried out. */
  readonly paused?: Pause;
  /** Ended pauses of all jobs, oldest first: what fell into them is skipped, also in a job that has not been decided since. */
  readonly holds?: readonly Hold[];
  /** The host's boot that was seen last, for `@reboot`. */
  readonly boot?: BootSeen;
}

export interface BootSeen {
  /** The kernel's own ID of it. */
  readonly id: string;
  /** When a scheduler first saw it. Absent for the first one: `@reboot` means the next. */
  readonly seenAt?: Date;
  /** When it had seen the ones before, oldest first: they may be undecided. At most 20; absent where there is none. */
  readonly before?: readonly Date[];
}

/** The boots of the host that count, as far as they are remembered, oldest first. */
export function bootsOf(instance: InstanceRecord | undefined): readonly Date[] {
  const { seenAt, before = [] } = instance?.boot ?? {};
  return seenAt === undefined ? before : [...before, seenAt];
}

/**
 * Which slots of a pool are taken. It is a record of its own, and says nothing for itself: a slot is taken while the record of
 * its job says so (`decide/slots.ts`).
 */
export interface PoolRecord {
  /** Layout of the record. A record with a newer schema is never written. */
  readonly schema: number;
  readonly slots: readonly Slot[];
}

/** A slot of a pool: reserved for one attempt before that is bound, and held by it until it ends. */
export interface Slot {
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  /** The occurrence; for a manual start, when it was requested. */
  readonly scheduledAt: Date;
  /** When it was reserved. */
  readonly since: Date;
}

/**
 * Set by an operator: occurrences from `since` on are skipped as `paused`, until the pause is ended. What is due at `until`
 * or later starts, also if no scheduler was there to end the pause.
 */
export interface Pause {
  readonly since: Date;
  readonly until?: Date;
  readonly reason?: string;
  readonly by?: By;
}

/** Who asked for something, and how. `name`: the user, the name of the token, or with `cli` the user of that machine. */
export interface By {
  readonly via: "cli" | "page" | "api";
  readonly name?: string;
}

/**
 * How far the ends of another job's runs are decided. They are counted as that job's record counts them (`totals.ended`), so
 * what is beyond these numbers is undecided, and the digest of its last runs says what it is (`decide/ends.ts`).
 */
export interface EndsDecided extends After, EndPlace {
  /** The definition to which this belongs: under another one it says nothing. */
  readonly definition: string;
  /** What ended before starts nothing: the job was not declared so. */
  readonly since: Date;
  /** When the last one that is decided had ended. */
  readonly at?: Date;
}

/** A place among the ends of a job's runs: after how many of all, and of those that ended as is wanted. */
export interface EndPlace {
  readonly ended: number;
  readonly matched: number;
}

/** A run of another job whose end starts this one. */
export interface Upstream {
  readonly job: string;
  readonly run: string;
}

/**
 * Occurrences that could not be decided in time: those after `after`, up to and including `through`. Both ends are fixed
 * when the gap ends, so what comes due while it is caught up does not belong to it.
 */
export interface Gap {
  readonly after: Date;
  readonly through: Date;
  readonly absence?: Absence;
}

/** The time in which nothing could be decided, and why. A newer shipbell may know other causes. */
export interface Absence {
  readonly because: AbsenceCause;
  readonly from: Date;
  readonly to: Date;
}

/** `stood-still`: the scheduler's process or machine was suspended, or the clock was set forward. */
export type AbsenceCause = "no-scheduler" | "engine-down" | "stood-still";

/** Occurrences from `since` on and before `until` fell into a pause, or the definition suspended the job then. */
export interface Hold {
  readonly reason: HoldReason;
  readonly since: Date;
  readonly until: Date;
  /** The operator's words for the pause. */
  readonly why?: string;
  /** It was a pause of all jobs. */
  readonly all?: true;
}

export type HoldReason = "paused" | "suspended";

export interface PullSeen {
  readonly image: string;
  readonly at: Date;
}

/** The definition that the record follows, and which scheduler's view set it. */
export interface DefinitionSeen {
  readonly hash: string;
  readonly generation: number;
  /** When these change, the cursor restarts at that moment. */
  readonly schedules: readonly Schedule[];
  /** Which of the due times are not started. Unlike with the schedules, a change does not restart the cursor. */
  readonly exclusions?: Exclusions;
  readonly suspended: boolean;
  /** Since when, as far as that is known; only of a job that is suspended. */
  readonly suspendedSince?: Date;
  /** What is to be told about the job. It is followed although it is not part of the hash. */
  readonly telling?: TellingSeen;
  /** The pool of which each attempt takes a slot. */
  readonly pool?: string;
  /** How long a request may wait for its start. Commands read it here, since they do not know the definition. */
  readonly startingDeadlineMs?: number;
  /** Where the job was declared. Absent from records that an older shipbell has written. */
  readonly origin?: Pick<Origin, "source" | "unit">;
  /** The node that the job was made for, by a declaration for each node. */
  readonly node?: NodeSeen;
}

/** What a record keeps of `JobNode`. `awaySince`: nothing is started there since then. */
export interface NodeSeen extends Pick<JobNode, "of" | "id" | "name"> {
  readonly awaySince?: Date;
}

/** Nothing is started on the node that the job was made for. It may be back. */
export function isNodeAway({ removedAt, definition }: Pick<JobRecord, "removedAt" | "definition">): boolean {
  return removedAt === undefined && definition.node?.awaySince !== undefined;
}

/** What a record keeps of `Telling`: never an address. `pings`: the job has a check that is pinged. */
export interface TellingSeen extends Omit<Telling, "healthchecks"> {
  readonly pings?: true;
}

/** What a run is given at its start; from an operator, but for the inputs of a run that the schedule started. */
export interface Asked {
  /** Variables for this run: they override the template's and the inputs, and the scheduler's own override them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Declared inputs, as texts. Unlike `environment`, they stay when the run has ended. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Who asked for it, and why. */
  readonly by?: By;
  readonly reason?: string;
  /** The trace of the caller who asked for it, where traces are on. An ended run keeps the `parent` alone. */
  readonly trace?: CallerTrace;
}

/** One started occurrence, or a manual start. Its inputs are complete: what was given, and defaults for the others. */
export interface Run extends Asked {
  /** `backup-20261118t030000z`: follows from job, occurrence and (for manual starts) request, never from when it was made. */
  readonly id: string;
  readonly trigger: Trigger;
  /** When it was due; for a manual start, when it was requested; with `after`, when the other job's run had ended. */
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly policies: RunPolicies;
  readonly attempts: readonly Attempt[];
  readonly outcome?: Outcome;
  readonly finishedAt?: Date;
  /** The request that this run fulfils; with `after`, what stands in its place (`requestAfter` of `job/names.ts`). */
  readonly request?: string;
  /** Whose end has started it; only with the trigger `after`. */
  readonly after?: Upstream;
}

/** `after`: the end of another job's run. Older versions read such a run as one of the schedule (`record-json.ts`). */
export const TRIGGERS = ["schedule", "catch-up", "manual", "after"] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** True for runs that `cursor` decides: those of the schedule, in time or caught up. */
export function isBySchedule(trigger: Trigger): boolean {
  return trigger === "schedule" || trigger === "catch-up";
}

/** One container or one service of a run. */
export interface Attempt {
  readonly number: number;
  readonly objectName: string;
  /** Absent when the engine refused to make the object. */
  readonly objectId?: string;
  /** When the swap bound the object to the occurrence. */
  readonly boundAt: Date;
  /** From the engine, clamped to [boundAt, now]. */
  readonly startedAt?: Date;
  readonly node?: string;
  /** What it ran, as far as the engine could say when it had ended. */
  readonly image?: ImageUsed;
  readonly stopping?: Stopping;
  readonly outcome?: Outcome;
  readonly finishedAt?: Date;
  /** What it used, as far as that is known. */
  readonly usage?: Usage;
  /** When the run's next attempt is due; set on the latest attempt of a run that gets another one. */
  readonly retryAt?: Date;
  /** The last lines that it printed, at most 2 KB; absent where the engine keeps them. */
  readonly output?: string;
  /**
   * While the attempt is active: how far its output has been logged. Up to date within a minute, and exact when the
   * scheduler was stopped in order. The next scheduler continues from here.
   */
  readonly logged?: OutputPlace;
  /** How many lines it printed in all; absent unless a scheduler has read every one. */
  readonly outputLines?: number;
}

/**
 * What the processes of an attempt used. It is read while they run, and no engine says it afterwards: so they used at least
 * this. A figure that is not known is absent, and never 0.
 */
export interface Usage {
  /** CPU time up to the last reading, in milliseconds. */
  readonly cpuMs?: number;
  /** The most memory that was in use at a reading, without what the kernel would give up first. In the record: whole KiB. */
  readonly peakMemoryBytes?: number;
}

/** The image of an attempt. A name alone would not do: it may stand for another image tomorrow. */
export interface ImageUsed {
  /** As the object names it: `busybox:1.36`. */
  readonly name: string;
  /** The registry's digest for that name: `sha256:…`. Absent when the image came from no registry, or it is not known. */
  readonly digest?: string;
  /** The engine's ID, of the image's configuration: `sha256:…`. Absent when it ran on another engine. */
  readonly id?: string;
}

/** The last line of each stream, by the clock of the machine that the attempt is on; see `OutputPosition`. */
export interface OutputPlace {
  readonly from: string;
  readonly stdout?: LastLine;
  readonly stderr?: LastLine;
}

interface LastLine {
  readonly time: string;
  readonly lines: number;
}

/** Written before the stop signal is sent, so that every scheduler that sees the end knows its reason. */
export interface Stopping {
  /** `replaced`: another occurrence takes its place. `cancelled`: by an operator, or because its template is gone. */
  readonly reason: "timed-out" | "replaced" | "cancelled";
  readonly since: Date;
  /**
   * When a scheduler saw that the attempt had not ended, and was about to send the signal. The attempt ended after that,
   * whatever its node's clock says. Absent while no scheduler has looked at the attempt since the reason was noted.
   */
  readonly signalledAt?: Date;
  /**
   * The engine's message about an attempt that is given up because its `pending_timeout` is over, while it may still not
   * have ended. The reason is then `timed-out`, which every version reads.
   */
  readonly notStarted?: string;
  /** For `cancelled` by an operator: who, and why. */
  readonly by?: By;
  readonly why?: string;
}

/** How an attempt, or the run, ended. `message` is in the engine's own words. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly exitCode: number }
  /** `message`: what went wrong, where no process says it by its exit code. Older versions keep it, and show the exit code. */
  | { readonly kind: "failed"; readonly exitCode: number; readonly oom: boolean | "unknown"; readonly message?: string }
  | { readonly kind: "rejected"; readonly reason: RejectReason; readonly message: string }
  | { readonly kind: "timed-out"; readonly exitCode?: number }
  | { readonly kind: "replaced"; readonly exitCode?: number }
  | { readonly kind: "cancelled"; readonly exitCode?: number }
  | { readonly kind: "lost"; readonly reason: LostReason; readonly message?: string };

export type OutcomeKind = Outcome["kind"];

/** Why the engine never ran the process. */
export type RejectReason =
  | "name-taken"
  /** Neither the engine nor the image's registry has it. */
  | "image-missing"
  /** The registry has the image, but not this tag. */
  | "image-tag-missing"
  | "registry-unauthorized"
  | "registry-unreachable"
  | "pull-failed"
  | "template-missing"
  | "not-allowed"
  | "bad-definition"
  | "start-failed"
  | "container-not-running"
  /** Something between the scheduler and the engine, such as a socket proxy, forbids a request that the attempt needs. */
  | "forbidden"
  /** The engine answers, but could not make this object however often it was asked. */
  | "engine-trouble"
  | "pending-timeout";

/** Why the end of the process is not known, or was not its own. */
export type LostReason =
  | "object-removed"
  | "node-down"
  | "shut-down"
  | "exit-unknown"
  /** The engine answers, but no longer says anything about this object. */
  | "out-of-sight";

/** What was decided for an occurrence, or for all occurrences of a stretch. */
export interface Verdict {
  readonly kind: "started" | "skipped" | "missed";
  readonly reason?: SkipReason | MissReason;
  /** The occurrence; the first one of a stretch. */
  readonly scheduledAt: Date;
  /** The other job's run whose end was the occurrence; of a stretch, the first one. */
  readonly after?: string;
  /** The last occurrence of a stretch. */
  readonly through?: Date;
  /** How many occurrences; 1 when absent. */
  readonly count?: number;
  /** For `gap`: the time in which nothing could be decided, as far as it is known. */
  readonly absence?: Absence;
  /** For `gap`: how many later occurrences of the same gap were left to be caught up. */
  readonly leftToCatchUp?: number;
  /** For a skip because of active runs: how many there were, and the ID of the one that was started first. */
  readonly active?: { readonly count: number; readonly run: string };
  /** For `rescheduled`: whether the schedule was changed, or an operator reset the job. */
  readonly ended?: "changed" | "reset";
  /** For `paused`: whether all jobs were, and the operator's words. Absent for the job's own pause without any. */
  readonly pause?: PauseSeen;
  readonly decidedAt: Date;
}

/** The pause into which an occurrence fell. */
export type PauseSeen = Pick<Hold, "why" | "all">;

/** The verdict on occurrences that are not started. `whileActive`: it holds only while a run is active. */
export type PassedOverVerdict =
  | {
      readonly kind: "skipped";
      readonly reason: SkipReason;
      readonly whileActive?: true;
      readonly ended?: "changed" | "reset";
      readonly pause?: PauseSeen;
    }
  | {
      readonly kind: "missed";
      readonly reason: MissReason;
      readonly leftToCatchUp?: number;
      readonly whileActive?: never;
      readonly pause?: never;
    };

/**
 * Why a due occurrence was not started: one vocabulary in logs, metrics, ledger and tests.
 *
 * `superseded`: a later occurrence came while this one waited to replace a run, or for a start that took long.
 * `rescheduled`: the schedule restarted before it was decided. `removed`: no source declared the job any longer.
 * `container-not-running`: the container in which its command was to run. `excepted`, `quiet`: the definition excludes that time.
 */
export type SkipReason =
  | "still-running"
  | "suspended"
  | "paused"
  | "queue-full"
  | "superseded"
  | "rescheduled"
  | "removed"
  | "container-not-running"
  | ExclusionReason;

/** `gap`: discovered too late, and not chosen by `catch_up`. `too-late`: past its `starting_deadline`. */
export type MissReason = "gap" | "too-late";

/**
 * Why a manual start is refused. `expired`: its lifetime ended before a scheduler could start it.
 * `not-declared`: the job has a record, but no source that the scheduler can read declares it.
 * `bad-input`: what was given does not fit the inputs that the job declares.
 */
export type RefuseReason = Exclude<SkipReason, ExclusionReason> | "expired" | "not-declared" | "bad-input";

/** Encoded by `ledger/past.ts`, and kept so in memory. `nodes`: the names that the runs refer to. */
export interface Past {
  readonly runs: string;
  readonly nodes?: readonly string[];
}

/** Counted in the same swap that decides, so that counters survive restarts and every scheduler shows the same. */
export interface Totals {
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly missed: Readonly<Partial<Record<MissReason, number>>>;
  readonly started: Readonly<Partial<Record<Trigger, number>>>;
  /** Ended runs by outcome and trigger. */
  readonly ended: Readonly<Partial<Record<OutcomeKind, Readonly<Partial<Record<Trigger, number>>>>>>;
  /** Attempts after the first of their run. */
  readonly retries?: number;
  /** Over the ended runs whose process ran. */
  readonly runSeconds: { readonly sum: number; readonly count: number };
  /** Over the attempts that have ended. Read it with `lastStartOf`, which knows the others. */
  readonly lastStartAt?: Date;
  readonly lastCompletionAt?: Date;
  readonly lastSuccessAt?: Date;
  readonly lastFailureAt?: Date;
  readonly lastExitCode?: number;
  /** By channel: notices that it has, and notices that it will never have, by kind. */
  readonly notices?: Readonly<Record<string, NoticeCounts>>;
}

export interface NoticeCounts {
  readonly delivered?: Readonly<Partial<Record<NoticeKind, number>>>;
  /** Given up: refused for good, not delivered within a day, or without room in the record. */
  readonly dropped?: Readonly<Partial<Record<NoticeKind, number>>>;
}

/**
 * An operator's request for a manual start, left in the record for whichever scheduler is running. Its inputs are those
 * that were given; the scheduler checks them against the definition by which it starts the run.
 */
export interface RunRequest extends Asked {
  readonly id: string;
  readonly kind: "run";
  readonly askedAt: Date;
  /** Set while a scheduler is busy with the start, for example pulling the image: the request lives until then. */
  readonly keptUntil?: Date;
  /** Why it was not carried out. The last few refusals stay for an hour, so that `run --wait` and `explain` can say why. */
  readonly refused?: { readonly reason: RefuseReason; readonly at: Date };
}

/** A manual start at a later time. */
export interface PlannedRun extends Asked {
  readonly id: string;
  readonly startAt: Date;
  readonly askedAt: Date;
}

/** Something that must be told, at least once, to channels that the job names. */
export interface Notice {
  /**
   * The same in every try, and unique in the record: `backup-20261118t030000z/failed`. What is told again of the same (a
   * reminder) ends with `/2`, `/3`, …
   */
  readonly id: string;
  readonly kind: NoticeKind;
  /** When it happened. */
  readonly at: Date;
  /** The run that it is about. */
  readonly run?: string;
  /** How that run ended, for when it has left the history. */
  readonly outcome?: OutcomeKind;
  readonly exitCode?: number;
  /**
   * `failed` and `recovered`: the first failure in the row. `missed` and `skipped`: the first occurrence. `long-running`: the start
   * of the run. `not-run`: since when the job is paused or suspended.
   */
  readonly since?: Date;
  /** `missed` and `skipped`: the last occurrence. */
  readonly through?: Date;
  /** `missed` and `skipped`: why, of the latest. Of an end `removed`: the job is no longer declared. */
  readonly reason?: MissReason | SkipReason;
  /** `not-run`: whether it is paused, or its definition suspends it. */
  readonly held?: HoldReason;
  /** `failed` and `recovered`: failures in a row. Others: how many of the kind it stands for. 1 when absent. */
  readonly count?: number;
  /** The end of what was told as `long-running` or `not-run`. */
  readonly closes?: true;
  /** Told again of the same: the how manieth telling, from 2 on. */
  readonly times?: number;
  /** Channels that do not have it yet. */
  readonly to: Readonly<Record<string, Delivery>>;
}

/** How far the telling of one notice to one channel has come. */
export interface Delivery {
  readonly tries: number;
  /** When it is tried next. */
  readonly next: Date;
  /** How the last try went: `503`, `timeout`. Never an address, never a word of the answer. */
  readonly last?: string;
  /** When it is given up. Absent: a day after it happened. */
  readonly until?: Date;
  /** A request was sent whose answer is not known: it may have been heard. */
  readonly perhapsHeard?: true;
  /** For this channel the notice also stands for earlier ones that it never had: their count with it, and since when. */
  readonly count?: number;
  readonly since?: Date;
  /** It ends what this notice tells, which still waited for the channel. */
  readonly ends?: string;
  /** It is told only if what it ends is heard. */
  readonly onlyIfHeard?: true;
}

/** What channels have been told about a job, and what is open. */
export interface Told {
  /** How many ended runs, missed and skipped occurrences of `totals` have been looked at. What is beyond them is to be told. */
  readonly looked: { readonly ended: number; readonly missed: number; readonly skipped: number };
  /** The failures in a row: runs, not attempts. Absent after a success. */
  readonly failing?: { readonly since: Date; readonly count: number };
  /** By channel: what it was told, or is about to be, and waits for its end. */
  readonly open?: Readonly<Record<string, OpenNotices>>;
  /** By channel and kind: what it heard of last. It stays when that is over; the first thing that a record does without. */
  readonly last?: Readonly<Record<string, LastTold>>;
}

/** A recovery belongs to what `failed` stands for. */
export type LastTold = { readonly [kind in Exclude<NoticeKind, "recovered">]?: ToldOnce };

/** What a channel certainly took: the beginning of something, its end, or both. */
export interface ToldOnce {
  /** As the notice had it: beginning and end of the same have the same. */
  readonly since: Date;
  /** The beginning: when the channel took it, about which run, and how many it stood for. */
  readonly at?: Date;
  readonly run?: string;
  readonly count?: number;
  /** The end. */
  readonly endAt?: Date;
  readonly endRun?: string;
}

export interface OpenNotices {
  readonly failed?: OpenNotice;
  readonly longRunning?: OpenNotice;
  readonly notRun?: OpenNotice;
}

/** What this version knows of `OpenNotices`; a newer one may have more there. */
export const OPEN_KINDS = ["failed", "longRunning", "notRun"] as const;

/** Something that was told to a channel, and waits for its end. */
export interface OpenNotice {
  /** The first notice of it. */
  readonly id: string;
  readonly since: Date;
  /** When it was last told, given up, or began to wait. Reminders count from here. */
  readonly at: Date;
  /** How many notices there were of it. */
  readonly times: number;
  /** The channel has, or may have, heard of it: only then is its end told. */
  readonly heard?: true;
}

/** A start or an end that the job's check is to hear of. It stands until a later one takes its place. */
export interface Ping {
  readonly kind: "start" | "end";
  readonly run: string;
  readonly at: Date;
  /** Of an end. */
  readonly outcome?: OutcomeKind;
  readonly exitCode?: number;
}

/** Returns how far the ends are decided, where that belongs to the definition that the record follows. */
export function endsDecided({ after, definition }: Pick<JobRecord, "after" | "definition">): EndsDecided | undefined {
  return after?.definition === definition.hash ? after : undefined;
}

/** True until the last attempt of the run has ended. */
export function isActive(run: Run): boolean {
  return run.outcome === undefined;
}

export function activeRuns(record: JobRecord): readonly Run[] {
  return record.runs.filter(isActive);
}

/** True while the run has no attempt under way but will get another one. */
export function waitsForRetry(run: Run): boolean {
  return isActive(run) && latestAttempt(run).outcome !== undefined;
}

/** Returns the attempt that carries the run now. Every run has at least one. */
export function latestAttempt(run: Run): Attempt {
  const attempt = run.attempts.at(-1);
  if (attempt === undefined) throw new Error(`run ${run.id} has no attempt`);
  return attempt;
}

/**
 * Returns when the job was last started: the start of its newest process. For an attempt that has not ended, that is when
 * its object was bound, as the record does not know more. An attempt that ended without a process was never started; yet
 * version 0.1.0 writes into the totals when it was bound, which is therefore ignored here.
 */
export function lastStartOf({ runs, totals }: Pick<JobRecord, "runs" | "totals">): Date | undefined {
  const attempts = runs.flatMap((run) => run.attempts);
  const isFalse = attempts.some((attempt) => isNeverStarted(attempt) && sameTime(attempt.boundAt, totals.lastStartAt));
  const ended = isFalse ? latestDate(attempts.map(({ startedAt }) => startedAt)) : totals.lastStartAt;
  const open = runs.filter(isActive).flatMap((run) => run.attempts.filter(({ outcome }) => outcome === undefined));
  return latestDate([ended, ...open.map(({ boundAt }) => boundAt)]);
}

/**
 * Returns when an attempt was started: the engine's time, or else when its object was bound. Undefined for an attempt that
 * ended without a process, because it was rejected or stopped before it had one.
 */
export function startOf({ outcome, startedAt, boundAt }: StartedAttempt): Date | undefined {
  const hadNone = outcome !== undefined && STOPPED_OR_REJECTED.has(outcome.kind) && !("exitCode" in outcome);
  return startedAt ?? (hadNone ? undefined : boundAt);
}

/** Outcomes of attempts that may have had no process. For a lost one, it is not known. */
const STOPPED_OR_REJECTED: ReadonlySet<OutcomeKind> = new Set(["rejected", "timed-out", "replaced", "cancelled"]);

type StartedAttempt = Pick<Attempt, "outcome" | "startedAt" | "boundAt">;

function isNeverStarted(attempt: StartedAttempt): boolean {
  return startOf(attempt) === undefined;
}

function sameTime(a: Date, b: Date | undefined): boolean {
  return a.getTime() === b?.getTime();
}

/** Returns the latest date; undefined when there is none. */
export function latestDate(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates
    .filter((date) => date !== undefined)
    .toSorted((a, b) => a.getTime() - b.getTime())
    .at(-1);
}

/** Returns the earliest date; undefined when there is none. */
export function earliestDate(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.filter((date) => date !== undefined).toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** How long a request may wait for its start, unless the job has a `starting_deadline`. */
export const REQUEST_LIFETIME_MS = 5 * 60_000;

/** True until the request is carried out, refused or withdrawn. A pending request may have expired. */
export function isPending(request: RunRequest): boolean {
  return request.refused === undefined;
}

export function pendingRequests(record: JobRecord): readonly RunRequest[] {
  return record.requests.filter(isPending);
}

/** The requests that the planned runs become: each is asked for at its time, and its lifetime begins then. */
export function plannedRequests({ planned = [] }: JobRecord): readonly RunRequest[] {
  return planned.map(({ startAt, ...request }) => ({ ...request, kind: "run", askedAt: startAt }));
}

/** Requests of all kinds: pending, refused, and those that come later. */
export function allRequests(record: JobRecord): readonly RunRequest[] {
  return [...record.requests, ...plannedRequests(record)];
}

/**
 * Returns when the lifetime of a request ends: five minutes after it was made, or the job's `starting_deadline` after
 * that if it has one. A scheduler that is busy with the start (pulling the image) postpones the end. After the end no
 * scheduler starts the run (`startRun`), and each that sees the request, or the command that waits for it, refuses it as
 * `expired`.
 */
export function expiresAt({ definition }: JobRecord, { askedAt, keptUntil = askedAt }: RunRequest): Date {
  const ends = askedAt.getTime() + (definition.startingDeadlineMs ?? REQUEST_LIFETIME_MS);
  return new Date(Math.max(ends, keptUntil.getTime()));
}

export function isExpired(record: JobRecord, request: RunRequest, now: Date): boolean {
  return now >= expiresAt(record, request);
}

/** An attempt that has no outcome yet, and whose object exists or existed. */
export interface OpenAttempt {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly objectId: string;
}

export function openAttempts(record: JobRecord): readonly OpenAttempt[] {
  return activeRuns(record).flatMap((run) => {
    const attempt = latestAttempt(run);
    return attempt.objectId === undefined || attempt.outcome !== undefined
      ? []
      : [{ run, attempt, objectId: attempt.objectId }];
  });
}

/** True when some attempt in the record is carried by this object. */
export function isBound(record: JobRecord, objectId: string): boolean {
  return boundAttempt(record, objectId) !== undefined;
}

/** The attempt in the record that is carried by this object. */
export function boundAttempt(record: JobRecord, objectId: string): Attempt | undefined {
  return record.runs.flatMap(({ attempts }) => attempts).find((attempt) => attempt.objectId === objectId);
}
