import type { Options } from "yargs";
import { type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Args } from "../command.ts";
import { compactDuration } from "../../view/words/duration.ts";
import type { Terminal } from "./terminal.ts";
import { isoWithOffset } from "../../view/words/time.ts";

/** How a table shows instants: `in 5h59m`, or exactly, all in one zone. */
export type TimeStyle = { readonly kind: "relative" } | { readonly kind: "exact"; readonly zone: Zone };

export const timeOptions: Readonly<Record<string, Options>> = {
  utc: { type: "boolean", describe: "Exact times, in UTC" },
  local: { type: "boolean", describe: "Exact times, in the zone of --timezone" },
};

/** Undefined, and said, when both are given. */
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
  return ms > 0 ? `in ${compactDuration(ms)}` : `${compactDuration(-ms)} ago`;
}
