import { type PastRun, readPast } from "../../ledger/past.ts";
import type { JobRecord, Notice, Outcome, OutcomeKind, Run } from "../../ledger/record.ts";
import { type PauseView, pausesOf } from "../jobs/pause-view.ts";
import { failureInShort } from "../words/outcome.ts";

/** A notice with all that is known about it. */
export interface Told {
  readonly notice: NoticeFacts;
  readonly record: JobRecord;
  readonly known: Known;
  /** The run that it is about, while the record has it. */
  readonly run?: Run;
  /** What is left of the run. */
  readonly past?: PastRun;
  readonly outcome?: ToldOutcome;
}

export interface ToldOutcome {
  readonly kind: OutcomeKind;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly oom?: true;
  /** What went wrong, where no process has ended: `status 503`. */
  readonly failure?: string;
}

/** Finds in the record what the notice is about. A run that is forgotten is told as far as the notice itself keeps it. */
export function toldOf(notice: NoticeFacts, record: JobRecord, known: Known): Told {
  const run = record.runs.find(({ id }) => id === notice.run);
  const past = notice.run === undefined ? undefined : readPast(record).findLast(({ id }) => id === notice.run);
  const outcome = run?.outcome ? factsOf(run.outcome) : outcomeLeft(notice, past);
  const pause = known.pause ?? pausesOf(record, undefined, known.now)[0];
  const { expectedDurationMs } = record.definition.telling ?? {};
  return {
    notice,
    record,
    known: { ...(expectedDurationMs !== undefined && { expectedDurationMs }), ...known, ...(pause && { pause }) },
    ...(run && { run }),
    ...(past && { past }),
    ...(outcome && { outcome }),
  };
}

function factsOf(outcome: Outcome): ToldOutcome {
  const { kind } = outcome;
  return {
    kind,
    ...("exitCode" in outcome && outcome.exitCode !== undefined && { exitCode: outcome.exitCode }),
    ...("reason" in outcome && { reason: outcome.reason }),
    ...(outcome.kind === "failed" && outcome.message !== undefined && { failure: failureInShort(outcome) }),
    ...(outcome.kind === "failed" && outcome.oom === true && { oom: true }),
  };
}

function outcomeLeft(notice: NoticeFacts, past: PastRun | undefined): ToldOutcome | undefined {
  const { outcome: kind, exitCode } = notice.outcome === undefined && past !== undefined ? past : notice;
  return kind && { kind, ...(exitCode !== undefined && { exitCode }) };
}

/** A notice, as it is for one channel. */
export type NoticeFacts = Omit<Notice, "to">;

/** The end of an incident of a job that is gone: nothing has become better. */
export function isUndeclared({ kind, closes, reason }: Pick<Notice, "kind" | "closes" | "reason">): boolean {
  return reason === "removed" && (kind === "recovered" || closes === true);
}

/** What the record does not say. */
export interface Known {
  readonly instance: string;
  readonly now: Date;
  /** Where the job is declared: `backup.yml:12`. Default: the unit that the record has. */
  readonly unit?: string;
  readonly nextAt?: Date;
  /** The address of the page, which ends with a slash. */
  readonly publicUrl?: string;
  /** Default: what the record has. */
  readonly expectedDurationMs?: number;
  /** The pause that holds the job now. Default: its own. */
  readonly pause?: PauseView;
  /** How many of the last lines are asked for. Default: none. */
  readonly outputLines?: number;
  /** What the engine has of the output, where the record has none. */
  readonly output?: string;
}
