import { BoundedCache } from "../bounded-cache.ts";
import type { Exclusions } from "../job/exclusions/exclusions.ts";
import type { Schedule } from "../job/job.ts";
import { type Calendar, calendarOf, calendarOfDays, type Days } from "./clock/calendar.ts";
import { nextFixed, nextWildcard, previousFixed, previousWildcard } from "./clock/clock-rules.ts";
import { BEFORE_ALL_DAYS, daysOf } from "./clock/days.ts";
import { firstAtOrAfter, wrongTimezone, type Zone, zoneOf } from "./clock/zone.ts";
import { advise } from "./crontab/advice.ts";
import type { Moment } from "./crontab/moment.ts";
import { isTooLong, parsePattern } from "./crontab/parse-pattern.ts";
import { isReboot, type Pattern, timezonePrefix, zoneWithin } from "./crontab/pattern.ts";
import { scheduleInWords } from "./crontab/schedule-in-words.ts";
import { Exclusion, STARTS, type StartPlan } from "./exclusion.ts";
import { type ShiftedTimes, shiftTimes, shortestDistance, type Times } from "./jitter.ts";
import { isWrong, quoted, type Wrong, wrong } from "./wrong.ts";

export { isReboot } from "./crontab/pattern.ts";
export type { StartPlan } from "./exclusion.ts";
export { writeOut, writeOutIn } from "./write-out.ts";

/**
 * When the schedules of one job are due, and which of that is started. All occurrences are whole seconds; equal instants are
 * one occurrence.
 */
export interface Timetable {
  /** Returns the first occurrence strictly after `after`; undefined if there is none before the year 3000. */
  next(after: Date): Date | undefined;
  /** Returns the last occurrence at or before `upTo`. It takes no longer when that lies far back. */
  previous(upTo: Date): Date | undefined;
  /** Yields the occurrences in (`after`, `upTo`], ascending, each computed only when it is asked for. */
  between(after: Date, upTo: Date): Iterable<Date>;
  /** Returns the time of the schedule that jitter has shifted to this occurrence; the occurrence itself where there is none. */
  nominalOf(occurrence: Date): Date;
  /** Returns what the job's exclusions make of an occurrence. */
  planOf(occurrence: Date): StartPlan;
  /** Returns when the days are over on which nothing is started at this instant; undefined where it is on none of them. */
  exceptedUntil(instant: Date): Date | "for ever" | undefined;
  /** Returns when the quiet window in which this instant lies is over; undefined where it lies in none. */
  quietUntil(instant: Date): Date | undefined;
  /**
   * Returns the first instant after `after` at which an occurrence is to be started: when it is due, or at the end of the
   * quiet window that it waits for. Occurrences up to `decided` (default: none) do not wait. Undefined if there is none, or a
   * hundred in a row are excluded.
   */
  nextStart(after: Date, decided?: Date): Date | undefined;
}

/** Makes timetables that share parsed patterns and zones. Their memory depends on those in use, and is bounded. */
export interface Timetables {
  /** Does no work until the first question, which throws unless the schedules have passed the check. */
  of(schedules: readonly Schedule[], exclusions?: Exclusions): Timetable;
  /**
   * The same for the schedules of a record, which another version of shipbell may have written. Returns undefined when
   * this version cannot follow all of them, and so does not know when the job is due.
   */
  ofRecord(schedules: readonly Schedule[], exclusions?: Exclusions): Timetable | undefined;
  /**
   * Returns what is wrong with a schedule, or with such a jitter for it, in sentences for people; undefined if it can be followed. It may still have an `H`:
   * what that stands for is written out (`writeOut`) before a timetable is made.
   */
  check(pattern: string, timezone: string, jitterMs?: number): string | undefined;
}

/** A pattern takes 2 KB at most, a zone some 100 KB after years of use. */
const PATTERNS_KEPT = 4096;
const ZONES_KEPT = 64;
/** Each takes 83 KB in croner (a list of 10,000 years) and 30 µs. Jobs rarely differ in their days, mostly in their times. */
const DAYS_KEPT = 64;

interface TimetablesSettings {
  /** When boots of the host were first seen, for `@reboot`, oldest first. Empty: none is known, or none that counts. */
  readonly boots?: () => readonly Date[];
  /** The engine's host, where that is another machine: `@reboot` does not pass the check then. */
  readonly otherHost?: string | undefined;
}

