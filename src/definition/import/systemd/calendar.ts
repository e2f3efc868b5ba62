import { inYears, type PatternNote, type WrongPattern } from "../fields.ts";

/** An `OnCalendar=` in our words. */
export interface CalendarPattern {
  readonly schedule: string;
  /** Its suffix. */
  readonly timezone?: string;
  readonly notes: readonly PatternNote[];
}

/** One that systemd accepts, and for which there is no schedule. */
export interface NoPattern {
  readonly restricts: "fraction";
  /** The part of it that does. */
  readonly part: string;
}

/**
 * Reads a calendar event as systemd.time(7) and `calendarspec.c` have it. Days of the week and of the month must both match
 * there. Zones are not looked up: a last word that begins with a letter is one.
 */
export function readCalendar(text: string): CalendarPattern | NoPattern | WrongPattern {
  const [, event = text, zone] = /^(.*\S) +([A-Za-z]\S*)$/s.exec(text) ?? [];
  const timezone = zone === undefined ? {} : { timezone: /^utc$/i.test(zone) ? "UTC" : zone };
  const read = readEvent(SHORT_NAMES.get(event.toLowerCase()) ?? event);
  if ("wrong" in read) return { wrong: `"${text}" is no calendar event: ${read.wrong}` };
  return "restricts" in read ? read : { ...read, ...timezone };
}

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["minutely", "*-*-* *:*:00"],
  ["hourly", "*-*-* *:00:00"],
  ["daily", "*-*-* 00:00:00"],
  ["monthly", "*-*-01 00:00:00"],
  ["weekly", "Mon *-*-* 00:00:00"],
  ...["yearly", "annually", "anually"].map((name) => [name, "*-01-01 00:00:00"] as const),
  ["quarterly", "*-01,04,07,10-01 00:00:00"],
  ...["semiannually", "semi-annually", "biannually", "bi-annually"].map(
    (name) => [name, "*-01,07-01 00:00:00"] as const,
  ),
]);

function readEvent(text: string): CalendarPattern | NoPattern | WrongPattern {
  if (text.trim() === "") return { wrong: "it is empty" };
  const [, seconds] = /^@(\d{1,11})$/.exec(text) ?? [];
  if (seconds !== undefined)
    return { schedule: `@at ${new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")}`, notes: [] };
  const [, days = "", rest = text] = /^([a-z][^ ]*)(?: +(.*)|)$/is.exec(text) ?? [];
  const weekdays = days === "" ? [] : readWeekdays(days);
  if ("wrong" in weekdays) return weekdays;
  const times = days !== "" && rest === text ? "" : rest;
  const [first = "", last, ...more] = times.split(/ +/);
  if (more.length > 0) return { wrong: `"${more.join(" ")}" is too much` };
  const [date, time] = last === undefined && first.includes(":") ? ["", first] : [first, last ?? ""];
  const day = readDate(date);
  if ("wrong" in day) return day;
  const clock = readClock(time);
  if ("wrong" in clock) return clock;
  const [hour, minute, second] = clock.fields;
  if (second?.some((item) => item.isFraction)) return { restricts: "fraction", part: clock.written };
  const spelt = [spell(SECOND, second), spell(MINUTE, minute), spell(HOUR, hour)];
  const clockText = (spelt[0] === "0" ? spelt.slice(1) : spelt).join(" ");
  const joined = joinDays({ clockText, month: spell(MONTH, day.month), day, weekdays });
  const steps = [
    ...skippingSteps(SECOND, second),
    ...skippingSteps(MINUTE, minute),
    ...skippingSteps(HOUR, hour),
    ...(day.fromEnd ? [] : skippingSteps(DAY, day.day)),
  ];
  const schedule = day.years === undefined ? joined.schedule : inYears(joined.schedule, day.years);
  return { schedule, notes: [...joined.notes, ...steps] };
}

interface DateParts {
  /** Undefined for every year. */
  readonly years: string | undefined;
  readonly month: Chain;
  readonly day: Chain;
  /** The days count from the month's last. */
  readonly fromEnd: boolean;
}

function readDate(text: string): DateParts | WrongPattern {
  if (text === "") return { years: undefined, month: undefined, day: undefined, fromEnd: false };
  const [, three, two, mark, last = ""] = /^(?:([^-~]*-))?([^-~]*)([-~])([^-~]*)$/.exec(text) ?? [];
  if (two === undefined) return { wrong: `"${text}" is no date and no time` };
  const fromEnd = mark === "~";
  const month = readChain(MONTH, two);
  const day = readChain(fromEnd ? DAY_FROM_END : DAY, last);
  const year = three?.slice(0, -1) ?? "*";
  const wrong = [month, day].find(isWrong) ?? (YEAR.test(year) ? undefined : { wrong: `"${year}" is no year` });
  if (wrong !== undefined) return wrong;
  return { years: yearsOf(year), month: month as Chain, day: day as Chain, fromEnd };
}

