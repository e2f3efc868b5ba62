import type { Origin, RunPolicies, Schedule } from "../job/job.ts";
import type { ImageUsed, Outcome, OutcomeKind } from "./outcome.ts";
import type { MissReason, RefuseReason, SkipReason } from "./reasons.ts";

export type { ImageUsed, LostReason, Outcome, OutcomeKind, RejectReason } from "./outcome.ts";
export type { MissReason, RefuseReason, SkipReason } from "./reasons.ts";

/**
 * What has happened to one job. The records together are the ledger.
 *
 * Everything that must survive a restart stands here and nowhere else. A record is an immutable value; each change
 * is a function record → record in `ledger/changes/occurrences.ts`, and is written by a compare-and-swap (`ledger/ledger.ts`).
 * All occurrences up to `cursor` are decided, all after it are not: that alone is queue, backlog and catch-up.
 */
export interface JobRecord {
  /** Layout of the record. A record with a newer schema is never written. */
  readonly schema: 1;
  readonly job: string;
  readonly cursor: Date;
  readonly definition: DefinitionSeen;
  /** Occurrences up to this one wait for an active run to end: however late they start, they are no gap. */
  readonly admittedThrough?: Date;
  /** Gaps of which something is undecided, oldest first. What is in none of them is decided as if there had been no gap. */
  readonly gaps?: readonly Gap[];
  /** Stretches of time whose occurrences are skipped, whenever they are decided. Oldest first. */
  readonly holds?: readonly Hold[];
  /** An operator's doing: until it is resumed, nothing is started but by hand. */
  readonly paused?: { readonly since: Date; readonly reason?: string };
  /** Active runs, and ended ones as long as the job's history says; in the order of their start. */
  readonly runs: readonly Run[];
  /** The last 20, oldest first. */
  readonly verdicts: readonly Verdict[];
  readonly totals: Totals;
  /** What operators have asked for and nobody has carried out yet. */
  readonly requests: readonly RunRequest[];
  /** When the job's image was last asked for at its registry; only where its pull policy is one of time. */
  readonly pulled?: PullSeen;
  /** Since when no source declares the job any more. */
  readonly removedAt?: Date;
  /** Final: a closed record is only ever deleted. */
  readonly closedAt?: Date;
}

/**
 * Occurrences that could not be decided in time: those after `after`, up to `through`. Fixed when the gap has ended, so
 * that what comes due later is no part of it, however long it takes to catch up.
 */
export interface Gap {
  readonly after: Date;
  readonly through: Date;
  readonly absence?: Absence;
}

/** Between when nothing could be decided, and why. A newer shipbell may know other causes. */
export interface Absence {
  readonly because: AbsenceCause;
  readonly from: Date;
  readonly to: Date;
}

/** `stood-still`: the scheduler's process or machine was suspended, or the clock was set forward. */
export type AbsenceCause = "no-scheduler" | "engine-down" | "stood-still";

/** What was due at `since` or later and before `until` fell into a pause, or was suspended by the definition. */
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

/** Which definition the record follows, and which scheduler's view set it. */
export interface DefinitionSeen {
  readonly hash: string;
  readonly generation: number;
  /** When these change, the cursor starts anew. */
  readonly schedules: readonly Schedule[];
  readonly suspended: boolean;
  /** How long a request may wait for its start; commands read it here, since they do not know the definition. */
  readonly startingDeadlineMs?: number;
  /** Where it was declared. Not there where an older shipbell has written the record. */
  readonly origin?: Pick<Origin, "source" | "unit">;
}

/** One started occurrence, or a manual start. */
export interface Run {
  /** `backup-20261118t030000z`: follows from job, occurrence and (for manual starts) request, never from when it was made. */
  readonly id: string;
  readonly trigger: Trigger;
  /** When it was due; for a manual start, when it was asked for. */
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
  /** What it ran, as far as the engine told when it had ended. */
  readonly image?: ImageUsed;
  readonly stopping?: Stopping;
  readonly outcome?: Outcome;
  readonly finishedAt?: Date;
  /** When the run's next attempt is due; on the latest attempt of a run that gets another one. */
  readonly retryAt?: Date;
  /** The last lines that it printed, at most 2 KB; where the engine keeps them, they are not here. */
  readonly output?: string;
  /**
   * While it is active: how far a scheduler has logged its output, within a minute; to the last line, where that scheduler
   * was stopped. The next one goes on from there.
   */
  readonly logged?: OutputPlace;
  /** How many lines it printed in all, where a scheduler has read every one. */
  readonly outputLines?: number;
}

/** The last line of each stream, by the time of the machine that the attempt is on; see `OutputPosition`. */
export interface OutputPlace {
  readonly from: string;
  readonly stdout?: LastLine;
  readonly stderr?: LastLine;
}

interface LastLine {
  readonly time: string;
  readonly lines: number;
}

/** Noted before the stop signal is sent, so that the reason is known whoever sees the end. */
export interface Stopping {
  /** `replaced`: another occurrence takes its place. `cancelled`: by an operator, or because its template is gone. */
  readonly reason: "timed-out" | "replaced" | "cancelled";
  readonly since: Date;
  /**
   * When a scheduler saw that it had not ended, and was about to send the signal: its end came after that, whatever the
   * clock of its node says. Absent while no scheduler has looked at it since the reason was noted.
   */
  readonly signalledAt?: Date;
  /**
   * What the engine said of an attempt that is given up because its `pending_timeout` is over, while it is not known to
   * have ended. The reason is `timed-out` then, which every version reads.
   */
  readonly notStarted?: string;
}

