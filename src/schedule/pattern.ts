import type { Schedule } from "../jobs/job.ts";
import { nearestWord } from "../jobs/problem.ts";
import type { Times } from "./calendar.ts";
import { meantEvery, parseEvery } from "./every.ts";
import { FIELD_KINDS } from "./field-kinds.ts";
import { type Field, parseField } from "./fields.ts";
import { FOREIGN_NICKNAMES, NICKNAMES } from "./nicknames.ts";
import { isWrong, type Wrong, wrong } from "./wrong.ts";

/** What a schedule says. */
export type Pattern = CrontabPattern | EveryPattern;

export interface CrontabPattern {
  readonly kind: "crontab";
  /** From a `CRON_TZ=` before the fields; it goes before the schedule's own. */
  readonly timezone?: string;
  readonly times: Times;
  /** Day of the month, month and day of the week as `daysOf` takes them; the same for all that name the same days. */
  readonly days: string;
  /**
   * Second, minute or hour begins with `*`: the job follows the clock through its changes. Otherwise it is a fixed-time
   * job. (cron.c: MIN_STAR, HR_STAR.)
   */
  readonly wildcard: boolean;
}

export interface EveryPattern {
  readonly kind: "every";
  readonly timezone?: string;
  readonly periodMs: number;
}

/** The zone on whose clock a schedule is read. */
export function timezoneOf(schedule: Schedule): string {
  return timezonePrefix(schedule.pattern).timezone ?? schedule.timezone;
}

/** Whether a time zone matters to a schedule: not to one with `@every`. */
export function isOnClock({ pattern }: Schedule): boolean {
  return !/^@every\s/i.test(timezonePrefix(pattern).times.trim());
}

/** Reads a pattern as somebody wrote it. Whether its time zone exists, and whether it ever comes true, is not asked. */
export function parsePattern(text: string): Pattern | Wrong {
  const { timezone, times } = timezonePrefix(text);
  const pattern = parseTimes(times.trim());
  return isWrong(pattern) || timezone === undefined ? pattern : { ...pattern, timezone };
}

/** What stands before the fields, and what after it. */
export function timezonePrefix(text: string): { readonly timezone?: string; readonly times: string } {
  const [, timezone, times] = /^\s*(?:CRON_)?TZ=(\S*)(.*)$/s.exec(text) ?? [];
  return timezone === undefined || times === undefined ? { times: text } : { timezone, times };
}