/** Two digits are a year from 1970 to 2069 (`fix_year`). */
function yearsOf(text: string): string | undefined {
  if (text === "*") return undefined;
  const full = (year: string) => String(Number(year) + (Number(year) < 70 ? 2000 : Number(year) < 100 ? 1900 : 0));
  return text
    .split(",")
    .map((part) => {
      const [years = "", step] = part.split("/");
      return years.split("..").map(full).join("-") + (step === undefined ? "" : `/${step}`);
    })
    .join(",");
}

const YEAR = /^(?:\*|\d+(?:\.\.\d+)?(?:\/\d+)?(?:,\d+(?:\.\.\d+)?(?:\/\d+)?)*)$/;

interface Clock {
  /** Hour, minute, second. */
  readonly fields: readonly Chain[];
  readonly written: string;
}

function readClock(text: string): Clock | WrongPattern {
  const words = text === "" ? ["0", "0", "0"] : text.split(":");
  if (words.length < 2 || words.length > 3) return { wrong: `"${text}" is no time` };
  const [hour = "", minute = "", second = "0"] = words;
  const fields = [readChain(HOUR, hour), readChain(MINUTE, minute), readChain(SECOND, second)];
  const wrong = fields.find(isWrong);
  return wrong ?? { fields: fields as Chain[], written: text };
}

const WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const WEEKDAY = /^(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)$/i;

