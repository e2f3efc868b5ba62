import { nearestWord } from "../../job/problem.ts";
import { wrongTimezone } from "../clock/zone.ts";
import { isWrong, type Meant, quoted, type Wrong, wrong } from "../wrong.ts";
import { meantEvery } from "./every.ts";
import { WEEKDAY_NAMES } from "./fields.ts";
import {
  isPattern,
  isReboot,
  NICKNAMES,
  type NotAPattern,
  type Pattern,
  readFields,
  readPattern,
  timezonePrefix,
} from "./pattern.ts";

/** No schedule needs more: with each second, minute, hour, day and month in a list, it has some 600 characters. */
const LONGEST_SCHEDULE = 1000;

/**
 * Reads a pattern as it was written, or says what is wrong with it and what was probably meant. Does not check whether its time zone exists, nor whether it ever
 * comes true.
 */
export function parsePattern(text: string): Pattern | Wrong {
  if (isTooLong(text)) {
    return wrong(
      `${quoted(text.trim())} has ${text.length} characters, and a schedule has ${LONGEST_SCHEDULE} at most: write one schedule, of ${FORM}.`,
    );
  }
  const { timezone, times } = timezonePrefix(text);
  const read = readPattern(times.trim());
  const pattern = isPattern(read) ? read : explain(times.trim(), read);
  if (timezone === undefined) return pattern;
  if (!isWrong(pattern) && pattern.timezone !== undefined)
    return wrong(
      `${quoted(text.trim())} has two time zones, ${timezone} and ${pattern.timezone}: leave one of them out.`,
    );
  return isWrong(pattern) ? inZone(pattern, timezone) : { ...pattern, timezone };
}

/** Adds the zone that was written to what was meant. `@every` takes none, and one of several schedules may have its own. */
function inZone(found: Wrong, timezone: string): Wrong {
  if (found.meant === undefined) return found;
  const schedules = found.meant.schedules.map((schedule) =>
    /^(?:@every\s|@at\s|(?:CRON_)?TZ=)/i.test(schedule) ? schedule : `CRON_TZ=${timezone} ${schedule}`,
  );
  return { ...found, meant: { ...found.meant, schedules } };
}

/** True when a text is refused for its length, before anything else. */
export function isTooLong(text: string): boolean {
  return text.length > LONGEST_SCHEDULE;
}

function explain(text: string, read: NotAPattern): Wrong {
  return withoutTypography(text) ?? severalSchedules(text) ?? withAdditions(text) ?? explainRead(text, read);
}

function explainRead(text: string, read: NotAPattern): Wrong {
  switch (read.fault) {
    case "interval":
      return read.found;
    case "form":
      return wrongForm(text, read.words);
    case "fields":
      return explainFields(read.found, read.words);
    case "nickname":
      return wrongNickname(text, read.name, read.more);
  }
}

/** Says more about six wrong fields than their values: they may be meant as something else. */
function explainFields(found: Wrong, words: readonly string[]): Wrong {
  if (words.length < 6) return found;
  if (words.length === 6 && /^\d{4}/.test(words[5] ?? "")) {
    const schedules = [quartzDays(`0 ${words.join(" ")}`)];
    return wrong(`${found.wrong} (With a year there are seven fields, of which the first is the second.)`, {
      schedules,
    });
  }
  if (hasCommand(words)) return crontabLine(words);
  const count = words.length === 6 ? "six" : "seven";
  return { ...found, wrong: `${found.wrong} (The first of ${count} fields is the second.)` };
}

/** Five fields, and a command. */
function crontabLine(words: readonly string[]): Wrong {
  const schedules = [words.slice(0, 5).join(" ")];
  return wrong(`${quoted(words.join(" "))} is a line of a crontab. ${COMMAND}`, { schedules, also: COMMAND_ELSEWHERE });
}

