import { meantDuration, parseDuration, withShortUnits } from "../../definition/values/duration.ts";
import { withoutQuotes } from "../../job/problem.ts";
import { isWrong, quoted, type Wrong, wrong } from "../wrong.ts";

/** In nanoseconds, as Go's time.ParseDuration counts: sums of fractions are exact, where floats would not be. */
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
/** The longest duration in Go. */
const LONGEST_SECONDS = 9_223_372_036n;

/** Reads the argument of `@every`, a Go duration of whole seconds, as milliseconds. */
export function parseEvery(text: string): number | Wrong {
  const total = parseNanoseconds(text);
  if (isWrong(total)) return total;
  if (total / SECOND > LONGEST_SECONDS) return wrong(`@every ${text} is longer than 290 years.`);
  if (total < SECOND) {
    const message = `@every ${text} is shorter than a second, the least that is allowed`;
    return wrong(message, { schedules: ["@every 1s"] });
  }
  if (total % SECOND !== 0n) {
    return wrong(`@every ${text} is not a whole number of seconds: write ${rounded(total)}.`);
  }
  return Number(total / SECOND) * 1000;
}

const LONGEST_TEXT = 100;

function parseNanoseconds(text: string): bigint | Wrong {
  if (text === "") return wrong("@every needs a duration: write, for example, @every 90s or @every 1h30m.");
  if (text.length > LONGEST_TEXT || !/^(?:(?:\d+(?:\.\d*)?|\.\d+)[a-zµμ]+)+$/.test(text)) return notADuration(text);
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(/(\d*)\.?(\d*)([a-zµμ]+)/g)) {
    const nanoseconds = UNITS.get(unit);
    if (nanoseconds === undefined) return unknownUnit(text, unit);
    total += (BigInt(whole + fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  return total;
}

function notADuration(text: string): Wrong {
  const message = `@every: ${quoted(text)} is not a duration of hours, minutes and seconds (h, m, s)`;
  if (text.length > LONGEST_TEXT) return wrong(`${message}: write, for example, @every 90s or @every 1h30m.`);
  if (/^\d+$/.test(text)) return wrong(message, { schedules: [`@every ${text}s`], also: " if seconds are meant" });
  const plain = withoutQuotes(text).replace(/^(\d+),(\d+)/, "$1.$2");
  const meant = meantEvery(plain) ?? calendarPeriod(text);
  if (meant !== undefined) return wrong(message, { schedules: [meant] });
  const duration = /^(\S+)\s+\S*(?:[a-z]{2}|\/)/i.exec(text)?.[1];
  if (duration !== undefined && meantEvery(duration) !== undefined) {
    const schedules = [meantEvery(duration) ?? ""];
    return wrong(`${message}. A schedule does not contain the command.`, {
      schedules,
      also: ", and the command under command",
    });
  }
  return wrong(`${message}: write, for example, @every 90s or @every 1h30m.`);
}

function unknownUnit(text: string, unit: string): Wrong {
  const meant = meantEvery(text) ?? calendarPeriod(text);
  const message = `@every ${text}: ${quoted(unit)} is not a unit; h, m and s are.`;
  return meant === undefined ? wrong(message) : wrong(message, { schedules: [meant] });
}

/** Returns the schedule for months and years, which are not durations but have names. */
function calendarPeriod(text: string): string | undefined {
  const [, unit] = /^(?:1\s*)?(month|year|quarter)s?$/i.exec(text.trim()) ?? /^P1([MY])$/i.exec(text.trim()) ?? [];
  if (unit === undefined) return undefined;
  return { m: "@monthly", y: "@yearly", month: "@monthly", year: "@yearly", quarter: "0 0 1 */3 *" }[
    unit.toLowerCase()
  ];
}

/** Returns the `@every` that is meant by days and weeks, units in words, and other durations: `1d`, `5 minutes`, `hour`, `PT5M`, `1h30`. */
export function meantEvery(text: string): string | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const one = withShortUnits(text).replace(/^(?=[a-z])/, "1");
  const short = meantDuration(text) ?? meantDuration(one) ?? one;
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
