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

/** A duration in words as one with our units: `5 minutes` is `5m`, `1 hour 30 min` is `1h30m`, `1H` is `1h`. */
export function withShortUnits(written: string): string {
  const bare = written.replaceAll(/[\s_]/g, "").toLowerCase();
  return bare.replaceAll(/(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week)s?(?![a-z])/g, (unit) => unit.charAt(0));
}

/** What to write instead of a number without a unit, or of one in words: nothing that would be refused again. */
export function missingUnit(written: string): string | undefined {
  if (written.length > LONGEST_TEXT) return undefined;
  const bare = withShortUnits(written);
  if (/^\d+$/.test(bare)) {
    const isPossible = parseDuration(`${bare}m`) !== undefined;
    return isPossible ? `with its unit: ${bare}s for seconds, ${bare}m for minutes` : undefined;
  }
  return parseDuration(bare) === undefined ? undefined : `write ${bare}`;
}
