import type { OwnObject } from "../../engines/engine.ts";
import { closeRecord } from "../../ledger/changes/definitions.ts";
import { isActive, type JobRecord, latestAttempt, waitsForRetry } from "../../ledger/record.ts";
import { boundAttempt, isBound } from "../book.ts";
import { objectIds } from "../outcomes.ts";
import type { RunParts } from "../run-parts.ts";
import { isOrphan, seeToOrphan } from "./orphans.ts";

/** How long the record of a job that is gone is kept. */
const CLOSE_AFTER_MS = 24 * 3600_000;

/**
 * Removes the objects of ours that no record binds and none ever will, each by itself and next to the passes: one that
 * cannot be removed, or takes long to stop, holds up no other. An object of a job without a record is somebody else's
 * business (another state directory?) and is left alone. Answers with whether some object may yet become a leftover: it
 * is inert, and whoever made it may still bind it, or may be dead; or its node may come back, and its run is no longer
 * in the record.
 */
export async function tidy(parts: TidyParts): Promise<"clean" | "look-again"> {
  const { engine, book } = parts;
  let result: "clean" | "look-again" = "clean";
  const objects = await engine.list();
  parts.noteObjects(new Set(objects.map(({ id }) => id)));
  for (const object of objects) {
    const known = book.records.get(object.job);
    if (known === undefined) continue;
    if (!isBound(known, object.id) && (object.inert || object.running)) result = "look-again";
    if (!isLeftover(object, known, parts)) continue;
    if (isOrphan(object, known)) result = "look-again";
    parts.cleanUp(object, () => cleanUp(object, parts));
  }
  return result;
}

/** What cleaning up needs beside the parts of a run. */
export interface TidyParts extends RunParts {
  /** The run of the job that is on its way between prepare and activate, in this process. */
  launching(job: string): string | undefined;
  /** Does it next to the passes, and again later where it fails. */
  cleanUp(object: Pick<OwnObject, "id" | "job">, work: () => Promise<void>): void;
  /** Hears which objects there are. */
  noteObjects(objectIds: ReadonlySet<string>): void;
}

async function cleanUp(object: OwnObject, parts: TidyParts): Promise<void> {
  // The record that we know may be old; what is removed is gone for good.
  const record = await parts.book.refresh(object.job);
  if (record === undefined || !isLeftover(object, record, parts)) return;
  if (isOrphan(object, record)) await seeToOrphan(object, record, parts);
  else await removeLeftover(object, parts);
}

function isLeftover(object: OwnObject, record: JobRecord, { launching, engine }: TidyParts): boolean {
  return launching(object.job) !== object.run && mayBeLeftover(object, record, engine.keepsEnded);
}

async function removeLeftover({ id, name, job }: OwnObject, { engine, events }: RunParts): Promise<void> {
  await engine.remove(id);
  events.emit({ event: "leftover-removed", objectKind: engine.objectKind, objectName: name, job });
}

function mayBeLeftover(object: OwnObject, record: JobRecord, keepsEnded: boolean): boolean {
  if (isBound(record, object.id)) return isOutlived(object, record, keepsEnded);
  if (object.running) return false;
  return !object.inert || !canBeBound(object, record);
}

/** Its outcome is recorded, and yet it is there although it should not be. */
function isOutlived(object: OwnObject, record: JobRecord, keepsEnded: boolean): boolean {
  return boundAttempt(record, object.id)?.outcome !== undefined && (object.running || !keepsEnded);
}

function canBeBound(object: OwnObject, record: JobRecord): boolean {
  // Its cursor stands still, and a job that is back begins behind whatever was prepared before.
  if (record.removedAt !== undefined) return false;
  if (object.attempt > 1) {
    const run = record.runs.find(({ id }) => id === object.run);
    return run !== undefined && waitsForRetry(run) && latestAttempt(run).number < object.attempt;
  }
  if (object.trigger !== "manual") return object.scheduledAt > record.cursor;
  return record.requests.some((request) => request.refused === undefined && object.run.endsWith(`-${request.id}`));
}

/** Closes and deletes the record of a job that has been gone for a day; answers with when to look again, or undefined. */
export async function closeWhenOld(job: string, record: JobRecord, parts: RunParts): Promise<Date | undefined> {
  if (record.removedAt === undefined || record.runs.some(isActive)) return undefined;
  const closeAt = new Date(record.removedAt.getTime() + CLOSE_AFTER_MS);
  const now = parts.clock.now();
  if (now < closeAt) return closeAt;
  // What could not be removed for a day is in no record any more, and without a record it would be left for good.
  const left = (await parts.engine.list()).filter((object) => object.job === job && !object.running);
  await removeAll([...new Set([...objectIds(record.runs), ...left.map(({ id }) => id)])], parts);
  const swap = await parts.book.change(job, (current) => closeRecord(current, now));
  if (swap.result === "won") await parts.book.remove(job);
  return undefined;
}

/** Tries each of them, and rejects with the first failure. */
async function removeAll(objectIds: readonly string[], { engine }: RunParts): Promise<void> {
  const removals = await Promise.allSettled(objectIds.map((id) => engine.remove(id)));
  for (const removal of removals) if (removal.status === "rejected") throw removal.reason;
}

/** Deletes a closed record that was left by a kill; a job that is back gets a new one. */
export async function finishClosing(name: string, { book }: RunParts): Promise<void> {
  await book.remove(name);
  await book.refresh(name);
}
