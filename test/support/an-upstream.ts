import { runId } from "../../src/job/names.ts";
import { appendPast } from "../../src/ledger/past.ts";
import type { JobRecord, Outcome, Run, Trigger } from "../../src/ledger/record.ts";
import { aJob, aRecord, aRun, at } from "./a-job.ts";

interface End {
  readonly at: Date;
  readonly outcome?: Outcome;
  readonly trigger?: Trigger;
  readonly request?: string;
}

const SUCCEEDED = { kind: "succeeded", exitCode: 0 } as const;

/** The record of the job `dump`, whose runs have ended so; each was due a minute before its end. */
export function upstreamWith(ends: readonly End[]): JobRecord {
  return ends.reduce(withEnd, aRecord(at("00:00"), {}, aJob({ name: "dump" })));
}

/** The run of `dump` that ended then. */
export function upstreamRun(endedAt: Date, request?: string): string {
  return runId("dump", { scheduledAt: dueBefore(endedAt), ...(request !== undefined && { request }) });
}

function withEnd(
  record: JobRecord,
  { at: finishedAt, outcome = SUCCEEDED, trigger = "schedule", request }: End,
): JobRecord {
  const run = {
    ...aRun(dueBefore(finishedAt), {
      trigger,
      id: upstreamRun(finishedAt, request),
      ...(request !== undefined && { request }),
    }),
    outcome,
    finishedAt,
  } satisfies Run;
  const counts = record.totals.ended[outcome.kind] ?? {};
  const ended = { ...record.totals.ended, [outcome.kind]: { ...counts, [trigger]: (counts[trigger] ?? 0) + 1 } };
  return {
    ...record,
    totals: { ...record.totals, ended, lastCompletionAt: finishedAt },
    past: appendPast(record.past, run),
  };
}

function dueBefore(end: Date): Date {
  return new Date(end.getTime() - 60_000);
}
