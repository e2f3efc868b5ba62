import { parseDuration, withShortUnits } from "../jobs/duration.ts";
import { isWrong, type Wrong, wrong } from "./wrong.ts";

/** Nanoseconds, as Go's time.ParseDuration counts: `1.5h` is exact, where a float would not be. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const SECOND = 1_000_000_000n;
/** As long as Go's own durations reach. */
const LONGEST_SECONDS = 9_223_372_036n;

/** The argument of `@every`, a Go duration of whole seconds, in milliseconds. */
export function parseEvery(text: string): number | Wrong {
  const total = parseNanoseconds(text);
  if (isWrong(total)) return total;
  if (total < SECOND)
    return wrong(`@every ${text} is shorter than a second, the least that is allowed: write @every 1s.`);
  if (total % SECOND !== 0n) return wrong(`@every ${text} is not a whole number of seconds: write ${rounded(total)}.`);
  if (total / SECOND > LONGEST_SECONDS) return wrong(`@every ${text} is longer than 290 years.`);
  return Number(total / SECOND) * 1000;
}

function parseNanoseconds(text: string): bigint | Wrong {
  if (text === "") return wrong("@every lacks its duration: write, for example, @every 90s or @every 1h30m.");
  if (!/^(?:(?:\d+\.?\d*|\.\d+)[a-zµμ]+)+$/.test(text)) return wrong(notADuration(text));
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(/(\d*)\.?(\d*)([a-zµμ]+)/g)) {
    const nanoseconds = UNITS.get(unit);
    if (nanoseconds === undefined) return wrong(unknownUnit(text, unit));
    total += (BigInt(whole + fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  return total;
}

function notADuration(text: string): string {
  const meant = meantEvery(text);
  const example = meant === undefined ? "write, for example, @every 90s or @every 1h30m" : `write ${meant}`;
  const hint = /^\d+$/.test(text) ? `write @every ${text}s if seconds are meant` : example;
  return `@every ${text}: "${text}" is not a duration of hours, minutes and seconds (h, m, s): ${hint}.`;
}

function unknownUnit(text: string, unit: string): string {
  const meant = meantEvery(text);
  const hint = meant === undefined ? "" : ` Write ${meant}.`;
  return `@every ${text}: "${unit}" is not a unit; h, m and s are.${hint}`;
}

/** What is meant by days and weeks, and by units in words: `1d`, `5 minutes`, `hour`. */
export function meantEvery(text: string): string | undefined {
  const short = withShortUnits(text).replace(/^(?=[a-z])/, "1");
  const seconds = (parseDuration(short) ?? 0) / 1000;
  if (seconds < 1 || !Number.isInteger(seconds)) return undefined;
  if (/^[\d.hms]+$/.test(short)) return `@every ${short}`;
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return `@every ${parts.map(([count, unit]) => (count === 0 ? "" : `${count}${unit}`)).join("")}`;
}

function rounded(nanoseconds: bigint): string {
  return `@every ${nanoseconds / SECOND}s or @every ${nanoseconds / SECOND + 1n}s`;
}
