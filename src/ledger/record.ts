import type { Origin, RunPolicies, Schedule } from "../job/job.ts";

/**
 * What has happened to one job. All records together are the ledger.
 *
 * Everything that must survive a restart stands here and nowhere else. A record is an immutable value. Each change is a
 * function record → record in `ledger/changes/`, written by one compare-and-swap (`ledger/ledger.ts`).
 * All occurrences up to `cursor` are decided and all after it are not: that alone is queue, backlog and catch-up.
 */
export interface JobRecord {
  /** Layout of the record. A record with a newer schema is never written. */
  readonly schema: 1;
  readonly job: string;
  readonly cursor: Date;
  readonly definition: DefinitionSeen;
  /** Occurrences up to this one wait for an active run to end. However late they start, they are not part of a gap. */
  readonly admittedThrough?: Date;
  /** Gaps with undecided occurrences, oldest first. An occurrence outside of them is decided as if there had been no gap. */
  readonly gaps?: readonly Gap[];
  /** Periods whose occurrences are skipped, whenever they are decided. Oldest first. */
  readonly holds?: readonly Hold[];
  /** Set by an operator: until the job is resumed, only manual starts are carried out. */
  readonly paused?: { readonly since: Date; readonly reason?: string };
  /** Active runs, and as many ended ones as the job's history keeps, in the order of their start. */
  readonly runs: readonly Run[];
  /** The last 20, oldest first. */
  readonly verdicts: readonly Verdict[];
  readonly totals: Totals;
  /** What operators have asked for and no scheduler has carried out yet. */
  readonly requests: readonly RunRequest[];
  /** When the registry was last asked for the job's image; only for pull policies that depend on time. */
  readonly pulled?: PullSeen;
  /** When the last source stopped declaring the job. */
  readonly removedAt?: Date;
  /** Final: a closed record is only ever deleted. */
  readonly closedAt?: Date;
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
  readonly suspended: boolean;
  /** How long a request may wait for its start. Commands read it here, since they do not know the definition. */
  readonly startingDeadlineMs?: number;
  /** Where the job was declared. Absent from records that an older shipbell has written. */
  readonly origin?: Pick<Origin, "source" | "unit">;
}

/** One started occurrence, or a manual start. */
export interface Run {
  /** `backup-20261118t030000z`: follows from job, occurrence and (for manual starts) request, never from when it was made. */
  readonly id: string;
  readonly trigger: Trigger;
  /** When it was due; for a manual start, when it was requested. */
  readonly scheduledAt: Date;
  readonly definition: string;
  readonly policies: RunPolicies;
  readonly attempts: readonly Attempt[];
  readonly outcome?: Outcome;
  readonly finishedAt?: Date;
  /** The request that this run fulfils, and the variables that it gave. */
  readonly request?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export type Trigger = "schedule" | "catch-up" | "manual";

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
}

/** How an attempt, or the run, ended. `message` is in the engine's own words. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly exitCode: number }
  | { readonly kind: "failed"; readonly exitCode: number; readonly oom: boolean | "unknown" }
  | { readonly kind: "rejected"; readonly reason: RejectReason; readonly message: string }
  | { readonly kind: "timed-out"; readonly exitCode?: number }
  | { readonly kind: "replaced"; readonly exitCode?: number }
  | { readonly kind: "cancelled"; readonly exitCode?: number }
  | { readonly kind: "lost"; readonly reason: LostReason; readonly message?: string };

type OutcomeKind = Outcome["kind"];

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
  readonly decidedAt: Date;
}

/** The verdict on occurrences that are not started. `whileActive`: it holds only while a run is active. */
export type PassedOverVerdict =
  | {
      readonly kind: "skipped";
      readonly reason: SkipReason;
      readonly whileActive?: true;
      readonly ended?: "changed" | "reset";
    }
  | {
      readonly kind: "missed";
      readonly reason: MissReason;
      readonly leftToCatchUp?: number;
      readonly whileActive?: never;
    };

/**
 * Why a due occurrence was not started: one vocabulary in logs, metrics, ledger and tests.
 *
 * `superseded`: a later occurrence came while this one waited to replace a run, or for a start that took long.
 * `rescheduled`: the schedule restarted before it was decided. `removed`: no source declared the job any longer.
 * `container-not-running`: the container in which its command was to run.
 */
export type SkipReason =
  | "still-running"
  | "suspended"
  | "paused"
  | "queue-full"
  | "superseded"
  | "rescheduled"
  | "removed"
  | "container-not-running";

/** `gap`: discovered too late, and not chosen by `catch_up`. `too-late`: past its `starting_deadline`. */
export type MissReason = "gap" | "too-late";

/**
 * Why a manual start is refused. `expired`: its lifetime ended before a scheduler could start it.
 * `not-declared`: the job has a record, but no source that the scheduler can read declares it.
 */
export type RefuseReason = SkipReason | "expired" | "not-declared";

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
}

/** An operator's request for a manual start, left in the record for whichever scheduler is running. */
export interface RunRequest {
  readonly id: string;
  readonly kind: "run";
  readonly askedAt: Date;
  /** For this run: they override the template's variables, and the scheduler's own override them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Set while a scheduler is busy with the start, for example pulling the image: the request lives until then. */
  readonly keptUntil?: Date;
  /** Why it was not carried out. The last few refusals stay for an hour, so that `run --wait` and `explain` can say why. */
  readonly refused?: { readonly reason: RefuseReason; readonly at: Date };
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

/** How long a request may wait for its start, unless the job has a `starting_deadline`. */
export const REQUEST_LIFETIME_MS = 5 * 60_000;

/** True until the request is carried out, refused or withdrawn. A pending request may have expired. */
export function isPending(request: RunRequest): boolean {
  return request.refused === undefined;
}

export function pendingRequests(record: JobRecord): readonly RunRequest[] {
  return record.requests.filter(isPending);
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