function parseTimes(text: string): Pattern | Wrong {
  if (text.startsWith("@")) return parseNickname(text);
  if (/^(["']).*\1$/.test(text)) return wrong(`The schedule has quotes within: write ${text.slice(1, -1)}.`);
  const words = text.split(/\s+/);
  if (words.length < 5 || words.length > 6) return wrongForm(text, words);
  const pattern = parseFields(words.length === 5 ? ["0", ...words] : words);
  if (!isWrong(pattern)) return pattern;
  const spaces = /,\s/.test(text) ? " (A list has no spaces.)" : "";
  return wrong(`${pattern.wrong}${spaces || (words.length === 6 ? ` (${sixthField(words)}.)` : "")}`);
}

/** What to know of six fields that are wrong: they may be five and something else. */
function sixthField(words: readonly string[]): string {
  const last = words[5] ?? "";
  if (/^\d{4}/.test(last)) return "There is no field for the year";
  return hasCommand(words) ? commandElsewhere(words) : "The first of six fields is the second";
}

/** Five fields that are right, and then no day of the week, were it misspelt. */
function hasCommand(words: readonly string[]): boolean {
  const sixth = words[5] ?? "";
  const isWeekday = /^(?:mon|tue|wed|thu|fri|sat|sun)[\w#,/-]*$/i.test(sixth);
  if (isWeekday || !/[a-z]{2}|^\.{0,2}\//i.test(sixth)) return false;
  return !isWrong(parseFields(["0", ...words.slice(0, 5)]));
}

function commandElsewhere(words: readonly string[]): string {
  return `A command is no part of a schedule: write ${words.slice(0, 5).join(" ")}, and the command under command`;
}

function parseNickname(text: string): Pattern | Wrong {
  const [name = "", ...more] = text.split(/\s+/);
  if (name.toLowerCase() === "@every") {
    const periodMs = parseEvery(more.join(" "));
    return isWrong(periodMs) ? periodMs : { kind: "every", periodMs };
  }
  const fields = more.length === 0 ? NICKNAMES.get(name.toLowerCase()) : undefined;
  return fields === undefined ? wrongNickname(text) : parseTimes(fields);
}

function parseFields(words: readonly string[]): CrontabPattern | Wrong {
  const and = words[5]?.startsWith("+") === true;
  const fields: Field[] = [];
  for (const [index, kind] of FIELD_KINDS.entries()) {
    const word = words[index] ?? "";
    const field = parseField(kind, index === 5 && and ? word.slice(1) : word);
    if (isWrong(field)) return field;
    fields.push(field);
  }
  return joinFields(fields, and);
}

function joinFields(fields: readonly Field[], and: boolean): CrontabPattern {
  const [second, minute, hour, day, month, weekday] = fields;
  if (!second || !minute || !hour || !day || !month || !weekday) throw new Error("a pattern has six fields");
  // Two restricted day fields mean "one of them matches"; but "both match" if either begins with `*`, as in `*/2`
  // (cron.c: DOM_STAR, DOW_STAR), or if croner's `+` says so.
  const both = (and || day.star || weekday.star) && !day.any && !weekday.any;
  return {
    kind: "crontab",
    times: { hours: numbersOf(hour), minutes: numbersOf(minute), seconds: numbersOf(second) },
    days: `${wordOf(day)} ${wordOf(month)} ${both ? "+" : ""}${wordOf(weekday)}`,
    wildcard: second.star || minute.star || hour.star,
  };
}

function numbersOf(field: Field): number[] {
  return field.values.map(Number);
}

function wordOf(field: Field): string {
  return field.any ? "*" : field.values.join(",");
}

function wrongNickname(text: string): Wrong {
  if (/^@reboot\b/i.test(text)) {
    return wrong("@reboot is no time: what is to start with the machine needs a restart policy, not a schedule.");
  }
  const foreign = FOREIGN_NICKNAMES.get(text.toLowerCase());
  if (foreign !== undefined) return wrong(`"${text}" is not known: ${foreign}.`);
  const known = [...NICKNAMES.keys(), "@every 90s"].join(", ");
  const nearest = nearestWord(text, [...NICKNAMES.keys(), "@every"]);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return wrong(`"${text}" is not known. These are: ${known}.${hint}`);
}

const FORM =
  "5 fields (minute, hour, day of the month, month, day of the week) such as 0 3 * * *, or 6 with the second before them";

function wrongForm(text: string, words: readonly string[]): Wrong {
  if (text === "") return wrong(`The schedule is empty: write ${FORM}.`);
  if (/^\d{4}-\d\d-\d\d/.test(text)) return wrong(`"${text}" is a date, and a schedule repeats: write ${FORM}.`);
  const meant = meantByWords(text);
  if (meant !== undefined) return wrong(`"${text}" is ${meant}.`);
  if (words.length < 7)
    return wrong(`"${text}" has ${words.length === 1 ? "1 field" : `${words.length} fields`}: write ${FORM}.`);
  if (hasCommand(words)) return wrong(`"${text}" is a line of a crontab. ${commandElsewhere(words)}.`);
  if (words.length > 7) return wrong(`"${text}" has ${words.length} fields: write ${FORM}.`);
  const six = words.slice(0, 6);
  const instead = /^[*?]$/.test(words[6] ?? "") && !isWrong(parseFields(six)) ? six.join(" ") : FORM;
  return wrong(`"${text}" has 7 fields, and there is none for the year: write ${instead}.`);
}

/** `daily`, `03:00`, `5m`, `every 5 minutes`: what that is, and what to write. */
function meantByWords(text: string): string | undefined {
  if (NICKNAMES.has(`@${text.toLowerCase()}`)) return `a short name without its @: write @${text}`;
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined) return `a time of the day: write ${Number(minute)} ${Number(hour)} * * *`;
  if (/^[\d.]+[a-z]+$/i.test(text)) return `a duration: write ${meantEvery(text) ?? `@every ${text}`}`;
  const every = /^every\s+(.+)$/i.exec(text)?.[1];
  const instead = every === undefined ? undefined : meantEvery(every);
  return instead === undefined ? undefined : `a duration in words: write ${instead}`;
}
