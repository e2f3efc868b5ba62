import { parseDuration } from "../../values/duration.ts";

/** The calendar events of a schedule, which are due at the same times together, or why there are none. */
export type CalendarEvents =
  | { readonly events: readonly string[] }
  | { readonly wrong: string; readonly hint?: string };

/** Writes a valid schedule of ours as values of `OnCalendar=`, with its zone at the end. */
export function calendarEvents(schedule: string, zone: string): CalendarEvents {
  const [, own, rest = schedule] = /^\s*(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(schedule) ?? [];
  const written = rest.trim();
  const [, period] = /^@every\s+(.*)$/is.exec(written) ?? [];
  if (/\sfrom\s/i.test(period ?? "")) return { wrong: `"${written}" has a first time, and systemd has none for it` };
  if (period !== undefined) return everyEvents(period.replaceAll(/\s/g, ""));
  const [, moment] = /^@at\s+(.*)$/is.exec(written) ?? [];
  if (moment !== undefined) return atEvent(moment, own ?? zone);
  if (written.toLowerCase() === "@reboot")
    return {
      wrong: `"${written}" is no time of a calendar`,
      hint: "OnBootSec=1min in a timer is nearest: it also starts the job when the timer is first enabled",
    };
  const words = (NICKNAMES.get(written.toLowerCase()) ?? written).split(/\s+/);
  const [second = "0", minute = "*", hour = "*", day = "*", month = "*", weekday = "*", year = "*"] =
    words.length === 5 ? ["0", ...words] : words;
  const years = /^[*?]$/.test(year) ? "*" : valuesOf(year, YEAR).join();
  const dates = datesOf({ day, month, weekday, years });
  if ("wrong" in dates) return dates;
  const clock = [hour, minute, second].map((text, index) =>
    spell(valuesOf(text, CLOCK[index] ?? MINUTE), CLOCK[index] ?? MINUTE),
  );
  return { events: dates.dates.map((date) => `${date} ${clock.join(":")} ${own ?? zone}`) };
}

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
  ["@every_minute", "* * * * *"],
  ["@every_second", "* * * * * *"],
]);

function atEvent(moment: string, zone: string): CalendarEvents {
  const hasOffset = /(?:Z|[+-]\d\d:?(?:\d\d)?)$/i.test(moment.slice("2027-01-31T".length));
  const iso = new Date(hasOffset ? moment.replace(/([+-]\d\d)$/, "$1:00") : `${moment}Z`).toISOString();
  return { events: [`${iso.slice(0, 10)} ${iso.slice(11, 19)} ${hasOffset ? "UTC" : zone}`] };
}

