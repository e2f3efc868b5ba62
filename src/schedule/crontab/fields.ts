import { nearestWord } from "../../job/problem.ts";
import { quoted } from "../wrong.ts";

/** One of the six fields of a pattern. */
export interface FieldKind {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How many different values there are; one less than numbers for days of the week, as 0 and 7 are Sunday. */
  readonly size: number;
  /** The names of the values, in lower case, from `min` on. Their first three letters are enough. */
  readonly names: readonly string[];
  /** For people: the values that may be written. */
  readonly allowed: string;
  /** Reads what is neither a number nor a name: `L`, `L-3`, `LW`, `15W`, `5#2`. Undefined for anything else. */
  readonly parseSpecial?: (item: string) => readonly string[] | WrongField | undefined;
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

/** From Sunday on, as schedules write them. */
export const WEEKDAY_NAMES = WEEKDAYS.map((name) => name.slice(0, 3).toUpperCase());

const SECOND: FieldKind = { name: "second", min: 0, max: 59, size: 60, names: [], allowed: "0-59" };
const MINUTE: FieldKind = { name: "minute", min: 0, max: 59, size: 60, names: [], allowed: "0-59" };
const HOUR: FieldKind = { name: "hour", min: 0, max: 23, size: 24, names: [], allowed: "0-23" };
const DAY: FieldKind = {
  name: "day of the month",
  min: 1,
  max: 31,
  size: 31,
  names: [],
  allowed:
    "1-31, L (the last), L-3 (three days before it), 15W (the weekday nearest to the 15th) and LW (the last weekday)",
  parseSpecial: parseSpecialDay,
};
const MONTH: FieldKind = { name: "month", min: 1, max: 12, size: 12, names: MONTHS, allowed: "1-12 and JAN-DEC" };
const WEEKDAY: FieldKind = {
  name: "day of the week",
  min: 0,
  max: 7,
  size: 7,
  names: WEEKDAYS,
  allowed: "0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 (the second Friday of the month) and FRI#L (the last)",
  parseSpecial: parseSpecialWeekday,
};

const YEAR: FieldKind = { name: "year", min: 1970, max: 2099, size: 130, names: [], allowed: "1970-2099" };

/** The fields of a pattern, in order. A pattern of five fields lacks the first, and one of seven has the year after them. */
export const FIELD_KINDS = [SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY] as const;

/** Returns what the words of a pattern are, of five, six or seven; none for another number of words. */
export function kindsOf(count: number): readonly FieldKind[] {
  if (count === 7) return [...FIELD_KINDS, YEAR];
  if (count === 6) return FIELD_KINDS;
  return count === 5 ? FIELD_KINDS.slice(1) : [];
}

/** A field as it was read. */
export interface Field {
  /** Every value that matches, in canonical form: `5`, `L-3`, `15W`, `5#2`. */
  readonly values: readonly string[];
  /** It begins with `*` (or `?`): the star flag of cron.c. */
  readonly star: boolean;
  /** It has the star flag, and every value matches. */
  readonly any: boolean;
}

/** What is wrong with one item of a field. */
export interface WrongField {
  readonly wrongField: string;
  /** What to write in place of the item; undefined where that is not known. */
  readonly instead?: string;
  /** The length of an interval that was probably meant, and that no field can express. */
  readonly every?: string;
}

export function isWrongField(value: unknown): value is WrongField {
  return typeof value === "object" && value !== null && "wrongField" in value;
}

/** Reads a list of values, ranges and steps. */
export function parseField(kind: FieldKind, text: string): Field | WrongField {
  const values = new Set<string>();
  const items = text.split(",");
  const instead: (string | undefined)[] = [];
  const faults: WrongField[] = [];
  for (const item of items) {
    const parsed = readItem(kind, item);
    instead.push(isWrongField(parsed) ? parsed.instead : item);
    if (isWrongField(parsed)) faults.push(parsed);
    else for (const value of parsed) values.add(value);
  }
  if (faults.length > 0) return joinFaults(faults, instead);
  const star = /^[*?]/.test(text);
  return { values: [...values].sort(byNumber), star, any: star && values.size === kind.size };
}

/** In a longer list of mistakes, the first few show what is wrong. */
const MOST_FAULTS = 3;

/** Returns what is wrong with the items of a list, and what to write instead of the whole list. */
function joinFaults(faults: readonly WrongField[], instead: readonly (string | undefined)[]): WrongField {
  const [first, ...others] = faults;
  if (first !== undefined && others.length === 0 && instead.length === 1) return first;
  const messages = new Set(faults.map(({ wrongField }) => wrongField));
  const wrongField = [...messages].slice(0, MOST_FAULTS).join(" ");
  return instead.includes(undefined) ? { wrongField } : { wrongField, instead: instead.join(",") };
}

/** Reads one item of a list. */
export function readItem(kind: FieldKind, item: string): readonly string[] | WrongField {
  // Those in a right form have been replaced before.
  if (kind !== YEAR && /^h(?:$|[(/])/i.test(item)) return wrongHash(kind, item);
  return kind.parseSpecial?.(item) ?? parseItem(kind, item);
}

/** `h`, `H(0-70)`, `H(5)`, `H/0` */
function wrongHash(kind: FieldKind, item: string): WrongField {
  const range = `${kind.min}-${lastOf(kind)}`;
  const forms = `H, H(${range}), H/2 and H(${range})/2`;
  const wrongField = `${quoted(item)} is not a value of the job's own: ${forms} are allowed for the ${kind.name}.`;
  const [, capital = "", rest = ""] = /^(h)(.*)$/s.exec(item) ?? [];
  const value = /^H\((\d+)\)$/.exec(item)?.[1];
  const instead = capital === "h" ? `H${rest}` : value;
  return { wrongField, ...(instead !== undefined && { instead }) };
}

/** Reads `*`, `5`, `1-5`, a range across the end (`22-2`, `FRI-MON`), and steps of these; `5/15` means `5-59/15`. */
export function parseItem(kind: FieldKind, item: string): readonly string[] | WrongField {
  const [base = "", step, ...more] = item.split("/");
  if (more.length > 0) return wrongValue(kind, item, item);
  if (base === "" && step) {
    return { wrongField: `${quoted(item)} does not say where its step starts.`, instead: `*${item}` };
  }
  const range = parseRange(kind, base, item);
  if (isWrongField(range)) return range;
  if (step === undefined) return listValues(kind, range, 1);
  const isOpen = !/[*?-]/.test(base);
  const size = parseStep(kind, item, { text: step, largest: isOpen ? kind.max : kind.size });
  if (isWrongField(size)) return size;
  return listValues(kind, isOpen ? { from: wrap(kind, range.from), to: lastOf(kind) } : range, size);
}

/** Returns the number that `text` stands for; undefined if it is neither a number in range nor a name. */
function numberFor(kind: FieldKind, text: string): number | undefined {
  const lower = text.toLowerCase();
  const named = kind.names.findIndex((name) => name === lower || name.slice(0, 3) === lower);
  if (named >= 0) return kind.min + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= kind.min && value <= kind.max ? value : undefined;
}

function wrongValue(kind: FieldKind, text: string, item: string): WrongField {
  const where = text === item ? "" : ` in ${quoted(item)}`;
  const what =
    text === "" ? "A value is missing" : `${quoted(text)} is not ${kind.name === "hour" ? "an" : "a"} ${kind.name}`;
  const { says = "", instead } = hintFor(kind, item, text);
  return {
    wrongField: `${what}${where}: ${kind.allowed} are allowed.${says}`,
    ...(instead !== undefined && { instead }),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function parseRange(kind: FieldKind, base: string, item: string): Range | WrongField {
  if (base === "*" || base === "?") return { from: kind.min, to: lastOf(kind) };
  const [first = "", second, ...more] = base.split("-");
  if (more.length > 0) return wrongValue(kind, base, item);
  const from = numberFor(kind, first);
  if (from === undefined) return wrongValue(kind, first, item);
  if (second === undefined) return { from, to: from };
  const to = numberFor(kind, second);
  return to === undefined ? wrongValue(kind, second, item) : { from, to };
}

function parseStep(kind: FieldKind, item: string, step: { text: string; largest: number }): number | WrongField {
  const size = /^\d{1,9}$/.test(step.text) ? Number(step.text) : 0;
  if (size >= 1 && size <= step.largest) return size;
  const wrongField = `${quoted(step.text)} in ${quoted(item)} is not a step: 1-${step.largest} are allowed.`;
  const unit = kind.size === 60 || kind.name === "hour" ? kind.name.charAt(0) : undefined;
  return { wrongField, ...(unit !== undefined && size > 0 && { every: `${size}${unit}` }) };
}

function listValues(kind: FieldKind, { from, to }: Range, step: number): string[] {
  const start = from > to ? wrap(kind, from) : from;
  const end = start > to ? to + kind.size : to;
  const values: string[] = [];
  for (let value = start; value <= end; value += step) values.push(String(wrap(kind, value)));
  return values;
}

export function lastOf(kind: FieldKind): number {
  return kind.min + kind.size - 1;
}

/** True for the field that patterns of seven fields end with. */
export function isYear(kind: FieldKind): boolean {
  return kind === YEAR;
}

/** Maps a value past the end to one from the start; Sunday's 7 becomes 0. */
function wrap(kind: FieldKind, value: number): number {
  return kind.min + ((value - kind.min) % kind.size);
}

interface ItemHint {
  /** A sentence, after a space. */
  readonly says?: string;
  readonly instead?: string;
}

const FOR_RANDOM = " There are no random values: H is a value of the job's own.";

function hintFor(kind: FieldKind, item: string, text: string): ItemHint {
  if (kind.name === "hour" && item === "24") return { says: " Midnight is 0.", instead: "0" };
  if (kind.size === 60 && item === "60") return { instead: "0" };
  // The whole period, written up to the start of the next.
  if (item === `${kind.min}-${kind.size}`) return { instead: `${kind.min}-${kind.max}` };
  if (/^R(?:$|[(/])/.test(item)) return { says: FOR_RANDOM, instead: `H${item.slice(1)}` };
  const [, low, high] = /^(\w*)~(\w*)$/.exec(item) ?? [];
  if (low !== undefined && high !== undefined)
    return { says: FOR_RANDOM, instead: low + high === "" ? "H" : `H(${low || kind.min}-${high || lastOf(kind)})` };
  const [, from] = /^(\d{1,2})-L$/i.exec(item) ?? [];
  if (from !== undefined) return { says: " A day that a month does not have is left out.", instead: `${from}-31` };
  if (kind.name === "day of the week" && /^L$/i.test(item))
    return { says: " What Quartz calls L is Saturday.", instead: "SAT" };
  const [, day] = /^L([0-7])$/i.exec(item) ?? [];
  if (kind.name === "day of the week" && day !== undefined) return { instead: `${day}L` };
  const meant = /^[a-z]{2,20}$/i.test(text) ? meantName(kind, text) : undefined;
  if (meant === undefined) return {};
  return { says: ` Did you mean ${meant}?`, instead: item.replace(text, meant) };
}

/** Returns the only name that begins like this (`Thurs`, `Mo`), or the nearest one. */
function meantName({ names }: FieldKind, written: string): string | undefined {
  const [only, ...others] = names.filter((name) => name.startsWith(written.toLowerCase()));
  return only !== undefined && others.length === 0 ? only : nearestWord(written, names);
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);
}

function parseSpecialDay(item: string): readonly string[] | WrongField | undefined {
  const upper = item.toUpperCase();
  if (upper === "L" || upper === "LW") return [upper];
  if (upper.startsWith("L-")) return parseCounted(upper, item);
  const [, text] = /^(\d+)W$/.exec(upper) ?? [];
  if (text === undefined) return undefined;
  const day = numberFor(DAY, text);
  return day === undefined ? wrongValue(DAY, text, item) : [`${day}W`];
}

/** `L-3`, and `L-3W` for the weekday nearest to it. */
function parseCounted(upper: string, item: string): readonly string[] | WrongField {
  const [, days = "", nearest = ""] = /^L-(\d{1,2})(W?)$/.exec(upper) ?? [];
  const count = Number(days);
  if (count >= 1 && count <= 30) return [`L-${count}${nearest}`];
  const wrongField = `${quoted(item)} is not a day of the month: L-1 (the day before the last) to L-30 are allowed.`;
  return { wrongField, ...(count === 0 && /^\d+$/.test(days) && { instead: `L${nearest}` }) };
}

/** `5#2`, `MON-FRI#1`, `FRI#L`, and `5L` as Quartz writes the last one. */
function parseSpecialWeekday(item: string): readonly string[] | WrongField | undefined {
  const [, days, nth] = /^([^#]*)#(.*)$/.exec(item) ?? /^([0-7]|[a-z]{3,})(L)$/i.exec(item) ?? [];
  if (days === undefined || nth === undefined) return undefined;
  if (!/^[1-5L]$/i.test(nth)) {
    return {
      wrongField: `${quoted(`#${nth}`)} in ${quoted(item)} is not allowed: #1 to #5 and #L (the last of the month) are.`,
    };
  }
  if (/[*?/]/.test(days)) return wrongValue(WEEKDAY, days, item);
  const values = parseItem(WEEKDAY, days);
  return isWrongField(values) ? values : values.map((value) => `${value}#${nth.toUpperCase()}`);
}
