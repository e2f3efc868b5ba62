import type { EngineVersion, OutputLine } from "../engines/engine.ts";
import type { ObjectKind, SourceName } from "../job/job.ts";
import type { NoticeKind } from "../job/notify.ts";
import type { Problem } from "../job/problem.ts";
import type {
  Absence,
  By,
  ImageUsed,
  MissReason,
  Outcome,
  Pause,
  PauseSeen,
  RefuseReason,
  RejectReason,
  SkipReason,
  Stopping,
  Trigger,
  Usage,
  Verdict,
} from "../ledger/record.ts";

/**
 * Everything that listeners may hear: the vocabulary of the log (`docs/logs.md`), and of metrics that no record counts.
 *
 * An event reports what has happened and was recorded; no answer is expected. Decisions (verdicts, outcomes) are reported
 * by the scheduler that won the swap, so that two schedulers do not report the same one.
 */
export type RunEvent =
  | RunLifeEvent
  | OccurrenceEvent
  | OutputEvent
  | EngineEvent
  | DefinitionEvent
  | NoticeEvent
  | SchedulerEvent;

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

/** How an attempt, or the run, ended. Without `durationMs`, the process never ran, or it is not known for how long. */
export interface EndFields {
  readonly outcome: Outcome;
  readonly durationMs?: number;
  readonly node?: string;
  readonly image?: ImageUsed;
  readonly usage?: Usage;
}

type RunLifeEvent =
  /**
   * `delayMs`: from when it was due (or requested) until its process started, or until the swap where that is not known.
   * `rejected`: the engine refused to start it.
   */
  | ({
      readonly event: "run-started";
      readonly objectId?: string;
      readonly delayMs: number;
      readonly rejected?: { readonly reason: RejectReason; readonly message: string };
    } & AttemptRef)
  /** `retryAt`: when the run's next attempt is due; without it, the run has ended. */
  | ({ readonly event: "attempt-finished"; readonly retryAt?: Date } & AttemptRef & EndFields)
  /** `attempt` and `objectName` are those of the last attempt. */
  | ({ readonly event: "run-finished" } & AttemptRef & EndFields)
  | ({ readonly event: "attempt-stopping"; readonly reason: Stopping["reason"] } & AttemptRef)
  /** This scheduler has taken over an attempt that another one, or itself before a restart, had started. */
  | ({ readonly event: "run-taken-up" } & AttemptRef)
  /** A node that was down is back, with an attempt that had been given up as lost: it was stopped, or had ended by itself. */
  | ({ readonly event: "orphan-stopped" | "orphan-ended" } & AttemptRef & OrphanFields)
  /** A manual start was refused. */
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
      readonly pause?: PauseSeen;
    } & Stretch)
  | ({ readonly event: "occurrence-missed"; readonly reason: MissReason; readonly absence?: Absence } & Stretch);

interface Stretch {
  readonly job: string;
  /** The occurrence; the first one of a stretch. */
  readonly scheduledAt: Date;
  /** The last occurrence of a stretch. */
  readonly through?: Date;
  readonly count: number;
}

type OutputEvent =
  | ({ readonly event: "job-output" } & OutputRef & Omit<OutputLine, "time">)
  /** `lines` lines of the job's output are not in the log; absent when their number is not known. */
  | ({ readonly event: "output-dropped"; readonly lines?: number; readonly reason: DropReason } & OutputRef);

export type OutputRef = Pick<AttemptRef, "job" | "run" | "attempt" | "scheduledAt" | "objectKind" | "objectName">;

/** `too-fast`: more lines per second than are let through. `unread`: the engine did not deliver the last ones in time. */
type DropReason = "too-fast" | "unread";

type EngineEvent =
  | ({ readonly event: "engine-up" } & EngineVersion)
  | { readonly event: "engine-down"; readonly cause: string }
  /** The attempt is due, and waits until another one has given back its slot. */
  | {
      readonly event: "waits-for-pool";
      readonly job: string;
      readonly run: string;
      readonly attempt: number;
      readonly pool: string;
      readonly limit: number;
    }
  /** For the start of this run. */
  | { readonly event: "pull-started"; readonly job: string; readonly run: string; readonly image: string }
  | {
      readonly event: "pull-finished";
      readonly job: string;
      readonly run: string;
      readonly image: string;
      readonly durationMs: number;
      /** Why the pull failed; absent when it did not. */
      readonly rejected?: { readonly reason: RejectReason; readonly message: string };
    }
  /** One of our objects was removed that no record binds, or whose run has left the history. */
  | {
      readonly event: "leftover-removed";
      readonly objectKind: ObjectKind;
      readonly objectName: string;
      readonly job: string;
    };

