/** What operators ask for, on the page: page → page, or undefined when there is nothing to change. */
import { activeRuns, expiresAt, isPending, type Page, pendingWishes, type RefuseReason, type Wish } from "../page.ts";

/** Of the requests that are pending and of the variables of active runs, together: nothing of it can be dropped. */
const MOST_BYTES = 8 * 1024;

/** How many may be pending. As many refused ones stay at most: all that wait for an answer get one. */
const MOST_PENDING = 20;

/** Refused requests stay for so long, so that `run --wait` and `explain` can say why. */
const REFUSED_KEPT_MS = 3600_000;

/** Asks for a manual start. Undefined when there is no such job (any more), or no room. */
export function askForRun(page: Page | undefined, wish: Wish): Page | undefined {
  if (page === undefined || page.removedAt !== undefined || page.closedAt !== undefined) return undefined;
  if (!hasRoomFor(page, wish)) return undefined;
  return { ...page, wishes: [...page.wishes, wish] };
}

/** Whether one more can be asked for before something of what was is over. */
export function hasRoomFor(page: Page, wish: Wish): boolean {
  if (pendingWishes(page).length >= MOST_PENDING) return false;
  const given = activeRuns(page).flatMap(({ environment }) => (environment ? [environment] : []));
  return Buffer.byteLength(JSON.stringify([given, pendingWishes(page), wish])) <= MOST_BYTES;
}

/** Takes back a request. Undefined when it is not pending: it was carried out or refused before. */
export function withdrawWish(page: Page | undefined, id: string): Page | undefined {
  if (page === undefined || !pendingWishes(page).some((wish) => wish.id === id)) return undefined;
  return { ...page, wishes: page.wishes.filter((wish) => wish.id !== id) };
}

/** Lets a pending request live until then. Undefined when it is not pending, or lives as long as that. */
export function keepWish(page: Page | undefined, id: string, until: Date): Page | undefined {
  const wish = page && pendingWishes(page).find((wish) => wish.id === id);
  if (page === undefined || wish === undefined || expiresAt(page, wish) >= until) return undefined;
  return replaceWish(page, wish, { ...wish, keptUntil: until });
}

/** Says on the page why a request is not carried out, so that a command that waits for it learns the reason. */
export function refuseWish(page: Page | undefined, id: string, reason: RefuseReason, now: Date): Page | undefined {
  const wish = page && pendingWishes(page).find((wish) => wish.id === id);
  return page && wish && dropSurplus(replaceWish(page, wish, refused(wish, reason, now)));
}

/** Refuses all that is pending. */
export function refuseAll(page: Page, reason: RefuseReason, now: Date): Page {
  return dropSurplus({
    ...page,
    wishes: page.wishes.map((wish) => (isPending(wish) ? refused(wish, reason, now) : wish)),
  });
}

function dropSurplus(page: Page): Page {
  const newest = page.wishes
    .filter((wish) => !isPending(wish))
    .toSorted((a, b) => refusedAt(a) - refusedAt(b))
    .slice(-MOST_PENDING);
  return { ...page, wishes: page.wishes.filter((wish) => isPending(wish) || newest.includes(wish)) };
}

/** The request as refused. No run will need its variables. */
function refused(
  { environment: _environment, keptUntil: _keptUntil, ...wish }: Wish,
  reason: RefuseReason,
  at: Date,
): Wish {
  return { ...wish, refused: { reason, at } };
}

/** Takes away requests that were refused an hour ago. */
export function dropRefusedWishes(page: Page | undefined, now: Date): Page | undefined {
  const wishes = page?.wishes.filter((wish) => isPending(wish) || refusedAt(wish) + REFUSED_KEPT_MS > now.getTime());
  if (page === undefined || wishes === undefined || wishes.length === page.wishes.length) return undefined;
  return { ...page, wishes };
}

/** When `dropRefusedWishes` next has something to do; undefined when the page has no refused request. */
export function dropsRefusedAt({ wishes }: Page): Date | undefined {
  const times = wishes.filter((wish) => !isPending(wish)).map(refusedAt);
  return times.length === 0 ? undefined : new Date(Math.min(...times) + REFUSED_KEPT_MS);
}

function refusedAt({ refused, askedAt }: Wish): number {
  return (refused?.at ?? askedAt).getTime();
}

function replaceWish(page: Page, wish: Wish, changed: Wish): Page {
  return { ...page, wishes: page.wishes.map((other) => (other === wish ? changed : other)) };
}
