import { closePage } from "../ledger/definition-changes.ts";
import { isActive, latestAttempt, type Page, waitsForRetry } from "../ledger/page.ts";
import { boundAttempt, isBound } from "./book.ts";
import { objectIds } from "./conclude.ts";
import type { OwnObject } from "./engine.ts";
import { isOrphan, seeToOrphan } from "./orphans.ts";
import type { RunParts } from "./run-parts.ts";

/** How long the page of a job that is gone is kept. */
const CLOSE_AFTER_MS = 24 * 3600_000;

/**
 * Removes the objects of ours that no page binds and none ever will. An object of a job without a page is somebody
 * else's business (another state directory?) and is left alone. Answers with whether some object may yet become a
 * leftover: it is inert, and whoever made it may still bind it, or may be dead; or its node may come back, and its run
 * is no longer on the page.
 */
export async function tidy(
  launching: (job: string) => string | undefined,
  parts: RunParts,
): Promise<"clean" | "look-again"> {
  const { engine, book } = parts;
  let result: "clean" | "look-again" = "clean";
  for (const object of await engine.list()) {
    const isLeftover = (page: Page | undefined) =>
      launching(object.job) !== object.run && mayBeLeftover(object, page, engine.keepsEnded);
    const known = book.pages.get(object.job);
    if (known !== undefined && !isBound(known, object.id) && (object.inert || object.running)) result = "look-again";
    // The page that we know may be old; what is removed is gone for good.
    if (!isLeftover(known)) continue;
    const page = await book.refresh(object.job);
    if (page === undefined || !isLeftover(page)) continue;
    if (!isOrphan(object, page)) await removeLeftover(object, parts);
    else if ((await seeToOrphan(object, page, parts)) === "stays") result = "look-again";
  }
  return result;
}

async function removeLeftover({ id, name, job }: OwnObject, { engine, events }: RunParts): Promise<void> {
  await engine.remove(id);
  events.emit({ event: "leftover-removed", objectKind: engine.kind, objectName: name, job });
}

function mayBeLeftover(object: OwnObject, page: Page | undefined, keepsEnded: boolean): boolean {
  if (page === undefined) return false;
  if (isBound(page, object.id)) return isOutlived(object, page, keepsEnded);
  if (object.running) return false;
  return !object.inert || !canBeBound(object, page);
}

/** Its outcome is recorded, and yet it is there although it should not be. */
function isOutlived(object: OwnObject, page: Page, keepsEnded: boolean): boolean {
  return boundAttempt(page, object.id)?.outcome !== undefined && (object.running || !keepsEnded);
}

function canBeBound(object: OwnObject, page: Page): boolean {
  // Its cursor stands still, and a job that is back begins behind whatever was prepared before.
  if (page.removedAt !== undefined) return false;
  if (object.attempt > 1) {
    const run = page.runs.find(({ id }) => id === object.run);
    return run !== undefined && waitsForRetry(run) && latestAttempt(run).number < object.attempt;
  }
  if (object.trigger !== "manual") return object.scheduledAt > page.cursor;
  return page.wishes.some((wish) => wish.refused === undefined && object.run.endsWith(`-${wish.id}`));
}

/** Closes and deletes the page of a job that has been gone for a day; answers with when to look again, or undefined. */
export async function closeWhenOld(job: string, page: Page, parts: RunParts): Promise<Date | undefined> {
  if (page.removedAt === undefined || page.runs.some(isActive)) return undefined;
  const closeAt = new Date(page.removedAt.getTime() + CLOSE_AFTER_MS);
  const now = parts.clock.now();
  if (now < closeAt) return closeAt;
  for (const id of objectIds(page.runs)) await parts.engine.remove(id);
  const swap = await parts.book.change(job, (current) => closePage(current, now));
  if (swap.result === "won") await parts.book.remove(job);
  return undefined;
}

/** Deletes a closed page that was left by a kill; a job that is back gets a new one. */
export async function finishClosing(name: string, { book }: RunParts): Promise<void> {
  await book.remove(name);
  await book.refresh(name);
}
