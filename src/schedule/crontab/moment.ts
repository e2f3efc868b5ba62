import { offsetMs } from "../clock/zone.ts";
import { quoted, type Wrong, wrong } from "../wrong.ts";
import { parseEvery } from "./every.ts";

/** An instant, or the time that the clock of a zone reads, as `Zone` has it; in whole seconds. */
export type Moment = { readonly instant: number } | { readonly wall: number };

/** A schedule of one instant. */
export interface AtPattern {
  readonly kind: "at";
  readonly timezone?: string;
  readonly moment: Moment;
}

/** Exact elapsed time, from a moment on. */
export interface EveryFromPattern {
  readonly kind: "every";
  readonly timezone?: string;
  readonly periodMs: number;
  /** The first time. Absent: it counts from 1970, and has no first. */
  readonly from?: Moment;
}

/** Whole days of the calendar: the time on the clock stays the same, however long the days are. */
export interface DaysPattern {
  readonly kind: "days";
  readonly timezone?: string;
  readonly days: number;
  /** The first time, on the clock of the zone. */
  readonly from: number;
}

const AT = "write, for example, @at 2027-01-31T03:00+01:00";
const FROM =
  "write, for example, @every 14d from 2027-01-04T08:00 Europe/Berlin, or @every 6h from 2027-01-04T08:00+01:00";

/** Reads what follows `@at`. */
export function readAt(text: string): AtPattern | Wrong {
  const moment = readMoment(text);
  if (moment === undefined) return wrong(`@at: ${quoted(text)} is not a day and a time of it: ${AT}.`);
  return "wrong" in moment ? { wrong: `@at: ${moment.wrong}` } : { kind: "at", moment };
}

const MOST_DAYS = 3660;

/** Reads `14d from 2027-01-04T08:00 Europe/Berlin`, as it follows `@every`. Undefined where it has no `from`. */
export function readEveryFrom(text: string): EveryFromPattern | DaysPattern | Wrong | undefined {
  const [, period = "", rest] = /^(.*?)(?:^|\s+)from(?:\s+(.*))?$/is.exec(text) ?? [];
  if (!/(?:^|\s)from(?:\s|$)/i.test(text)) return undefined;
  const [time = "", zone, ...more] = (rest ?? "").split(/\s+/);
  const timezone = zone === undefined ? {} : { timezone: zone };
  const moment = readMoment(time);
  if (more.length > 0 || moment === undefined)
    return wrong(`@every: ${quoted(rest ?? "")} is not a day, a time of it and perhaps a time zone: ${FROM}.`);
  if ("wrong" in moment) return { wrong: `@every: ${moment.wrong}` };
  if ("instant" in moment && zone !== undefined)
    return wrong(`@every: ${quoted(rest ?? "")} has an offset and a time zone, and one of them is enough: ${FROM}.`);
  const [, count, unit] = /^(\d{1,9})(d|w)$/i.exec(period) ?? [];
  if (count === undefined || unit === undefined) {
    if (/\d[dw]/i.test(period))
      return wrong(`@every: ${quoted(period)} mixes days, which follow the clock, with what does not: ${FROM}.`);
    const periodMs = parseEvery(period);
    return typeof periodMs === "number" ? { kind: "every", periodMs, from: moment, ...timezone } : periodMs;
  }
  const days = Number(count) * (unit.toLowerCase() === "w" ? 7 : 1);
  if (days < 1 || days > MOST_DAYS)
    return wrong(`@every: ${quoted(period)} is not a number of days: 1d to ${MOST_DAYS}d are allowed.`);
  if ("instant" in moment)
    return wrong(
      `@every: days are counted on a clock, which an offset does not tell: write a time zone in its place. ${upper(FROM)}.`,
    );
  return { kind: "days", days, from: moment.wall, ...timezone };
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const ISO = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d)(?:\.0+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** Undefined for what is no such text; wrong for a time that no calendar has. */
function readMoment(text: string): Moment | Wrong | undefined {
  const [, date = "", time = "", seconds = "00", offset] = ISO.exec(text) ?? [];
  if (date === "") return undefined;
  const wall = Date.parse(`${date}T${time}:${seconds}Z`);
  // Date.parse takes 24:00, and 30 February for the second of March.
  const isReal = !Number.isNaN(wall) && new Date(wall).toISOString().slice(0, 16) === `${date}T${time}`;
  if (!isReal || wall < 0 || wall > LAST) return wrong(`there is no ${date} ${time}:${seconds} from 1970 to 2999.`);
  return offset === undefined ? { wall } : { instant: wall - offsetMs(offset) };
}

const LAST = Date.UTC(3000, 0, 1) - 1000;
