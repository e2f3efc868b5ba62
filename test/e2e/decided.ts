import type { LogLine } from "./scheduler-log.ts";

/** The instants of a job that the log says were decided, each as often as it says so, in order; and how. */
export function decidedInstants(log: readonly LogLine[], job: string, everyMs: number): number[] {
  const lines = log.filter((line) => line.job === job);
  return lines.flatMap((line) => instantsOf(line, everyMs)).sort((a, b) => a - b);
}

function instantsOf(line: LogLine, everyMs: number): number[] {
  const first = Date.parse(String(line.scheduledAt));
  if (line.event === "run-started") return [first];
  if (line.event !== "occurrence-skipped" && line.event !== "occurrence-missed") return [];
  return Array.from({ length: Number(line.count) }, (_, index) => first + index * everyMs);
}

/** Every instant from the first to the last, once. */
export function everyInstant(first: number, last: number, everyMs: number): number[] {
  return Array.from({ length: Math.round((last - first) / everyMs) + 1 }, (_, index) => first + index * everyMs);
}
