import cronstrue from "cronstrue";
import type { Times } from "../clock/calendar.ts";
import { isWrong } from "../wrong.ts";
import { parsePattern, timezonePrefix } from "./pattern.ts";

/**
 * Says what a schedule means: `At 03:00, Monday through Friday`. Its time zone is not part of it. Undefined for a
 * schedule that is wrong.
 *
 * The sentence is made from what the schedule was read as, not from its spelling, and two readings never share one: equal
 * sentences mean equal timetables, in each zone. So the sentence of a schedule that follows the clock through its changes
 * differs from that of fixed times: it leaves out that it is each hour, repeats (`Every 15 minutes`), or says so (`following
 * the clock when it changes`).
 */
export function scheduleInWords(schedule: string): string | undefined {
  const pattern = parsePattern(schedule);
  if (isWrong(pattern)) return undefined;
  if (pattern.kind === "every") {
    const period = timezonePrefix(schedule).times.trim().split(/\s+/).slice(1).join(" ");
    return `Every ${period}, counted from the start of 1970 (UTC)`;
  }
  const days = daysInWords(pattern.days);
  const times = { ...pattern.times, isEachDay: days === "" };
  return `${pattern.wildcard ? followingInWords(times) : fixedInWords(times)}${days}`;
}

interface DayTimes extends Times {
  /** Then a night is whole: hours may run over midnight. */
  readonly isEachDay: boolean;
}

const MINUTE = { size: 60, unit: "minute", past: "hour" } as const;
const SECOND = { size: 60, unit: "second", past: "minute" } as const;

/** Times that follow the clock: what is every minute, or every hour, is left out. */
function followingInWords(times: DayTimes): string {
  const { hours, minutes, seconds } = times;
  const inAllHours = hours.length === 24;
  const everyHours = isEven(hours, 24) && hours.length > 1 ? `every ${24 / hours.length} hours from 00:00` : undefined;
  const past = minutes.length === 60 ? "" : comma(lowerFirst(atEach(minutes, MINUTE)));
  const everySeconds = repeating(seconds, SECOND);
  const everyMinutes = isZero(seconds) ? repeating(minutes, MINUTE) : undefined;
  const within = inAllHours ? "" : comma(inHours(times));
  if (everySeconds !== undefined) return `${everySeconds}${past}${within}`;
  if (everyMinutes !== undefined) return `${everyMinutes}${within}`;
  if (!isZero(seconds) && past === "") return `${atEach(seconds, SECOND)}${within}`;
  if (!inAllHours && everyHours === undefined) return `${fixedInWords(times)}, following the clock when it changes`;
  if (!isZero(seconds)) return `${atEach(seconds, SECOND)}${past}${inAllHours ? "" : comma(everyHours)}`;
  if (isZero(minutes)) return inAllHours ? "Every hour" : upperFirst(everyHours ?? "");
  return `${startingAt(minutes) ?? atEach(minutes, MINUTE)}${inAllHours ? "" : comma(everyHours)}`;
}

/** Times of the day are told one by one up to this many. */
const FEW_TIMES = 6;
/** So many in a row are told as a range. */
const LEAST_OF_RANGE = 3;
/** So many with equal distances are told by the distance. */
const LEAST_OF_STEPS = 5;

/** Fixed times: everything is told. */
function fixedInWords(times: DayTimes): string {
  const { hours, minutes, seconds } = times;
  const [second = 0, ...moreSeconds] = seconds;
  const isRange = isRun(minutes) && minutes.length >= LEAST_OF_RANGE && minutes.length < 60;
  if (isZero(seconds) && hours.length === 1 && isRange) {
    const [first = 0, last = 0] = [minutes[0], minutes.at(-1)];
    return `Every minute, between ${clock(hours[0] ?? 0, first)} and ${clock(hours[0] ?? 0, last)}`;
  }
  const run = runOfHours(times);
  if (isZero(seconds) && isZero(minutes) && run !== undefined && hours.length >= LEAST_OF_RANGE) {
    return `Every hour, between ${clock(run.first, 0)} and ${clock(run.last, 0)}`;
  }
  if (moreSeconds.length === 0 && minutes.length * hours.length <= FEW_TIMES) {
    const all = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute, second)));
    return `At ${listed(all)}`;
  }
  if (!isZero(seconds)) {
    return `${atEach(seconds, SECOND)}, ${lowerFirst(atEach(minutes, MINUTE))}, ${inHours(times)}`;
  }
  return `${startingAt(minutes) ?? atEach(minutes, MINUTE)}, ${inHours(times)}`;
}

type Unit = typeof MINUTE | typeof SECOND;

/** `Every minute`, `Every 15 minutes`: all of them, or from 0 on in steps that come out even. */
function repeating(values: readonly number[], { size, unit }: Unit): string | undefined {
  if (values.length === size) return `Every ${unit}`;
  return values.length > 1 && isEven(values, size) ? `Every ${size / values.length} ${unit}s` : undefined;
}

