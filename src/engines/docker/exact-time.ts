const EXACT_TIME = /^.{19}\.\d{9}Z$/;

/**
 * Returns a time of an engine in UTC and with nine digits: then texts are in the order of their instants, to the
 * nanosecond. Engines leave out zeros at the end (`…:05.1Z` stands for `…:05.100000000Z`), and some name a zone.
 */
export function exactTime(written: string): string {
  if (EXACT_TIME.test(written)) return written;
  const digits = /\.(\d+)/.exec(written)?.[1] ?? "";
  const seconds = new Date(written.replace(/\.\d+/, "")).toISOString().slice(0, -".000Z".length);
  return `${seconds}.${digits.slice(0, 9).padEnd(9, "0")}Z`;
}

/** Compares two times of an engine by their instants, for sorting: the earlier one comes first. */
export function compareTimes(a: string, b: string): number {
  const [first, second] = [exactTime(a), exactTime(b)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
