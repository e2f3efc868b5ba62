import { nearestWord, withoutQuotes } from "../../job/problem.ts";
import { quoted, type Wrong, wrong } from "../wrong.ts";

/**
 * A time zone as arithmetic: instants (milliseconds since the epoch) to wall times and back.
 *
 * A *wall time* is what the zone's clock reads, written as the milliseconds that UTC would have with that reading.
 */
export interface Zone {
  /** Returns by how many milliseconds the wall clock is ahead of UTC. */
  offsetAt(instant: number): number;
  /** Returns the instants at which the clock reads `wall`, ascending: none in a gap, two in an overlap, otherwise one. */
  instantsOf(wall: number): readonly number[];
  /** Returns the first instant after `before` with another offset, at most `until`. Exactly one change lies in between. */
  changeBetween(before: number, until: number): number;
  /** Returns the instant at which the clock jumps over a wall time that does not exist. */
  jumpOver(wall: number): number;
}

const SECOND = 1000;
const DAY = 86_400_000;
/** Offsets kept per zone, one a day: ten years of a yearly job's walk. */
const OFFSETS_KEPT = 4096;

/** @throws RangeError for a name that `Intl` does not know. */
export function zoneOf(name: string): Zone {
  return name === "UTC" ? UTC : new IntlZone(name);
}

/** Most schedulers know no other zone. Intl's tables, which they do not load, take 8 MB. */
const UTC: Zone = {
  offsetAt: () => 0,
  instantsOf: (wall) => [wall],
  changeBetween: (_before, until) => until,
  jumpOver: (wall) => wall,
};

/** Returns the first instant at which the clock reads `wall`; the moment of the jump for one that it skips. */
export function firstAtOrAfter(zone: Zone, wall: number): number {
  return zone.instantsOf(wall)[0] ?? zone.jumpOver(wall);
}

/** Reads `Z`, `+01`, `+0100` or `+01:00`. */
export function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -ms : ms;
}

class IntlZone implements Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsetAtDay = new Map<number, number>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  offsetAt(instant: number): number {
    const day = Math.floor(instant / DAY);
    const offset = this.#offsetAtStartOf(day);
    // No zone has ever changed its clock twice within one day of UTC.
    return offset === this.#offsetAtStartOf(day + 1) ? offset : this.#askIntl(instant);
  }

  instantsOf(wall: number): readonly number[] {
    return this.#offsetsNear(wall)
      .map((offset) => wall - offset)
      .filter((instant) => instant + this.offsetAt(instant) === wall)
      .sort((a, b) => a - b);
  }

  changeBetween(before: number, until: number): number {
    const offset = this.offsetAt(before);
    return bisect(before, until, (instant) => this.offsetAt(instant) !== offset);
  }

  jumpOver(wall: number): number {
    const offsets = this.#offsetsNear(wall);
    const before = wall - Math.max(...offsets);
    const after = wall - Math.min(...offsets);
    return bisect(before, after, (instant) => instant + this.offsetAt(instant) > wall);
  }

  /** Returns all offsets within two days: a wall time is at most 26 hours from UTC's, and a date line adds a day. */
  #offsetsNear(wall: number): number[] {
    const day = Math.floor(wall / DAY);
    return [...new Set([-2, -1, 0, 1, 2, 3].map((days) => this.#offsetAtStartOf(day + days)))];
  }

  #offsetAtStartOf(day: number): number {
    const known = this.#offsetAtDay.get(day);
    if (known !== undefined) return known;
    const offset = this.#askIntl(day * DAY);
    if (this.#offsetAtDay.size >= OFFSETS_KEPT) this.#offsetAtDay.clear();
    this.#offsetAtDay.set(day, offset);
    return offset;
  }

  #askIntl(instant: number): number {
    return parseOffset(this.#format.format(instant));
  }
}

/** Reads `11/22/2026, GMT-04:56:02` as milliseconds; plain `GMT` is zero. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const ms = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * SECOND;
  return sign === "-" ? -ms : ms;
}

/** Returns the first whole second after `low`, at most `high`, for which `isPast` holds. It must hold for `high`. */
function bisect(low: number, high: number, isPast: (instant: number) => boolean): number {
  let [from, to] = [low, high];
  while (to - from > SECOND) {
    const middle = from + Math.floor((to - from) / 2 / SECOND) * SECOND;
    if (isPast(middle)) to = middle;
    else from = middle;
  }
  return to;
}

/** IANA's names of three letters. Intl knows more, and takes BST for Bangladesh. */
const SHORT_NAMES: ReadonlySet<string> = new Set("UTC GMT UCT CET MET EET WET EST MST HST PRC ROC ROK".split(" "));

/** IANA's longest name has 32 letters. Longer texts are not looked up. */
const LONGEST_NAME = 64;

/** Returns what is wrong with the name of a time zone, if anything. Only names in IANA's database are allowed. */
export function wrongTimezone(name: string): Wrong | undefined {
  if (name.trim() === "") return wrong("The time zone is empty: write an IANA name such as Europe/Berlin, or UTC.");
  if (name.length > LONGEST_NAME) {
    return wrong(`The time zone ${quoted(name)} is not known: write an IANA name such as Europe/Berlin, or UTC.`);
  }
  if (/^(?:UTC|GMT|UT|Z)?[+-]\d/i.test(name)) {
    const example = fixedZone(name) ?? "Europe/Berlin";
    return wrong(`The time zone "${name}" is an offset; shipbell takes IANA names: write a place, or ${example}.`);
  }
  if (/^[a-z]{3}$/i.test(name) && !SHORT_NAMES.has(name.toUpperCase())) {
    return wrong(
      `The time zone "${name}" is an abbreviation that several zones share: write a place, such as Europe/Berlin.`,
    );
  }
  const bare = withoutQuotes(name);
  if (bare !== name && bare !== "") {
    const message = `The time zone ${quoted(name)} contains ${bare === name.trim() ? "spaces" : "quotes"}`;
    return wrong(`${message}: write ${wrongTimezone(bare) === undefined ? bare : suggest(bare)}.`);
  }
  if (/^:?[A-Za-z]{3,}[+-]?\d/.test(name) && !isKnown(name)) {
    const message = `The time zone ${quoted(name)} is a POSIX rule; shipbell takes IANA names`;
    return wrong(`${message}: write a place, such as Europe/Berlin.`);
  }
  return isKnown(name) ? undefined : wrong(`The time zone "${name}" is not known: write ${suggest(name)}.`);
}

function isKnown(name: string): boolean {
  if (name === "UTC") return true;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Returns Etc/GMT-2, whose sign is reversed, for `+02:00`. There are no such zones for parts of hours. */
function fixedZone(offset: string): string | undefined {
  const [, sign, hours] = /([+-])0?(\d{1,2})(?::?00)?$/.exec(offset) ?? [];
  if (hours === undefined || Number(hours) > 12) return undefined;
  return Number(hours) === 0 ? "UTC" : `Etc/GMT${sign === "+" ? "-" : "+"}${hours}`;
}

function suggest(name: string): string {
  const city = name.split("/").at(-1)?.trim().replaceAll(" ", "_").toLowerCase();
  const zone = Intl.supportedValuesOf("timeZone").find((known) => known.split("/").at(-1)?.toLowerCase() === city);
  return zone ?? nearestWord(name, Intl.supportedValuesOf("timeZone")) ?? "an IANA name such as Europe/Berlin, or UTC";
}
