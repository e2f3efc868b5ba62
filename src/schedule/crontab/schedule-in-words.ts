import cronstrue from "cronstrue";
import { listed, ordinal } from "../../job/listed.ts";
import type { Times } from "../clock/calendar.ts";
import { isWrong } from "../wrong.ts";
import type { Moment } from "./moment.ts";
import { parsePattern } from "./parse-pattern.ts";
import { timezonePrefix } from "./pattern.ts";

/**
 * Returns what a schedule means: `At 03:00, Monday through Friday`, without its time zone. Undefined for a wrong schedule.
 *
 * The sentence depends on how the schedule was read, not on its spelling, and two readings never share one: equal
 * sentences mean equal timetables, in every zone. So a schedule that follows the clock through its changes reads
 * differently from one with fixed times: it does not mention the hours, repeats (`Every 15 minutes`), or says so
 * (`following the clock when it changes`).
 */
export function scheduleInWords(schedule: string): string | undefined {
  const pattern = parsePattern(schedule);
  if (isWrong(pattern)) return undefined;
  if (pattern.kind === "reboot") return "Once after each boot of the host";
  if (pattern.kind === "at") return `Once, ${momentInWords(pattern.moment)}`;
  if (pattern.kind === "every") {
    const [, period = ""] = /^@every\s+(.*?)(?:\s+from\s.*)?$/is.exec(timezonePrefix(schedule).times.trim()) ?? [];
    const since = pattern.from === undefined ? "counted from the start of 1970 (UTC)" : undefined;
    return `Every ${period.replaceAll(/\s+/g, " ")}, ${since ?? `from ${momentInWords(pattern.from ?? { instant: 0 }).replace(/^on /, "")}`}`;
  }
  if (pattern.kind === "days") {
    const first = new Date(pattern.from).toISOString();
    const days = pattern.days === 1 ? "day" : `${pattern.days} days`;
    return `Every ${days} at ${clockOf(first)}, from ${first.slice(0, 10)}`;
  }
  const days = daysInWords(pattern.days);
  const times = { ...pattern.times, isEachDay: days === "" };
  return `${pattern.wildcard ? followingInWords(times) : fixedInWords(times)}${days}`;
}

/** `on 2027-01-31 at 03:00`; an instant `on 2027-01-31 at 02:00 (UTC)`. */
function momentInWords(moment: Moment): string {
  const text = new Date("instant" in moment ? moment.instant : moment.wall).toISOString();
  return `on ${text.slice(0, 10)} at ${clockOf(text)}${"instant" in moment ? " (UTC)" : ""}`;
}

/** `03:00`, with the second where it is not 0. */
function clockOf(iso: string): string {
  return iso.slice(11, 19).replace(/:00$/, "");
}

interface DayTimes extends Times {
  /** Due on each day, so that a range of hours may run across midnight. */
  readonly isEachDay: boolean;
}

const MINUTE = { size: 60, unit: "minute", past: "hour" } as const;
const SECOND = { size: 60, unit: "second", past: "minute" } as const;

/** For times that follow the clock. Does not mention that it is every minute, or every hour. */
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

/** Up to this many times of the day are listed one by one. */
const FEW_TIMES = 6;
/** At least this many in a row make a range. */
const LEAST_OF_RANGE = 3;
/** At least this many at equal distances are described by the distance. */
const LEAST_OF_STEPS = 5;

/** For fixed times: mentions everything. */
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
    return `At ${listed(all, "and")}`;
  }
  if (!isZero(seconds)) {
    return `${atEach(seconds, SECOND)}, ${lowerFirst(atEach(minutes, MINUTE))}, ${inHours(times)}`;
  }
  return `${startingAt(minutes) ?? atEach(minutes, MINUTE)}, ${inHours(times)}`;
}

type Unit = typeof MINUTE | typeof SECOND;

/** `Every minute`, `Every 15 minutes`: all of them, or from 0 on in steps that divide the period. */
function repeating(values: readonly number[], { size, unit }: Unit): string | undefined {
  if (values.length === size) return `Every ${unit}`;
  return values.length > 1 && isEven(values, size) ? `Every ${size / values.length} ${unit}s` : undefined;
}

