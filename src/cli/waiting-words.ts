import { activeRuns, type Page, pendingWishes, type Wish } from "../ledger/page.ts";

/** What a requested run that has not started waits for, as far as its page says; after the job's name. */
export function waitingWords(page: Page, wish: Wish): string {
  const before = pendingWishes(page).findIndex(({ id }) => id === wish.id);
  const behind = before < 1 ? "" : ` and ${before === 1 ? "an earlier request" : `${before} earlier requests`}`;
  if (wish.keptUntil !== undefined) return "is being started: its image may have to be pulled first";
  const active = activeRuns(page);
  const [first] = active;
  if (first !== undefined) {
    const runs = active.length === 1 ? first.id : `${first.id} and ${active.length - 1} more`;
    return `waits for ${runs}${behind} to end`;
  }
  return before < 1
    ? "is not started yet: no scheduler has taken up the request"
    : `waits${behind.replace(" and", " for")}`;
}