export function createTimetables({ boots = () => [], otherHost }: TimetablesSettings = {}): Timetables {
  const known: Known = {
    boots,
    pattern: new BoundedCache(PATTERNS_KEPT, parsePattern),
    wrongZone: new BoundedCache(PATTERNS_KEPT, (name) => wrongTimezone(name) ?? "right"),
    days: new BoundedCache(DAYS_KEPT, daysOf),
    zone: new BoundedCache(ZONES_KEPT, zoneOf),
  };
  const read = new WeakMap<Exclusions, Exclusion>();
  const exclusionOf = (exclusions: Exclusions): Exclusion => {
    const exclusion = read.get(exclusions) ?? new Exclusion(exclusions, known.zone.get(exclusions.timezone));
    read.set(exclusions, exclusion);
    return exclusion;
  };
  const of: Timetables["of"] = (schedules, exclusions) =>
    new SharedTimetable(schedules, known, exclusions && exclusionOf(exclusions));
  return {
    of,
    ofRecord: (schedules, exclusions) =>
      schedules.every((schedule) => canFollow(readSchedule(schedule, known))) &&
      !(exclusions && isWrong(known.wrongZone.get(exclusions.timezone)))
        ? of(schedules, exclusions)
        : undefined,
    check: (pattern, timezone, jitterMs) => {
      if (otherHost !== undefined && isReboot(pattern))
        return `@reboot is for the scheduler's own host: when ${otherHost} boots is not known here.`;
      const schedule = { pattern, timezone };
      const found =
        findWrong(schedule, known) ?? (jitterMs === undefined ? undefined : wrongJitter(schedule, jitterMs, known));
      return found === undefined ? undefined : advise(found).text;
    },
  };
}

/** Returns the time zone in which a schedule is read. */
export function timezoneOf(schedule: Schedule): string {
  return zoneWithin(schedule.pattern) ?? schedule.timezone;
}

/** True when a time zone matters to a schedule: for all but `@every`, `@reboot`, and moments that have an offset. */
export function isOnClock({ pattern }: Schedule): boolean {
  const times = timezonePrefix(pattern).times.trim();
  if (isReboot(times)) return false;
  if (!/^@(?:every|at)\s/i.test(times)) return true;
  return /T\d\d:\d\d(?::[\d.]+)?(?:\s+\S+)?$/i.test(times);
}

/** The same as `Timetables.check`, for a single use. */
export function checkSchedule(pattern: string, timezone: string, jitterMs?: number): string | undefined {
  return createTimetables().check(pattern, timezone, jitterMs);
}

interface Known {
  readonly boots: () => readonly Date[];
  readonly pattern: BoundedCache<Pattern | Wrong>;
  readonly wrongZone: BoundedCache<Wrong | "right">;
  readonly days: BoundedCache<Days>;
  readonly zone: BoundedCache<Zone>;
}

function readSchedule(schedule: Schedule, known: Known): Pattern | Wrong {
  // A text that is refused for its length is not worth caching.
  const pattern = isTooLong(schedule.pattern) ? parsePattern(schedule.pattern) : known.pattern.get(schedule.pattern);
  if (isWrong(pattern)) return pattern;
  for (const name of [schedule.timezone, pattern.timezone ?? "UTC"]) {
    const zone = known.wrongZone.get(name);
    if (isWrong(zone)) return zone;
  }
  return pattern;
}

function canFollow(read: Pattern | Wrong): read is Pattern {
  return !isWrong(read) && !(read.kind === "crontab" && read.isExample);
}

function findWrong(schedule: Schedule, known: Known): Wrong | undefined {
  const pattern = readSchedule(schedule, known);
  if (isWrong(pattern)) return pattern;
  // For 30 February, croner searches a thousand years and finds nothing, which takes a millisecond.
  const isNever = pattern.kind === "crontab" && known.days.get(pattern.days).after(BEFORE_ALL_DAYS) === undefined;
  return isNever ? wrongNever(schedule.pattern) : undefined;
}

/** From here on, a year of due times is looked at. */
const SOME_DAY = Date.UTC(2026, 0, 1);

function wrongJitter(schedule: Schedule, jitterMs: number, known: Known): Wrong | undefined {
  const pattern = readSchedule(schedule, known);
  if (!canFollow(pattern)) return undefined;
  const distance = shortestDistance(timesOf(schedule, known), SOME_DAY, jitterMs);
  if (jitterMs < distance) return undefined;
  return wrong(
    `jitter must be shorter than the time between two due times, which is ${inUnits(distance)} for ${quoted(schedule.pattern)}.`,
  );
}