/** From 0, which is Monday, in order. All seven are none: they restrict nothing. */
function readWeekdays(text: string): readonly number[] | WrongPattern {
  const found = new Set<number>();
  for (const part of text.replace(/(?<=.),$/, "").split(",")) {
    const [from = "", to = from, ...more] = part.split(/\.\.|-/);
    const [first, last] = [from, to].map((name) =>
      WEEKDAY.test(name) ? WEEKDAYS.indexOf(name.slice(0, 3).toUpperCase()) : undefined,
    );
    if (first === undefined || last === undefined || more.length > 0)
      return { wrong: `"${part}" is no day of the week` };
    if (first > last) return { wrong: `"${part}" runs backwards` };
    for (let day = first; day <= last; day++) found.add(day);
  }
  return found.size === 7 ? [] : [...found].toSorted((a, b) => a - b);
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const SECOND: Field = { name: "second", min: 0, max: 59 };
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const MONTH: Field = { name: "month", min: 1, max: 12 };
const DAY: Field = { name: "day of the month", min: 1, max: 31 };
const DAY_FROM_END: Field = { name: "day from the month's end", min: 1, max: 28 };

/** The parts of a field between commas; undefined for `*`. */
type Chain = readonly ChainItem[] | undefined;

interface ChainItem {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** A step without an end: it ends with the field. */
  readonly isOpen?: true;
  readonly isFraction?: true;
}

const ITEM = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?(?:\/(\d+(?:\.\d+)?))?$/;

function readChain(field: Field, text: string): Chain | WrongPattern {
  if (text === "*") return undefined;
  const items: ChainItem[] = [];
  for (const part of text.split(",")) {
    const item = readItem(field, part);
    if (typeof item === "string") return { wrong: item };
    items.push(item);
  }
  return field === DAY_FROM_END ? checkFromEnd(items, text) : items;
}

/** systemd takes three days off the earliest day that it allows for each further part of the list (`chain_valid`). */
function checkFromEnd(items: readonly ChainItem[], text: string): Chain | WrongPattern {
  const parts = items.map((item) => ({ from: item.from, to: item.isOpen ? item.from : (valuesOf(item).at(-1) ?? 0) }));
  const different = parts.filter(
    (part, at) => parts.findIndex(({ from, to }) => from === part.from && to === part.to) === at,
  );
  const sorted = different.toSorted((a, b) => a.from - b.from || a.to - b.to);
  const isValid = sorted.every(({ to }, at) => to <= DAY_FROM_END.max - 3 * at);
  return isValid ? items : { wrong: `systemd does not take "${text}" from the month's end` };
}

function readItem(field: Field, part: string): ChainItem | string {
  const numbers = ITEM.exec(part)?.slice(1) ?? [];
  const wrong = `"${part}" is not ${field === HOUR ? "an" : "a"} ${field.name}`;
  const isFraction = part.replaceAll("..", "").includes(".");
  if (numbers[0] === undefined || (isFraction && field !== SECOND)) return wrong;
  const [from, end, step] = numbers.map((number) => (number === undefined ? undefined : Number(number)));
  const most = isFraction || field === SECOND ? field.max + 0.999_999 : field.max;
  const isWithin = (value: number) => value >= field.min && value <= most;
  if (from === undefined || !isWithin(from) || (end !== undefined && (!isWithin(end) || end < from))) return wrong;
  if (step === 0) return `"${part}" has a step of nothing`;
  const fraction = isFraction ? { isFraction: true as const } : {};
  if (end !== undefined)
    return field === SECOND && from === end && step === undefined
      ? wrong
      : { from, to: end, step: step ?? 1, ...fraction };
  if (step === undefined) return { from, to: from, step: 1, ...fraction };
  // A step must lead to a second value.
  const isBeyond = field === DAY_FROM_END ? from - step < field.min : from + step > most;
  if (isBeyond) return `the step in "${part}" leads beyond its field`;
  return { from, to: field.max, step, isOpen: true, ...fraction };
}

function isWrong<T>(value: T | WrongPattern): value is WrongPattern {
  return typeof value === "object" && value !== null && "wrong" in value;
}

/** The longest list that is written out where a step does not divide its field: a step says too little about it. */
const LONGEST_LIST = 6;

function spell(field: Field, chain: Chain): string {
  if (chain === undefined) return "*";
  const parts = chain.map((item) => spellItem(field, item));
  if (parts.includes("*")) return "*";
  return parts.length === 1
    ? parts.join()
    : parts.map((part) => part.replace(/^\*/, `${field.min}-${field.max}`)).join(",");
}

function spellItem({ min, max }: Field, item: ChainItem): string {
  const values = valuesOf(item);
  const [from = 0, to = from] = [values[0], values.at(-1)];
  if (values.length === 1) return String(from);
  const { step } = item;
  const isWhole = from === min && to + step > max;
  if (step === 1) return isWhole ? "*" : `${from}-${to}`;
  if (isWhole && (max - min + 1) % step === 0) return `*/${step}`;
  if (values.length <= LONGEST_LIST) return values.join(",");
  return isWhole ? `*/${step}` : `${from}-${to}/${step}`;
}

/**
 * Where a step without an end does not lead from a field's end to its first value, `find_next` of systemd (252, at least)
 * goes on beyond that value once the day, the month or the year is over.
 */
function skippingSteps({ min, max }: Field, chain: Chain): readonly PatternNote[] {
  const first = Math.min(...(chain ?? []).flatMap(valuesOf));
  const skips = chain?.some(
    ({ from, step, isOpen }) =>
      isOpen === true && from + step * Math.ceil((max + 1 - from) / step) - (max + 1 - min) > first,
  );
  if (!skips) return [];
  const message = `the step does not divide its field, and systemd (up to 252, at least) then leaves out the time at ${first} when the day, the month or the year has just begun; here it is due`;
  return [{ code: "import-step", message }];
}

function valuesOf({ from, to, step }: ChainItem): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** The days before the month's last that a chain from the end names: 0 is the last. */
function daysBeforeLast(chain: Exclude<Chain, undefined>): readonly number[] {
  const days = chain.flatMap((item) => {
    if (item.isOpen !== true) return valuesOf(item);
    return Array.from(
      { length: Math.floor((item.from - 1) / item.step) + 1 },
      (_, index) => item.from - index * item.step,
    );
  });
  return [...new Set(days)].map((day) => day - 1).toSorted((a, b) => b - a);
}

interface Days {
  readonly clockText: string;
  readonly month: string;
  readonly day: DateParts;
  readonly weekdays: readonly number[];
}

function joinDays({ clockText, month, day: { day, fromEnd }, weekdays }: Days): CalendarPattern {
  const written = (dayText: string, weekdayText: string) => `${clockText} ${dayText} ${month} ${weekdayText}`;
  const names = spellWeekdays(weekdays);
  if (day === undefined) return { schedule: written("*", names), notes: [] };
  const before = fromEnd ? daysBeforeLast(day) : [];
  const dayText = fromEnd ? before.map((count) => (count === 0 ? "L" : `L-${count}`)).join() : spell(DAY, day);
  if (weekdays.length === 0 || dayText === "*") return { schedule: written(dayText, names), notes: [] };
  const nth = fromEnd ? lastOfMonth(before) : nthOfMonth(day);
  if (nth !== undefined) {
    const each = weekdays.map((weekday) => `${WEEKDAYS[weekday]}#${nth}`).join();
    return { schedule: written("*", each), notes: [] };
  }
  const message = "the day of the month and the day of the week must both match: + says so";
  const narrow = dayText.replace(/^\*/, `${DAY.min}-${DAY.max}`);
  return { schedule: written(narrow, `+${names}`), notes: [{ code: "import-day-and", message }] };
}

/** Seven days that begin with the 8th, the 15th or the 22nd have each day of the week once: the second, third or fourth. */
function nthOfMonth(chain: Exclude<Chain, undefined>): string | undefined {
  const days = [...new Set(chain.flatMap(valuesOf))].toSorted((a, b) => a - b);
  const [first = 0] = days;
  const isRun = days.every((day, index) => day === first + index);
  if (!isRun || first < 8 || first % 7 !== 1) return undefined;
  const isWeek = days.length === 7 || (first === 29 && days.length === 3);
  return isWeek ? String((first - 1) / 7 + 1) : undefined;
}

function lastOfMonth(before: readonly number[]): string | undefined {
  return before.length === 7 && before[0] === 6 ? "L" : undefined;
}

function spellWeekdays(weekdays: readonly number[]): string {
  if (weekdays.length === 0) return "*";
  const runs: number[][] = [];
  for (const day of weekdays) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  return runs
    .flatMap((run) => {
      const [first, last] = [run[0] ?? 0, run.at(-1) ?? 0];
      return run.length > 2 ? [`${WEEKDAYS[first]}-${WEEKDAYS[last]}`] : run.map((day) => WEEKDAYS[day] ?? "");
    })
    .join();
}