export type DefinitionEvent =
  | ({ readonly event: "problem" } & SourceProblem)
  | ({ readonly event: "problem-solved" } & SourceProblem)
  /** `jobs` is their number now; the others are names. */
  | {
      readonly event: "jobs-changed";
      readonly jobs: number;
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  /** These jobs can no longer be read, and go on under their last good definitions. */
  | { readonly event: "definitions-kept"; readonly jobs: readonly string[] }
  /** No readable source declares these jobs, but an unreadable one may: no runs of them are started. */
  | { readonly event: "definitions-unsure"; readonly jobs: readonly string[] }
  /** A scheduler with a newer view (`generation`) runs the job under another definition; this one stands by. */
  | { readonly event: "other-definition"; readonly job: string; readonly generation: number }
  /** All schedulers run the job under one definition again. */
  | { readonly event: "definition-agreed"; readonly job: string }
  | { readonly event: "record-unreadable"; readonly job: string; readonly message: string };

/** Source `scheduler`: the machine or the ledger is in trouble, not a definition. */
export interface SourceProblem extends Problem {
  readonly source: SourceName | "scheduler";
}

/** What others were told. A `cause` is a status or a few words of ours: never an address, nor anything of an answer. */
type NoticeEvent =
  /** `status`: how the receiver took it. `tries`: with this one. */
  | ({ readonly event: "notice-delivered"; readonly status: string; readonly tries: number } & NoticeRef)
  | ({
      readonly event: "notice-failed";
      readonly cause: string;
      readonly tries: number;
      readonly nextAt: Date;
    } & NoticeRef)
  /** The channel will never have it: it was refused for good, or not delivered within a day, or had no room. */
  | ({ readonly event: "notice-dropped"; readonly cause?: string; readonly tries: number } & NoticeRef)
  /** The job's check has heard of a start or an end of a run. */
  | ({ readonly event: "ping-delivered"; readonly status: string } & PingRef)
  /** Without `nextAt`, it is not tried again. */
  | ({ readonly event: "ping-failed"; readonly cause: string; readonly nextAt?: Date } & PingRef)
  /** Told once per change of cause, and once when it is over. */
  | { readonly event: "heartbeat-failed"; readonly cause: string }
  | { readonly event: "heartbeat-recovered" }
  /** Spans are not taken. Told once per change of cause, and once when it is over. */
  | { readonly event: "traces-failed"; readonly cause: string }
  | { readonly event: "traces-recovered" };

interface NoticeRef {
  readonly job: string;
  readonly run?: string;
  readonly channel: string;
  readonly kind: NoticeKind;
  /** The notice's ID, without that of the instance. */
  readonly notice: string;
}

interface PingRef {
  readonly job: string;
  readonly run: string;
  readonly ping: "start" | "end";
}

type SchedulerEvent =
  /**
   * A pause was noticed: it is new, or its end, its reason or who set it has changed. Without `job`, of all jobs. Reported
   * by each scheduler.
   */
  | ({ readonly event: "paused"; readonly job?: string } & Pause)
  /** A pause is over. `because`: its `until` has come, or an operator ended it. */
  | { readonly event: "resumed"; readonly job?: string; readonly since: Date; readonly because: "until" | "operator" }
  | {
      readonly event: "scheduler-started";
      readonly instance: string;
      readonly version: string;
      readonly address: string;
    }
  | { readonly event: "scheduler-stopping"; readonly reason: string }
  | { readonly event: "scheduler-stopped" }
  /** Another scheduler is active; this one waits. */
  | { readonly event: "standby"; readonly reason: string }
  | { readonly event: "active" }
  /** Reported once per change of cause. Without `job`, the whole pass failed. */
  | { readonly event: "pass-failed"; readonly job?: string; readonly cause: unknown }
  | { readonly event: "pass-recovered"; readonly job?: string }
  /** An operator did something through the page or the API. Without `job`, it concerned all. */
  | {
      readonly event: "asked";
      readonly what: "run" | "cancel" | "pause" | "resume" | "reset" | "test";
      readonly job?: string;
      readonly run?: string;
      /** The channel that was tried. */
      readonly channel?: string;
      readonly by?: string;
      readonly via: By["via"];
    }
  /** `count` wrong passwords or tokens were sent from there; told at most once a minute for each peer. */
  | { readonly event: "sign-in-failed"; readonly peer: string; readonly name?: string; readonly count: number }
  /** Names a person as a proxy does, and is not among the proxies. Told once. */
  | { readonly event: "proxy-ignored"; readonly peer: string }
  /** An HTTP request to the scheduler could not be answered. */
  | { readonly event: "answer-failed"; readonly path: string; readonly cause: unknown };

export interface RunEvents {
  /** Calls every listener, in the order in which they were added, and returns when all have run. Never throws. */
  emit(event: RunEvent): void;
  /** Adds a listener. Returns a function that removes it. */
  on(listener: RunListener): () => void;
}

type RunListener = (event: RunEvent) => void;

/**
 * A listener that throws stops no run and no other listener. Its first error is given to `onBrokenListener`, later ones
 * are dropped.
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

/** Bypasses the log, which may itself be the broken listener. */
function complain(error: unknown): void {
  process.stderr.write(`shipbell: a listener failed: ${error instanceof Error ? error.stack : String(error)}\n`);
}
