import type { Options } from "yargs";
import { type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import type { Settings } from "../../settings/settings.ts";
import { durationInWords, runTimeInWords } from "../../view/words/duration.ts";
import { isoWithOffset } from "../../view/words/time.ts";
import type { Args } from "../command.ts";
import type { Terminal } from "./terminal.ts";

/** How a table shows instants: `in 5h59m`, or exactly, all in one zone. */
export type TimeStyle = { readonly kind: "relative" } | { readonly kind: "exact"; readonly zone: Zone };

export const timeOptions: Readonly<Record<string, Options>> = {
  utc: { type: "boolean", describe: "Exact times, in UTC" },
  local: { type: "boolean", describe: "Exact times, in the zone of --timezone" },
};

/** Undefined, with a message on standard error, when both are given. */
export function readTimeStyle(
  { utc, local }: Args,
  { timezone }: Pick<Settings, "timezone">,
  terminal: Pick<Terminal, "err">,
): TimeStyle | undefined {
  if (utc === true && local === true) {
    terminal.err("shipbell: --utc and --local exclude each other");
    return undefined;
  }
  if (utc === true) return { kind: "exact", zone: zoneOf("UTC") };
  return local === true ? { kind: "exact", zone: zoneOf(timezone) } : { kind: "relative" };
}

/** `in 5h59m`, `17h59m ago`, or `2026-11-18 12:15:00Z`; `-` for none. */
export function formatInstant(instant: Date | undefined, style: TimeStyle, now: Date): string {
  if (instant === undefined) return "-";
  if (style.kind === "exact") return isoWithOffset(instant, style.zone).replace("T", " ").replace("+00:00", "Z");
  const ms = instant.getTime() - now.getTime();
  if (Math.abs(ms) < 500) return "now";
  const distance = compact(durationInWords(Math.abs(ms)));
  return ms > 0 ? `in ${distance}` : `${distance} ago`;
}

/** How long a process ran: `0.4s`, `3m13s`. */
export function shortRunTime(ms: number): string {
  return compact(runTimeInWords(ms));
}

function compact(words: string): string {
  return words.replace("min", "m").replaceAll(" ", "");
}