/** Recognizes a schedule with additions: brackets, a comment, a time zone, spaces within its fields. */
function withAdditions(text: string): Wrong | undefined {
  const joined = text.replaceAll(/\s*([,/-])\s+|\s+([,/-])\s*/g, "$1$2");
  if (joined !== text && isSchedule(joined)) {
    return wrong(`${quoted(text)} has spaces within a field. A field has no spaces.`, { schedules: [joined] });
  }
  const [, listed] = /^\[(.*)\]$/s.exec(text) ?? [];
  if (listed !== undefined) {
    return wrong(`${quoted(text)} is a list in brackets, written as a text.`, {
      schedules: [listed.replaceAll(/["']/g, "").trim()],
    });
  }
  const uncommented = text.replace(/^[#-]\s+|\s+#.*$/g, "");
  if (uncommented !== text && isSchedule(uncommented)) {
    return wrong(`${quoted(text)} contains more than a schedule`, { schedules: [uncommented] });
  }
  const words = text.split(/\s+/);
  for (const [zone = "", rest] of [[words[0], words.slice(1)] as const, [words.at(-1), words.slice(0, -1)] as const]) {
    const schedule = rest.join(" ");
    if (!/^[a-z]{3}/i.test(zone) || wrongTimezone(zone) !== undefined || !isSchedule(schedule)) continue;
    return wrong(`${quoted(text)} has a time zone among its fields`, { schedules: [`CRON_TZ=${zone} ${schedule}`] });
  }
  return undefined;
}

const COMMAND = "A schedule does not contain the command.";
const COMMAND_ELSEWHERE = ", and the command under command";

/** True for five valid fields followed by something that is not a day of the week, not even a misspelt one. */
function hasCommand(words: readonly string[]): boolean {
  const sixth = words[5] ?? "";
  const isWeekday = /^(?:mon|tue|wed|thu|fri|sat|sun)[\w#,/-]*$/i.test(sixth);
  if (isWeekday || !/[a-z]{2}|^\.{0,2}\//i.test(sixth)) return false;
  return !isWrong(readFields(["0", ...words.slice(0, 5)]));
}

function wrongNickname(text: string, name: string, more: readonly string[]): Wrong {
  if (more.length > 0 && (NICKNAMES.has(name.toLowerCase()) || isReboot(name))) {
    const isCommand = /^[a-z]{2}|^\.{0,2}\//i.test(more[0] ?? "");
    const message = `${quoted(text)} is not known: nothing follows ${name}.`;
    return isCommand
      ? wrong(`${message} ${COMMAND}`, { schedules: [name], also: COMMAND_ELSEWHERE })
      : wrong(message, { schedules: [name] });
  }
  const foreign = FOREIGN_NICKNAMES.get(text.toLowerCase());
  if (typeof foreign === "string") return wrong(`${quoted(text)} is not known: ${foreign}.`);
  if (foreign !== undefined) return wrong(`${quoted(text)} is not known`, foreign);
  const [, period] = /^@\s*(?:every)?[_:=-]?(.+)$/i.exec(text.replaceAll(/\s/g, "")) ?? [];
  const meant = period === undefined ? undefined : meantEvery(period);
  if (meant !== undefined) return wrong(`${quoted(text)} is not known`, { schedules: [meant] });
  const known = [...NICKNAMES.keys(), "@every 90s", "@at 2027-01-31T03:00+01:00"].join(", ");
  const nearest = text.length > LONGEST_NICKNAME ? undefined : nearestWord(text, NICKNAMES.keys());
  const message = `${quoted(text)} is not known. These are: ${known}.`;
  return wrong(nearest === undefined ? message : `${message} Did you mean ${nearest}?`);
}

const LONGEST_NICKNAME = 32;

/** Names that other schedulers have: the schedule that means the same, or what to do where there is none. */
const FOREIGN_NICKNAMES: ReadonlyMap<string, string | Meant> = new Map<string, string | Meant>([
  ["@minutely", { schedules: ["@every_minute"] }],
  ["@every_hour", { schedules: ["@hourly"] }],
  ["@every_day", { schedules: ["@daily"] }],
  ["@secondly", { schedules: ["@every_second"] }],
  ["@weekdays", { schedules: ["0 0 * * 1-5"] }],
  ["@weekends", { schedules: ["0 0 * * 0,6"] }],
  ["@quarterly", { schedules: ["0 0 1 */3 *"] }],
  ...["@year", "@annual"].map((name) => [name, { schedules: ["@yearly"] }] as const),
  ["@month", { schedules: ["@monthly"] }],
  ["@week", { schedules: ["@weekly"] }],
  ["@day", { schedules: ["@daily"] }],
  ["@hour", { schedules: ["@hourly"] }],
  ["@minute", { schedules: ["@every_minute"] }],
  ["@second", { schedules: ["@every_second"] }],
  ["@noon", { schedules: ["0 12 * * *"] }],
  ...["@triggered", "@manual", "@none"].map(
    (name) => [name, "for a job that is only started manually, write any schedule, and suspended: true"] as const,
  ),
]);

const FORM =
  "5 fields (minute, hour, day of the month, month, day of the week) such as 0 3 * * *, 6 with the second before them, or 7 with the year after these";

function wrongForm(text: string, words: readonly string[]): Wrong {
  if (text === "") return wrong(`The schedule is empty: write ${FORM}.`);
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const time = text.replace(" ", "T");
    const once = `@at ${time.includes("T") ? time : `${time}T00:00`}`;
    if (isSchedule(once)) return wrong(`${quoted(text)} is a date`, { schedules: [once], when: "to run once" });
    return wrong(`${quoted(text)} is a date, and a schedule repeats: write ${FORM}.`);
  }
  const meant = meantByWords(text);
  if (meant !== undefined) return wrong(`${quoted(text)} is ${meant.is}`, { schedules: [meant.write] });
  if (hasCommand(words)) return crontabLine(words);
  return wrong(`${quoted(text)} has ${words.length === 1 ? "1 field" : `${words.length} fields`}: write ${FORM}.`);
}

/**
 * Returns the pattern with its days of the week as names, if it has a `?`. Quartz and AWS demand one, and count days of
 * the week from 1, Sunday.
 */
function quartzDays(pattern: string): string {
  const words = pattern.split(" ");
  const place = words.length === 7 ? -2 : -1;
  return words.includes("?") ? words.with(place, quartzWeekdays(words.at(place) ?? "")).join(" ") : pattern;
}

/** Returns a field of Quartz for days of the week, with their names. */
export function quartzWeekdays(field: string): string {
  return field.replaceAll(/(?<![\d#/])[1-7](?!\d)/g, (day) => WEEKDAY_NAMES[Number(day) - 1] ?? day);
}

interface Words {
  readonly is: string;
  readonly write: string;
}

/** Recognizes `daily`, `03:00`, `5m`, `every 5 minutes`: what that is, and what to write. */
function meantByWords(text: string): Words | undefined {
  const word = text.toLowerCase();
  if (NICKNAMES.has(`@${word}`)) return { is: "a short name without its @", write: `@${text}` };
  const spoken = meantBySpeech(text);
  if (spoken !== undefined) return spoken;
  const [, unit, amount] = /^(rate|cron)\((.*)\)$/i.exec(text) ?? [];
  if (unit?.toLowerCase() === "cron" && amount !== undefined) {
    const words = amount.trim().split(/\s+/);
    const [year = "*"] = words.slice(5);
    const written = /^[*?]$/.test(year) ? words.slice(0, 5) : ["0", ...words];
    return { is: "what AWS takes", write: quartzDays(written.join(" ")) };
  }
  const systemd = /^(?:\*-\*-\*\s+)([01]?\d|2[0-3]):([0-5]\d)(?::00)?$/.exec(text);
  if (systemd !== null) {
    return { is: "what systemd takes", write: `${Number(systemd[2])} ${Number(systemd[1])} * * *` };
  }
  const written = amount ?? /^every\s+(.+)$/i.exec(text)?.[1];
  // Alone, it may be a time of the day.
  const every = written === undefined && /^\d{1,2}h\d\d$/i.test(text) ? undefined : meantEvery(written ?? text);
  if (every === undefined) return undefined;
  if (/^(?:R\d*\/)?P/i.test(text)) return { is: "a duration of ISO 8601", write: every };
  return {
    is: written === undefined && /^[\d.]+[a-z]+$/i.test(text) ? "a duration" : "a duration in words",
    write: every,
  };
}

/** Recognizes `03:30`, `every day at 3am`, `every monday`, `every month`. */
function meantBySpeech(text: string): Words | undefined {
  const [, days, hour, minute = "0", half] =
    /^(?:(?:every|each|on)?\s*([a-z]+?)s?\b)?\s*(?:\bat\b)?\s*(?:(\d{1,2})(?::([0-5]\d))?\s*(am|pm)?)?$/i.exec(text) ??
    [];
  const time = hour === undefined ? undefined : hourOf(Number(hour), half?.toLowerCase());
  if (hour !== undefined && (time === undefined || !/:|[ap]m/i.test(text))) return undefined;
  const day = days?.toLowerCase() ?? "at";
  if (time === undefined) return CALENDAR_WORDS.get(day);
  const at = `${Number(minute)} ${time} * *`;
  if (["at", "day", "daily"].includes(day)) return { is: "a time of the day", write: `${at} *` };
  const weekday = weekdayOf(day);
  return weekday === undefined ? undefined : { is: "a time in words", write: `${at} ${weekday}` };
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined;
  return hour >= 1 && hour <= 12 ? (hour % 12) + (half === "pm" ? 12 : 0) : undefined;
}

function weekdayOf(day: string): string | undefined {
  if (day === "weekday") return "MON-FRI";
  return WEEKDAY_NAMES.find((name) => day.length >= 3 && day.slice(0, 3).toUpperCase() === name);
}

const CALENDAR_WORDS: ReadonlyMap<string, Words> = new Map(
  [
    ["day", "@daily"],
    ["week", "@weekly"],
    ["month", "@monthly"],
    ["year", "@yearly"],
    ["weekday", "0 0 * * MON-FRI"],
    ...WEEKDAY_NAMES.map((name) => [name.toLowerCase(), `0 0 * * ${name}`] as const),
    ...["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"].map(
      (name, index) => [name, `0 0 * * ${WEEKDAY_NAMES[index]}`] as const,
    ),
  ].map(([word = "", write = ""]) => [word, { is: "a time in words", write }]),
);

/** What word processors and escaping make of the characters of a schedule. */
const TYPOGRAPHY: ReadonlyMap<RegExp, string> = new Map([
  [/[\u2010-\u2015\u2212\uFE58\uFF0D]/g, "-"],
  [/[\u2217\u204E\uFF0A\u2731]|\\+\*/g, "*"],
  [/[\u2044\u2215\uFF0F]/g, "/"],
  [/[\uFF0C\u201A\u3001]/g, ","],
  [/[\u200B-\u200F\u2060\u00AD]/g, ""],
]);
const QUOTES = /^["'`\u2018-\u201F\u00AB\u00BB\u2039\u203A]+|["'`\u2018-\u201F\u00AB\u00BB\u2039\u203A]+$/g;

/** Recognizes a schedule in quotes, or with characters that only look right. */
function withoutTypography(text: string): Wrong | undefined {
  const unquoted = text.replaceAll(QUOTES, "").trim();
  let plain = unquoted;
  for (const [characters, instead] of TYPOGRAPHY) plain = plain.replaceAll(characters, instead);
  if (plain === text || plain === "") return undefined;
  const meant = { schedules: [plain.trim()] };
  if (plain === unquoted) return wrong("The schedule contains quotes", meant);
  const found = [...new Set(text.match(/[^\x20-\x7E\s]|\\/g) ?? [])].map((character) =>
    /[\u200B-\u200F\u2060\u00AD]/.test(character) ? "an invisible one" : character,
  );
  return wrong(`${quoted(text)} contains characters that no schedule has (${found.join(" ")}).`, meant);
}

/** What people write between several schedules in one text. */
const SEPARATOR = /\s*(?:[;|\n]|&&|,\s|,(?=@)|\band\b|\bor\b)\s*/i;
const MOST_SCHEDULES = 20;

/** Recognizes several valid schedules in one text: `0 3 * * *, 0 15 * * *`. */
function severalSchedules(text: string): Wrong | undefined {
  const parts = text.split(SEPARATOR).filter((part) => part !== "");
  const found = parts.length > 1 && parts.every(isSchedule) ? parts : splitAtCommas(text);
  if (found === undefined || found.length > MOST_SCHEDULES) return undefined;
  return wrong(`${quoted(text)} is ${found.length} schedules in one.`, { schedules: found });
}

/** Splits at as many commas as possible: some belong to lists. */
function splitAtCommas(text: string): string[] | undefined {
  const found: string[] = [];
  let part: string | undefined;
  for (const piece of text.split(",")) {
    const longer = `${found.at(-1) ?? ""},${piece}`;
    if (part === undefined && !/\s/.test(piece) && isSchedule(longer)) {
      found[found.length - 1] = longer;
      continue;
    }
    part = part === undefined ? piece : `${part},${piece}`;
    if (!isSchedule(part.trim())) continue;
    found.push(part.trim());
    part = undefined;
  }
  return part === undefined && found.length > 1 ? found : undefined;
}

function isSchedule(text: string): boolean {
  return isPattern(readPattern(timezonePrefix(text).times.trim()));
}
