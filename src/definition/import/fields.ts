import type { FindingCode } from "./imported.ts";

/** How another scheduler reads the fields of a pattern. */
export interface Dialect {
  /** What 7 is as a day of the week: none; Sunday, at the end of a range as well; or the same as 0 in all places. */
  readonly seven: "refused" | "sunday" | "zero";
  /** Names of days and months: their first three letters alone, or in full as well. */
  readonly names: "short" | "long";
  /** What `5/15` is. */
  readonly stepFromValue: "to-the-end" | "refused";
  /** What a step is that leads beyond its field: only the first value, or refused. */
  readonly stepTooLarge: "first" | "refused";
  /** Whether `?` stands for `*`. */
  readonly hasQuestionMark: boolean;
  /** Whether there are `L`, `LW`, `15W`, `5L` and `5#2`. */
  readonly hasSpecialDays: boolean;
  /** Whether ranges may run over the end, as FRI-MON; absent where they are refused. */
  readonly hasReversedRanges?: true;
  /** Whether there are random values: `6~15`. */
  readonly hasRandomValues?: true;
  /** When day of the month and day of the week must both match. */
  readonly days: DayRule;
}

/**
 * `one-begins-with-star`: cron; both if either field begins with `*`. `one-has-star`: robfig/cron 1; both if there is a `*`
 * anywhere in either, with a step or without. `one-is-star`: robfig/cron; both if either is `*`, so
 * that `*\/2` is a restriction; `one-is-star-without-step`: cronexpr, where `*\/1` is one as well. `always`: both.
 */
export type DayRule = "one-begins-with-star" | "one-has-star" | "one-is-star" | "one-is-star-without-step" | "always";

/** A pattern in our words. */
export interface ReadPattern {
  readonly schedules: readonly string[];
  /** What is said differently here, and why. */
  readonly notes: readonly PatternNote[];
}

export interface PatternNote {
  readonly code: FindingCode;
  readonly message: string;
}

export interface WrongPattern {
  readonly wrong: string;
}

/** Five fields, or six with the second in front. */
export function readPattern(words: readonly string[], dialect: Dialect): ReadPattern | WrongPattern {
  const kinds = words.length === 5 ? KINDS.slice(1) : KINDS;
  const fields: Item[][] = [];
  const notes: PatternNote[] = [];
  for (const [index, kind] of kinds.entries()) {
    const field = readField(kind, words[index] ?? "", dialect);
    if ("wrong" in field) return field;
    notes.push(...field.notes);
    fields.push(field.items);
  }
  const texts = fields.map((items, index) => spellField(kinds[index] ?? MINUTE, items));
  const [day = [], weekday = []] = [fields.at(-3), fields.at(-1)];
  const times = withoutSecond(
    dialect.days === "one-begins-with-star" ? keepStar(texts, fields) : texts.slice(0, -3),
  ).join(" ");
  const [dayText = "*", month = "*", weekdayText = "*"] = texts.slice(-3);
  const join = (d: string, w: string) => `${times} ${d} ${month} ${w}`;
  const isRestricted = (items: readonly Item[]) => !items.some((item) => isStar(item, dialect.days));
  if (dialect.days === "always") {
    const isBoth = isNarrow(day) && isNarrow(weekday);
    if (isBoth)
      notes.push({
        code: "import-day-and",
        message: "the day of the month and the day of the week must both match: + says so",
      });
    return { schedules: [join(dayText, isBoth ? `+${weekdayText}` : weekdayText)], notes };
  }
  if (dialect.days === "one-begins-with-star") {
    const isBoth = [day, weekday].some(([first]) => first?.is === "value" && first.hadStar === true);
    return {
      schedules: [join(dayText, isBoth && isNarrow(day) && isNarrow(weekday) ? `+${weekdayText}` : weekdayText)],
      notes,
    };
  }
  if (dialect.days === "one-has-star" && [day, weekday].some((items) => items.some(hasStar))) {
    const isBoth = isNarrow(day) && isNarrow(weekday) && !dayText.startsWith("*") && !weekdayText.startsWith("*");
    return { schedules: [join(dayText, isBoth ? `+${weekdayText}` : weekdayText)], notes };
  }
  const [d, w] = [isRestricted(day) ? dayText : "*", isRestricted(weekday) ? weekdayText : "*"];
  if (d === "*" || w === "*" || !(d.startsWith("*") || w.startsWith("*"))) return { schedules: [join(d, w)], notes };
  const message = `there ${d} ${w} means one of the two is enough; here a field that begins with * asks for both, so there are two schedules`;
  notes.push({ code: "import-day-or", message });
  return { schedules: [join(d, "*"), join("*", w)], notes };
}

