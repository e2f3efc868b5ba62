import { CRON_NICKNAMES } from "../../job/nicknames.ts";
import { type Dialect, type PatternNote, readPattern, type WrongPattern } from "./fields.ts";

/** A pattern of robfig/cron, in our words. */
export interface RobfigPattern {
  readonly schedules: readonly string[];
  /** From a `CRON_TZ=` or `TZ=` in front of the fields. */
  readonly timezone?: string;
  readonly notes: readonly PatternNote[];
  /** Counted from the start of its scheduler. */
  readonly isInterval?: true;
}

const ROBFIG: Dialect = {
  seven: "refused",
  names: "short",
  stepFromValue: "to-the-end",
  stepTooLarge: "first",
  hasQuestionMark: true,
  hasSpecialDays: false,
  days: "one-is-star",
};

/** robfig/cron 1: the second is always in front, and any star makes both day fields count. */
const ROBFIG_1: Dialect = { ...ROBFIG, days: "one-has-star" };

/** netresearch/go-cron: both day fields must match, ranges may run over the end, and there are `L`, `W` and `#`. */
const GO_CRON: Dialect = {
  ...ROBFIG,
  seven: "sunday",
  stepTooLarge: "refused",
  hasSpecialDays: true,
  hasReversedRanges: true,
  days: "always",
};

export interface RobfigSettings {
  /** Whether it is netresearch/go-cron that reads the pattern. */
  readonly isGoCron?: true;
  /** Whether it is robfig/cron 1: five fields have the second in front, too, and no day of the week. */
  readonly isVersion1?: true;
  /** Whether it is robfig/cron 3 as it is without options: five fields, and no second. */
  readonly isStandard?: true;
}

/** Reads five fields, six with the second in front, a short name, or `@every`. */
export function readRobfig(
  text: string,
  { isGoCron, isVersion1, isStandard }: RobfigSettings = {},
): RobfigPattern | WrongPattern {
  const [, zone, rest = text] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(text.trim()) ?? [];
  const times = rest.trim();
  if (isVersion1 && zone !== undefined) return { wrong: "a time zone in front of the fields is not known" };
  const timezone = zone === undefined || zone === "" ? {} : { timezone: zone };
  if (times.startsWith("@every ")) return readEvery(times.slice("@every ".length).trim());
  if (times.startsWith("@"))
    // It takes them in lower case alone.
    return CRON_NICKNAMES.has(times)
      ? { schedules: [times], notes: [], ...timezone }
      : { wrong: `"${times}" is not known` };
  const words = times === "" ? [] : times.split(/\s+/);
  if (isStandard && words.length !== 5) return { wrong: `it has ${words.length} fields; five are read` };
  if (words.length !== 5 && words.length !== 6) return { wrong: `it has ${words.length} fields; five or six are read` };
  if (isVersion1 && words.length === 5) words.push("*");
  const pattern = readPattern(words, isGoCron ? GO_CRON : isVersion1 ? ROBFIG_1 : ROBFIG);
  return "wrong" in pattern ? pattern : { ...pattern, ...timezone };
}

const UNITS_NS: Readonly<Record<string, number>> = {
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
};

/** A duration of Go's. It is cut to whole seconds, and is one second at least. */
function readEvery(duration: string): RobfigPattern | WrongPattern {
  if (!/^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(duration))
    return { wrong: `"${duration}" is not a duration` };
  let total = 0;
  for (const [, count = "", unit = ""] of duration.matchAll(/([\d.]+)([a-zµμ]+)/g))
    total += Number(count) * (UNITS_NS[unit] ?? 0);
  const seconds = Math.max(1, Math.floor(total / 1e9));
  const isSame = /^[\dhms]+$/.test(duration) && total === seconds * 1e9;
  const note: PatternNote = {
    code: "import-interval",
    message: `@every ${duration} counts from the start of its scheduler there, and from 1970 here: the times differ, and the distance is the same`,
  };
  return { schedules: [`@every ${isSame ? duration : `${seconds}s`}`], notes: [note], isInterval: true };
}
