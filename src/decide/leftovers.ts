import type { OwnObject } from "../engines/engine.ts";
import { readPast } from "../ledger/past.ts";
import { boundAttempt, type JobRecord, latestAttempt, waitsForRetry } from "../ledger/record.ts";
import { undecidedEnds } from "./ends.ts";
import { mayLiveOn } from "./outcome-of-end.ts";
import { requestOf } from "./requests.ts";

/**
 * What an object of ours is, by the record of its job:
 * - `wanted`: it is bound, or may yet be bound;
 * - `leftover`: no record binds it and none ever will, or it has outlived its recorded outcome;
 * - `orphan`: it carries an attempt that was lost with its node, and may come back with that node.
 */
export type Standing = "wanted" | "leftover" | "orphan";

/**
 * `launching`: the run that this scheduler is just starting. `keepsEnded`: the engine keeps ended objects. `upstream`: the record of
 * the job whose end starts this one.
 */
export function standingOf(
  object: OwnObject,
  record: JobRecord,
  {
    keepsEnded,
    launching,
    upstream,
  }: {
    readonly keepsEnded: boolean;
    readonly launching: string | undefined;
    readonly upstream?: JobRecord | undefined;
  },
): Standing {
  if (launching === object.run) return "wanted";
  const bound = boundAttempt(record, object.id);
  if (bound === undefined) return mayBeBound(object, record, upstream) ? "wanted" : "leftover";
  if (bound.outcome === undefined || (keepsEnded && !object.running)) return "wanted";
  return mayLiveOn(bound.outcome) ? "orphan" : "leftover";
}

/** What runs is left alone, and what is inert as long as a swap may bind it. */
function mayBeBound(object: OwnObject, record: JobRecord, upstream: JobRecord | undefined): boolean {
  if (object.running) return true;
  if (!object.inert) return false;
  // The cursor of a removed job stands still, and a job that is back begins behind whatever was prepared before.
  if (record.removedAt !== undefined) return false;
  if (object.attempt > 1) {
    const run = record.runs.find(({ id }) => id === object.run);
    return run !== undefined && waitsForRetry(run) && latestAttempt(run).number < object.attempt;
  }
  if (object.after !== undefined)
    return isOfDefinition(object, record) && mayFollow(object.after.run, object, record, upstream);
  // A swap binds what was made from the definition that the record follows, and nothing else.
  if (object.trigger !== "manual") return object.scheduledAt > record.cursor && isOfDefinition(object, record);
  return requestOf(object.run, record) !== undefined;
}

function isOfDefinition({ definition }: OwnObject, record: JobRecord): boolean {
  return definition === record.definition.hash;
}

/** How long another scheduler may know of an end that this one has not seen yet. */
const SEEN_WITHIN_MS = 60_000;

/** Whether an end of another job may still start this run: it is undecided, or not known here yet. */
function mayFollow(
  upstreamRun: string,
  { run, scheduledAt }: OwnObject,
  record: JobRecord,
  upstream: JobRecord | undefined,
): boolean {
  if (record.after === undefined || upstream === undefined || record.runs.some(({ id }) => id === run)) return false;
  if (undecidedEnds(record, upstream).ends.some((end) => end.run === upstreamRun)) return true;
  if (readPast(upstream).some(({ id }) => id === upstreamRun)) return false;
  const { lastCompletionAt } = upstream.totals;
  return lastCompletionAt === undefined || lastCompletionAt.getTime() - scheduledAt.getTime() < SEEN_WITHIN_MS;
}

/** Whether an object that no record binds may become a leftover: it waits to be bound, or runs. */
export function mayBecomeLeftover(object: OwnObject, record: JobRecord): boolean {
  return boundAttempt(record, object.id) === undefined && (object.inert || object.running);
}
