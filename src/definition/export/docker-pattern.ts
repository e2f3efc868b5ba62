import { CRON_NICKNAMES } from "../../job/nicknames.ts";

/** A pattern of five fields of numbers, which Docker takes, or why there is none. */
export type DockerPattern = { readonly pattern: string; readonly timezone?: string } | { readonly wrong: string };

const MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split(" ");
const WEEKDAYS = "SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY".split(" ");

interface Field {
  readonly first: number;
  readonly last: number;
  /** In place of numbers from the first. */
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { first: 0, last: 59, names: [] },
  { first: 0, last: 23, names: [] },
  { first: 1, last: 31, names: [] },
  { first: 1, last: 12, names: MONTHS },
  { first: 0, last: 6, names: WEEKDAYS },
];

/**
 * Writes a valid schedule of ours as Docker, and others, take it: short names, names of days and months, steps of one number and ranges
 * that run over the end are spelt out. A star at the beginning of a day field stays, because both go by it.
 */
export function dockerPattern(schedule: string, scheduler = "Docker"): DockerPattern {
  const [, zone, rest = schedule] = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(schedule.trim()) ?? [];
  const timezone = zone === undefined ? {} : { timezone: zone };
  const written = CRON_NICKNAMES.get(rest.trim().toLowerCase()) ?? rest.trim();
  if (written.startsWith("@")) return { wrong: `${scheduler} has no ${written.split(/\s/)[0]}; it takes five fields` };
  const words = written.split(/\s+/);
  if (words.length === 7) return { wrong: `${scheduler} has no years; it takes five fields` };
  if (words.length !== 5) return { wrong: `${scheduler} has no seconds; it takes five fields` };
  const fields = words.map((word, index) => fieldOf(word, FIELDS[index]));
  const wrong = words.find((_, index) => fields[index] === undefined);
  if (wrong !== undefined)
    return { wrong: `${scheduler} has nothing for "${wrong}"; it takes numbers, ranges and steps` };
  return { pattern: fields.join(" "), ...timezone };
}

function fieldOf(word: string, field: Field | undefined): string | undefined {
  const parts = word.split(",").map((part) => field && partOf(part, field));
  return parts.every((part) => part !== undefined) ? parts.join(",") : undefined;
}

function partOf(part: string, field: Field): string | undefined {
  const [, star, low = "", high, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
  if (star !== undefined) return part;
  const [from, to] = [numberOf(low, field), numberOf(high ?? low, field)];
  if (from === undefined || to === undefined) return undefined;
  if (high === undefined) return step === undefined ? String(from) : `${from}-${field.last}/${step}`;
  if (from <= to) return `${from}-${to}${step === undefined ? "" : `/${step}`}`;
  const count = field.last - field.first + 1;
  const values: number[] = [];
  for (let value = from; value <= to + count; value += Number(step ?? 1))
    values.push(field.first + ((value - field.first) % count));
  return values.join(",");
}

/** A number, or at least three letters of a name. `FRIL` is none: it is the last Friday. */
function numberOf(word: string, { first, last, names }: Field): number | undefined {
  if (/^\d{1,2}$/.test(word)) return Number(word) <= (names === WEEKDAYS ? 7 : last) ? Number(word) : undefined;
  const index = names.findIndex((name) => /^[a-z]{3,}$/i.test(word) && name.startsWith(word.toUpperCase()));
  return index === -1 ? undefined : first + index;
}