/** `Every 15 minutes, starting at 5 minutes past the hour`: the same, from another minute on. */
function startingAt(minutes: readonly number[]): string | undefined {
  const [first = 0] = minutes;
  const shifted = minutes.map((minute) => minute - first);
  if (first === 0 || minutes.length < 2 || !isEven(shifted, 60)) return undefined;
  return `Every ${60 / minutes.length} minutes, starting at ${counted(first, "minute")} past the hour`;
}

/** `At 0 and 40 minutes past the hour`, `At every 7th minute from 0 through 56 past the hour`. */
function atEach(values: readonly number[], { unit, past }: Unit): string {
  const [first = 0] = values;
  if (values.length === 1) return `At ${counted(first, unit)} past the ${past}`;
  const steps = inSteps(values);
  if (steps !== undefined)
    return `At every ${ordinal(steps)} ${unit} from ${first} through ${values.at(-1)} past the ${past}`;
  return `At ${listed(ranges(values).map(({ first, last }) => (first === last ? `${first}` : `${first} through ${last}`)))} ${unit}s past the ${past}`;
}

/** `between 09:00 and 17:59`, `in the hours of 03:00 and 15:00`. */
function inHours(times: DayTimes): string {
  const { hours } = times;
  const run = runOfHours(times);
  if (run !== undefined) return `between ${clock(run.first, 0)} and ${clock(run.last, 59)}`;
  const steps = inSteps(hours);
  if (steps !== undefined) {
    return `in every ${ordinal(steps)} hour from ${clock(hours[0] ?? 0, 0)} through ${clock(hours.at(-1) ?? 0, 0)}`;
  }
  const each = ranges(hours).map(({ first, last }) =>
    first === last ? clock(first, 0) : `${clock(first, 0)} through ${clock(last, 0)}`,
  );
  return `in the hours of ${listed(each)}`;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Hours without a break; on each day, such as run over midnight too. */
function runOfHours({ hours, isEachDay }: DayTimes): Range | undefined {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  if (hours.length === 1 || isRun(hours)) return { first, last };
  if (!isEachDay) return undefined;
  const turned = fromGap(hours, 24);
  const run = turned.every((hour, index) => hour === ((turned[0] ?? 0) + index) % 24);
  return run ? { first: turned[0] ?? 0, last: turned.at(-1) ?? 0 } : undefined;
}

/** The days of a pattern: nothing for each day, or `, on day 13 of the month, or on Friday`. */
function daysInWords(days: string): string {
  const [day = "", month = "", written = ""] = days.split(" ");
  const weekday = written.replace("+", "");
  const isEither = day !== "*" && weekday !== "*" && weekday === written;
  const onDays = isEach(day, 31) ? undefined : dayInWords(day.split(","));
  const onWeekdays = isEach(weekday, 7) ? undefined : weekdayInWords(weekday.split(","));
  const inMonths = isEach(month, 12) ? undefined : monthInWords(month.split(",").map(Number));
  const only = inMonths === undefined ? "" : `only in ${inMonths}`;
  if (!isEither) return [onDays, onlyOn(onWeekdays, onDays), only].map(comma).join("");
  // Where one of the two is true of each day, so is "one of them".
  if (onDays === undefined || onWeekdays === undefined) return comma(only);
  return `, ${onDays}, or ${onWeekdays}${comma(only && `in either case ${only}`)}`;
}

/** `only on Friday`; alone `Monday through Friday`, and `on the second Friday of the month`. */
function onlyOn(onWeekdays: string | undefined, onDays: string | undefined): string | undefined {
  if (onWeekdays === undefined || onDays !== undefined) return onWeekdays && `only ${onWeekdays}`;
  if (onWeekdays.startsWith("on the ")) return onWeekdays;
  return /^on \w+ through \w+$/.test(onWeekdays) ? onWeekdays.slice("on ".length) : `only ${onWeekdays}`;
}

/** `on day 1 and 3 through 5 of the month and on the last weekday of the month`. */
function dayInWords(values: readonly string[]): string {
  const numbers = values.filter(isNumber).map(Number);
  const others = values.filter((value) => !isNumber(value)).map(specialDayInWords);
  return [...(numbers.length > 0 ? [plainDaysInWords(numbers)] : []), ...others].join(" and ");
}

function plainDaysInWords(days: readonly number[]): string {
  const steps = inSteps(days);
  if (steps === undefined) return askCronstrue({ day: ranges(days).map(writtenRange).join(",") });
  return `on every ${ordinal(steps)} day from day ${days[0]} through day ${days.at(-1)} of the month`;
}

function specialDayInWords(value: string): string {
  const [, days] = /^L-(\d+)W$/.exec(value) ?? [];
  if (days === undefined) return askCronstrue({ day: value });
  return `on the weekday nearest to ${counted(Number(days), "day")} before the last day of the month`;
}

/** `on Monday and Wednesday through Friday and on the second Friday of the month`. */
function weekdayInWords(values: readonly string[]): string {
  const plain = fromGap(values.filter(isNumber).map(Number), 7);
  const parts = plain.length === 0 ? [] : [askCronstrue({ weekday: ranges(plain, 7).map(writtenRange).join(",") })];
  for (const nth of ["1", "2", "3", "4", "5", "L"]) {
    const those = values.filter((value) => value.endsWith(`#${nth}`));
    if (those.length > 0) parts.push(askCronstrue({ weekday: those.join(",").replaceAll("#L", "L") }));
  }
  return parts.map((part) => `on ${part.replace(/^(?:only )?(?:on )?/, "")}`).join(" and ");
}

function monthInWords(values: readonly number[]): string {
  const written = ranges(fromGap(values, 12), 12).map(writtenRange).join(",");
  return askCronstrue({ month: written }).replace(/^only in /, "");
}

/**
 * What cronstrue says of one field of the days: the names, the ordinals, what is counted from the end.
 *
 * It gets one field at a time, as plain values and ranges. It does not tell "one of the two is enough" from "both" in all
 * patterns (https://github.com/bradymholt/cRonstrue/issues/363), says "every 40 minutes" of a step that is not, and
 * throws at a `W` in a list (https://github.com/bradymholt/cRonstrue/issues/5).
 */
function askCronstrue({ day = "*", month = "*", weekday = "*" }): string {
  const text = cronstrue.toString(`0 0 ${day} ${month} ${weekday}`, { use24HourTimeFormat: true });
  return text.replace(/^At 00:00, /, "");
}

function isNumber(value: string): boolean {
  return /^\d+$/.test(value);
}

function isEach(field: string, size: number): boolean {
  return field === "*" || field.split(",").filter(isNumber).length === size;
}

function isZero(values: readonly number[]): boolean {
  return values.length === 1 && values[0] === 0;
}

/** From 0 on, with the same distance all around. */
function isEven(values: readonly number[], size: number): boolean {
  return size % values.length === 0 && values.every((value, index) => value === (index * size) / values.length);
}

function isRun(values: readonly number[]): boolean {
  return values.length > 1 && values.every((value, index) => value === (values[0] ?? 0) + index);
}

/** The distance of many values that are equally far apart, and further than one. */
function inSteps(values: readonly number[]): number | undefined {
  const [first = 0, second = 0] = values;
  const step = second - first;
  if (values.length < LEAST_OF_STEPS || step < 2) return undefined;
  return values.every((value, index) => value === first + index * step) ? step : undefined;
}

/** Values that turn, as hours and days of the week do, from the first after a gap on: 6, 0, 1. */
function fromGap(values: readonly number[], size: number): number[] {
  const first = values.findIndex((value) => !values.includes((value + size - 1) % size || (size === 12 ? 12 : 0)));
  return first < 0 ? [...values] : [...values.slice(first), ...values.slice(0, first)];
}

/** As few ranges as there can be, of values in their order; with a `size`, they turn. */
function ranges(values: readonly number[], size?: number): Range[] {
  const found: Range[] = [];
  for (const value of values) {
    const range = found.at(-1);
    const follows = range !== undefined && (value === range.last + 1 || isTurn(range.last, value, size));
    if (follows) found[found.length - 1] = { first: range.first, last: value };
    else found.push({ first: value, last: value });
  }
  return found.flatMap((range) => asValues(range, size));
}

function isTurn(last: number, next: number, size: number | undefined): boolean {
  return size !== undefined && next < last && last - next === size - 1;
}

/** Two in a row are two values. */
function asValues({ first, last }: Range, size: number | undefined): Range[] {
  const length = (size !== undefined && last < first ? last + size : last) - first + 1;
  if (length >= LEAST_OF_RANGE || length === 1) return [{ first, last }];
  return [first, last].map((value) => ({ first: value, last: value }));
}

function writtenRange({ first, last }: Range): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

const LIST = new Intl.ListFormat("en", { type: "conjunction" });

function listed(items: readonly string[]): string {
  return LIST.format(items);
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ORDINAL_ENDINGS: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd" };

function ordinal(count: number): string {
  return `${count}${ORDINAL_ENDINGS[ORDINALS.select(count)] ?? "th"}`;
}

/** `03:30`, with the second where it is not 0. */
function clock(hour: number, minute: number, second = 0): string {
  return [hour, minute, ...(second === 0 ? [] : [second])].map((part) => `${part}`.padStart(2, "0")).join(":");
}

function comma(text: string | undefined): string {
  return text === undefined || text === "" ? "" : `, ${text}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