/** `1h30m`, `15m`, `20s` */
function inUnits(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  return [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`].filter(Boolean).join("");
}

function wrongNever(schedule: string): Wrong {
  const message = `${quoted(schedule)} never comes true, as it means "${scheduleInWords(schedule) ?? ""}": there is no such day.`;
  const { timezone, times } = timezonePrefix(schedule);
  const words = times.trim().split(/\s+/);
  if (!/^[*?]$/.test(words.at(-1) ?? "")) return wrong(message);
  const last = words.with(-3, "L").join(" ");
  const zone = timezone === undefined ? "" : `CRON_TZ=${timezone} `;
  return wrong(message, { schedules: [`${zone}${last}`], when: "for the last day of the month" });
}

class SharedTimetable implements Timetable {
  readonly #schedules: readonly Schedule[];
  readonly #known: Known;
  readonly #exclusion: Exclusion | undefined;
  #times: readonly (Times | ShiftedTimes)[] | undefined;
  /** Stretches in which nothing else is due, the one found last first: one look at a job asks for the same ones again. */
  #stretches: readonly Stretch[] = [];

  constructor(schedules: readonly Schedule[], known: Known, exclusion?: Exclusion) {
    this.#schedules = schedules;
    this.#known = known;
    this.#exclusion = exclusion;
  }

  next(after: Date): Date | undefined {
    const from = wholeSecond(after);
    const known = this.#stretches.find((stretch) => stretch.from <= from && from < stretch.until);
    if (known !== undefined) return new Date(known.until);
    const found = earliest(this.#read().map((times) => times.next(from)));
    if (found === undefined) return undefined;
    this.#stretches = [{ from, until: found }, ...this.#stretches.slice(0, STRETCHES_KEPT - 1)];
    return new Date(found);
  }

  previous(upTo: Date): Date | undefined {
    const times = this.#read().map((each) => each.previous(wholeSecond(upTo)));
    const found = times.filter((time) => time !== undefined);
    return found.length === 0 ? undefined : new Date(Math.max(...found));
  }

  nominalOf(occurrence: Date): Date {
    const instant = occurrence.getTime();
    const nominal = this.#read().map((times) => ("nominalOf" in times ? times.nominalOf(instant) : undefined));
    return new Date(nominal.find((time) => time !== undefined) ?? instant);
  }

  #read(): readonly (Times | ShiftedTimes)[] {
    this.#times ??= this.#schedules.map((schedule) => {
      const times = timesOf(schedule, this.#known);
      return schedule.jitter === undefined ? times : shiftTimes(times, schedule.jitter);
    });
    return this.#times;
  }

  planOf(occurrence: Date): StartPlan {
    return this.#exclusion?.planOf(occurrence, this) ?? STARTS;
  }

  exceptedUntil(instant: Date): Date | "for ever" | undefined {
    return this.#exclusion?.exceptedUntil(instant);
  }

  quietUntil(instant: Date): Date | undefined {
    return this.#exclusion?.quietUntil(instant);
  }

  nextStart(after: Date, decided: Date = BEGINNING): Date | undefined {
    if (this.#exclusion !== undefined) return this.#exclusion.nextStart(after, decided, this);
    return this.next(after > decided ? after : decided);
  }

  *between(after: Date, upTo: Date): Generator<Date> {
    let due = this.next(after);
    while (due && due <= upTo) {
      yield due;
      due = this.next(due);
    }
  }
}

/** From `from` on, the next occurrence is `until`, in milliseconds. */
interface Stretch {
  readonly from: number;
  readonly until: number;
}

const STRETCHES_KEPT = 2;
const BEGINNING = new Date(0);

function everyRule(periodMs: number, start: number): Times {
  return {
    next: (after) => start + (Math.floor((after - start) / periodMs) + 1) * periodMs,
    previous: (upTo) => start + Math.floor((upTo - start) / periodMs) * periodMs,
  };
}

/** Nothing is due before `start`, which the rule names. */
function from(start: number, rule: Times): Times {
  return {
    next: (after) => (after < start ? start : rule.next(after)),
    previous: (upTo) => (upTo < start ? undefined : rule.previous(upTo)),
  };
}

const NEVER: Times = { next: () => undefined, previous: () => undefined };

/** A boot in whose time no scheduler was there is not known, and not due. */
function bootRule(boots: () => readonly Date[]): Times {
  const instants = () => boots().map((seen) => wholeSecond(seen));
  return {
    next: (after) => instants().find((instant) => instant > after),
    previous: (upTo) => instants().findLast((instant) => instant <= upTo),
  };
}

function clockRule(calendar: Calendar, zone: Zone, isWildcard: boolean): Times {
  const [next, previous] = isWildcard ? [nextWildcard, previousWildcard] : [nextFixed, previousFixed];
  return {
    next: (after) => next(calendar, zone, after),
    previous: (upTo) => previous(calendar, zone, upTo),
  };
}

/** The times of a schedule without its jitter. */
function timesOf(schedule: Schedule, known: Known): Times {
  const pattern = known.pattern.get(schedule.pattern);
  if (isWrong(pattern)) throw new Error(`unchecked schedule: ${pattern.wrong}`);
  if (!canFollow(pattern)) throw new Error(`not written out: ${schedule.pattern}`);
  const zone = () => known.zone.get(pattern.timezone ?? schedule.timezone);
  switch (pattern.kind) {
    case "crontab":
      return clockRule(calendarOf(known.days.get(pattern.days), pattern.times), zone(), pattern.wildcard);
    case "days":
      return clockRule(calendarOfDays(pattern), zone(), false);
    case "every": {
      if (pattern.from === undefined) return everyRule(pattern.periodMs, 0);
      const start = instantOf(pattern.from, zone);
      return from(start, everyRule(pattern.periodMs, start));
    }
    case "reboot":
      return bootRule(known.boots);
    case "at": {
      const instant = instantOf(pattern.moment, zone);
      return from(instant, { ...NEVER, previous: () => instant });
    }
  }
}

function instantOf(moment: Moment, zone: () => Zone): number {
  return "instant" in moment ? moment.instant : firstAtOrAfter(zone(), moment.wall);
}

function wholeSecond(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const found = times.filter((time) => time !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}
