import type { Calendar } from "./calendar.ts";
import type { Zone } from "./zone.ts";

const SECOND = 1000;
/** As in cron(8): a jump of more than three hours corrects the calendar. It is not a clock change to make up for. */
export const LONGEST_CLOCK_CHANGE = 3 * 3_600_000;

/**
 * Returns the next time at which a fixed-time job is due. At clock changes it follows Vixie's rule (cron.c, 4.1; cronie
 * likewise): the job is due when the clock first reads its time *or later*. So a time in a gap is due right after the gap,
 * and a time in an overlap once, the first time.
 */
export function nextFixed(calendar: Calendar, zone: Zone, after: number): number | undefined {
  let wall = calendar.after(latestReading(zone, after));
  while (wall !== undefined) {
    const due = firstReading(zone, wall);
    if (due !== undefined) return due;
    wall = calendar.after(edgesOfGap(zone, wall).end - SECOND);
  }
  return undefined;
}

/** Returns the last time at or before `upTo` at which a fixed-time job was due. */
export function previousFixed(calendar: Calendar, zone: Zone, upTo: number): number | undefined {
  let wall = calendar.upTo(latestReading(zone, upTo));
  while (wall !== undefined) {
    const due = firstReading(zone, wall);
    if (due !== undefined) return due;
    wall = calendar.upTo(edgesOfGap(zone, wall).start - SECOND);
  }
  return undefined;
}

/**
 * Returns the next time at which a wildcard job is due. It follows the clock: it is due whenever the clock reads its time,
 * twice in an overlap, never in a gap.
 */
export function nextWildcard(calendar: Calendar, zone: Zone, after: number): number | undefined {
  const wall = after + zone.offsetAt(after);
  const again = zone.instantsOf(wall).find((instant) => instant > after);
  const onward = firstExisting(calendar, zone, { wall, after });
  if (again === undefined) return onward;
  // The clock will go back over `wall`: a time that it reads again then may come before any time later than `wall`.
  const change = zone.changeBetween(after, again);
  const offset = zone.offsetAt(change);
  const repeated = calendar.after(change + offset - SECOND);
  return earliest(onward, repeated === undefined ? undefined : repeated - offset);
}

/** Returns the last time at or before `upTo` at which a wildcard job was due. */
export function previousWildcard(calendar: Calendar, zone: Zone, upTo: number): number | undefined {
  const wall = upTo + zone.offsetAt(upTo);
  const before = zone.instantsOf(wall).find((instant) => instant < upTo);
  const back = lastExisting(calendar, zone, { wall, upTo });
  if (before === undefined) return back;
  const last = zone.changeBetween(before, upTo) - SECOND;
  const offset = zone.offsetAt(last);
  const repeated = calendar.upTo(last + offset);
  return latest(back, repeated === undefined ? undefined : repeated - offset);
}

function firstExisting(calendar: Calendar, zone: Zone, from: { wall: number; after: number }): number | undefined {
  let wall = calendar.after(from.wall);
  while (wall !== undefined) {
    const instants = zone.instantsOf(wall);
    const due = instants.find((instant) => instant > from.after);
    if (due !== undefined) return due;
    wall = calendar.after(instants.length > 0 ? wall : edgesOfGap(zone, wall).end - SECOND);
  }
  return undefined;
}

function lastExisting(calendar: Calendar, zone: Zone, from: { wall: number; upTo: number }): number | undefined {
  let wall = calendar.upTo(from.wall);
  while (wall !== undefined) {
    const instants = zone.instantsOf(wall);
    const due = instants.findLast((instant) => instant <= from.upTo);
    if (due !== undefined) return due;
    wall = calendar.upTo((instants.length > 0 ? wall : edgesOfGap(zone, wall).start) - SECOND);
  }
  return undefined;
}

/** Returns the latest time that the clock has read up to `instant`: in the second pass of an overlap, the end of the first. */
function latestReading(zone: Zone, instant: number): number {
  const wall = instant + zone.offsetAt(instant);
  const first = zone.instantsOf(wall)[0] ?? instant;
  if (first >= instant) return wall;
  const last = zone.changeBetween(first, instant) - SECOND;
  return last + zone.offsetAt(last);
}

/** Returns when the clock first reads `wall` or later; undefined for a time in a gap too long to be a clock change. */
function firstReading(zone: Zone, wall: number): number | undefined {
  const [first] = zone.instantsOf(wall);
  if (first !== undefined) return first;
  const gap = edgesOfGap(zone, wall);
  return gap.end - gap.start > LONGEST_CLOCK_CHANGE ? undefined : gap.endsAt;
}

/** Returns the first wall time that does not exist (`start`), and the first that does again (`end`), read at `endsAt`. */
function edgesOfGap(zone: Zone, wall: number): { start: number; end: number; endsAt: number } {
  const endsAt = zone.jumpOver(wall);
  return { start: endsAt + zone.offsetAt(endsAt - SECOND), end: endsAt + zone.offsetAt(endsAt), endsAt };
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
