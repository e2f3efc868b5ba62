import { listed } from "../../job/listed.ts";
import { BEFORE_ALL_DAYS, daysOf } from "../clock/days.ts";
import { wrongTimezone } from "../clock/zone.ts";
import { isWrong, quoted } from "../wrong.ts";
import { FIELD_KINDS, type Field, isWrongField, parseField, parseItem, readItem, WEEKDAY_NAMES } from "./fields.ts";
import { parsePattern, quartzWeekdays } from "./parse-pattern.ts";
import { type CrontabPattern, timezonePrefix } from "./pattern.ts";
import { scheduleInWords } from "./schedule-in-words.ts";

/** A schedule that is valid but probably not what was intended. */
interface Doubt {
  /** What it means, in words. */
  readonly message: string;
  /** What to write for what was probably intended, and how to write the same times without doubt. */
  readonly hint: string;
  /** The schedules in the hint. Each of them is valid, comes true, and is not doubtful. */
  readonly advice: readonly Advice[];
}

export interface Advice {
  /** They are advised together. */
  readonly schedules: readonly string[];
  /**
   * What they have in common with the doubtful schedule: its whole timetable; or its times on the clock, but not what
   * happens when the clock changes; or nothing, because they are for what may have been intended instead.
   */
  readonly keeps: "timetable" | "clock times" | "nothing";
}

/** Returns what is doubtful in a schedule that passed the check; of several things, the first. */
export function doubtOf(schedule: string): Doubt | undefined {
  const finding = findDoubt(schedule);
  if (finding === undefined) return undefined;
  const meaning = scheduleInWords(schedule) ?? "";
  const meant = finding.meant.flatMap(({ when, write }) => {
    const schedules = settleAll([write]);
    return schedules.length === 0 ? [] : [{ when, schedules }];
  });
  const same = settleAll(finding.same);
  const keeps = same.every((one) => followsClock(one) === followsClock(schedule)) ? "timetable" : "clock times";
  const parts = [
    ...meant.map(({ when, schedules }) => `${when} write ${schedules.join(" and ")}`),
    ...(same.length === 0
      ? []
      : [sameInWords(same, { what: meant.length === 0 ? undefined : (finding.what ?? "this"), keeps })]),
  ];
  return {
    message: `${quoted(schedule.trim())} means: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`,
    hint: `${finding.why === undefined ? "" : `${finding.why}: `}${parts.join("; ")}`,
    advice: [
      ...meant.map(({ schedules }) => ({ schedules, keeps: "nothing" as const })),
      ...(same.length === 0 ? [] : [{ schedules: same, keeps } as const]),
    ],
  };
}

interface Same {
  /** Absent when there is nothing else to write. */
  readonly what: string | undefined;
  readonly keeps: Advice["keeps"];
}

function sameInWords(same: readonly string[], { what, keeps }: Same): string {
  const fixed = keeps === "timetable" ? "" : ", as fixed times when the clock changes";
  const count = same.length === 1 ? "" : `${same.length} schedules: `;
  const written = `write ${count}${same.join(" and ")}`;
  return what === undefined ? `${written}, which is the same${fixed}` : `if ${what} is meant, ${written}${fixed}`;
}

/** True when a schedule passes the check and comes true. */
export function isSound(schedule: string): boolean {
  const pattern = parsePattern(schedule);
  if (isWrong(pattern) || (pattern.timezone !== undefined && wrongTimezone(pattern.timezone) !== undefined))
    return false;
  return pattern.kind !== "crontab" || daysOf(pattern.days).after(BEFORE_ALL_DAYS) !== undefined;
}

/** Returns schedules that name the same times without doubt: usually one, or none if there is no way. */
export function settle(schedule: string): readonly string[] {
  return settleAll([schedule]);
}

/** Doubts are removed one after the other; there are fewer kinds than this. */
const MOST_STEPS = 10;

function settleAll(schedules: readonly string[], steps = MOST_STEPS): string[] {
  return schedules.filter(isSound).flatMap((schedule) => {
    const finding = findDoubt(schedule);
    if (finding === undefined) return [schedule];
    return steps === 0 ? [] : settleAll(finding.same, steps - 1);
  });
}