/** `@every` counts from 1970 in UTC: a period that divides a day, or is one or a week, is a time of the clock there. */
function everyEvents(period: string): CalendarEvents {
  const seconds = (parseDuration(period) ?? 0) / 1000;
  const step = (count: number) => (count === 1 ? "*" : `00/${count}`);
  const event =
    seconds === 7 * 86_400
      ? "Thu *-*-* 00:00:00"
      : seconds === 86_400
        ? "*-*-* 00:00:00"
        : seconds % 3600 === 0 && 24 % (seconds / 3600) === 0
          ? `*-*-* ${step(seconds / 3600)}:00:00`
          : seconds % 60 === 0 && 60 % (seconds / 60) === 0
            ? `*-*-* *:${step(seconds / 60)}:00`
            : 60 % seconds === 0
              ? `*-*-* *:*:${step(seconds)}`
              : undefined;
  if (event !== undefined) return { events: [`${event} UTC`] };
  return {
    wrong: `"@every ${period}" is no time of a clock for systemd: the period divides no day`,
    hint: `OnUnitActiveSec=${seconds}s is nearest: it counts from the last start`,
  };
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const SECOND: Field = { min: 0, max: 59, names: [] };
const MINUTE: Field = { min: 0, max: 59, names: [] };
const HOUR: Field = { min: 0, max: 23, names: [] };
const CLOCK = [HOUR, MINUTE, SECOND];
const DAY: Field = { min: 1, max: 31, names: [] };
const MONTH: Field = {
  min: 1,
  max: 12,
  names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
};
const WEEKDAY: Field = { min: 0, max: 6, names: "sun mon tue wed thu fri sat".split(" ") };
/** As systemd has them: from Monday on. */
const WEEK = "Mon Tue Wed Thu Fri Sat Sun".split(" ");

const YEAR: Field = { min: 1970, max: 2099, names: [] };

interface DayFields {
  readonly day: string;
  readonly month: string;
  readonly weekday: string;
  /** A list, or `*`. */
  readonly years: string;
}

interface Wrong {
  readonly wrong: string;
  readonly hint?: string;
}

/** One of these must match the date; each is a line of its own, because lines add up and fields restrict. */
function datesOf({ day, month, weekday, years }: DayFields): { readonly dates: readonly string[] } | Wrong {
  const days = daysOf(day);
  if ("wrong" in days) return days;
  const isAnd = weekday.startsWith("+") || /^[*?]/.test(day) || /^[*?]/.test(weekday);
  const weekdays = weekdaysOf(weekday.replace(/^\+/, ""));
  const months = spell(valuesOf(month, MONTH), MONTH);
  const write = (names: string, mark: string, numbers: string) =>
    `${names === "" ? "" : `${names} `}${years}-${months}${mark}${numbers}`;
  const allDays = (names: string) => write(names, "-", "*");
  const byDay = (names: string) => [
    ...(days.numbers.length > 0 ? [write(names, "-", spell(days.numbers, DAY))] : []),
    ...(days.fromEnd.length > 0 ? [write(names, "~", days.fromEnd.map(pad).join())] : []),
  ];
  const byWeekday = [
    ...(weekdays.every.length > 0 ? [allDays(namesOf(weekdays.every))] : []),
    ...weekdays.nth.map(({ name, nth }) => write(name, nth === "L" ? "~" : "-", spanOf(nth))),
  ];
  if (days.isAny && weekdays.isAny) return { dates: [allDays("")] };
  // Of two of which one is enough, one lets every day pass.
  if (!isAnd && (days.isAny || weekdays.isAny)) return { dates: [allDays("")] };
  if (weekdays.isAny) return { dates: byDay("") };
  if (days.isAny) return { dates: byWeekday };
  if (!isAnd) return { dates: [...byDay(""), ...byWeekday] };
  if (weekdays.nth.length > 0)
    return { wrong: `"${day}" and "${weekday}" must both match, and systemd has no # next to a day of the month` };
  return { dates: byDay(namesOf(weekdays.every)) };
}

/** The days on which the n-th of a day of the week can be. */
function spanOf(nth: string): string {
  if (nth === "L") return "01..07";
  const first = Number(nth) * 7 - 6;
  return `${pad(first)}..${pad(Math.min(first + 6, 31))}`;
}

interface MonthDays {
  readonly isAny: boolean;
  readonly numbers: readonly number[];
  /** 1 is the last. */
  readonly fromEnd: readonly number[];
}

function daysOf(text: string): MonthDays | Wrong {
  const parts = text.split(",");
  const special = parts.filter((part) => /[lw]/i.test(part));
  const wrong = special.find((part) => /w/i.test(part));
  if (wrong !== undefined) return { wrong: `systemd has nothing for "${wrong}", the weekday near a day` };
  const plain = parts.filter((part) => !special.includes(part));
  const numbers = plain.length === 0 ? [] : valuesOf(plain.join(), DAY);
  const fromEnd = special.map((part) => Number(/\d+/.exec(part)?.[0] ?? 0) + 1);
  // Further from the end, systemd looks for no day: it is the first or none in February, and another one in July.
  if (fromEnd.some((day) => day > 28))
    return { wrong: `systemd counts 28 days from the month's end, and "${text}" is further` };
  return { isAny: numbers.length === 31, numbers, fromEnd: [...new Set(fromEnd)].toSorted((a, b) => a - b) };
}

interface Weekdays {
  readonly isAny: boolean;
  readonly every: readonly number[];
  readonly nth: readonly { readonly name: string; readonly nth: string }[];
}

function weekdaysOf(text: string): Weekdays {
  const parts = text.split(",");
  const special = parts.flatMap((part) => {
    const [, days = "", nth] = /^(.+)#([1-5l])$/i.exec(part) ?? /^(\w+?)(l)$/i.exec(part) ?? [];
    return nth === undefined ? [] : [{ part, days, nth: nth.toUpperCase() }];
  });
  const plain = parts.filter((part) => !special.some((each) => each.part === part));
  const every = plain.length === 0 ? [] : valuesOf(plain.join(), WEEKDAY);
  const nth = special.flatMap((each) =>
    valuesOf(each.days, WEEKDAY).map((day) => ({ name: nameOf(day), nth: each.nth })),
  );
  return { isAny: every.length === 7, every, nth };
}

function nameOf(weekday: number): string {
  return WEEK[(weekday + 6) % 7] ?? "";
}

/** In systemd's order, with ranges. */
function namesOf(weekdays: readonly number[]): string {
  const sorted = weekdays.map((day) => (day + 6) % 7).toSorted((a, b) => a - b);
  return runsOf(sorted)
    .flatMap((run) => {
      const names = run.map((day) => WEEK[day] ?? "");
      return run.length > 2 ? [`${names[0]}..${names.at(-1)}`] : names;
    })
    .join();
}

/** All values that a field names, in order. Ranges may run over the end. */
function valuesOf(text: string, { min, max, names }: Field): readonly number[] {
  const size = max - min + 1;
  const isWeek = names.length === 7;
  const number = (word: string) => {
    const named = names.findIndex((name) => word.length >= 3 && word.toLowerCase().startsWith(name));
    return named === -1 ? Number(word) : min + named;
  };
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [base = "", step] = part.split("/");
    const by = step === undefined ? 1 : Number(step);
    const [low = "", high] = base.split("-");
    const isAll = /^[*?]$/.test(base);
    const from = isAll ? min : number(low);
    let to = isAll ? max : high === undefined ? (step === undefined ? from : max) : number(high);
    if (isWeek && high !== undefined && to === 0 && from > 0) to = 7;
    if (to < from) to += size;
    for (let value = from; value <= to; value += by) values.add(min + ((value - min) % size));
  }
  return [...values].toSorted((a, b) => a - b);
}

/** Without an open step that does not divide its field: systemd loses times of these. */
function spell(values: readonly number[], { min, max }: Field): string {
  const size = max - min + 1;
  if (values.length === size) return "*";
  const [first = min, second = first] = values;
  const step = second - first;
  const isEven = values.length > 2 && step > 1 && values.every((value, index) => value === first + index * step);
  if (isEven) {
    const last = values.at(-1) ?? first;
    return size % step === 0 && last + step > max ? `${pad(first)}/${step}` : `${pad(first)}..${pad(last)}/${step}`;
  }
  return runsOf(values)
    .flatMap((run) => (run.length > 2 ? [`${pad(run[0] ?? 0)}..${pad(run.at(-1) ?? 0)}`] : run.map(pad)))
    .join();
}

function runsOf(values: readonly number[]): readonly number[][] {
  const runs: number[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
