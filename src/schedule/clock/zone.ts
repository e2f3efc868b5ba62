/**
 * A time zone as arithmetic: instants (milliseconds since the epoch) to wall times and back.
 *
 * A *wall time* is what the zone's clock reads, written as the milliseconds that UTC would have with that reading.
 */
export interface Zone {
  /** Milliseconds that the wall clock is ahead of UTC. */
  offsetAt(instant: number): number;
  /** The instants at which the clock reads `wall`, ascending: none in a gap, two in an overlap, else one. */
  instantsOf(wall: number): readonly number[];
  /** The first instant after `before`, at most `until`, whose offset is not that of `before`. One change lies between. */
  changeBetween(before: number, until: number): number;
  /** For a wall time that does not exist: the instant at which the clock jumps over it. */
  jumpOver(wall: number): number;
}

const SECOND = 1000;
const DAY = 86_400_000;
/** Offsets kept per zone, one a day: ten years of a yearly job's walk. */
const OFFSETS_KEPT = 4096;

/** Throws a RangeError for a name that `Intl` does not know. */
export function zoneOf(name: string): Zone {
  return new IntlZone(name);
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

  /** All offsets within two days: a wall time is at most 26 hours from UTC's, and a date line adds a day. */
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

/** `11/22/2026, GMT-04:56:02` → milliseconds; plain `GMT` is zero. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const ms = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * SECOND;
  return sign === "-" ? -ms : ms;
}

/** The first whole second after `low`, at most `high`, for which `isPast` holds; it holds for `high`. */
function bisect(low: number, high: number, isPast: (instant: number) => boolean): number {
  let [from, to] = [low, high];
  while (to - from > SECOND) {
    const middle = from + Math.floor((to - from) / 2 / SECOND) * SECOND;
    if (isPast(middle)) to = middle;
    else from = middle;
  }
  return to;
}
