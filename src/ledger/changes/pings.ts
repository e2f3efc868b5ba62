/** What a job's check is to be pinged with: record → record. Pure. */
import type { PastRun } from "../past.ts";
import { isActive, type JobRecord, type Ping } from "../record.ts";

/**
 * Returns the record with the start and the end that are new in it, where the job has a check. The last start and the last
 * end stand in the record until others take their place: in swaps that are written anyway. An end takes the start of its run
 * with it.
 */
export function withPings(before: JobRecord | undefined, after: JobRecord, ends: readonly PastRun[]): JobRecord {
  const { pings = [], ...record } = after;
  if (after.definition.telling?.pings !== true) return after.pings === undefined ? after : record;
  const [start, end] = [newStart(before, after), newEnd(ends)];
  if (start === undefined && end === undefined) return after;
  const isKept = ({ kind, run }: Ping) =>
    kind === "start" ? start === undefined && run !== end?.run : kind !== "end" || end === undefined;
  const next = [...pings.filter(isKept), ...(end ? [end] : []), ...(start ? [start] : [])];
  return { ...record, pings: next };
}

/** The check has heard of it. Undefined when the record does not have it any longer. */
export function notePinged(record: JobRecord | undefined, pinged: Pick<Ping, "kind" | "run">): JobRecord | undefined {
  const isIt = ({ kind, run }: Ping) => kind === pinged.kind && run === pinged.run;
  if (record?.pings?.some(isIt) !== true) return undefined;
  const { pings, ...rest } = record;
  const left = pings.filter((ping) => !isIt(ping));
  return left.length === 0 ? rest : { ...rest, pings: left };
}

/** The latest run that began with this change, and has not ended with it. */
function newStart(before: JobRecord | undefined, { runs }: JobRecord): Ping | undefined {
  const known = new Set(before?.runs.map(({ id }) => id));
  const run = runs.findLast((run) => isActive(run) && !known.has(run.id));
  const [first] = run?.attempts ?? [];
  return run && first && { kind: "start", run: run.id, at: first.boundAt };
}

function newEnd(ends: readonly PastRun[]): Ping | undefined {
  const last = ends.findLast(({ id }) => id !== undefined);
  if (last?.id === undefined) return undefined;
  const { id: run, finishedAt: at, outcome, exitCode } = last;
  return { kind: "end", run, at, outcome, ...(exitCode !== undefined && { exitCode }) };
}
