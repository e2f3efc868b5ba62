import { isCutOff } from "../jobs/due.ts";
import type { TimeWords } from "./time.ts";

/** `the occurrence of A`, `3 occurrences, from A to C`. */
export function occurrencesWords(occurrences: readonly Date[], when: TimeWords): string {
  const [first] = occurrences;
  const last = occurrences.at(-1);
  if (first === undefined || last === undefined) return "no occurrence";
  if (isCutOff(occurrences)) return stretchWords({ first, count: `more than ${occurrences.length - 1}` }, when);
  return stretchWords({ first, last, count: occurrences.length }, when);
}

export interface Stretch {
  readonly first: Date;
  readonly last?: Date;
  readonly count: number | string;
}

export function stretchWords({ first, last, count }: Stretch, when: TimeWords): string {
  if (count === 1) return `the occurrence of ${when.at(first)}`;
  return `${count} occurrences, from ${when.at(first)}${last === undefined ? " on" : ` to ${when.at(last)}`}`;
}