/** `Every 15 minutes, starting at 5 minutes past the hour`: the same, from a later minute on. */
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
  return `At ${listed(
    ranges(values).map(({ first, last }) => (first === last ? `${first}` : `${first} through ${last}`)),
    "and",
  )} ${unit}s past the ${past}`;
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
  return `in the hours of ${listed(each, "and")}`;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Returns the first and last of hours without a break; on each day, they may run across midnight. */
function runOfHours({ hours, isEachDay }: DayTimes): Range | undefined {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  if (hours.length === 1 || isRun(hours)) return { first, last };
  if (!isEachDay) return undefined;
  const turned = fromGap(hours, 24);
  const run = turned.every((hour, index) => hour === ((turned[0] ?? 0) + index) % 24);
  return run ? { first: turned[0] ?? 0, last: turned.at(-1) ?? 0 } : undefined;
}

/** Describes the days of a pattern: nothing for each day, or `, on day 13 of the month, or on Friday`. */
function daysInWords(days: string): string {
  const [day = "", month = "", written = "", years] = days.split(" ");
  const weekday = written.replace("+", "");
  const isEither = day !== "*" && weekday !== "*" && weekday === written;
  const onDays = isEach(day, 31) ? undefined : dayInWords(day.split(","));
  const onWeekdays = isEach(weekday, 7) ? undefined : weekdayInWords(weekday.split(","));
  const inMonths = isEach(month, 12) ? undefined : monthInWords(month.split(",").map(Number));
  const inYears = years === undefined ? undefined : yearInWords(years.split(",").map(Number));
  const only = [inMonths, inYears].flatMap((each) => (each === undefined ? [] : `only in ${each}`)).join(", ");
  if (!isEither) return [onDays, onlyOn(onWeekdays, onDays), only].map(comma).join("");
  // If one of the two holds on every day, so does "one of them".
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

/** `2027`, `2027 through 2029 and 2032`, `every 2nd year from 2026 through 2098`. */
function yearInWords(years: readonly number[]): string {
  const steps = inSteps(years);
  if (steps !== undefined) return `every ${ordinal(steps)} year from ${years[0]} through ${years.at(-1)}`;
  return listed(
    ranges(years).map(({ first, last }) => (first === last ? `${first}` : `${first} through ${last}`)),
    "and",
  );
}

/**
 * Returns what cronstrue says about one field of the days: names, ordinals, days counted from the month's end.
 *
 * It gets one field at a time, as plain values and ranges. It does not tell "either is enough" from "both" in all patterns
 * (https://github.com/bradymholt/cRonstrue/issues/363), says "every 40 minutes" of a step that does not divide the hour,
 * and throws at a `W` in a list (https://github.com/bradymholt/cRonstrue/issues/5).
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

/** True for values from 0 on with equal distances, also across the end of the period. */
function isEven(values: readonly number[], size: number): boolean {
  return size % values.length === 0 && values.every((value, index) => value === (index * size) / values.length);
}

function isRun(values: readonly number[]): boolean {
  return values.length > 1 && values.every((value, index) => value === (values[0] ?? 0) + index);
}

/** Returns the distance of many values that are equally far apart, if it is more than one. */
function inSteps(values: readonly number[]): number | undefined {
  const [first = 0, second = 0] = values;
  const step = second - first;
  if (values.length < LEAST_OF_STEPS || step < 2) return undefined;
  return values.every((value, index) => value === first + index * step) ? step : undefined;
}

/** Rotates cyclic values, such as hours and days of the week, so that they begin after a gap: 6, 0, 1. */
function fromGap(values: readonly number[], size: number): number[] {
  const first = values.findIndex((value) => !values.includes((value + size - 1) % size || (size === 12 ? 12 : 0)));
  return first < 0 ? [...values] : [...values.slice(first), ...values.slice(0, first)];
}

/** Returns the values, in their order, as few ranges as possible; with a `size`, ranges may run across the end. */
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

/** Two values in a row are not a range. */
function asValues({ first, last }: Range, size: number | undefined): Range[] {
  const length = (size !== undefined && last < first ? last + size : last) - first + 1;
  if (length >= LEAST_OF_RANGE || length === 1) return [{ first, last }];
  return [first, last].map((value) => ({ first: value, last: value }));
}

function writtenRange({ first, last }: Range): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
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
