import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { isActive, type JobRecord, type Outcome, type Run } from "../../src/ledger/record.ts";
import { aRun, succeeded } from "./a-job.ts";

/** One run that has ended; say only what matters to the test. */
export interface EndedRun extends Pick<Partial<Run>, "trigger" | "request"> {
  readonly scheduledAt: Date;
  /** From when it was due until its process started; null for one that never had a process. Default: none. */
  readonly delayMs?: number | null;
  /** Default: a minute. */
  readonly tookMs?: number;
  readonly outcome?: Outcome;
  readonly node?: string;
}

/** The record after these runs have ended one after the other; the last `kept` of them are still in it. */
export function withPast(record: JobRecord, runs: readonly EndedRun[], kept = 3): JobRecord {
  const after = runs.reduce(end, record);
  const ended = after.runs.filter((run) => !isActive(run));
  const gone = new Set(ended.slice(0, Math.max(0, ended.length - kept)));
  return { ...after, runs: after.runs.filter((run) => !gone.has(run)) };
}

function end(record: JobRecord, run: EndedRun): JobRecord {
  const { scheduledAt, delayMs = 0, tookMs = 60_000, outcome = succeeded, node, ...rest } = run;
  const started = aRun(scheduledAt, rest);
  const bound = scheduledAt.getTime() + (delayMs ?? 0);
  const changed = recordEnd(
    { ...record, runs: [...record.runs, started] },
    { run: started.id, number: 1 },
    {
      outcome,
      ...(delayMs !== null && { startedAt: new Date(bound) }),
      finishedAt: new Date(bound + tookMs),
      ...(node !== undefined && { node }),
    },
  );
  if (changed === undefined) throw new Error(`${started.id} could not end`);
  return changed;
}

export const failed: Outcome = { kind: "failed", exitCode: 1, oom: false };
