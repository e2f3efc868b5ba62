import type { Usage } from "../../ledger/record.ts";
import { runTimeInWords } from "./duration.ts";

/** What an attempt used at least: `2.1 s of CPU and 103 MiB of memory`. Undefined where no figure is known. */
export function usageInWords({ cpuMs, peakMemoryBytes }: Usage = {}): string | undefined {
  const words = [
    ...(cpuMs === undefined ? [] : [`${cpuMs < 100 ? `${cpuMs} ms` : runTimeInWords(roundedDown(cpuMs))} of CPU`]),
    ...(peakMemoryBytes === undefined ? [] : [`${bytesInWords(peakMemoryBytes)} of memory`]),
  ];
  return words.length === 0 ? undefined : words.join(" and ");
}

/** From ten seconds on, words are rounded to a second, and not always down. */
function roundedDown(ms: number): number {
  return ms < 10_000 ? ms : 1000 * Math.floor(ms / 1000);
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** Rounded down, with three digits at most: `640 KiB`, `1.3 GiB`. */
export function bytesInWords(bytes: number): string {
  const place = UNITS.findLastIndex((_, index) => bytes >= 1024 ** (index + 1));
  const amount = bytes / 1024 ** (Math.max(0, place) + 1);
  return `${amount < 10 ? Math.floor(10 * amount) / 10 : Math.floor(amount)} ${UNITS[Math.max(0, place)]}`;
}
