import { withoutQuotes } from "../../job/problem.ts";

const MILLISECONDS_PER = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

type Unit = keyof typeof MILLISECONDS_PER;

const NUMBER = String.raw`(\d+(?:\.\d*)?|\.\d+)`;
const UNIT = "(ns|us|µs|ms|s|m|h|d|w)";
/** What `parseDuration` reads, but for a bare `0`. */
export const DURATION = new RegExp(`^(?:${NUMBER}${UNIT})+$`);

/** Longer than any duration that is written on purpose, with all units in it. */
const LONGEST_TEXT = 100;

/** A hundred years: far beyond any use, and far below what a date can hold. */
export const LONGEST_MS = 36_525 * MILLISECONDS_PER.d;

/**
 * Reads a duration as Compose writes it: `90s`, `1h30m`, `1.5h`, `2d`, `1w`, and a bare `0`. Whole milliseconds;
 * what is shorter than one but not nothing counts as one. Undefined when it is no duration, or above a hundred years.
 */
export function parseDuration(written: string): number | undefined {
  if (written === "0") return 0;
  if (written.length > LONGEST_TEXT || !DURATION.test(written)) return undefined;
  let total = 0;
  for (const [, count, unit] of written.matchAll(new RegExp(NUMBER + UNIT, "g")))
    total += Number(count) * MILLISECONDS_PER[unit as Unit];
  if (total > LONGEST_MS) return undefined;
  return total > 0 ? Math.max(1, Math.round(total)) : 0;
}

const WRITTEN_UNITS = ["d", "h", "m", "s", "ms"] as const;

/** Writes milliseconds as `parseDuration` reads them: `1h30m`, `250ms`, `0s`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs);
  let written = "";
  for (const unit of WRITTEN_UNITS) {
    const count = Math.floor(rest / MILLISECONDS_PER[unit]);
    if (count > 0) written += `${count}${unit}`;
    rest -= count * MILLISECONDS_PER[unit];
  }
  return written === "" ? "0s" : written;
}

/** Writes a duration in words with our units: `5 minutes` is `5m`, `1 hour 30 min` is `1h30m`, `1H` is `1h`. */
export function withShortUnits(written: string): string {
  const bare = written.replaceAll(/[\s_]/g, "").toLowerCase();
  return bare.replaceAll(/(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week)s?(?![a-z])/g, (unit) => unit.charAt(0));
}

/**
 * Returns the duration that is meant by one in another form, as `parseDuration` reads it: `5 minutes`, `PT1H30M` (ISO 8601), `1h30`,
 * `1,5h`, `“5m”`, `01:30:00`, `every 5m`. Undefined when it cannot be told.
 */
export function meantDuration(written: string): string | undefined {
  if (written.length > LONGEST_TEXT) return undefined;
  const plain = withoutQuotes(written.replace(/^\s*@?every\s+/i, ""));
  const short = withShortUnits(plain).replaceAll(/(\d),(?=\d+[a-zµ])/g, "$1.");
  const meant = fromIso(short) ?? fromClock(short) ?? withLastUnit(short);
  return parseDuration(meant) === undefined ? undefined : meant;
}

/** `pt1h30m`, `p1dt12h`, `r/pt5m`. Months and years have no length of their own. */
function fromIso(short: string): string | undefined {
  const [, days = "", times = ""] = /^(?:r\d*\/)?p([\d.wd]*)(?:t([\d.hms]+))?$/.exec(short) ?? [];
  return days + times === "" ? undefined : days + times;
}

/** `01:30:00`. Whether `01:30` has hours or minutes first is not known. */
function fromClock(short: string): string | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,4}):([0-5]\d):([0-5]\d)$/.exec(short) ?? [];
  if (hours === undefined) return undefined;
  const parts = [`${Number(hours)}h`, `${Number(minutes)}m`, `${Number(seconds)}s`].filter((part) => !/^0./.test(part));
  return parts.length === 0 ? "0s" : parts.join("");
}

const NEXT_UNIT: Readonly<Record<string, string>> = { w: "d", d: "h", h: "m", m: "s" };

/** A last number without a unit counts the next smaller one: `1h30` is `1h30m`. */
function withLastUnit(short: string): string {
  const [, unit = ""] = /\d([wdhm])\d+$/.exec(short) ?? [];
  return short + (NEXT_UNIT[unit] ?? "");
}

/** Returns what to write instead of a number without a unit, or of a duration in another form. It is never refused itself. */
export function missingUnit(written: string): string | undefined {
  if (written.length > LONGEST_TEXT) return undefined;
  const bare = withShortUnits(withoutQuotes(written));
  if (/^\d+$/.test(bare)) {
    const isPossible = parseDuration(`${bare}m`) !== undefined;
    return isPossible ? `with its unit: ${bare}s for seconds, ${bare}m for minutes` : undefined;
  }
  const [, first, second] = /^(\d{1,3}):([0-5]\d)$/.exec(bare) ?? [];
  if (first !== undefined && second !== undefined) {
    const [a, b] = [Number(first), Number(second)];
    return `with units: ${a}h${b}m for hours and minutes, ${a}m${b}s for minutes and seconds`;
  }
  if (/^p[\d.]+[my]/.test(bare)) return "months and years differ in length: write days, such as 30d";
  const meant = meantDuration(written);
  return meant === undefined ? undefined : `write ${meant}`;
}
