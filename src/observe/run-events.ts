import type { ObjectKind, OutputLine } from "../engines/engine.ts";
import type { SourceName } from "../job/job.ts";
import type { Problem } from "../job/problem.ts";
import type {
  Absence,
  ImageUsed,
  MissReason,
  Outcome,
  RefuseReason,
  RejectReason,
  SkipReason,
  Stopping,
  Trigger,
  Verdict,
} from "../ledger/record.ts";

/**
 * What others may hear: the one vocabulary of the log (`docs/logs.md`), and what the metrics count that is in no record.
 *
 * An event tells what has already happened and was written down; nobody's answer is waited for. What was decided
 * (verdicts, outcomes) is told by whoever won the swap, so that two schedulers do not tell it twice.
 */
export type RunEvent = RunLifeEvent | OccurrenceEvent | OutputEvent | EngineEvent | DefinitionEvent | SchedulerEvent;

/** Which attempt of which run an event is about. */
export interface AttemptRef {
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  /** What carries it. */
  readonly objectKind: ObjectKind;
  readonly objectName: string;
}

/** How an attempt, or the run, ended. Without `durationMs` the process never ran, or nobody knows for how long. */
export interface EndFields {
  readonly outcome: Outcome;
  readonly durationMs?: number;
  readonly node?: string;
  readonly image?: ImageUsed;
}

export type RunLifeEvent =
  /**
   * `delayMs`: from when it was due (asked for) to when its process started; to the swap, where that is not known.
   * `rejected`: it was to be started, and the engine refused.
   */
  | ({
      readonly event: "run-started";
      readonly objectId?: string;
      readonly delayMs: number;
      readonly rejected?: { readonly reason: RejectReason; readonly message: string };
    } & AttemptRef)
  /** `retryAt`: when the run's next attempt is due; without it the run has ended. */
  | ({ readonly event: "attempt-finished"; readonly retryAt?: Date } & AttemptRef & EndFields)
  /** `attempt` and `objectName` are those of the last attempt. */
  | ({ readonly event: "run-finished" } & AttemptRef & EndFields)
  | ({ readonly event: "attempt-stopping"; readonly reason: Stopping["reason"] } & AttemptRef)
  /** An attempt that another scheduler, or this one before a restart, had started. */
  | ({ readonly event: "run-taken-up" } & AttemptRef)
  /** What ran on a node that was down, and had been given up as lost, when the node was back: it was stopped, or had ended by itself. */
  | ({ readonly event: "orphan-stopped" | "orphan-ended" } & AttemptRef & OrphanFields)
  /** A start that was asked for by hand, and cannot be. */
  | { readonly event: "run-refused"; readonly job: string; readonly reason: RefuseReason; readonly message?: string };

interface OrphanFields {
  readonly node?: string;
  readonly exitCode?: number;
}

/** A verdict other than `started`, for one occurrence or for all of a stretch. */
export type OccurrenceEvent =
  | ({
      readonly event: "occurrence-skipped";
      readonly reason: SkipReason;
      readonly message?: string;
      readonly active?: NonNullable<Verdict["active"]>;
    } & Stretch)
  | ({ readonly event: "occurrence-missed"; readonly reason: MissReason; readonly absence?: Absence } & Stretch);

export interface Stretch {
  readonly job: string;
  /** The occurrence; the first one of a stretch. */
  readonly scheduledAt: Date;
  /** The last occurrence of a stretch. */
  readonly through?: Date;
  readonly count: number;
}

export type OutputEvent =
  | ({ readonly event: "job-output" } & OutputRef & Omit<OutputLine, "time">)
  /** `lines` of the job's output are not in the log; without a number nobody knows how many. */
  | ({ readonly event: "output-dropped"; readonly lines?: number; readonly reason: DropReason } & OutputRef);

export type OutputRef = Pick<AttemptRef, "job" | "run" | "attempt" | "scheduledAt" | "objectKind" | "objectName">;

/** `too-fast`: more lines a second than are let through. `unread`: the engine did not give the last ones in time. */
export type DropReason = "too-fast" | "unread";

export type EngineEvent =
  | { readonly event: "engine-up"; readonly version: string; readonly apiVersion: string }
  | { readonly event: "engine-down"; readonly cause: string }
  | { readonly event: "pull-started"; readonly job: string; readonly image: string }
  | {
      readonly event: "pull-finished";
      readonly job: string;
      readonly image: string;
      readonly durationMs: number;
      /** Why there is no image now, when the pull failed. */
      readonly rejected?: { readonly reason: RejectReason; readonly message: string };
    }
  /** An inert or outlived object of ours that no record binds. */
  | {
      readonly event: "leftover-removed";
      readonly objectKind: ObjectKind;
      readonly objectName: string;
      readonly job: string;
    };

export type DefinitionEvent =
  | ({ readonly event: "problem" } & SourceProblem)
  | ({ readonly event: "problem-solved" } & SourceProblem)
  /** `jobs` is how many there are now; the others are names. */
  | {
      readonly event: "jobs-changed";
      readonly jobs: number;
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  /** These jobs cannot be read any more, and go on as they were read last. */
  | { readonly event: "definitions-kept"; readonly jobs: readonly string[] }
  /** No source that can be read declares these jobs, and one that cannot be read may: nothing of them is started. */
  | { readonly event: "definitions-unsure"; readonly jobs: readonly string[] }
  /** A scheduler with a newer view (`generation`) carries the job out under another definition; this one stands by. */
  | { readonly event: "other-definition"; readonly job: string; readonly generation: number }
  /** The schedulers carry the job out under one definition again. */
  | { readonly event: "definition-agreed"; readonly job: string }
  | { readonly event: "record-unreadable"; readonly job: string; readonly message: string };

/** `scheduler`: what is wrong with the machine or the ledger, not with a definition. */
export interface SourceProblem extends Problem {
  readonly source: SourceName | "scheduler";
}

export type SchedulerEvent =
  | {
      readonly event: "scheduler-started";
      readonly instance: string;
      readonly version: string;
      readonly address: string;
    }
  | { readonly event: "scheduler-stopping"; readonly reason: string }
  | { readonly event: "scheduler-stopped" }
  /** Another scheduler has the work; this one waits. */
  | { readonly event: "standby"; readonly reason: string }
  | { readonly event: "active" }
  /** Told once per change of cause. Without `job` the whole pass failed. */
  | { readonly event: "pass-failed"; readonly job?: string; readonly cause: unknown }
  | { readonly event: "pass-recovered"; readonly job?: string }
  /** A request to the scheduler's own records could not be answered. */
  | { readonly event: "answer-failed"; readonly path: string; readonly cause: unknown };

export interface RunEvents {
  /** Tells every listener, in the order in which they came, and returns when all have heard. Never throws. */
  emit(event: RunEvent): void;
  /** Returns how to stop listening. */
  on(listener: RunListener): () => void;
}

export type RunListener = (event: RunEvent) => void;

/**
 * A listener that throws stops no run and no other listener: its first error is given to `onBrokenListener`,
 * its later ones are not.
 */
export function createRunEvents(onBrokenListener: (error: unknown) => void = complain): RunEvents {
  const listeners = new Set<RunListener>();
  const broken = new WeakSet<RunListener>();
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          if (broken.has(listener)) continue;
          broken.add(listener);
          onBrokenListener(error);
        }
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The log itself may be what is broken, so this goes past it. */
function complain(error: unknown): void {
  process.stderr.write(`shipbell: a listener failed: ${error instanceof Error ? error.stack : String(error)}\n`);
}
