import { type DateRange, splitDateRanges } from "../job/exclusions/date-ranges.ts";
import type { ExclusionReason, Exclusions } from "../job/exclusions/exclusions.ts";
import { joinWeeklyWindows, parseWeeklyWindow, WEEK_MS, type WeeklyWindow } from "../job/exclusions/weekly-windows.ts";
import type { Zone } from "./clock/zone.ts";

/** What exclusions make of a due time. */
export type StartPlan =
  | { readonly kind: "starts" }
  /** `until`: no due time before that is started; absent where none ever is. */
  | { readonly kind: "skipped"; readonly reason: ExclusionReason; readonly until?: Date }
  /** It waits for the end of a quiet window. */
  | { readonly kind: "deferred"; readonly until: Date };

export const STARTS = { kind: "starts" } as const satisfies StartPlan;

/** Due times, as exclusions look at them. */
interface DueTimes {
  next(after: Date): Date | undefined;
  previous(upTo: Date): Date | undefined;
}

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** A quiet time that lasts longer has no end: the windows leave no moment of the week. */
const LONGEST_QUIET_MS = 2 * WEEK_MS;
/** After so many due times, or stretches of them, that are all excluded, the job counts as one that is never started. */
const MOST_LOOKED_AT = 100;

/** `except`, `only` and `quiet` of one job. Days and windows are what the clock of its zone shows. */
export class Exclusion {
  readonly #zone: Zone;
  readonly #except: readonly DateRange[];
  readonly #only: readonly DateRange[] | undefined;
  readonly #quiet: readonly WeeklyWindow[];
  readonly #defers: Exclusions["defers"];

  constructor({ except = "", only, quiet = [], defers }: Exclusions, zone: Zone) {
    this.#zone = zone;
    this.#except = splitDateRanges(except);
    this.#only = only === undefined ? undefined : splitDateRanges(only);
    this.#quiet = joinWeeklyWindows(quiet.flatMap((window) => parseWeeklyWindow(window) ?? []));
    this.#defers = defers;
  }

  /**
   * Returns what becomes of a due time. Of a quiet window whose due times are deferred, that is the last one: unless another
   * is due at the very end, that end is on an excepted day, or it would be too late by then.
   */
  planOf(at: Date, times: DueTimes): StartPlan {
    const excepted = this.#exceptedUntil(at.getTime());
    if (excepted !== undefined) return skipped("excepted", excepted);
    const end = this.#quietUntil(at.getTime());
    if (end === undefined) return STARTS;
    const isDeferred =
      this.#defers !== undefined &&
      Number.isFinite(end) &&
      end - at.getTime() <= (this.#defers.withinMs ?? Number.POSITIVE_INFINITY) &&
      this.#exceptedUntil(end) === undefined &&
      (times.next(at)?.getTime() ?? Number.POSITIVE_INFINITY) > end;
    return isDeferred
      ? { kind: "deferred", until: new Date(end) }
      : skipped("quiet", this.#lookAgainAt(at, end, times));
  }

  /** Returns the begin of the next day that is not excepted; undefined for an instant on such a day. */
  exceptedUntil(instant: Date): Date | "for ever" | undefined {
    const until = this.#exceptedUntil(instant.getTime());
    if (until === undefined) return undefined;
    return Number.isFinite(until) ? new Date(until) : "for ever";
  }

  /** Returns the end of the quiet time in which the instant lies; undefined where it lies in none, or that never ends. */
  quietUntil(instant: Date): Date | undefined {
    const end = this.#quietUntil(instant.getTime());
    return end !== undefined && Number.isFinite(end) ? new Date(end) : undefined;
  }

  /** As `Timetable.nextStart`. */
  nextStart(after: Date, decided: Date, times: DueTimes): Date | undefined {
    const waiting = this.#deferredNear(after, times);
    if (waiting !== undefined && waiting.at > decided && waiting.until > after) return waiting.until;
    let from: Date = after > decided ? after : decided;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
      const at: Date | undefined = times.next(from);
      const plan = at && this.planOf(at, times);
      if (at === undefined || plan === undefined) return undefined;
      if (plan.kind === "starts") return at;
      if (plan.until === undefined) return undefined;
      if (plan.kind === "deferred") return plan.until;
      from = new Date(Math.max(at.getTime(), plan.until.getTime() - 1));
    }
    return undefined;
  }

  /** The due time that is deferred to the end of the quiet time in which this instant lies. */
  #deferredNear(instant: Date, times: DueTimes): { readonly at: Date; readonly until: Date } | undefined {
    const end = this.#defers === undefined ? undefined : this.quietUntil(instant);
    const at = end === undefined ? undefined : lastBefore(end.getTime(), times);
    const plan = at && this.planOf(at, times);
    return at && plan?.kind === "deferred" ? { at, until: plan.until } : undefined;
  }

