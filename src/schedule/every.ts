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
  const hint = /^\d+$/.test(text)
    ? `write @every ${text}s if seconds are meant`
    : "write, for example, @every 90s or @every 1h30m";
  return `@every ${text}: "${text}" is not a duration of hours, minutes and seconds (h, m, s): ${hint}.`;
}

function unknownUnit(text: string, unit: string): string {
  const hint = unit.startsWith("d") ? " A day is 24h." : "";
  return `@every ${text}: "${unit}" is not a unit; h, m and s are.${hint}`;
}

function rounded(nanoseconds: bigint): string {
  return `@every ${nanoseconds / SECOND}s or @every ${nanoseconds / SECOND + 1n}s`;
}
