import { inYears } from "../fields.ts";
import type { FindingCode } from "../imported.ts";

/** What a trigger of deck-chores becomes. */
export interface Trigger {
  readonly schedule: string;
  readonly note?: { readonly code: FindingCode; readonly message: string };
}

export interface WrongTrigger {
  readonly code: FindingCode;
  readonly wrong: string;
  readonly hint?: string;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const WEEKDAYS = "mon tue wed thu fri sat sun".split(" ");
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** From the greatest to the smallest. */
const FIELDS: readonly Field[] = [
  { name: "year", min: 1970, max: 9999, names: [] },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day", min: 1, max: 31, names: [] },
  { name: "week", min: 1, max: 53, names: [] },
  { name: "day of the week", min: 0, max: 6, names: WEEKDAYS },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "second", min: 0, max: 59, names: [] },
];

/**
 * Reads a `cron` of deck-chores: up to eight fields of APScheduler 3, the last of which is the second. What is missing on the
 * left is `*`. All fields must match, and Monday is 0.
 */
export function readCron(written: string): Trigger | WrongTrigger {
  const words = written.trim().split(/ +/);
  if (words.length > FIELDS.length)
    return { code: "import-line", wrong: `it has ${words.length} fields; eight are read` };
  const all = [...FIELDS.slice(words.length).map(() => "*"), ...words];
  const read = FIELDS.map((field, index) => readField(field, all[index] ?? ""));
  const wrong = read.find((each) => "wrong" in each);
  if (wrong !== undefined && "wrong" in wrong) return { code: "import-line", wrong: wrong.wrong };
  const [year, month, day, week, weekday, hour, minute, second] = read.map((each) => ("text" in each ? each : ALL));
  if (!year || !month || !day || !week || !weekday || !hour || !minute || !second)
    throw new Error("there are eight fields");
  if (!week.isAll) {
    const hint =
      words.length === 5 ? { hint: "of five fields the first is the week: week, weekday, hour, minute, second" } : {};
    return {
      code: "import-week",
      wrong: `it is limited to the weeks ${week.text} of the year, which are no field here`,
      ...hint,
    };
  }
  const isBoth = !day.isAll && !weekday.isAll;
  const times = [...(second.text === "0" ? [] : [second.text]), minute.text, hour.text];
  const schedule = [...times, day.text, month.text, isBoth ? `+${weekday.text}` : weekday.text].join(" ");
  return { schedule: year.isAll ? schedule : inYears(schedule, year.text) };
}

interface ReadField {
  /** As it is written here. */
  readonly text: string;
  readonly isAll: boolean;
}

const ALL: ReadField = { text: "*", isAll: true };

function readField(field: Field, word: string): ReadField | { readonly wrong: string } {
  const read = word.split(/ *, */).map((part) => readPart(field, part));
  const wrong = read.find((each) => "wrong" in each);
  if (wrong !== undefined && "wrong" in wrong) return wrong;
  const parts = read.flatMap((each) => ("wrong" in each ? [] : [each]));
  if (parts.some(({ isAll }) => isAll)) return ALL;
  return { text: parts.map(({ text }) => text).join(","), isAll: false };
}

function readPart(field: Field, part: string): ReadField | { readonly wrong: string } {
  const no = { wrong: `"${part}" is not a ${field.name}` };
  const [, star, low, high, by] = /^(?:(\*)|(\d{1,9})(?:-(\d{1,9}))?)(?:\/(\d{1,9}))?$/.exec(part) ?? [];
  const step = by === undefined ? undefined : Number(by);
  const { min, max } = field;
  if (star !== undefined) {
    if (step === undefined) return ALL;
    if (step === 0 || step > max - min)
      return { wrong: `the step in "${part}" does not lead to another ${field.name}` };
    return step === 1 ? ALL : spell(field, { from: min, to: max, step, text: part });
  }
  if (low !== undefined) {
    const from = Number(low);
    const to = high === undefined ? (step === undefined ? from : max) : Number(high);
    if (from < min || to > max || from > to) return no;
    // A range that ends with 0 has no end to it.
    if (step !== undefined && (step === 0 || step > (to || max) - from))
      return { wrong: `the step in "${part}" does not lead to another ${field.name}` };
    return spell(field, { from, to, step, text: part });
  }
  if (field.name === "day" && /^last/i.test(part)) return { text: "L", isAll: false };
  // What follows a name, such as a step, is not looked at.
  const [, first, last] = /^([a-z]+)(?:-([a-z]+))?/i.exec(part) ?? [];
  const [from, to] = [indexIn(field, first), indexIn(field, last ?? first)];
  if (from === undefined || to === undefined || from > to) return no;
  return spell(field, { from, to, step: undefined, text: last === undefined ? (first ?? "") : `${first}-${last}` });
}

function indexIn({ names, min }: Field, name: string | undefined): number | undefined {
  const index = names.indexOf(name?.toLowerCase() ?? "");
  return index === -1 ? undefined : min + index;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number | undefined;
  readonly text: string;
}

/** Numbers stay as they are written; days of the week become names, because they are counted from Sunday here. */
function spell({ names }: Field, { from, to, step, text }: Range): ReadField {
  if (names !== WEEKDAYS) return { text, isAll: false };
  const name = (day: number) => (WEEKDAYS[day] ?? "").toUpperCase();
  if (from === 0 && to === 6 && step === undefined) return ALL;
  if (step === undefined) return { text: from === to ? name(from) : `${name(from)}-${name(to)}`, isAll: false };
  const days = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => name(from + index * step));
  return { text: days.join(","), isAll: false };
}

const INTERVALS: ReadonlyMap<string, number> = new Map([
  ["weekly", 604_800],
  ["daily", 86_400],
  ["hourly", 3600],
  ["every minute", 60],
  ["every second", 1],
]);

const SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** Reads an `interval`: a name, numbers with units, or weeks, days, hours, minutes and seconds, filled from the left. */
export function readInterval(written: string): Trigger | WrongTrigger {
  const seconds = INTERVALS.get(written) ?? (/\p{L}/u.test(written) ? readUnits(written) : readNumbers(written));
  if (seconds === undefined || seconds === 0) return { code: "import-line", wrong: `"${written}" is no interval` };
  const message = `the interval counts from when deck-chores sees the container there, and from 1970 here: the times differ, and the distance is the same`;
  return { schedule: `@every ${inUnits(seconds)}`, note: { code: "import-interval", message } };
}

/** Seconds, of numbers that may have a fraction, each with a word whose first letter is the unit. */
export function readUnits(written: string): number | undefined {
  let [digits, total, isIgnored] = ["", 0, false];
  for (const char of written.toLowerCase()) {
    if (/[\d.]/.test(char)) {
      isIgnored = false;
      digits += char;
      continue;
    }
    if (isIgnored) continue;
    const unit = SECONDS[char];
    if (unit !== undefined && digits !== "") {
      if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits)) return undefined;
      total += unit * Number(digits);
      digits = "";
    }
    if (/\p{L}/u.test(char)) isIgnored = true;
  }
  return Math.trunc(total);
}

function readNumbers(written: string): number | undefined {
  const words = written.replaceAll(/[.:/]/g, " ").trim().split(/ +/);
  if (words.length > 5 || !words.every((word) => /^\d{1,9}$/.test(word))) return undefined;
  const units = [604_800, 86_400, 3600, 60, 1].slice(-words.length);
  return words.reduce((sum, word, index) => sum + Number(word) * (units[index] ?? 0), 0) || 1;
}

function inUnits(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts.map(([count, unit]) => (count === 0 ? "" : `${count}${unit}`)).join("");
}
