import type { ObjectState, OwnObject } from "../../engines/engine.ts";
import type { JobRecord } from "../../ledger/record.ts";
import type { AttemptRef } from "../../observe/run-events.ts";
import { boundAttempt } from "../book.ts";
import { mayLiveOn } from "../outcomes.ts";
import type { RunParts } from "../run-parts.ts";

/** True when the object carries an attempt that was lost with its node, which may come back with the process. */
export function isOrphan(object: OwnObject, record: JobRecord): boolean {
  const outcome = boundAttempt(record, object.id)?.outcome;
  return outcome !== undefined && mayLiveOn(outcome);
}

/**
 * Looks at what became of an orphan. While its node is down it stays; what still runs when the node is back is stopped.
 * The outcome stays lost: this only tells what is known now, and removes the object.
 */
export async function seeToOrphan(object: OwnObject, record: JobRecord, parts: RunParts): Promise<void> {
  const { engine } = parts;
  const look = async () => (await engine.look([object.id])).get(object.id);
  const found = await look();
  if (found?.phase === "unreachable" || found?.phase === "unclear") return;
  const isAlive = found?.phase === "running" || found?.phase === "pending";
  if (isAlive) await engine.stop(object.id, stopGracePeriodMs(object, record));
  const state = isAlive ? await look() : found;
  if (state !== undefined && state.phase !== "ended") return;
  await engine.remove(object.id);
  if (state !== undefined) tell(object, state, isAlive, parts);
}

function tell(object: OwnObject, { end, node }: Ended, wasAlive: boolean, { engine, events }: RunParts): void {
  if (end.kind !== "exited" && end.kind !== "shut-down") return;
  const { job, run, attempt, trigger, scheduledAt, name } = object;
  const ref: AttemptRef = { job, run, attempt, trigger, scheduledAt, objectKind: engine.objectKind, objectName: name };
  const { exitCode } = end;
  const event = wasAlive || end.kind === "shut-down" ? "orphan-stopped" : "orphan-ended";
  events.emit({ event, ...ref, ...(node !== undefined && { node }), ...(exitCode !== undefined && { exitCode }) });
}

type Ended = ObjectState & { readonly phase: "ended" };

function stopGracePeriodMs({ run }: OwnObject, record: JobRecord): number {
  return record.runs.find(({ id }) => id === run)?.policies.stopGracePeriodMs ?? 0;
}
