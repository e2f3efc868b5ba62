import { formatDuration, parseDuration } from "../../values/duration.ts";
import { dockerPattern } from "../docker-pattern.ts";

/** A pattern that Kubernetes takes, or why there is none. */
export type KubernetesPattern =
  | { readonly pattern: string; readonly timezone?: string; readonly isInterval?: true }
  | { readonly wrong: string; readonly hint?: string };

const KUBERNETES = "Kubernetes";

/**
 * Writes a valid schedule of ours as Kubernetes reads it (robfig/cron: five fields). There, only a day field that is `*` asks
 * for nothing; here one that begins with `*` asks for both days, as `+` does.
 */
export function kubernetesPattern(schedule: string): KubernetesPattern {
  const [, zone, rest = schedule] = /^\s*(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(schedule) ?? [];
  const timezone = zone === undefined ? {} : { timezone: zone };
  const written = rest.trim();
  const [nickname = "", ...period] = written.split(/\s+/);
  if (nickname.toLowerCase() === "@at") return { wrong: `${KUBERNETES} has no single times`, hint: "a Job runs once" };
  if (nickname.toLowerCase() === "@every") {
    if (period.some((word) => word.toLowerCase() === "from"))
      return { wrong: `${KUBERNETES} counts from when the CronJob was made` };
    const durationMs = parseDuration(period.join(""));
    if (durationMs === undefined || durationMs % 1000 !== 0)
      return { wrong: `${KUBERNETES} counts whole seconds`, hint: "@every 1m is possible" };
    return { pattern: `@every ${goDuration(durationMs)}`, ...timezone, isInterval: true };
  }
  const words = nickname.toLowerCase() === "@every_minute" ? ["*", "*", "*", "*", "*"] : written.split(/\s+/);
  if (words.length === 7)
    return {
      wrong: `${KUBERNETES} has no years`,
      hint: `the nearest is ${words.slice(1, -1).join(" ")}, in each year`,
    };
  if (words.length === 6 && /^0+$/.test(words[0] ?? "")) words.shift();
  if (words.length === 6)
    return {
      wrong: `${KUBERNETES} has no seconds`,
      hint: `the nearest is ${words.slice(1).join(" ")}, and a command that waits`,
    };
  const isAnd = words[4]?.startsWith("+") === true;
  const plain = words.map((word) => word.replace(/^\+/, "").replaceAll(/(^|,)\?/g, "$1*"));
  const read = dockerPattern(plain.join(" "), KUBERNETES);
  if ("wrong" in read) return { ...read, ...nearest(plain) };
  const [minute = "*", hour = "*", dayField = "*", month = "*", weekdayField = "*"] = read.pattern.split(" ");
  const day = dayOf(dayField, { first: 1, last: 31 });
  const weekday = dayOf(weekdayField, { first: 0, last: 6 });
  const join = (d: string, w: string) => ({ pattern: [minute, hour, d, month, w].join(" "), ...timezone });
  if (!isAnd && !day.beginsWithStar && !weekday.beginsWithStar) return join(day.text, weekday.text);
  if (day.isEvery) return join("*", weekday.isEvery ? "*" : weekday.text);
  if (weekday.isEvery) return join(day.text, "*");
  return {
    wrong: `both days must match, and for ${KUBERNETES} one of them is enough`,
    hint: `the nearest is ${[minute, hour, "*", month, weekday.text].join(" ")}, and a command that looks at the day of the month`,
  };
}

/** As Go writes durations. */
function goDuration(durationMs: number): string {
  const hours = Math.floor(durationMs / 3_600_000);
  const rest = durationMs % 3_600_000;
  return `${hours === 0 ? "" : `${hours}h`}${rest === 0 && hours > 0 ? "" : formatDuration(rest)}`;
}

interface DayField {
  /** Without a star that says nothing. */
  readonly text: string;
  readonly isEvery: boolean;
  readonly beginsWithStar: boolean;
}

function dayOf(field: string, { first, last }: { readonly first: number; readonly last: number }): DayField {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [, low, high, step = "1"] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const from = low === "*" ? first : Number(low);
    const to = low === "*" ? last : Number(high ?? low);
    // 7 is Sunday, as 0 is.
    for (let value = from; value <= to; value += Number(step)) values.add(first === 0 ? value % 7 : value);
  }
  const isEvery = values.size === last - first + 1;
  const isUnderstood = !(first === 0 && field.includes("7")) && !/(?:^|,)\*(?:\/1)?(?:,|$)/.test(field);
  const list = [...values].sort((a, b) => a - b).join(",");
  return {
    text: isEvery ? `${first}-${last}` : isUnderstood ? field : list,
    isEvery,
    beginsWithStar: field.startsWith("*"),
  };
}

/** What to write in place of `L`, `W` and `#`, of which there is nothing. */
function nearest([minute, hour, day = "", month, weekday = ""]: readonly string[]): { readonly hint?: string } {
  const write = (d: string, w: string) => [minute, hour, d, month, w].join(" ");
  const [, name, nth] = /^(\w+?)#?([1-5L])$/i.exec(weekday) ?? [];
  if (weekday.includes("#") && name !== undefined) {
    const days =
      nth === "L" || nth === "5" ? "of the last days" : `of days ${Number(nth) * 7 - 6} to ${Number(nth) * 7}`;
    return { hint: `the nearest is ${write("*", name)}, and a command that ends at once if it is none ${days}` };
  }
  if (/^L/i.test(day))
    return { hint: `the nearest is ${write("28-31", "*")}, and a command that ends at once if it is not that day` };
  const [, number] = /^(\d+)W$/i.exec(day) ?? [];
  if (number === undefined) return {};
  return { hint: `the nearest is ${write(number, "*")}, whatever day of the week that is` };
}

/**
 * Returns fewer patterns that are due at the same times: each once, and of two that differ in their days alone the one that
 * asks for either day.
 */
export function joinPatterns(patterns: readonly string[]): readonly string[] {
  const joined = [...new Set(patterns)];
  for (const [index, first] of joined.entries()) {
    const [minute, hour, day, month, weekday] = first.split(" ");
    if (weekday !== "*" || day === "*" || first.startsWith("@")) continue;
    const other = joined.findIndex((pattern) => {
      const [m, h, d, mo, w] = pattern.split(" ");
      return m === minute && h === hour && mo === month && d === "*" && w !== "*" && w !== undefined;
    });
    if (other === -1) continue;
    const both = [minute, hour, day, month, joined[other]?.split(" ")[4]].join(" ");
    return joinPatterns(joined.filter((_, place) => place !== other).with(index > other ? index - 1 : index, both));
  }
  return joined;
}