  /** Of what is skipped up to the end of a quiet time, the last one may be deferred. */
  #lookAgainAt(at: Date, end: number, times: DueTimes): number {
    const last = this.#defers && Number.isFinite(end) ? lastBefore(end, times) : undefined;
    return last !== undefined && last > at ? last.getTime() : end;
  }

  /** The begin of the next day that is not excepted; undefined on such a day, infinite where there is none. */
  #exceptedUntil(instant: number): number | undefined {
    const today = Math.floor((instant + this.#zone.offsetAt(instant)) / DAY_MS);
    let day = today;
    for (;;) {
      const exception = rangeAt(this.#except, day);
      const next: number = exception === undefined ? this.#allowedFrom(day) : exception.last + 1;
      if (next === day) break;
      if (next === Number.POSITIVE_INFINITY) return next;
      day = next;
    }
    return day === today ? undefined : this.#beginOf(day * DAY_MS, instant);
  }

  /** The first of the days from this one on that `only` names. */
  #allowedFrom(day: number): number {
    if (this.#only === undefined) return day;
    const range = this.#only.find(({ last }) => last >= day);
    return range === undefined ? Number.POSITIVE_INFINITY : Math.max(day, range.first);
  }

  /** The end of the quiet time in which the instant lies; undefined where it lies in none, infinite where it never ends. */
  #quietUntil(instant: number): number | undefined {
    let end = instant;
    for (;;) {
      const wall = end + this.#zone.offsetAt(end);
      const ofWeek = (wall - FIRST_MONDAY_MS) % WEEK_MS;
      const window = this.#quiet.find(({ begin, end }) => begin <= ofWeek && ofWeek < end);
      if (window === undefined) return end === instant ? undefined : end;
      if (end - instant > LONGEST_QUIET_MS) return Number.POSITIVE_INFINITY;
      // A clock that changes may show a time outside of the window before, or never show its end.
      const shown = Math.max(this.#beginOf(wall + window.end - ofWeek, end), end + 1000);
      const isChanged = this.#zone.offsetAt(end) !== this.#zone.offsetAt(shown);
      end = isChanged ? Math.min(shown, this.#zone.changeBetween(end, shown)) : shown;
    }
  }

  /** The first instant after `after` at which the clock shows this, or jumps over it. */
  #beginOf(wall: number, after: number): number {
    const instants = this.#zone.instantsOf(wall);
    if (instants.length === 0) return this.#zone.jumpOver(wall);
    return instants.find((instant) => instant > after) ?? instants.at(-1) ?? wall;
  }
}

function skipped(reason: ExclusionReason, until: number): StartPlan {
  return { kind: "skipped", reason, ...(Number.isFinite(until) && { until: new Date(until) }) };
}

function lastBefore(end: number, times: DueTimes): Date | undefined {
  return times.previous(new Date(end - 1000));
}

function rangeAt(ranges: readonly DateRange[], day: number): DateRange | undefined {
  return ranges.find(({ first, last }) => first <= day && day <= last);
}
