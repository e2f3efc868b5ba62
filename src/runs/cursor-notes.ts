import { isAhead } from "../decide/cursor-ahead.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { SourceProblem } from "../observe/run-events.ts";
import type { RunParts } from "./run-parts.ts";

/** What there was to tell of records that are decided up to the future, by job. */
export type ToldAhead = Map<string, SourceProblem>;

/** The problem of a record that is decided up to the future; undefined for every other record. */
export function aheadProblem(record: JobRecord, now: Date): SourceProblem | undefined {
  if (!isAhead(record, now)) return undefined;
  const { job, cursor } = record;
  return {
    source: "scheduler",
    at: `job ${job}`,
    message: `is decided up to ${cursor.toISOString()}, which is in the future: the clock was set back. Until then nothing is started by schedule`,
    hint: `set the clock right, or let the schedule begin again now: shipbell reset ${job}`,
  };
}

/** A job that no source declares is not started, whatever its record is decided up to. */
export function forgetCursor(
  job: string,
  { events, toldAhead }: Pick<RunParts, "events"> & { readonly toldAhead: ToldAhead },
): void {
  const told = toldAhead.get(job);
  if (told !== undefined) events.emit({ event: "problem-solved", ...told });
  toldAhead.delete(job);
}

/** Logs, once, that a record is decided up to the future, and once that it no longer is. */
export function noteCursor(
  record: JobRecord,
  { clock, events, toldAhead }: Pick<RunParts, "clock" | "events"> & { readonly toldAhead: ToldAhead },
): void {
  const { job } = record;
  const told = toldAhead.get(job);
  const problem = aheadProblem(record, clock.now());
  if ((problem === undefined) === (told === undefined)) return;
  if (told !== undefined) {
    toldAhead.delete(job);
    events.emit({ event: "problem-solved", ...told });
  } else if (problem !== undefined) {
    toldAhead.set(job, problem);
    events.emit({ event: "problem", ...problem });
  }
}
