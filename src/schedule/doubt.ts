import { timezonePrefix } from "./pattern.ts";
import { scheduleInWords } from "./schedule-in-words.ts";

/** A schedule that can be followed, and that was surely meant otherwise. */
export interface Doubt {
  /** What it means, in words. */
  readonly message: string;
  /** What to write for what was meant; and how to write the same so that it is beyond doubt. */
  readonly hint: string;
}

/** What is doubtful in a schedule that passed the check; the first thing of several. */
export function doubtOf(schedule: string): Doubt | undefined {
  const written = timezonePrefix(schedule).times.trim();
  const words = written.split(/\s+/);
  if (written.startsWith("@") || words.length < 5) return undefined;
  const [second = "", minute = "", hour = "", day = "", month = "", weekday = ""] =
    words.length === 6 ? words : ["0", ...words];
  const fields = { second, minute, hour, day, month, weekday, words };
  const hint =
    sixForFive(fields) ?? eachMinute(fields) ?? eachSecond(fields) ?? eitherDay(fields) ?? step(fields) ?? late(fields);
  if (hint === undefined) return undefined;
  const meaning = scheduleInWords(schedule);
  const means = meaning === undefined ? "may be meant otherwise" : `means: ${lowerFirst(meaning)}`;
  return { message: `"${schedule.trim()}" ${means}`, hint };
}

interface Written {
  readonly second: string;
  readonly minute: string;
  readonly hour: string;
  readonly day: string;
  readonly month: string;
  readonly weekday: string;
  /** Five or six, as they stand. */
  readonly words: readonly string[];
}

/** `0 3 * * * *`: with one `*` less it would be a time of day. */
function sixForFive({ second, minute, hour, words }: Written): string | undefined {
  if (words.length !== 6 || words.slice(2).some((word) => word !== "*")) return undefined;
  const five = [second, minute, "*", "*", "*"].join(" ");
  if (!isNumber(second) || !isNumber(minute) || Number(minute) > 23) return undefined;
  const same = second === "0" ? [minute, hour, "*", "*", "*"] : [second, minute, "*/1", "*", "*", "*"];
  return `the first of six fields is the second: for ${clock(minute, second)} each day write ${five}; if each hour is meant, ${same.join(" ")}`;
}

/** `* 3 * * *` */
function eachMinute({ second, minute, hour, words }: Written): string | undefined {
  if (!isStar(minute) || second !== "0" || !/^\d+(,\d+)*$/.test(hour)) return undefined;
  const at = words.length - 5;
  const once = words.with(at, "0").join(" ");
  return `for once, at the full hour, write ${once}; if each minute is meant, ${words.with(at, "*/1").join(" ")}`;
}

/** `* * * * * *`, `* 0 3 * * *` */
function eachSecond({ second, words }: Written): string | undefined {
  if (!isStar(second)) return undefined;
  const once = words.slice(1).every(isStar) ? words.slice(1) : words.with(0, "0");
  const same = words.with(0, "*/1").join(" ");
  return `the first of six fields is the second: for once a minute write ${once.join(" ")}; if each second is meant, ${same}`;
}

/** `0 0 13 * FRI` */
function eitherDay({ day, weekday, words }: Written): string | undefined {
  if (/^[*?]/.test(day) || /^[*?+]/.test(weekday)) return undefined;
  const both = words.with(-1, `+${weekday}`).join(" ");
  const two = `${words.with(-1, "*").join(" ")} and ${words.with(-3, "*").join(" ")}`;
  return `one of the two days is enough: if both must be true write ${both}; if not, two schedules say so: ${two}`;
}

const PERIODS = [
  { size: 60, period: "minute", unit: "s" },
  { size: 60, period: "hour", unit: "m" },
  { size: 24, period: "day", unit: "h" },
] as const;

/** A step that comes true once or twice: `*` and then /40, /60. */
function step({ second, minute, hour, words }: Written): string | undefined {
  for (const [index, field] of [second, minute, hour].entries()) {
    const { size, period, unit } = PERIODS[index] ?? PERIODS[0];
    const by = Number(/^\*\/(\d+)$/.exec(field)?.[1] ?? 0);
    if (by <= size / 2) continue;
    const same = words.with(index + words.length - 6, by === size ? "0" : `0,${by}`).join(" ");
    if (by === size) return `write ${same}, which is the same`;
    return `a step counts anew in each ${period}: for an interval write @every ${by}${unit}; if it is meant, ${same}`;
  }
  return undefined;
}

/** The months that have such a day. */
const MONTHS_WITH: ReadonlyMap<string, string> = new Map([
  ["31", "1,3,5,7,8,10,12"],
  ["30", "1,3-12"],
]);

/** `0 0 31 * *` */
function late({ day, month, weekday, words }: Written): string | undefined {
  const months = MONTHS_WITH.get(day);
  if (months === undefined || !isStar(month) || !isStar(weekday)) return undefined;
  const last = words.with(-3, "L").join(" ");
  return `a month without a day ${day} is left out: for the last day of each month write ${last}; if that is meant, ${words.with(-2, months).join(" ")}`;
}

function isStar(field: string): boolean {
  return field === "*" || field === "?";
}

function isNumber(field: string): boolean {
  return /^\d+$/.test(field);
}

function clock(hour: string, minute: string): string {
  return `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
