import type { Exclusions } from "../../job/exclusions/exclusions.ts";

const MOST_NAMED = 5;

/** What a job's exclusions mean, as parts of a sentence that begins with *It*: `is not started on 2026-12-24`. */
export function exclusionsInWords({ except, only, quiet, defers }: Exclusions): readonly string[] {
  const windows = quiet?.join(", ");
  return [
    ...(except === undefined ? [] : [`is not started on ${daysInWords(except)}`]),
    ...(only === undefined ? [] : [only === "" ? "is started on no day" : `is started only on ${daysInWords(only)}`]),
    ...(windows === undefined
      ? []
      : [`is quiet ${windows}${defers ? ", and what is due then waits for the end" : ""}`]),
  ];
}

/** `2026-12-24..2026-12-26, 2027-01-01 and 7 more`. */
function daysInWords(days: string): string {
  const ranges = days.split(" ");
  const more = ranges.length - MOST_NAMED;
  return more <= 0 ? ranges.join(", ") : `${ranges.slice(0, MOST_NAMED).join(", ")} and ${more} more`;
}
