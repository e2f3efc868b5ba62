import type { OwnObject } from "../engines/engine.ts";
import { boundAttempt, type JobRecord, latestAttempt, waitsForRetry } from "../ledger/record.ts";
import { mayLiveOn } from "./outcome-of-end.ts";
import { requestOf } from "./requests.ts";

/**
 * What an object of ours is, by the record of its job:
 * - `wanted`: it is bound, or may yet be bound;
 * - `leftover`: no record binds it and none ever will, or it has outlived its recorded outcome;
 * - `orphan`: it carries an attempt that was lost with its node, and may come back with that node.
 */
export type Standing = "wanted" | "leftover" | "orphan";

/** `launching`: the run that this scheduler is just starting. `keepsEnded`: the engine keeps ended objects. */
export function standingOf(
  object: OwnObject,
  record: JobRecord,
  { keepsEnded, launching }: { readonly keepsEnded: boolean; readonly launching: string | undefined },
): Standing {
  if (launching === object.run) return "wanted";
  const bound = boundAttempt(record, object.id);
  if (bound === undefined) return mayBeBound(object, record) ? "wanted" : "leftover";
  if (bound.outcome === undefined || (keepsEnded && !object.running)) return "wanted";
  return mayLiveOn(bound.outcome) ? "orphan" : "leftover";
}

/** What runs is left alone, and what is inert as long as a swap may bind it. */
function mayBeBound(object: OwnObject, record: JobRecord): boolean {
  if (object.running) return true;
  if (!object.inert) return false;
  // The cursor of a removed job stands still, and a job that is back begins behind whatever was prepared before.
  if (record.removedAt !== undefined) return false;
  if (object.attempt > 1) {
    const run = record.runs.find(({ id }) => id === object.run);
    return run !== undefined && waitsForRetry(run) && latestAttempt(run).number < object.attempt;
  }
  // A swap binds what was made from the definition that the record follows, and nothing else.
  if (object.trigger !== "manual") return object.scheduledAt > record.cursor && isOfDefinition(object, record);
  return requestOf(object.run, record) !== undefined;
}

function isOfDefinition({ definition }: OwnObject, record: JobRecord): boolean {
  return definition === record.definition.hash;
}

/** Whether an object that no record binds may become a leftover: it waits to be bound, or runs. */
export function mayBecomeLeftover(object: OwnObject, record: JobRecord): boolean {
  return boundAttempt(record, object.id) === undefined && (object.inert || object.running);
}