function followsClock(schedule: string): boolean {
  const pattern = parsePattern(schedule);
  return !isWrong(pattern) && pattern.kind === "crontab" && pattern.wildcard;
}

/** What is doubtful, and what to write instead, not checked yet. */
interface Finding {
  readonly why?: string;
  /** What the schedule means, if that is intended after all: `each minute`. */
  readonly what?: string;
  /** What may be intended instead. */
  readonly meant: readonly { readonly when: string; readonly write: string }[];
  /** The same times, in one schedule or several together, written without doubt. */
  readonly same: readonly string[];
}

function findDoubt(schedule: string): Finding | undefined {
  const written = readWritten(schedule);
  if (written === undefined) return undefined;
  for (const find of [sixForFive, eachMinute, eachSecond, fromQuartz, eitherDay, unevenStep, lateDay]) {
    const finding = find(written);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** A schedule with fields, as it was written and as it was read. */
interface Written {
  /** `CRON_TZ=Asia/Seoul `, or nothing. */
  readonly prefix: string;
  /** The second was written, too: there are six fields, or seven. */
  readonly isSix: boolean;
  /** Of seven fields the last. */
  readonly year?: string;
  /** By name; the day of the week without its `+`. */
  readonly words: Record<Place, string>;
  readonly fields: Record<Place, Field>;
  readonly and: boolean;
  readonly pattern: CrontabPattern;
}

type Place = (typeof PLACES)[number];
const PLACES = ["second", "minute", "hour", "day", "month", "weekday"] as const;
const KINDS = Object.fromEntries(PLACES.map((place, index) => [place, FIELD_KINDS[index]])) as {
  readonly [P in Place]: (typeof FIELD_KINDS)[number];
};

function readWritten(schedule: string): Written | undefined {
  const pattern = parsePattern(schedule);
  const { timezone, times } = timezonePrefix(schedule);
  const given = times.trim().split(/\s+/);
  if (isWrong(pattern) || pattern.kind !== "crontab" || given.length < 5) return undefined;
  const six = given.length === 5 ? ["0", ...given] : given;
  const [year] = given.slice(6);
  const and = six[5]?.startsWith("+") === true;
  const entries = PLACES.map((place, index) => [place, (six[index] ?? "").replace("+", "")] as const);
  const fields = entries.map(([place, word]) => [place, parseField(KINDS[place], word)] as const);
  if (fields.some(([, field]) => isWrongField(field))) return undefined;
  return {
    prefix: timezone === undefined ? "" : `CRON_TZ=${timezone} `,
    isSix: given.length > 5,
    ...(year !== undefined && { year }),
    words: Object.fromEntries(entries) as Record<Place, string>,
    fields: Object.fromEntries(fields) as Record<Place, Field>,
    and,
    pattern,
  };
}

/** Returns the schedule with some words replaced. Two day fields that had to match both still have to. */
function rewrite(
  { prefix, isSix, year, words, and, fields }: Written,
  changes: Partial<Record<Place, string>>,
): string {
  const changed = { ...words, ...changes };
  const areBoth = and || (isBoth(fields) && changes.weekday !== undefined && changes.day === undefined);
  const isRestricted = !/^[*?]$/.test(changed.day) && !/^[*?]$/.test(changed.weekday);
  const weekday = areBoth && isRestricted ? `+${changed.weekday}` : changed.weekday;
  const all = [changed.second, changed.minute, changed.hour, changed.day, changed.month, weekday];
  if (year !== undefined) return `${prefix}${all.join(" ")} ${year}`;
  return `${prefix}${(isSix ? all : all.slice(1)).join(" ")}`;
}

/** Does the same, and leaves out the field for the second where no year asks for it. */
function asFive(written: Written, changes: Partial<Record<Place, string>>): string {
  return rewrite({ ...written, isSix: false }, changes);
}

function isBoth({ day, weekday }: Written["fields"]): boolean {
  return (day.star || weekday.star) && !day.any && !weekday.any;
}

function isAll({ fields }: Written, place: Place): boolean {
  return fields[place].values.length === KINDS[place].size;
}

/** True for a plain `*`. All values written as a step or as a range are clearly intended. */
function isStar({ words, fields }: Written, place: Place): boolean {
  const items = words[place].split(",");
  return (
    fields[place].values.length === KINDS[place].size &&
    !items.some((item) => /[/-]/.test(item)) &&
    /[*?]/.test(words[place])
  );
}

function isOne({ fields }: Written, place: Place): boolean {
  return fields[place].values.length === 1;
}

function isZero(written: Written, place: Place): boolean {
  return isOne(written, place) && written.fields[place].values[0] === "0";
}

/** `0 3 * * * *`: with one `*` less it would be a time of day. */
function sixForFive(written: Written): Finding | undefined {
  const { fields, isSix, year } = written;
  const [second = "", minute = ""] = [fields.second.values[0], fields.minute.values[0]];
  const areOne = isOne(written, "second") && isOne(written, "minute") && Number(minute) <= 23;
  if (!isSix || year !== undefined || !areOne || !isStar(written, "hour")) return undefined;
  if (!isAll(written, "day") || !isAll(written, "month")) return undefined;
  const days = isAll(written, "weekday") ? "each day" : "on these days";
  return {
    why: "the first of six fields is the second",
    what: "each hour",
    meant: [
      {
        when: `for ${minute.padStart(2, "0")}:${second.padStart(2, "0")} ${days}`,
        write: asFive(written, { minute: second, hour: minute }),
      },
    ],
    same: [second === "0" ? asFive(written, {}) : rewrite(written, { hour: "*/1" })],
  };
}

/** Each minute of this many hours in a row is clearly intended, as in `* 9-17 * * *`; likewise with days. */
const LEAST_IN_A_ROW = 3;

/** `* 3 * * *`, `* *\/6 * * *`, and `* * 1 * *`. */
function eachMinute(written: Written): Finding | undefined {
  if (!isZero(written, "second") || !isStar(written, "minute")) return undefined;
  const same = [rewrite(written, { minute: "*/1" })];
  if (!isAll(written, "hour")) {
    if (areInARow(written.fields.hour, 24)) return undefined;
    const when = isOne(written, "hour") ? "for once, at the full hour," : "for once in each of these hours";
    return { what: "each minute", meant: [{ when, write: rewrite(written, { minute: "0" }) }], same };
  }
  const { day, month, weekday } = written.fields;
  const areLong = [
    isAll(written, "day") || areInARow(day, 31),
    isAll(written, "month") || areInARow(month, 12),
    isAll(written, "weekday") || areInARow(weekday, 7),
  ];
  if (areLong.every(Boolean)) return undefined;
  const meant = [{ when: "for once on each of these days", write: rewrite(written, { minute: "0", hour: "0" }) }];
  return { what: "each minute", meant, same };
}

/** True when all values are in runs of at least three in a row, also across the end (23, 0). */
function areInARow({ values }: Field, size: number): boolean {
  const numbers = values.filter((value) => /^\d+$/.test(value)).map((value) => Number(value) % size);
  if (numbers.length < values.length) return false;
  const found = new Set(numbers);
  const starts = numbers.filter((value) => !found.has((value + size - 1) % size));
  return starts.every((start) => {
    let length = 1;
    while (length < LEAST_IN_A_ROW && found.has((start + length) % size)) length++;
    return length === LEAST_IN_A_ROW;
  });
}

/** `* * * * * *`, `* 0 3 * * *` */
function eachSecond(written: Written): Finding | undefined {
  if (!isStar(written, "second")) return undefined;
  const areStars = PLACES.slice(1).every((place) => isStar(written, place));
  const once = areStars ? asFive(written, {}) : rewrite(written, { second: "0" });
  const hourly = rewrite(written, { second: "0", minute: "0" });
  return {
    why: written.year === undefined ? "the first of six fields is the second" : "the first field is the second",
    what: "each second",
    meant: [
      { when: "for once in each of these minutes", write: once },
      ...(isStar(written, "minute") && !isAll(written, "hour")
        ? [{ when: "for once in each of these hours", write: hourly }]
        : []),
    ],
    same: [rewrite(written, { second: "*/1" })],
  };
}

/** `0 0 12 ? * 2-6`: six fields, or seven, and a `?`, as Quartz demands, where days of the week count from 1, Sunday. */
function fromQuartz(written: Written): Finding | undefined {
  const { isSix, words } = written;
  if (!isSix || (words.day !== "?" && words.weekday !== "?")) return undefined;
  const named = words.weekday.replaceAll(DAY_NUMBER, (day) => WEEKDAY_NAMES[Number(day) % 7] ?? day);
  if (named === words.weekday || /(?<!\d)0/.test(words.weekday)) return undefined;
  return {
    why: "days of the week count from 0, Sunday, and in Quartz from 1",
    meant: [{ when: "for what Quartz does", write: rewrite(written, { weekday: quartzWeekdays(words.weekday) }) }],
    same: [rewrite(written, { weekday: named })],
  };
}

const DAY_NUMBER = /(?<![\d#/])[1-7](?!\d)/g;

/** `0 0 13 * FRI` */
function eitherDay(written: Written): Finding | undefined {
  const { fields, words, and } = written;
  if (fields.day.star || fields.weekday.star || and) return undefined;
  return {
    why: "one of the two days is enough",
    what: "either of them",
    meant: [{ when: "if both must be true", write: rewrite(written, { weekday: `+${words.weekday}` }) }],
    same: [rewrite(written, { weekday: "*" }), rewrite(written, { day: "*" })],
  };
}

const PERIODS: { readonly [P in Place]: { readonly period: string; readonly unit?: "s" | "m" | "h" } } = {
  second: { period: "minute", unit: "s" },
  minute: { period: "hour", unit: "m" },
  hour: { period: "day", unit: "h" },
  day: { period: "month" },
  month: { period: "year" },
  weekday: { period: "week" },
};
/** With this many times, it is no surprise that one comes a little early: every seven minutes, for example. */
const MANY_TIMES = 9;

/** A step that does not divide its period (`*\/40`, `THU/2`, the 31st and then the 1st), or that leaves one value. */
function unevenStep(written: Written): Finding | undefined {
  for (const place of PLACES) {
    // Next to a day of the week, it chooses among those days; as an interval it would make no sense.
    if (isAll(written, place) || (place === "day" && isBoth(written.fields))) continue;
    const items = written.words[place].split(",");
    for (const item of items) {
      const step = readStep(place, item);
      if (step === undefined || step.isEven) continue;
      const values = written.fields[place].values.join(",");
      const same = [rewrite(written, { [place]: values })];
      const { period } = PERIODS[place];
      if (step.isSingle) return { why: `of the step one ${KINDS[place].name} is left`, meant: [], same };
      const why = `a step counts from the start of each ${period}`;
      return { why, meant: items.length > 1 ? [] : intervals(written, place, step), same };
    }
  }
  return undefined;
}

interface Step {
  readonly by: number;
  /** What stands before the step, if it is a single value. */
  readonly from?: string;
  /** The distance across the end of the period equals the step; or the step is not an interval, but part of a range. */
  readonly isEven: boolean;
  /** It is as large as the period. */
  readonly isSingle: boolean;
}

function readStep(place: Place, item: string): Step | undefined {
  const [, base = "", written] = /^(.*)\/(\d+)$/.exec(item) ?? [];
  const [kind, by] = [KINDS[place], Number(written)];
  const values = written === undefined || by === 1 ? undefined : readItem(kind, item);
  if (values === undefined || isWrongField(values)) return undefined;
  const whole = parseItem(kind, base);
  const isPart = base.includes("-") && !isWrongField(whole) && new Set(whole).size < kind.size;
  const [first = 0, last = 0] = [Number(values[0]), Number(values.at(-1))];
  const isSingle = values.length === 1 && by >= kind.size;
  const comesOut = !isSingle && first + kind.size - last === by;
  const isOften = KINDS[place].size >= 24 && place !== "day" && values.length >= MANY_TIMES;
  const from = /^[*?]$|-/.test(base) ? {} : { from: base };
  return { by, ...from, isEven: isPart || comesOut || isOften, isSingle };
}

/** Returns schedules that express the interval, or come near it. */
function intervals(written: Written, place: Place, { by, from }: Step): Finding["meant"] {
  const larger = PLACES.slice(PLACES.indexOf(place) + 1);
  const { unit } = PERIODS[place];
  if (unit !== undefined) {
    const isAlone = larger.every((other) => isAll(written, other)) && written.year === undefined;
    return isAlone ? [{ when: "for an interval", write: `@every ${by}${unit}` }] : [];
  }
  if (place === "weekday" && from !== undefined) {
    const write = rewrite(written, { weekday: `${from}#1,${from}#3` });
    return by === 2 ? [{ when: "for two of them a month", write }] : [];
  }
  const others = PLACES.slice(3).filter((other) => other !== place);
  const isAlone = others.every((other) => isAll(written, other)) && written.year === undefined;
  if (place === "month" || !isAlone) return [];
  return [{ when: `for each ${by} days, at 00:00 UTC,`, write: `@every ${by * 24}h` }];
}

/** The number of days of each month, with February as in most years. */
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FEBRUARY = 2;
/** In a longer list, one day more or less does not matter. */
const FEW_DAYS = 3;

/** `0 0 31 * *`, `0 0 15,30 * *`: days that some months do not have. */
function lateDay(written: Written): Finding | undefined {
  const { day, month } = written.fields;
  if (!isAll(written, "weekday") || day.values.length > FEW_DAYS) return undefined;
  const late = day.values.filter((value) => isLate(value, day.values));
  const months = month.values.map(Number);
  const lacking = months.filter((one) => late.some((value) => !hasDay(one, value)));
  // The 29th of February alone is clearly intended.
  if (lacking.length === 0 || months.every((one) => one === FEBRUARY)) return undefined;
  const rest = day.values.filter((value) => !late.includes(value));
  const last = rest.includes("L") ? rest : [...rest, "L"];
  const isPlain = late.every((value) => /^\d+$/.test(value));
  return {
    why: `some months have no day ${either(late.map(dayNumber))}`,
    meant: isPlain
      ? [{ when: "for the last day of each month", write: rewrite(written, { day: last.join(",") }) }]
      : [],
    same: byMonths(written, late),
  };
}

/** True for days that a month may lack: the 29th and later, and those counted as far back from the last. Not for the end of a range. */
function isLate(value: string, all: readonly string[]): boolean {
  const day = dayNumber(value);
  return day >= 29 && !(value === `${day}` && all.includes("28"));
}

/** Returns the length of the shortest month that has the day: 31 for `31`, `31W` and `L-30`; 0 for what every month has. */
function dayNumber(value: string): number {
  const [, back] = /^L-(\d+)/.exec(value) ?? [];
  if (back !== undefined) return Number(back) + 1;
  return /^\d/.test(value) ? Number.parseInt(value, 10) : 0;
}

function hasDay(month: number, value: string): boolean {
  return (MONTH_LENGTHS[month - 1] ?? 0) >= dayNumber(value);
}

/** Returns the same days, with one schedule for all months that have the same ones, and one for the 29th of February. */
function byMonths(written: Written, late: readonly string[]): string[] {
  const { day, month } = written.fields;
  const groups = Map.groupBy(month.values.map(Number), (one) => {
    const days = day.values.filter((value) => !late.includes(value) || hasDay(one, value) || isLeapDay(one, value));
    const list = days.every((value) => /^\d+$/.test(value)) ? inRanges(days.map(Number)) : days.join(",");
    return `${list} ${days.some((value) => isLeapDay(one, value))}`;
  });
  return [...groups].flatMap(([key, months]) => {
    const [days = ""] = key.split(" ");
    return days === "" ? [] : [rewrite(written, { day: days, month: inRanges(months) })];
  });
}

/** `1,3-12` */
function inRanges(numbers: readonly number[]): string {
  const ranges: number[][] = [];
  for (const number of numbers) {
    if (ranges.at(-1)?.at(-1) === number - 1) ranges.at(-1)?.push(number);
    else ranges.push([number]);
  }
  return ranges
    .map((range) => (range.length < LEAST_IN_A_ROW ? range.join(",") : `${range[0]}-${range.at(-1)}`))
    .join(",");
}

function isLeapDay(month: number, value: string): boolean {
  return month === FEBRUARY && dayNumber(value) === 29;
}

function either(days: readonly number[]): string {
  return listed([...new Set(days)].map(String), "or");
}
