import type { JobRecord } from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import type { TimeWords } from "./time.ts";

/** More than this nobody wants to know exactly. */
const MOST_COUNTED = 1000;

/** What is due in (`after`, `upTo`], the oldest first; cut off where it is very many. Nothing where the schedule is not known here. */
export function undecided({ definition }: JobRecord, timetables: Timetables, after: Date, upTo: Date): readonly Date[] {
  const found: Date[] = [];
  for (const at of timetables.ofRecord(definition.schedules)?.between(after, upTo) ?? []) {
    found.push(at);
    if (found.length > MOST_COUNTED) break;
  }
  return found;
}

/** `the occurrence of A`, `3 occurrences, from A to C`. */
export function occurrencesWords(occurrences: readonly Date[], when: TimeWords): string {
  const [first] = occurrences;
  const last = occurrences.at(-1);
  if (first === undefined || last === undefined) return "no occurrence";
  const isCut = occurrences.length > MOST_COUNTED;
  return stretchWords(
    { first, count: isCut ? `more than ${MOST_COUNTED}` : occurrences.length, ...(!isCut && { last }) },
    when,
  );
}

export interface StretchOfWords {
  readonly first: Date;
  readonly last?: Date;
  readonly count: number | string;
}

export function stretchWords({ first, last, count }: StretchOfWords, when: TimeWords): string {
  if (count === 1) return `the occurrence of ${when.at(first)}`;
  return `${count} occurrences, from ${when.at(first)}${last === undefined ? " on" : ` to ${when.at(last)}`}`;
}
