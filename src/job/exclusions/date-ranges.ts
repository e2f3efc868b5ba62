import { isDate } from "../inputs/read-inputs.ts";

/** Days of the calendar from `first` to `last`, both included, counted from 1970-01-01. */
export interface DateRange {
  readonly first: number;
  readonly last: number;
}

const DAY_MS = 86_400_000;

/** Reads a day (`2026-12-24`) or a range of days (`2026-12-24..2026-12-26`); undefined for any other text. */
export function parseDateRange(text: string): DateRange | undefined {
  const [from = "", to = from, ...more] = text.split("..").map((part) => part.trim());
  if (more.length > 0 || !isDate(from) || !isDate(to)) return undefined;
  const range = { first: dayOf(from), last: dayOf(to) };
  return range.first <= range.last ? range : undefined;
}

/** Writes days in the shortest form: in order, joined where they meet, with spaces between them. */
export function joinDateRanges(ranges: readonly DateRange[]): string {
  const joined: DateRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before === undefined || range.first > before.last + 1) joined.push(range);
    else joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return joined.map(writeDateRange).join(" ");
}

/** Writes one range as `parseDateRange` reads it. */
export function writeDateRange({ first, last }: DateRange): string {
  return first === last ? dateOf(first) : `${dateOf(first)}..${dateOf(last)}`;
}

/** Reads what `joinDateRanges` has written. What is no date in it, as a newer version may write, names no day. */
export function splitDateRanges(text: string): readonly DateRange[] {
  return text.split(" ").flatMap((part) => parseDateRange(part) ?? []);
}

function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS;
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