/** What was decided for an occurrence, or for all occurrences of a stretch. */
export interface Verdict {
  readonly kind: "started" | "skipped" | "missed";
  readonly reason?: SkipReason | MissReason;
  /** The occurrence; the first one of a stretch. */
  readonly scheduledAt: Date;
  /** The last occurrence of a stretch. */
  readonly through?: Date;
  /** How many occurrences; 1 where it is not given. */
  readonly count?: number;
  /** Of `gap`: between when nothing could be decided, as far as it is known. */
  readonly absence?: Absence;
  /** Of `gap`: how many later occurrences of the same gap were left to be caught up. */
  readonly leftToCatchUp?: number;
  /** Of a skip because of active runs: how many there were, and the ID of the one that was started first. */
  readonly active?: { readonly count: number; readonly run: string };
  /** Of `rescheduled`: whether the schedule was changed, or an operator reset the job. */
  readonly ended?: "changed" | "reset";
  readonly decidedAt: Date;
}

/** What is decided for occurrences that are not started. `whileActive`: it holds only while a run is active. */
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

/** Counted in the same swap that decides, so that counters survive restarts and are the same from every scheduler. */
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
  /** Of the attempts that have ended. Read it with `lastStartOf`, which knows the others. */
  readonly lastStartAt?: Date;
  readonly lastCompletionAt?: Date;
  readonly lastSuccessAt?: Date;
  readonly lastFailureAt?: Date;
  readonly lastExitCode?: number;
}

/** A command, left in the record for whichever scheduler is there. */
export interface RunRequest {
  readonly id: string;
  readonly kind: "run";
  readonly askedAt: Date;
  /** For this run: over the template's variables, under the scheduler's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Set while a scheduler is busy with the start, for example pulls its image: the request lives until then. */
  readonly keptUntil?: Date;
  /** Why it was not carried out. The last few stay for an hour, so that `run --wait` and `explain` can say it. */
  readonly refused?: { readonly reason: RefuseReason; readonly at: Date };
}

/** True until every attempt that the run will have has ended. */
export function isActive(run: Run): boolean {
  return run.outcome === undefined;
}

/**
 * When the job was last started: the start of its newest process. Of an attempt that has not ended, it is the time at which
 * its object was bound, as the record does not know more; one that was rejected, or ended in another way before it had a
 * process, was never started. An older scheduler writes the time at which it was bound into the totals, whatever becomes of it.
 */
export function lastStartOf({ runs, totals }: Pick<JobRecord, "runs" | "totals">): Date | undefined {
  const attempts = runs.flatMap((run) => run.attempts);
  const isFalse = attempts.some((attempt) => isNeverStarted(attempt) && sameTime(attempt.boundAt, totals.lastStartAt));
  const ended = isFalse ? latestDate(attempts.map(({ startedAt }) => startedAt)) : totals.lastStartAt;
  const open = runs.filter(isActive).flatMap((run) => run.attempts.filter(({ outcome }) => outcome === undefined));
  return latestDate([ended, ...open.map(({ boundAt }) => boundAt)]);
}

/**
 * When an attempt started: as the engine said it, or the time at which its object was bound where the engine did not.
 * Undefined for one that ended without a process: rejected, or stopped before it had one.
 */
export function startOf({ outcome, startedAt, boundAt }: StartedAttempt): Date | undefined {
  const hadNone = outcome !== undefined && STOPPED_OR_REJECTED.has(outcome.kind) && !("exitCode" in outcome);
  return startedAt ?? (hadNone ? undefined : boundAt);
}

/** How an attempt ends that may have had no process. Whether one that was lost had one is not known. */
const STOPPED_OR_REJECTED: ReadonlySet<OutcomeKind> = new Set(["rejected", "timed-out", "replaced", "cancelled"]);

type StartedAttempt = Pick<Attempt, "outcome" | "startedAt" | "boundAt">;

function isNeverStarted(attempt: StartedAttempt): boolean {
  return startOf(attempt) === undefined;
}

function sameTime(a: Date, b: Date | undefined): boolean {
  return a.getTime() === b?.getTime();
}

/** The latest of these; undefined when there is none. */
export function latestDate(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates
    .filter((date) => date !== undefined)
    .toSorted((a, b) => a.getTime() - b.getTime())
    .at(-1);
}

export function activeRuns(record: JobRecord): readonly Run[] {
  return record.runs.filter(isActive);
}

/** True while the run has no attempt under way, and is to have another one. */
export function waitsForRetry(run: Run): boolean {
  return isActive(run) && latestAttempt(run).outcome !== undefined;
}

/** The attempt that carries the run now. Every run has at least one. */
export function latestAttempt(run: Run): Attempt {
  const attempt = run.attempts.at(-1);
  if (attempt === undefined) throw new Error(`run ${run.id} has no attempt`);
  return attempt;
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
 * When the lifetime of a request ends: five minutes after it was asked for, or after the job's `starting_deadline`
 * where it has one. A scheduler that is busy with the start (it pulls the image) moves the end on. From then on no
 * scheduler starts it (`startRun`), and each that sees it, or the command that waits for it, refuses it as `expired`.
 */
export function expiresAt({ definition }: JobRecord, { askedAt, keptUntil = askedAt }: RunRequest): Date {
  const ends = askedAt.getTime() + (definition.startingDeadlineMs ?? REQUEST_LIFETIME_MS);
  return new Date(Math.max(ends, keptUntil.getTime()));
}

export function isExpired(record: JobRecord, request: RunRequest, now: Date): boolean {
  return now >= expiresAt(record, request);
}
