import type { Policies } from "../jobs/job.ts";
import type { Page } from "../ledger/page.ts";

/** An occurrence seen later than this is part of a gap, and `catch_up` decides about it. */
export const GAP_AFTER_MS = 60_000;

/** An occurrence that may start. */
export interface Waiting {
  readonly at: Date;
  readonly trigger: "schedule" | "catch-up";
}

/** The undecided occurrences, in this order, but for those that come after a gap that must wait itself. */
export interface Chosen {
  readonly tooLate: readonly Date[];
  readonly missed: readonly Date[];
  readonly waiting: readonly Waiting[];
}

/**
 * Which of the undecided occurrences may start. Those that wait already stay what they are, however late it has become;
 * of what was not seen for a minute `catch_up` chooses; a deadline ends the waiting of each.
 *
 * `isCut`: there are more, later ones, so the newest of the gap are not among these.
 */
export function chooseWaiting(
  policies: Policies,
  page: Page,
  undecided: readonly Date[],
  { now, isCut }: { readonly now: Date; readonly isCut: boolean },
): Chosen {
  const { startingDeadlineMs = Number.POSITIVE_INFINITY } = policies;
  const ageOf = (at: Date) => now.getTime() - at.getTime();
  const [tooLate, inTime] = split(undecided, (at) => ageOf(at) > startingDeadlineMs);
  const [admitted, others] = split(inTime, (at) => page.admittedThrough !== undefined && at <= page.admittedThrough);
  const [gap, fresh] = split(others, (at) => ageOf(at) > GAP_AFTER_MS);
  if (admitted.length > 0) {
    // A gap behind them is decided when they are: all that is decided is decided in order.
    return { tooLate, missed: [], waiting: asWaiting(gap.length > 0 ? admitted : [...admitted, ...fresh], "schedule") };
  }
  const [missed, caughtUp] = chooseOfGap(policies, gap, isCut && fresh.length === 0);
  return { tooLate, missed, waiting: [...asWaiting(caughtUp, "catch-up"), ...asWaiting(fresh, "schedule")] };
}

function chooseOfGap({ catchUp, catchUpLimit }: Policies, gap: readonly Date[], isCut: boolean) {
  const wanted = { none: 0, last: 1, all: catchUpLimit }[catchUp];
  return splitAt(gap, isCut ? gap.length : Math.max(0, gap.length - wanted));
}

function asWaiting(occurrences: readonly Date[], trigger: Waiting["trigger"]): readonly Waiting[] {
  return occurrences.map((at) => ({ at, trigger }));
}

/** The first ones of which it holds, and the others. */
function split(occurrences: readonly Date[], holds: (at: Date) => boolean) {
  const end = occurrences.findIndex((at) => !holds(at));
  return splitAt(occurrences, end === -1 ? occurrences.length : end);
}

function splitAt(occurrences: readonly Date[], index: number): [readonly Date[], readonly Date[]] {
  return [occurrences.slice(0, index), occurrences.slice(index)];
}
