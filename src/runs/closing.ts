import type { Clock } from "../clock.ts";
import { undecidedEnds } from "../decide/ends.ts";
import { objectIds } from "../decide/retention.ts";
import type { Engine } from "../engines/engine.ts";
import { closeRecord } from "../ledger/changes/definitions.ts";
import { givenUpTimes } from "../ledger/changes/deliveries.ts";
import { isActive, type JobRecord } from "../ledger/record.ts";
import type { Book } from "./book.ts";

/** How long the record of a job that is gone is kept. */
const CLOSE_AFTER_MS = 24 * 3600_000;

/** How soon it is looked at again whether another job still waits to start after one of its ends. */
const AWAITED_AGAIN_MS = 60_000;

interface ClosingParts {
  readonly engine: Pick<Engine, "list" | "remove">;
  readonly book: Pick<Book, "records" | "followersOf" | "change" | "remove">;
  readonly clock: Clock;
}

/**
 * Closes and deletes the record of a job that has been gone for a day, after the job's objects. Returns when to look again,
 * or undefined.
 *
 * @throws EngineError when an object could not be removed: the record stays.
 */
export async function closeWhenOld(record: JobRecord, parts: ClosingParts): Promise<Date | undefined> {
  const { engine, book, clock } = parts;
  const { job, removedAt } = record;
  if (removedAt === undefined || record.runs.some(isActive)) return undefined;
  // What waits for a channel is delivered or given up before it is gone.
  const givenUp = givenUpTimes(record).map((at) => at.getTime());
  const closeAt = new Date(Math.max(removedAt.getTime() + CLOSE_AFTER_MS, ...givenUp));
  const now = clock.now();
  if (now < closeAt) return closeAt;
  if (isAwaited(record, book)) return new Date(now.getTime() + AWAITED_AGAIN_MS);
  // What could not be removed for a day is no longer in any record, and without a record it would be left for good.
  const left = (await engine.list()).filter((object) => object.job === job && !object.running);
  await removeAll([...new Set([...objectIds(record.runs), ...left.map(({ id }) => id)])], engine);
  const swap = await book.change(job, (current) => closeRecord(current, now));
  if (swap.result === "won") await book.remove(job);
  return undefined;
}

/** True while its ends have started another job only in part: without the record, the others would be lost. */
function isAwaited(upstream: JobRecord, book: Pick<Book, "records" | "followersOf">): boolean {
  return book.followersOf(upstream.job).some((job) => {
    const record = book.records.get(job);
    return record !== undefined && undecidedEnds(record, upstream).ends.length > 0;
  });
}

/** Tries each of them, and rejects with the first failure. */
async function removeAll(objectIds: readonly string[], engine: Pick<Engine, "remove">): Promise<void> {
  const removals = await Promise.allSettled(objectIds.map((id) => engine.remove(id)));
  for (const removal of removals) if (removal.status === "rejected") throw removal.reason;
}

/** Deletes a closed record that was left by a kill; a job that is back gets a new one. */
export async function finishClosing(job: string, book: Pick<Book, "remove" | "refresh">): Promise<void> {
  await book.remove(job);
  await book.refresh(job);
}
