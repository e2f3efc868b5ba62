/** What operators ask for, on the page: page → page, or undefined when there is nothing to change. */
import { activeRuns, type Page, type SkipReason, type Wish } from "./page.ts";

/** Of what operators have asked for and what has not ended, all in all: nothing of it can be dropped. */
const MOST_BYTES = 8 * 1024;

/** Asks for a manual start. Undefined when there is no such job (any more), or no room. */
export function askForRun(page: Page | undefined, wish: Wish): Page | undefined {
  if (page === undefined || page.removedAt !== undefined || page.closedAt !== undefined) return undefined;
  if (!hasRoomFor(page, wish)) return undefined;
  return { ...page, wishes: [...page.wishes, wish] };
}

/** Whether one more can be asked for before something of what was is over. */
export function hasRoomFor(page: Page, wish: Wish): boolean {
  const given = activeRuns(page).map(({ environment }) => environment);
  return Buffer.byteLength(JSON.stringify([given, page.wishes, wish])) <= MOST_BYTES;
}

/** Says on the page why a wish is not carried out, so that whoever waits for it learns it. */
export function refuseWish(page: Page | undefined, id: string, reason: SkipReason, now: Date): Page | undefined {
  const wish = page?.wishes.find((wish) => wish.id === id && wish.refused === undefined);
  if (page === undefined || wish === undefined) return undefined;
  const refused = { ...wish, refused: { reason, at: now } };
  return { ...page, wishes: page.wishes.map((other) => (other === wish ? refused : other)) };
}

/** Takes away wishes that were refused long enough ago. */
export function dropRefusedWishes(page: Page | undefined, refusedBefore: Date): Page | undefined {
  const wishes = page?.wishes.filter((wish) => wish.refused === undefined || wish.refused.at >= refusedBefore);
  if (page === undefined || wishes === undefined || wishes.length === page.wishes.length) return undefined;
  return { ...page, wishes };
}
