import { CRON_NICKNAMES } from "../../job/nicknames.ts";
import type { Times } from "../clock/calendar.ts";
import { isWrong, type Wrong, wrong } from "../wrong.ts";
import { parseEvery } from "./every.ts";
import { FIELD_KINDS, type Field, isWrongField, kindsOf, parseField, type WrongField } from "./fields.ts";
import { withoutHash } from "./hashed.ts";
import { type AtPattern, type DaysPattern, type EveryFromPattern, readAt, readEveryFrom } from "./moment.ts";

/** What a schedule says. */
export type Pattern = CrontabPattern | EveryFromPattern | DaysPattern | AtPattern | RebootPattern;

/** `@reboot`: once for each boot of the host. When that is, the scheduler knows. */
interface RebootPattern {
  readonly kind: "reboot";
  readonly timezone?: string;
}

export interface CrontabPattern {
  readonly kind: "crontab";
  /** From a `CRON_TZ=` before the fields. It overrides the schedule's own. */
  readonly timezone?: string;
  readonly times: Times;
  /** Day of the month, month, day of the week and, if there is one, year, as `daysOf` takes them. Equal for the same days. */
  readonly days: string;
  /**
   * Second, minute or hour begins with `*`: the job follows the clock through its changes. Otherwise it is a fixed-time
   * job. (cron.c: MIN_STAR, HR_STAR.)
   */
  readonly wildcard: boolean;
  /** It has an `H`, and was read without a job: its times are an example. No timetable is made from it (`writeOut`). */
  readonly isExample?: true;
}

/** A text that is not a pattern: neither a known short name nor five to seven fields, or with mistakes in these. */
export type NotAPattern =
  | { readonly fault: "nickname"; readonly name: string; readonly more: readonly string[] }
  | { readonly fault: "form"; readonly words: readonly string[] }
  | { readonly fault: "interval"; readonly found: Wrong }
  | { readonly fault: "fields"; readonly found: Wrong; readonly words: readonly string[] };

/** Reads a pattern, without a `CRON_TZ=`. What may be meant by another text is the business of `parse-pattern.ts`. */
export function readPattern(text: string): Pattern | NotAPattern {
  if (text.startsWith("@")) return readNickname(text);
  const words = text.split(/\s+/);
  if (words.length < 5 || words.length > 7 || /^(?:rate|cron)\(/i.test(text)) return { fault: "form", words };
  const pattern = readFields(words.length === 5 ? ["0", ...words] : words);
  return isWrong(pattern) ? { fault: "fields", found: pattern, words } : pattern;
}

export function isPattern(read: Pattern | NotAPattern): read is Pattern {
  return "kind" in read;
}

/** Splits a `CRON_TZ=` off the rest of the schedule. */
export function timezonePrefix(text: string): { readonly timezone?: string; readonly times: string } {
  const [, timezone, times] = /^\s*(?:CRON_)?TZ=(\S*)(.*)$/s.exec(text) ?? [];
  return timezone === undefined || times === undefined ? { times: text } : { timezone, times };
}

/** The zone in a schedule itself: before the fields, or after a `from`. */
export function zoneWithin(text: string): string | undefined {
  const { timezone, times } = timezonePrefix(text);
  return timezone ?? /^\s*@every\s.*?\sfrom\s+\S+\s+(\S+)\s*$/is.exec(times)?.[1];
}

/** Short names for patterns: those of crontab(5), and FreeBSD's for each minute and each second. */
export const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ...CRON_NICKNAMES,
  ["@every_minute", "* * * * *"],
  ["@every_second", "* * * * * *"],
]);

const REBOOT = "@reboot";

/** True for the schedule that is due by no clock. */
export function isReboot(pattern: string): boolean {
  return timezonePrefix(pattern).times.trim().toLowerCase() === REBOOT;
}

function readNickname(text: string): Pattern | NotAPattern {
  const [name = "", ...more] = text.split(/\s+/);
  if (name.toLowerCase() === REBOOT && more.length === 0) return { kind: "reboot" };
  if (name.toLowerCase() === "@at") {
    const at = readAt(more.join(" "));
    return isWrong(at) ? { fault: "interval", found: at } : at;
  }
  if (name.toLowerCase() === "@every") {
    const from = readEveryFrom(more.join(" "));
    if (from !== undefined) return isWrong(from) ? { fault: "interval", found: from } : from;
    const periodMs = parseEvery(more.join(" "));
    return isWrong(periodMs) ? { fault: "interval", found: periodMs } : { kind: "every", periodMs };
  }
  const fields = more.length === 0 ? NICKNAMES.get(name.toLowerCase()) : undefined;
  return fields === undefined ? { fault: "nickname", name, more } : readPattern(fields);
}

/** Reads six fields, or seven, or says what is wrong with each of them. */
export function readFields(words: readonly string[]): CrontabPattern | Wrong {
  const and = words[5]?.startsWith("+") === true;
  const fields: Field[] = [];
  const faults: WrongField[] = [];
  const instead: string[] = [];
  let isExample = false;
  const kinds = kindsOf(words.length);
  for (const [index, kind] of kinds.entries()) {
    const word = words[index] ?? "";
    const isAnd = index === 5 && and;
    const plain = withoutHash(kind, word, () => 0);
    isExample ||= plain !== word;
    const field = parseField(kind, isAnd ? plain.slice(1) : plain);
    if (isWrongField(field)) {
      faults.push(field);
      if (field.instead !== undefined) instead.push(`${isAnd ? "+" : ""}${field.instead}`);
    } else {
      fields.push(field);
      instead.push(word);
    }
  }
  if (faults.length === 0) return { ...joinFields(fields, and), ...(isExample && { isExample }) };
  const message = faults.map(({ wrongField }) => wrongField).join(" ");
  const [{ every } = {}, ...others] = faults;
  if (every !== undefined && others.length === 0) {
    return wrong(message, { schedules: [`@every ${every}`], when: "for an interval that is longer" });
  }
  // The field for the second is left out where it was not written.
  const isComplete = instead.length === kinds.length;
  return wrong(message, isComplete ? { schedules: [withoutSecond(instead).join(" ")] } : undefined);
}

function withoutSecond(words: readonly string[]): readonly string[] {
  return words[0] === "0" && words.length === FIELD_KINDS.length ? words.slice(1) : words;
}

function joinFields(fields: readonly Field[], and: boolean): CrontabPattern {
  const [second, minute, hour, day, month, weekday, year] = fields;
  if (!second || !minute || !hour || !day || !month || !weekday) throw new Error("a pattern has six fields");
  // Two restricted day fields mean "one of them matches"; but "both match" if either begins with `*`, as in `*/2`
  // (cron.c: DOM_STAR, DOW_STAR), or if croner's `+` says so.
  const both = (and || day.star || weekday.star) && !day.any && !weekday.any;
  return {
    kind: "crontab",
    times: { hours: numbersOf(hour), minutes: numbersOf(minute), seconds: numbersOf(second) },
    days: `${wordOf(day)} ${wordOf(month)} ${both ? "+" : ""}${wordOf(weekday)}${year && !year.any ? ` ${wordOf(year)}` : ""}`,
    wildcard: second.star || minute.star || hour.star,
  };
}

function numbersOf(field: Field): number[] {
  return field.values.map(Number);
}

function wordOf(field: Field): string {
  return field.any ? "*" : field.values.join(",");
}
