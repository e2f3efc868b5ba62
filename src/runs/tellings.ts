import type { Clock } from "../clock.ts";
import { nextTellingAt, noteTimes } from "../ledger/changes/telling-times.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { Book } from "./book.ts";

interface TellingsParts {
  readonly book: Pick<Book, "records" | "instance" | "change">;
  readonly clock: Clock;
}

/** When a swap had no clear answer, or the clock of another scheduler is ahead. */
const AGAIN_MS = 1000;

/** Returns when `lookAtTellings` will have something to write, at the earliest in a second. */
export function nextLookAtTellings(record: JobRecord, { book, clock }: TellingsParts): Date | undefined {
  const now = clock.now();
  const next = nextTellingAt(record, { now, instance: book.instance });
  return next && new Date(Math.max(next.getTime(), now.getTime() + AGAIN_MS));
}

/**
 * Writes what is to be told because time has passed: a run that lasts long, a reminder, a job that is paused for long. Returns
 * when to look again. A job that tells nothing costs nothing.
 */
export async function lookAtTellings(record: JobRecord, { book, clock }: TellingsParts): Promise<Date | undefined> {
  const { job } = record;
  const now = clock.now();
  const at = nextTellingAt(record, { now, instance: book.instance });
  if (at === undefined || at > now) return at;
  await book.change(job, (current, instance) => noteTimes(current, { now, instance }));
  const left = book.records.get(job);
  return left && nextLookAtTellings(left, { book, clock });
}
