import type { Refusal } from "../decide/due.ts";
import { dropRefusedWishes, dropsRefusedAt, keepWish, refuseWish } from "../ledger/changes/wish-changes.ts";
import {
  expiresAt,
  isExpired,
  type Page,
  pendingWishes,
  REQUEST_LIFETIME_MS,
  type RefuseReason,
  type Wish,
} from "../ledger/page.ts";
import type { RunParts } from "./run-parts.ts";

/** A start that takes long is kept alive from the middle of its request's lifetime on. */
const HALF_MS = REQUEST_LIFETIME_MS / 2;

/**
 * Ends the requests of a job that are not to be started any longer, whether this scheduler carries the job out or not:
 * those that have expired, and all of them where no scheduler would take them. Returns when to look again.
 */
export async function seeToRequests(
  name: string,
  page: Page,
  parts: RunParts & { launching(job: string): string | undefined },
): Promise<Date | undefined> {
  const { book, clock } = parts;
  if (page.wishes.length === 0) return undefined;
  await keepLaunching(name, page, parts.launching(name), parts);
  const current = book.pages.get(name) ?? page;
  const now = clock.now();
  await refuseRequests(name, refusalsOf(current, { isUnknown: isUnknown(name, current, parts) }, now), parts);
  return earliest(nextLook(book.pages.get(name) ?? current, now), await tidyRequests(name, parts));
}

/** The requests on the page that are to be refused now, and why. Pure. */
export function refusalsOf(page: Page, { isUnknown }: { readonly isUnknown: boolean }, now: Date): readonly Refusal[] {
  return pendingWishes(page).flatMap((wish): readonly Refusal[] => {
    if (isExpired(page, wish, now)) return [{ wish, reason: "expired" }];
    return isUnknown ? [{ wish, reason: "not-declared" }] : [];
  });
}

/** True when this scheduler has no such job, and no other scheduler has a newer view of it. */
function isUnknown(name: string, { definition }: Page, { book }: RunParts): boolean {
  const generation = book.generationOf(name);
  return !book.jobs.has(name) && generation !== undefined && generation >= definition.generation;
}

/** Writes the refusals, and tells those that were not carried out or withdrawn meanwhile. */
export async function refuseRequests(name: string, refused: readonly Refusal[], parts: RunParts): Promise<void> {
  const { book, clock } = parts;
  for (const { wish, reason } of refused) {
    const swap = await book.change(name, (page) => refuseWish(page, wish.id, reason, clock.now()));
    if (swap.result === "won") tellRefused(name, wish, reason, parts);
  }
}

export function tellRefused(job: string, wish: Wish, reason: RefuseReason, { events, clock }: RunParts): void {
  const message = messageOf(wish, reason, clock.now());
  events.emit({ event: "run-refused", job, reason, ...(message !== undefined && { message }) });
}

function messageOf({ askedAt }: Wish, reason: RefuseReason, now: Date): string | undefined {
  if (reason === "not-declared") return "no source that can be read declares the job";
  if (reason !== "expired") return undefined;
  const seconds = Math.round((now.getTime() - askedAt.getTime()) / 1000);
  return `requested at ${askedAt.toISOString()}, and not started in ${seconds} s`;
}

/**
 * Keeps the request alive whose start this scheduler is busy with: its image may take long to pull. A
 * `starting_deadline` holds for a request as it does for an occurrence.
 */
async function keepLaunching(name: string, page: Page, run: string | undefined, parts: RunParts): Promise<void> {
  const wish = run === undefined ? undefined : pendingWishes(page).find(({ id }) => run.endsWith(`-${id}`));
  if (wish === undefined || page.definition.startingDeadlineMs !== undefined) return;
  const now = parts.clock.now();
  if (isExpired(page, wish, now) || now < renewAt(page, wish)) return;
  const until = new Date(now.getTime() + REQUEST_LIFETIME_MS);
  await parts.book.change(name, (current) => keepWish(current, wish.id, until));
}

function renewAt(page: Page, wish: Wish): Date {
  return new Date(expiresAt(page, wish).getTime() - HALF_MS);
}

/** Takes away requests that were refused long enough ago; returns when the next one is. */
async function tidyRequests(name: string, { book, clock }: RunParts): Promise<Date | undefined> {
  const now = clock.now();
  const page = book.pages.get(name);
  const at = page && dropsRefusedAt(page);
  if (at === undefined || at > now) return at;
  const swap = await book.change(name, (current) => dropRefusedWishes(current, now));
  return swap.result === "won" ? dropsRefusedAt(swap.page) : undefined;
}

function nextLook(page: Page, now: Date): Date | undefined {
  return pendingWishes(page)
    .map((wish) => (renewAt(page, wish) > now ? renewAt(page, wish) : expiresAt(page, wish)))
    .reduce<Date | undefined>(earliest, undefined);
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