/** Returns a schedule of five or six fields in some years alone. */
export function inYears(schedule: string, years: string): string {
  const words = schedule.split(" ");
  return [...(words.length === 5 ? ["0", ...words] : words), years].join(" ");
}

/**
 * Returns the texts of the times. Whether one of them begins with `*` decides about nights on which clocks change; where the
 * only star had a step beyond its field, it stays, with the largest step that is allowed.
 */
function keepStar(texts: readonly string[], fields: readonly (readonly Item[])[]): readonly string[] {
  const times = texts.slice(0, -3);
  if (times.some((text) => text.startsWith("*"))) return times;
  const sizes = times.length === 2 ? [60, 24] : [60, 60, 24];
  return times.map((text, index) => {
    const first = fields[index]?.[0];
    return first?.is === "value" && first.hadStar ? text.replace(/^\d+/, `*/${sizes[index]}`) : text;
  });
}

interface Kind {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

const MINUTE: Kind = { name: "minute", min: 0, max: 59, names: [] };
const WEEKDAY: Kind = { name: "day of the week", min: 0, max: 6, names: WEEKDAYS };
const DAY: Kind = { name: "day of the month", min: 1, max: 31, names: [] };
const KINDS: readonly Kind[] = [
  { name: "second", min: 0, max: 59, names: [] },
  MINUTE,
  { name: "hour", min: 0, max: 23, names: [] },
  DAY,
  { name: "month", min: 1, max: 12, names: MONTHS },
  WEEKDAY,
];

/** One of the parts of a field that stand between commas. */
type Item =
  | { readonly is: "all"; readonly step?: number }
  | { readonly is: "range"; readonly from: number; readonly to: number; readonly step?: number }
  | { readonly is: "open"; readonly from: number; readonly step: number }
  /** `hadStar`: it was written as a star with a step beyond the field. */
  | { readonly is: "value"; readonly value: number; readonly hadStar?: true }
  /** A value of the job's own. */
  | { readonly is: "hash"; readonly from: number; readonly to: number }
  | { readonly is: "special"; readonly text: string };

function isStar(item: Item, days: DayRule): boolean {
  if (item.is !== "all") return false;
  return item.step === undefined || (item.step === 1 && days === "one-is-star");
}

function hasStar(item: Item): boolean {
  return item.is === "all" || (item.is === "value" && item.hadStar === true);
}

/** True for a field that does not let every day pass. */
function isNarrow(items: readonly Item[]): boolean {
  return !items.some((item) => item.is === "all" && (item.step ?? 1) === 1);
}

interface ReadField {
  readonly items: Item[];
  readonly notes: readonly PatternNote[];
}

function readField(kind: Kind, text: string, dialect: Dialect): ReadField | WrongPattern {
  const items: Item[] = [];
  const notes: PatternNote[] = [];
  for (const part of text.split(",")) {
    const item = readItem(kind, part, dialect);
    if ("wrong" in item) return item;
    items.push(item.item);
    if (item.note !== undefined) notes.push(item.note);
  }
  return { items, notes };
}

type ReadItem = { readonly item: Item; readonly note?: PatternNote } | WrongPattern;

function readItem(kind: Kind, part: string, dialect: Dialect): ReadItem {
  if (dialect.hasSpecialDays) {
    const special = readSpecial(kind, part, dialect);
    if (special !== undefined) return { item: { is: "special", text: special } };
  }
  if (dialect.hasRandomValues && part.includes("~")) return readRandom(kind, part, dialect);
  const [base = "", stepText, ...more] = part.split("/");
  if (more.length > 0) return wrongValue(kind, part);
  const step = stepText === undefined ? undefined : /^\d{1,9}$/.test(stepText) ? Number(stepText) : 0;
  if (step === 0) return { wrong: `"${stepText}" in "${part}" is not a step` };
  if (base === "*" || (base === "?" && dialect.hasQuestionMark)) {
    const item: Item = { is: "all", ...(step !== undefined && { step }) };
    return fitStep(kind, item, { part, dialect });
  }
  const [first = "", second, ...others] = base.split("-");
  if (others.length > 0) return wrongValue(kind, part);
  const from = numberFor(kind, first, dialect);
  if (from === undefined) return wrongValue(kind, first);
  if (second === undefined) {
    if (step === undefined) return { item: { is: "value", value: from } };
    if (dialect.stepFromValue === "refused") return { wrong: `a step needs a range before it, and "${part}" has none` };
    return fitStep(kind, { is: "open", from, step }, { part, dialect });
  }
  const to = numberFor(kind, second, dialect);
  if (to === undefined) return wrongValue(kind, second);
  if (from > to && !dialect.hasReversedRanges) return { wrong: `the range "${base}" runs backwards` };
  return fitStep(kind, { is: "range", from, to, ...(step !== undefined && { step }) }, { part, dialect });
}

/** A step beyond the field leaves its first value, and a schedule here must not have one. */
function fitStep(
  kind: Kind,
  item: Exclude<Item, { is: "hash" | "special" | "value" }>,
  { part, dialect }: { readonly part: string; readonly dialect: Dialect },
): ReadItem {
  const { step } = item;
  const size = kind.max - kind.min + 1;
  if (step === undefined) return { item };
  const largest = item.is === "open" ? kind.max : size;
  if (dialect.stepTooLarge === "refused" && step > kind.max)
    return { wrong: `the step in "${part}" is larger than its field` };
  if (step <= largest) return { item };
  const value = item.is === "all" ? kind.min : item.from;
  const message = `"${part}" was due once in its field, at ${value}: a step does not lead beyond its field`;
  const hadStar = item.is === "all" ? { hadStar: true as const } : {};
  return { item: { is: "value", value, ...hadStar }, note: { code: "import-step", message } };
}

function readRandom(kind: Kind, part: string, dialect: Dialect): ReadItem {
  const [first = "", second = "", ...others] = part.split("~");
  if (others.length > 0) return wrongValue(kind, part);
  const from = first === "" ? kind.min : numberFor(kind, first, dialect);
  const to = second === "" ? kind.max : numberFor(kind, second, dialect);
  if (from === undefined || to === undefined || from > to) return wrongValue(kind, part);
  const message = `"${part}" is a value that cron draws from ${from} to ${to} whenever it reads the file; H is one of them that follows from the name of the job, and stays`;
  return { item: { is: "hash", from, to }, note: { code: "import-jitter", message } };
}

/** `L`, `LW`, `15W`; `5L` and `5#2`, with the name of the day. Undefined for anything else. */
function readSpecial(kind: Kind, part: string, dialect: Dialect): string | undefined {
  const upper = part.toUpperCase();
  if (kind === DAY) {
    const [, day] = /^(\d+)W$/.exec(upper) ?? [];
    if (day !== undefined) return numberFor(DAY, day, dialect) === undefined ? undefined : upper;
    return upper === "L" || upper === "LW" ? upper : undefined;
  }
  if (kind !== WEEKDAY) return undefined;
  const [, day, nth] = /^(\w+)#([1-5L])$/.exec(upper) ?? /^(\w+?)(L)$/.exec(upper) ?? [];
  const weekday = day === undefined ? undefined : numberFor(WEEKDAY, day, dialect);
  return weekday === undefined ? undefined : `${weekdayName(weekday)}#${nth}`;
}

function numberFor(kind: Kind, text: string, { seven, names }: Dialect): number | undefined {
  const lower = text.toLowerCase();
  const named = kind.names.findIndex((name) => name.slice(0, 3) === lower || (names === "long" && name === lower));
  if (named >= 0) return kind.min + named;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (kind === WEEKDAY && value === 7 && seven !== "refused") return seven === "zero" ? 0 : 7;
  return value >= kind.min && value <= kind.max ? value : undefined;
}

function wrongValue(kind: Kind, text: string): WrongPattern {
  return { wrong: `"${text}" is not ${kind.name === "hour" ? "an" : "a"} ${kind.name}` };
}

function spellField(kind: Kind, items: readonly Item[]): string {
  return items.map((item) => spellItem(kind, item)).join(",");
}

function spellItem(kind: Kind, item: Item): string {
  const value = (number: number) => (kind === WEEKDAY ? weekdayName(number) : String(number));
  const step = "step" in item && item.step !== undefined ? `/${item.step}` : "";
  switch (item.is) {
    case "special":
      return item.text;
    case "value":
      return value(item.value);
    case "hash":
      return `H(${item.from}-${item.to})`;
    case "all":
      return `*${step}`;
    // A range from Sunday to Sunday is every day; written by name it would be one.
    case "range":
      return kind === WEEKDAY && item.from === 0 && item.to === 7
        ? `SUN-SAT${step}`
        : `${value(item.from)}-${value(item.to)}${step}`;
    case "open":
      return kind === WEEKDAY ? `${value(item.from)}-SAT${step}` : `${item.from}${step}`;
  }
}

function weekdayName(number: number): string {
  return (WEEKDAYS[number % 7] ?? "").slice(0, 3).toUpperCase();
}

function withoutSecond(words: readonly string[]): readonly string[] {
  return words.length === 3 && /^0+$/.test(words[0] ?? "") ? words.slice(1) : words;
}
