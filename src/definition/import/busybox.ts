import type { PatternNote, ReadPattern, WrongPattern } from "./fields.ts";

/**
 * Reads five fields as BusyBox's crond does (measured with 1.37). It has a table of values for each field, fills in what it
 * can read, logs what it cannot, and goes by the table: a 7 for the day of the week becomes every day.
 */
export function readBusyboxPattern(words: readonly string[]): ReadPattern | WrongPattern {
  const fields = FIELDS.map((field, index) => readField(field, words[index] ?? ""));
  const outside = fields.find(({ isOutside }) => isOutside);
  if (outside !== undefined) return { wrong: `"${outside.word}" is not a month` };
  const [minute, hour, day, month, weekday] = fields;
  if (!minute || !hour || !day || !month || !weekday) throw new Error("a pattern has five fields");
  const dates = datesOf(day, weekday);
  const isNever = [minute, hour, month].some(({ values }) => values.size === 0);
  if (isNever || dates === undefined) return { wrong: "no time is in what it reads of this, so the command never ran" };
  const [days, weekdays] = dates;
  return {
    schedules: [[spell(minute), spell(hour), days, spell(month), weekdays].join(" ")],
    notes: fields.flatMap(noteOn),
  };
}

interface Field {
  readonly name: string;
  /** Values that its table has, from 0. Days have a day 0, which only a star, or a range over the end, fills in. */
  readonly size: number;
  /** What is added to a number that is written. */
  readonly offset: number;
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", size: 60, offset: 0, names: [] },
  { name: "hour", size: 24, offset: 0, names: [] },
  { name: "day of the month", size: 32, offset: 0, names: [] },
  { name: "month", size: 12, offset: -1, names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  { name: "day of the week", size: 7, offset: 0, names: "sun mon tue wed thu fri sat".split(" ") },
];

interface ReadField {
  readonly field: Field;
  readonly word: string;
  /** What its table says after the word was read, as far as that was possible. */
  readonly values: ReadonlySet<number>;
  /** It logs that it cannot read the word, or not all of it. */
  readonly isLogged: boolean;
  /** It writes outside of its table. */
  readonly isOutside?: true;
}

/** More values than any table has: there it gives up on a range whose end is no value. */
const MOST_STEPS = 1024;

/** Follows its parser, which stops at the first part that it cannot read and keeps what it has. */
function readField(field: Field, word: string): ReadField {
  const values = new Set<number>();
  for (const part of word.split(",")) {
    const [, star, low = "", high, step, rest] = PART.exec(part.toLowerCase()) ?? [];
    let [from, to] = [0, field.size - 1];
    if (star === undefined) {
      const [first, last] = [placeOf(field, low), high === undefined ? undefined : placeOf(field, high)];
      if (first === undefined || (high !== undefined && last === undefined))
        return { field, word, values, isLogged: true };
      // A month 0 is -1 to it, and -1 is "not given yet": in 0-5 the 5 is the first value.
      from = first < 0 && last !== undefined ? last : first;
      to = first < 0 || last === undefined ? from : last;
      if (from < 0 || to < 0) return { field, word, values, isLogged: true, isOutside: true };
    }
    if (!fill(values, { from, to, step: step === undefined ? 1 : Number(step), size: field.size }))
      return { field, word, values, isLogged: true };
    if (rest !== "") return { field, word, values, isLogged: true };
  }
  return { field, word, values, isLogged: false };
}

/** A star, a number or the first letters of a name; a range; a step; and what it cannot read. */
const PART = /^(?:(\*)|(\d{1,9}|[a-z]{3})(?:-(\d{1,9}|[a-z]{3}))?)(?:\/(\d{0,9}))?(.*)$/s;

function placeOf({ names, offset }: Field, written: string): number | undefined {
  if (/^\d/.test(written)) return Number(written) + offset;
  const index = names.indexOf(written);
  return index === -1 ? undefined : index;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly size: number;
}

/** Goes round the table until it meets the end of the range. Returns false if it never does. */
function fill(values: Set<number>, { from, to, step, size }: Range): boolean {
  let value = from - 1;
  let left = 1;
  for (let count = 1; ; count++) {
    value = (value + 1) % size;
    if (--left === 0) {
      values.add(value);
      left = step;
    }
    if (count === MOST_STEPS) return false;
    if (value === to) return true;
  }
}

/** The two day fields: one is enough, unless one of them takes all. Undefined if no day matches. */
function datesOf(day: ReadField, weekday: ReadField): readonly [string, string] | undefined {
  const [isDayUsed, isWeekdayUsed] = [day.values.size < 32, weekday.values.size < 7];
  const days = isDayUsed ? [...day.values].filter((value) => value > 0) : [];
  const weekdays = isWeekdayUsed ? weekday.values.size : 0;
  if (days.length === 31 || !(isDayUsed || isWeekdayUsed)) return ["*", "*"];
  if (days.length === 0 && weekdays === 0) return undefined;
  return [
    days.length === 0 ? "*" : spell(day, { hasStar: false }),
    weekdays === 0 ? "*" : spell(weekday, { hasStar: days.length === 0 }),
  ];
}

/** Returns a field in our words: as it is written where that means the same here, and its values otherwise. */
function spell({ field, word, values, isLogged }: ReadField, { hasStar = true } = {}): string {
  const isDay = field.size === 32;
  const own = isLogged || (!hasStar && word.includes("*")) ? undefined : ourValues(field, word);
  const meant = [...values].filter((value) => !isDay || value > 0);
  if (own !== undefined && own.size === meant.length && meant.every((value) => own.has(value)))
    return field.size === 7
      ? word.replaceAll(/\d+|[a-z]{3}/gi, (text, at) => (word[at - 1] === "/" ? text : named(text)))
      : word;
  if (values.size === field.size) return "*";
  const first = field.offset === -1 ? 1 : 0;
  return ranges(meant.toSorted((a, b) => a - b))
    .map((range) => range.map((value) => (field.size === 7 ? named(String(value)) : String(value + first))).join("-"))
    .join(",");
}

function named(text: string): string {
  const names = FIELDS[4]?.names ?? [];
  return (names[Number(text)] ?? text).toUpperCase();
}

/** What a word means here, for the plain forms that both have; undefined for all others. */
function ourValues(field: Field, word: string): ReadonlySet<number> | undefined {
  const own = new Set<number>();
  for (const part of word.toLowerCase().split(",")) {
    const [, star, low = "", high, step] =
      /^(?:(\*)|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const first = field.size === 32 ? 1 : 0;
    const [from, to] = star ? [first, field.size - 1] : [placeOf(field, low), placeOf(field, high ?? low)];
    if (from === undefined || to === undefined || from < first || to >= field.size || from > to) return undefined;
    const by = Number(step ?? 1);
    if (by === 0 || by > field.size - first || (step !== undefined && !star && high === undefined)) return undefined;
    for (let value = from; value <= to; value += by) own.add(value);
  }
  return own;
}

/** Neighbours become a range where there are three of them. */
function ranges(values: readonly number[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last !== undefined && last.at(-1) === value - 1) last.push(value);
    else found.push([value]);
  }
  return found.flatMap((run) => (run.length < 3 ? run.map((value) => [value]) : [[run[0] ?? 0, run.at(-1) ?? 0]]));
}

function noteOn({ field, word, values, isLogged }: ReadField): readonly PatternNote[] {
  const size = field.size === 32 ? values.size - Number(values.has(0)) : values.size;
  const taken =
    size === (field.size === 32 ? 31 : field.size)
      ? "all of them"
      : size === 0
        ? "none"
        : spell({ field, word, values, isLogged });
  if (isLogged)
    return [
      {
        code: "import-line",
        message: `crond cannot read "${word}" as a ${field.name}, logs that, and goes on with ${taken}`,
      },
    ];
  const own = ourValues(field, word);
  const isSame = own !== undefined && own.size === size && [...own].every((value) => values.has(value));
  if (isSame || !word.includes("/")) return [];
  return [{ code: "import-step", message: `"${word}" is ${taken} to crond, as a ${field.name}` }];
}
